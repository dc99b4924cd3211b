/**
 * Packages of Debian and its derivatives, from dpkg's own database (Debian Policy 5.1 "Syntax of
 * control files", deb822(5)): `status`, and the files of `status.d`, one package each, that images
 * without a package manager have. Files beside it tell what each package brought, and its licences.
 *
 * @module
 */
import { bounded } from './bounded.ts';
import { type DpkgFiles, dpkgFiles, wantsDpkgFile } from './dpkg-files.ts';
import { type Stanza, stanzas } from './stanzas.ts';
import { count, readText } from './text.ts';
import type { CatalogedFile, Cataloger, FoundPackage, TreeView } from './types.ts';

const STATUS = 'var/lib/dpkg/status';
const STATUS_DIRECTORY = 'var/lib/dpkg/status.d/';
const SIZE_LIMIT = 256 * 1024 * 1024;

/** States in which a package's files are on the disk. */
const PRESENT: ReadonlySet<string> = new Set([
  'installed',
  'half-configured',
  'triggers-pending',
  'triggers-awaited',
  'unpacked',
]);

/** Lower-case names of the fields that are read. */
const FIELDS: ReadonlySet<string> = new Set([
  'package',
  'version',
  'status',
  'architecture',
  'source',
  'installed-size',
  'maintainer',
]);

/** Catalogs the root's own dpkg database. */
export const dpkg: Cataloger = { name: 'dpkg', version: 2, distribution: true, wants, parse };

function wants(path: string): boolean {
  return isDpkgDatabase(path) || wantsDpkgFile(path);
}

/** Whether a file is `status` or one of `status.d`. */
export function isDpkgDatabase(path: string): boolean {
  if (!path.startsWith(STATUS)) {
    return false;
  }
  return path === STATUS || (path.startsWith(STATUS_DIRECTORY) && !path.endsWith('.md5sums') &&
    path.indexOf('/', STATUS_DIRECTORY.length) === -1);
}

function parse({ path, content }: CatalogedFile, view: TreeView): readonly FoundPackage[] {
  if (!isDpkgDatabase(path)) {
    return [];
  }
  const files = dpkgFiles(path, view);
  const packages: FoundPackage[] = [];
  for (const stanza of presentStanzas(path, content, FIELDS)) {
    const found = packageOf(stanza, files);
    if (found !== undefined) {
      packages.push(found);
    }
  }
  return packages;
}

/**
 * The stanzas of a database's packages whose files are on the disk.
 *
 * @param fields lower-case names of those that are read, `status` among them
 * @throws {CatalogError} a database of absurd size
 */
export function* presentStanzas(
  path: string,
  content: Buffer,
  fields: ReadonlySet<string>,
  fold = ' ',
): Generator<Stanza> {
  for (const stanza of stanzas(readText(content, SIZE_LIMIT), fields, fold)) {
    if (isPresent(stanza.get('status'), path === STATUS)) {
      yield stanza;
    }
  }
}

/** `Status` is three words: what is wanted, an error flag and the state. */
function isPresent(status: string | undefined, needed: boolean): boolean {
  return status === undefined ? !needed : PRESENT.has(status.split(/[ \t]+/, 3)[2] ?? '');
}

function packageOf(stanza: Stanza, files: DpkgFiles): FoundPackage | undefined {
  const name = stanza.get('package') ?? '';
  const version = stanza.get('version') ?? '';
  const architecture = stanza.get('architecture');
  const size = (count(stanza.get('installed-size')) ?? NaN) * 1024;
  return bounded({
    type: 'deb',
    name,
    version,
    architecture,
    source: sourceOf(stanza.get('source'), name, version),
    licenses: files.licenses(name),
    origin: stanza.get('maintainer'),
    size: Number.isSafeInteger(size) ? size : undefined,
    owns: files.owns(name, architecture),
  });
}

/** `Source` is `NAME` or `NAME (VERSION)`; what it leaves out is as the package's own. */
function sourceOf(
  text: string | undefined,
  name: string,
  version: string,
): FoundPackage['source'] {
  if (text === undefined) {
    return undefined;
  }
  const open = text.indexOf('(');
  const sourceName = (open === -1 ? text : text.slice(0, open)).trim() || name;
  const close = text.indexOf(')', open);
  const inner = open === -1 || close === -1 ? '' : text.slice(open + 1, close).trim();
  const sourceVersion = inner || version;
  return sourceName === name && sourceVersion === version
    ? undefined
    : { name: sourceName, version: sourceVersion };
}
