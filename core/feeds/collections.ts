/**
 * Collections of documents, wherever a source keeps them: in an archive, in a file or in folders.
 *
 * @module
 */
import { Buffer } from 'node:buffer';
import { bytesOf, contentOf, magicOf } from './bytes.ts';
import type { FeedFile, FeedFiles } from './format.ts';
import { pathsBelow } from './listing.ts';
import { type ArchivedFile, archivedFiles, type ArchiveOptions } from './tar.ts';
import { zippedFiles } from './zip.ts';

/** How a zip archive begins that has files, and one that has none, as hex. */
const ZIP_STARTS = ['504b0304', '504b0506'];
const TAR_MAGIC = 'ustar';
const TAR_MAGIC_OFFSET = 257;

/** Folders in folders. */
const DEEPEST = 16;

/**
 * The wanted documents in a file: those of an archive (zip; tar, also compressed), known by its
 * content, else the file itself, whatever its name.
 *
 * @throws TidewaiterError `feed_malformed`
 */
export async function* documentsIn(
  file: FeedFile,
  options: ArchiveOptions,
): AsyncGenerator<ArchivedFile> {
  if (await isZip(file)) {
    yield* zippedFiles(file, options);
  } else if (await isTar(file)) {
    yield* archivedFiles(file, options);
  } else {
    yield { name: file.name, content: await bytesOf(file, options.limit) };
  }
}

/**
 * The wanted documents in a folder and those below it.
 *
 * @param folder path with a slash at its end; empty for the source's own
 */
export async function* documentsBelow(
  files: FeedFiles,
  folder: string,
  { wants, limit, note }: ArchiveOptions,
): AsyncGenerator<ArchivedFile> {
  for await (const path of pathsBelow(files, folder, DEEPEST)) {
    const file = wants(path) ? await files.open(path) : undefined;
    if (file === undefined) continue;
    if (file.size > limit) note(path, `its ${file.size} bytes are more than ${limit}`);
    else yield { name: path, content: await bytesOf(file, limit) };
  }
}

/** The wanted documents of a source that is one file or a folder. */
export function documentsOf(
  files: FeedFiles,
  options: ArchiveOptions,
): AsyncGenerator<ArchivedFile> {
  return files.single === undefined
    ? documentsBelow(files, '', options)
    : documentsIn(files.single, options);
}

/** Whether there is a wanted file in a folder or below it. */
export async function hasDocuments(
  files: FeedFiles,
  folder: string,
  wants: ArchiveOptions['wants'],
): Promise<boolean> {
  for await (const path of pathsBelow(files, folder, DEEPEST)) if (wants(path)) return true;
  return false;
}

async function isZip(file: FeedFile): Promise<boolean> {
  const magic = await magicOf(file);
  return ZIP_STARTS.some((start) => magic.startsWith(start));
}

async function isTar(file: FeedFile): Promise<boolean> {
  let start = Buffer.alloc(0);
  for await (const chunk of contentOf(file)) {
    start = Buffer.concat([start, chunk]);
    if (start.length >= TAR_MAGIC_OFFSET + TAR_MAGIC.length) break;
  }
  return start.toString('latin1', TAR_MAGIC_OFFSET, TAR_MAGIC_OFFSET + TAR_MAGIC.length) ===
    TAR_MAGIC;
}
