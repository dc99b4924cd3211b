/**
 * What package databases record of files.
 *
 * @module
 */
import { type CatalogedFile, CatalogError, type TreeView } from '../../catalogers/types.ts';

/** What a database says of one file. Undefined is what it does not say, or does not want compared. */
export interface RecordedFile {
  /** Name of the package. */
  readonly package: string;
  /** Relative to the root, one character for each byte. */
  readonly path: string;
  readonly isConfiguration: boolean;
  /** As `node:crypto` names it. */
  readonly algorithm: string;
  /** Hexadecimal, in lower case. */
  readonly digest: string;
  /** Whether the content may be another one. */
  readonly isContentFree?: boolean | undefined;
  readonly mayBeMissing?: boolean | undefined;
  /** Permission bits. */
  readonly mode?: number | undefined;
  readonly size?: number | undefined;
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
  readonly user?: string | undefined;
  readonly group?: string | undefined;
}

/**
 * What a symbolic link in the place of a recorded file is: the file it leads to, a thing whose
 * target the digest is of, or another thing than was recorded.
 */
export type LinkMeaning = 'followed' | 'hashed' | 'different';

/** How one package manager records files. */
export interface Recorder {
  /** As its cataloger's. */
  readonly name: string;
  readonly links: LinkMeaning;
  /** Whether a file is a database. Paths are binary, as those of `CatalogedFile`. */
  isDatabase(path: string): boolean;
  /** Whether `records` asks the view for a file that no cataloger wants. */
  readonly wants?: ((path: string) => boolean) | undefined;
  /**
   * All files of which a database has a digest.
   *
   * @throws {CatalogError} a database that cannot be read, or more than is allowed
   */
  records(
    database: CatalogedFile,
    view: TreeView,
    allowance: RecordAllowance,
  ): Iterable<RecordedFile>;
}

/** What all databases of an image may need together: hostile ones name the same bytes many times. */
export interface RecordAllowance {
  /** Files that are recorded. */
  records: number;
  /** Bytes of lists beside the databases. */
  bytes: number;
}

/** Several times what a full desktop has. */
export function recordAllowance(): RecordAllowance {
  return { records: 4_000_000, bytes: 256 * 1024 * 1024 };
}

/** The records, as far as they are allowed. @throws {CatalogError} more than that */
export function* allowed(
  records: Iterable<RecordedFile>,
  allowance: RecordAllowance,
): Generator<RecordedFile> {
  for (const record of records) {
    if (--allowance.records < 0) throw new CatalogError('more files than any image has');
    // Neither a package nor a file can have such a name.
    if (record.package === '' || record.path === '' || record.path.length > LONGEST_PATH) continue;
    yield record;
  }
}

const LONGEST_PATH = 4096;
