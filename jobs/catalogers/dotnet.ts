/**
 * NuGet packages of .NET programs, from the dependencies file beside an application or a shared
 * framework: `NAME.deps.json` (.NET SDK documentation, "Runtime configuration files"). As for the
 * host, the packages are those of the runtime target; `libraries` says what each of them is.
 *
 * @module
 */
import { bounded } from './bounded.ts';
import { fields, readJson, text } from './json.ts';
import type { CatalogedFile, Cataloger, FoundPackage } from './types.ts';

/** The SDK puts this before the name of the package that a self-contained program's runtime is. */
const RUNTIME_PACK = 'runtimepack.';

/** Catalogs the packages of .NET programs; the programs' own projects do not count. */
export const dotnet: Cataloger = { name: 'dotnet', version: 1, alone: true, wants, parse };

function wants(path: string): boolean {
  return path.endsWith('.deps.json');
}

function parse({ content }: CatalogedFile): readonly FoundPackage[] {
  const { runtimeTarget, targets, libraries } = fields(readJson(content));
  const known = fields(libraries);
  // Written as a plain string by the first versions of .NET Core.
  const targetName = text(runtimeTarget) || text(fields(runtimeTarget)['name']);
  const target = fields(targets)[targetName];
  const members = fields(target);
  const ids = Object.keys(target === undefined ? known : members);
  return ids.flatMap((id) =>
    fields(members[id])['compileOnly'] === true
      ? []
      : packageOf(id, text(fields(known[id])['type']).toLowerCase()) ?? []
  );
}

/** An id is `NAME/VERSION`. */
function packageOf(id: string, kind: string): FoundPackage | undefined {
  const slash = id.indexOf('/');
  if (slash === -1 || (kind !== 'package' && kind !== 'runtimepack')) {
    return undefined;
  }
  const name = id.slice(0, slash);
  return bounded({
    type: 'nuget',
    name: name.startsWith(RUNTIME_PACK) ? name.slice(RUNTIME_PACK.length) : name,
    version: id.slice(slash + 1),
    licenses: [],
  });
}
