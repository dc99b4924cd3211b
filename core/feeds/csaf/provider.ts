/**
 * The folder of a publisher of CSAF documents (OASIS CSAF 2.0, section 7.1): a file for each document
 * in folders by year, `changes.csv` with the time of each one's last change, and at Red Hat an
 * archive of all of a day, named by `archive_latest.txt`, and `deletions.csv`.
 *
 * @module
 */
import { malformed, textOf } from '../bytes.ts';
import {
  documentAt,
  documentsIn,
  documentsOf,
  type FoundDocument,
  isJsonPath,
} from '../documents.ts';
import type { FeedFile, FeedFiles, NoteUnreadable } from '../format.ts';
import { instantOf } from '../dates.ts';
import { keyOfDocument } from './document.ts';

export const ARCHIVE = 'archive_latest.txt';
export const CHANGES = 'changes.csv';
export const DELETIONS = 'deletions.csv';
const INDEX = 'index.txt';

/** Bytes of one document; the largest that is published has about 19 million. */
const LARGEST_DOCUMENT = 64 * 1024 * 1024;
/** Bytes of a list of documents, of which there are some ten thousand. */
const LARGEST_LIST = 64 * 1024 * 1024;
const LARGEST_NAME = 4096;
/** With more changes than these, reading all of an archive is less work. */
const MOST_CHANGES = 10_000;

/** A path in a list: no scheme, no way out of the folder. */
const PATH = /^[\w+-][\w.+-]*(?:\/[\w+-][\w.+-]*){0,4}$/;
const LONGEST_ROW = 1000;
const ROW = /^"?([^",]{1,500})"?[ \t]*,[ \t]*"?([^",]{1,60})"?$/;

/** A document that was changed or taken away. */
export interface Change {
  readonly path: string;
  readonly isDeleted: boolean;
}

/** The key of the document at a path, which is what its file is named by. */
export function keyOfPath(path: string): string {
  return keyOfDocument(path.slice(path.lastIndexOf('/') + 1).replace(/\.json(?:\.\w+)?$/i, ''));
}

/**
 * What was changed at a time or later, each path once; undefined where the source does not tell, or
 * where it is so much that all can as well be read.
 *
 * @throws TidewaiterError `feed_unreachable`, `feed_malformed`
 */
export async function changesSince(
  files: FeedFiles,
  since: string,
  note: NoteUnreadable,
): Promise<readonly Change[] | undefined> {
  if (files.single !== undefined) return undefined;
  const changed = await linesOf(files, CHANGES, note);
  if (changed === undefined) return undefined;
  const deleted = await linesOf(files, DELETIONS, note) ?? [];
  const newest = new Map<string, Change & { readonly time: number }>();
  const from = Date.parse(since);
  for (const [lines, isDeleted] of [[changed, false], [deleted, true]] as const) {
    for (const { path, time } of lines) {
      if (time < from || time < (newest.get(path)?.time ?? time)) continue;
      newest.set(path, { path, time, isDeleted });
    }
  }
  return newest.size > MOST_CHANGES ? undefined : [...newest.values()];
}

/**
 * All documents, each once: those of the archive with what has changed since its day, or those that
 * are in the folder, or those that its lists name.
 *
 * @throws TidewaiterError `feed_unreachable`, `feed_malformed`
 */
export async function* allDocuments(
  files: FeedFiles,
  note: NoteUnreadable,
): AsyncGenerator<FoundDocument> {
  const options = { wants: isJsonPath, limit: LARGEST_DOCUMENT, note };
  if (files.single !== undefined) {
    yield* documentsOf(files.single, options);
    return;
  }
  const archive = await archiveOf(files);
  if (archive === undefined) {
    yield* await documentsIn(files, options) ?? namedDocuments(files, note);
    return;
  }
  const done = new Set<string>();
  for (const { path, isDeleted } of await changesSince(files, archive.day, note) ?? []) {
    const content = isDeleted ? undefined : await changedDocument(files, path, note);
    // What cannot be fetched stays as it is in the archive.
    if (content === undefined && !isDeleted) continue;
    done.add(keyOfPath(path));
    if (content !== undefined) yield { path, content };
  }
  for await (const document of documentsOf(archive.file, options)) {
    if (!done.has(keyOfPath(document.path))) yield document;
  }
}

/** A document that a list names: noted where it is not there. */
export async function changedDocument(
  files: FeedFiles,
  path: string,
  note: NoteUnreadable,
): Promise<Buffer | undefined> {
  const content = await documentAt(files, path, LARGEST_DOCUMENT, note);
  if (content === undefined) note(path, 'it is listed, but cannot be read');
  return content;
}

interface Archive {
  readonly file: FeedFile;
  /** The day it was made, from its name: `csaf_vex_2026-08-22.tar.zst`. */
  readonly day: string;
}

async function archiveOf(files: FeedFiles): Promise<Archive | undefined> {
  const pointer = await files.open(ARCHIVE);
  if (pointer === undefined) return undefined;
  const name = (await textOf(pointer, LARGEST_NAME)).trim();
  const day = /\d{4}-\d{2}-\d{2}/.exec(name)?.[0];
  if (!PATH.test(name) || day === undefined) {
    throw malformed(pointer, 'it does not name an archive with its day');
  }
  const file = await files.open(name);
  if (file === undefined) throw malformed(pointer, `the archive ${name} is not there`);
  return { file, day };
}

/** Documents by the lists that every publisher's folder has to have. */
async function* namedDocuments(
  files: FeedFiles,
  note: NoteUnreadable,
): AsyncGenerator<FoundDocument> {
  const index = await files.open(INDEX);
  const paths = index === undefined
    ? (await linesOf(files, CHANGES, note))?.map(({ path }) => path)
    : (await textOf(index, LARGEST_LIST)).split('\n').map((line) => line.trim())
      .filter((line) => PATH.test(line) && isJsonPath(line));
  if (paths === undefined) throw malformed({ name: CHANGES }, 'it is not there, nor any archive');
  for (const path of new Set(paths)) {
    const content = await changedDocument(files, path, note);
    if (content !== undefined) yield { path, content };
  }
}

interface Line {
  readonly path: string;
  readonly time: number;
}

/** The lines of a list with times; undefined where there is no such list. */
async function linesOf(
  files: FeedFiles,
  name: string,
  note: NoteUnreadable,
): Promise<readonly Line[] | undefined> {
  const file = await files.open(name);
  if (file === undefined) return undefined;
  const rows = (await textOf(file, LARGEST_LIST)).split('\n').filter((row) => row.trim() !== '');
  const lines = rows.flatMap((row): Line[] => {
    const [, path = '', text] = row.length > LONGEST_ROW ? [] : ROW.exec(row.trim()) ?? [];
    const time = instantOf(text);
    return time !== undefined && PATH.test(path) && isJsonPath(path)
      ? [{ path, time: Date.parse(time) }]
      : [];
  });
  const unreadable = rows.length - lines.length;
  if (unreadable > 0 && lines.length === 0) throw malformed(file, 'it is no list of changes');
  if (unreadable > 0) note(name, `${unreadable} of its lines have no document with a time`);
  return lines;
}
