/**
 * Packages that rpm installed, from its database: a Berkeley DB hash, rpm's own ndb format or an
 * SQLite database of package headers (rpm documentation, "RPM database").
 *
 * @module
 */
import type { CatalogedFile, Cataloger, FoundPackage, TreeView } from '../types.ts';
import { CatalogError } from '../types.ts';
import { bdbValues, isBdb } from './bdb.ts';
import { fileAllowance } from './files.ts';
import { type Header, readHeader } from './header.ts';
import { isNdb, ndbValues } from './ndb.ts';
import { packageOf } from './package.ts';
import { isSqlite, sqliteBlobs } from './sqlite.ts';

/** Broken headers that are passed over; with more, the file is made to cost time. */
const BROKEN_LIMIT = 100_000;
const TABLE = 'Packages';
const SQLITE_LOG = '-wal';
/** Where rpm looks: by tradition, since it moved to `/usr`, and in images that ostree deploys. */
const DIRECTORIES = ['var/lib/rpm/', 'usr/lib/sysimage/rpm/', 'usr/share/rpm/'] as const;
const DATABASES = ['Packages', 'Packages.db', 'rpmdb.sqlite', `rpmdb.sqlite${SQLITE_LOG}`] as const;
const PATHS: ReadonlySet<string> = new Set(
  DIRECTORIES.flatMap((directory) => DATABASES.map((name) => directory + name)),
);
const LONGEST_PATH = Math.max(...Array.from(PATHS, (path) => path.length));

/** Catalogs the root's own rpm database. */
export const rpm: Cataloger = { name: 'rpm', version: 1, distribution: true, wants, parse };

function wants(path: string): boolean {
  const last = path.at(-1);
  return (last === 's' || last === 'b' || last === 'e' || last === 'l') &&
    path.length <= LONGEST_PATH && PATHS.has(path);
}

function parse({ path, content }: CatalogedFile, view: TreeView): readonly FoundPackage[] {
  const allowance = fileAllowance();
  const packages: FoundPackage[] = [];
  let broken = 0;
  for (const header of headersOf({ path, content }, view)) {
    const found = header && packageOf(header, allowance);
    if (found !== undefined) {
      packages.push(found);
    } else if (++broken > BROKEN_LIMIT) {
      throw new CatalogError('too many broken headers');
    }
  }
  if (packages.length === 0 && broken > 0) {
    throw new CatalogError('no header can be read');
  }
  return packages;
}

/**
 * The headers of a database; undefined for each that is broken.
 *
 * @throws {CatalogError} no database, or headers that overlap
 */
export function* headersOf(
  { path, content }: CatalogedFile,
  view: TreeView,
): Generator<Header | undefined> {
  if (path.endsWith(SQLITE_LOG) || content.length === 0) {
    return;
  }
  const log = isSqlite(content) ? view.content(path + SQLITE_LOG) : undefined;
  // Values that do not overlap are not more than the files they are in.
  let unread = content.length + (log?.length ?? 0);
  for (const value of valuesOf(content, log)) {
    unread -= value?.length ?? 0;
    if (unread < 0) {
      throw new CatalogError('headers that overlap');
    }
    yield value && readable(value);
  }
}

function valuesOf(content: Buffer, log: Buffer | undefined): Iterable<Buffer | undefined> {
  if (isSqlite(content)) {
    return sqliteBlobs(content, log, TABLE);
  }
  if (isNdb(content)) {
    return ndbValues(content);
  }
  if (isBdb(content)) {
    return bdbValues(content);
  }
  throw new CatalogError('not an rpm database');
}

/** One broken header does not hide the others. */
function readable(value: Buffer): Header | undefined {
  try {
    return readHeader(value);
  } catch (error) {
    if (error instanceof CatalogError) {
      return undefined;
    }
    throw error;
  }
}
