/**
 * Java archives, plain and inside one another, with the Maven projects they are made of.
 *
 * @module
 */
import { ArchiveBudget, ArchiveError } from '../../formats/archive-budget.ts';
import type { CatalogedFile, Cataloger, FoundPackage, Note, TreeView } from '../types.ts';
import { CatalogError } from '../types.ts';
import { archiveKind, readJavaArchive } from './archive.ts';

/** Catalogs Java archives. */
export const java: Cataloger = { name: 'java', version: 1, alone: true, wants, parse };

function wants(path: string): boolean {
  return archiveKind(path) !== undefined;
}

function parse({ path, content }: CatalogedFile, _: TreeView, note?: Note): FoundPackage[] {
  try {
    return readJavaArchive(path, content, new ArchiveBudget(), note);
  } catch (error) {
    if (!(error instanceof ArchiveError)) throw error;
    throw new CatalogError(error.message);
  }
}
