/**
 * Documents of a source one after the other, however it holds them: one file, one archive, or a
 * folder of files in folders.
 *
 * @module
 */
import { bytesOf, contentOf, malformed } from './bytes.ts';
import type { FeedFile, FeedFiles, NoteUnreadable } from './format.ts';
import { pathsBelow } from './listing.ts';
import { archivedFiles } from './tar.ts';

/** A document with its path, which is relative to the source. */
export interface FoundDocument {
  readonly path: string;
  readonly content: Buffer;
}

export interface DocumentOptions {
  /** Which files of an archive or a folder are documents, by their paths. */
  readonly wants: (path: string) => boolean;
  /** Bytes of one document; larger ones are noted and passed over. */
  readonly limit: number;
  readonly note: NoteUnreadable;
}

const DEEPEST_FOLDER = 8;
const BRACES = [0x7b, 0x5b];
const BLANKS = [0x20, 0x09, 0x0a, 0x0d, 0xef, 0xbb, 0xbf];

/** Whether a path is that of a JSON document, compressed or not. */
export function isJsonPath(path: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return !name.startsWith('.') && /\.json(?:\.gz|\.zst)?$/i.test(name);
}

/** Whether a file holds JSON, by its first character. */
export async function isJson(file: FeedFile): Promise<boolean> {
  for await (const chunk of contentOf(file)) {
    const first = chunk.find((byte) => !BLANKS.includes(byte));
    if (first !== undefined) return BRACES.includes(first);
  }
  return false;
}

/**
 * The documents of a file: it is one itself, or an archive of them.
 *
 * @throws TidewaiterError `feed_malformed`
 */
export async function* documentsOf(
  file: FeedFile,
  { wants, limit, note }: DocumentOptions,
): AsyncGenerator<FoundDocument> {
  if (await isJson(file)) {
    yield { path: file.name, content: await bytesOf(file, limit) };
    return;
  }
  for await (const { name, content } of archivedFiles(file, { wants, limit, note })) {
    yield { path: name, content };
  }
}

/**
 * The documents of a folder and of the folders in it; undefined where nobody can list it.
 *
 * @throws TidewaiterError `feed_unreachable`
 */
export async function documentsIn(
  files: FeedFiles,
  options: DocumentOptions,
): Promise<AsyncGenerator<FoundDocument> | undefined> {
  return await files.list('') === undefined ? undefined : listedDocuments(files, options);
}

async function* listedDocuments(
  files: FeedFiles,
  { wants, limit, note }: DocumentOptions,
): AsyncGenerator<FoundDocument> {
  for await (const path of pathsBelow(files, '', DEEPEST_FOLDER)) {
    const content = wants(path) ? await documentAt(files, path, limit, note) : undefined;
    if (content !== undefined) yield { path, content };
  }
}

/** The content of one file of a folder; noted where it cannot be read, undefined then or if absent. */
export async function documentAt(
  files: FeedFiles,
  path: string,
  limit: number,
  note: NoteUnreadable,
): Promise<Buffer | undefined> {
  const file = await files.open(path);
  if (file === undefined) return undefined;
  try {
    return await bytesOf(file, limit);
  } catch (error) {
    note(path, error instanceof Error ? error.message : String(error));
    return undefined;
  }
}

/** Fails a source in which no document is one of its format. */
export function requireSome(count: number, name: string, what: string): void {
  if (count === 0) throw malformed({ name }, `it holds no ${what}`);
}
