/**
 * Java archives, plain and inside one another, with the Maven projects they are made of.
 *
 * @module
 */
import { ArchiveBudget, ArchiveError } from '../../archives/budget.ts';
import type { CatalogedFile, Cataloger, FoundPackage } from '../types.ts';
import { CatalogError } from '../types.ts';
import { archiveKind, type JavaArchive, readJavaArchive } from './archive.ts';

/** Catalogs Java archives. */
export const java: Cataloger = { name: 'java', version: 1, wants, parse };

function wants(path: string): boolean {
  return archiveKind(path) !== undefined;
}

function parse(file: CatalogedFile): readonly FoundPackage[] {
  const { packages, skipped } = readJava(file);
  const [first] = skipped;
  if (packages.length === 0 && first !== undefined) {
    throw new CatalogError(`${skipped.length} parts unreadable, one of them: ${first.reason}`);
  }
  return packages;
}

/**
 * What an archive holds, and which archives inside it were passed over since they cannot be read.
 *
 * @throws {CatalogError} the archive itself cannot be read, or it is made to exhaust its reader
 */
export function readJava({ path, content }: CatalogedFile): JavaArchive {
  try {
    return readJavaArchive(path, content, new ArchiveBudget());
  } catch (error) {
    if (!(error instanceof ArchiveError)) throw error;
    throw new CatalogError(error.message);
  }
}
