/**
 * What a format of feeds is: a name, where it is published, and pure reading of its files.
 *
 * @module
 */
import type { FeedRecord } from '../vulnerabilities/advisory.ts';

/** A file of a source, fetched whole. */
export interface FeedFile {
  /** Where it lies on this machine. */
  readonly path: string;
  /** Its path at the source; of a single file, its name. */
  readonly name: string;
  readonly size: number;
}

/**
 * What a source publishes: a mirror of its folder, or one file of it alone, at a URL or on disk.
 * Paths are relative to the source's URL, with `/`, not encoded.
 */
export interface FeedFiles {
  /** Set where the source's URL names one file and no folder. */
  readonly single: FeedFile | undefined;
  /**
   * Fetches a file; undefined where there is none, and for a path that leaves the source.
   *
   * @throws TidewaiterError `feed_unreachable`
   */
  open(path: string): Promise<FeedFile | undefined>;
  /**
   * Names of the files and folders (these with `/` at the end) in a folder (`''` for the source's
   * own), in order, without hidden ones; undefined where nobody can tell.
   */
  list(folder: string): Promise<readonly string[] | undefined>;
}

/** Is told which record cannot be read, and why in short: it is counted and named, and left out. */
export type NoteUnreadable = (record: string, reason: string) => void;

/** A record that was added or changed, or the key of one that is gone. */
export type FeedChange =
  | { readonly record: FeedRecord; readonly removed?: undefined }
  | { readonly removed: string; readonly record?: undefined };

/** One upstream format. */
export interface FeedFormat {
  /** Stable, such as `osv`; sources name their format by it. */
  readonly name: string;
  /** Where it is published: the URL of a folder, or of its one file. */
  readonly url: string;
  /**
   * The groups of a source: parts that are loaded, switched and selected on their own.
   *
   * @throws TidewaiterError `feed_unreachable`, `feed_malformed`
   */
  groups(files: FeedFiles): Promise<readonly string[]>;
  /** Files that are asked for changes: where none of them has changed, the group has not. */
  watched(group: string, files: FeedFiles): readonly string[];
  /**
   * All records of a group, in any order, each key once, in memory that does not grow with them.
   *
   * @throws TidewaiterError `feed_malformed` where a file as a whole is cut off or is none
   */
  read(group: string, files: FeedFiles, note: NoteUnreadable): AsyncGenerator<FeedRecord>;
  /**
   * Only what has changed since a time, where the source tells it; undefined where it cannot and
   * all has to be read.
   *
   * @param since RFC 3339, of the newest change that was seen, never later than now
   */
  readonly changes?: (
    group: string,
    files: FeedFiles,
    since: string,
    note: NoteUnreadable,
  ) => Promise<AsyncGenerator<FeedChange> | undefined>;
}
