/**
 * C and C++ packages of Conan: what a `conan.lock` pins (Conan 1 documentation, "Lockfiles", with a
 * graph; Conan 2, with plain lists) and what a `conaninfo.txt` of Conan 1 tells: the package in
 * whose directory of the cache it is, and the exact packages that it was made with.
 *
 * @module
 */
import { bounded } from './bounded.ts';
import { fields, items, readJson, text } from './json.ts';
import { qualifiers } from './qualifiers.ts';
import { lines, readText } from './text.ts';
import type { CatalogedFile, Cataloger, FoundPackage } from './types.ts';

const LOCK = 'conan.lock';
const INFO = 'conaninfo.txt';
const SIZE_LIMIT = 4 * 1024 * 1024;
/** `NAME/VERSION[@USER/CHANNEL]`; revisions, package id and time follow. */
const REFERENCE =
  /^([^/@#:%\s]+)\/([^/@#:%\s]+)(?:@(?:([^/@#:%\s]+)\/([^/@#:%\s]+))?)?(?:[#:%].*)?$/;
/** A package in the cache of Conan 1, `_` for no user or channel. */
const CACHED = /\/data\/([^/]+)\/([^/]+)\/([^/]+)\/([^/]+)\/package\/[^/]+\/conaninfo\.txt$/;

/** Catalogs Conan packages. Tools that only the build needs do not count. */
export const conan: Cataloger = { name: 'conan', version: 1, alone: true, wants, parse };

function wants(path: string): boolean {
  const last = path.at(-1);
  if (last !== 'k' && last !== 't') {
    return false;
  }
  const name = path.slice(path.lastIndexOf('/') + 1);
  return name === LOCK || name === INFO;
}

function parse({ path, content }: CatalogedFile): readonly FoundPackage[] {
  const references = path.endsWith(LOCK)
    ? lockedReferences(content)
    : [...cachedReference(path), ...requiredReferences(readText(content, SIZE_LIMIT))];
  return [...new Set(references)].flatMap((reference) => packageOf(reference) ?? []);
}

/**
 * Conan 2 lists what the program needs as `requires`. Of a graph of Conan 1 the nodes for the
 * program's own machine count, except the program itself, which has the path of its recipe.
 */
function lockedReferences(content: Buffer): readonly string[] {
  const document = fields(readJson(content));
  const nodes = Object.values(fields(fields(document['graph_lock'])['nodes'])).map(fields);
  const used = nodes.filter(({ context, path }) => context !== 'build' && text(path) === '');
  return [
    ...items(document['requires']).map(text),
    ...used.map(({ ref, pref }) => text(ref) || text(pref)),
  ];
}

function cachedReference(path: string): readonly string[] {
  const match = CACHED.exec(path);
  return match === null ? [] : [`${match[1]}/${match[2]}@${match[3]}/${match[4]}`];
}

/** `full_requires` has exact versions; `requires` may have patterns. */
function* requiredReferences(text: string): Generator<string> {
  let section = '';
  for (const line of lines(text)) {
    const item = line.trim();
    if (item.startsWith('[')) {
      section = item;
    } else if (section === '[full_requires]' && item !== '') {
      yield item;
    }
  }
}

function packageOf(reference: string): FoundPackage | undefined {
  const [, name = '', version = '', user, channel] = REFERENCE.exec(reference) ?? [];
  return bounded({
    type: 'conan',
    name,
    version,
    licenses: [],
    qualifiers: qualifiers({
      user: user === '_' ? undefined : user,
      channel: channel === '_' ? undefined : channel,
    }),
  });
}
