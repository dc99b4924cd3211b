/**
 * Archives of documents: one after the other, each in memory and bounded.
 *
 * @module
 */
import { Readable } from 'node:stream';
import { extract } from 'tar-stream';
import { messageOf, TidewaiterError } from '../errors.ts';
import { contentOf, malformed } from './bytes.ts';
import type { FeedFile, NoteUnreadable } from './format.ts';

/** A regular file of an archive. */
export interface ArchivedFile {
  readonly name: string;
  readonly content: Buffer;
}

export interface ArchiveOptions {
  /** Which files are read, by their names. */
  readonly wants: (name: string) => boolean;
  /** Bytes of one file; larger ones are noted and passed over. */
  readonly limit: number;
  readonly note: NoteUnreadable;
}

/** Collected in one place: a list of chunks would need the memory of a large file twice. */
async function contentOfEntry(entry: AsyncIterable<unknown>, size: number): Promise<Buffer> {
  const content = Buffer.allocUnsafe(size);
  let at = 0;
  for await (const chunk of entry) {
    if (!(chunk instanceof Uint8Array)) continue;
    content.set(chunk, at);
    at += chunk.length;
  }
  return content;
}

/**
 * The wanted files of a tar archive that may be compressed.
 *
 * @throws TidewaiterError `feed_malformed`
 */
export async function* archivedFiles(
  file: FeedFile,
  { wants, limit, note }: ArchiveOptions,
): AsyncGenerator<ArchivedFile> {
  const archive = extract();
  const source = Readable.from(contentOf(file));
  source.on('error', (error) => archive.destroy(error));
  source.pipe(archive);
  let isEmpty = true;
  try {
    for await (const entry of archive) {
      isEmpty = false;
      const { name, type, size = 0 } = entry.header;
      const isWanted = type === 'file' && wants(name);
      if (!isWanted || size > limit) {
        if (isWanted) note(name, `its ${size} bytes are more than ${limit}`);
        entry.resume();
        continue;
      }
      yield { name, content: await contentOfEntry(entry, size) };
    }
  } catch (error) {
    throw error instanceof TidewaiterError ? error : malformed(file, messageOf(error), error);
  } finally {
    source.destroy();
    archive.destroy();
  }
  if (isEmpty) throw malformed(file, 'it is no archive with files');
}
