/**
 * Collections of documents, wherever a source keeps them: in an archive, in a file or in folders.
 *
 * @module
 */
import { Buffer } from 'node:buffer';
import { open } from 'node:fs/promises';
import { contentOf, textOf } from './bytes.ts';
import type { FeedFile, FeedFiles } from './format.ts';
import { type ArchivedFile, archivedFiles, type ArchiveOptions } from './tar.ts';
import { zippedFiles } from './zip.ts';

/** How a zip archive begins that has files, and one that has none. */
const ZIP_STARTS = ['PK\x03\x04', 'PK\x05\x06'];
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
    yield { name: file.name, content: Buffer.from(await textOf(file, options.limit)) };
  }
}

/**
 * The wanted documents in a folder and those below it.
 *
 * @param folder path without a slash at its end; empty for the source's own
 */
export async function* documentsBelow(
  files: FeedFiles,
  folder: string,
  { wants, limit, note }: ArchiveOptions,
): AsyncGenerator<ArchivedFile> {
  for await (const path of pathsBelow(files, folder)) {
    const file = wants(path) ? await files.open(path) : undefined;
    if (file === undefined) continue;
    if (file.size > limit) note(path, `its ${file.size} bytes are more than ${limit}`);
    else yield { name: path, content: Buffer.from(await textOf(file, limit)) };
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
  for await (const path of pathsBelow(files, folder)) if (wants(path)) return true;
  return false;
}

async function* pathsBelow(files: FeedFiles, folder: string): AsyncGenerator<string> {
  const folders = [{ path: folder, depth: 0 }];
  for (let next = folders.pop(); next !== undefined; next = folders.pop()) {
    const { path, depth } = next;
    for (const name of await files.list(path) ?? []) {
      const place = path === '' ? name : `${path}/${name}`;
      if (!name.endsWith('/')) yield place;
      else if (depth < DEEPEST) folders.push({ path: place.slice(0, -1), depth: depth + 1 });
    }
  }
}

async function isZip({ path }: FeedFile): Promise<boolean> {
  const handle = await open(path);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4), 0, 4, 0);
    return ZIP_STARTS.includes(buffer.toString('latin1', 0, bytesRead));
  } finally {
    await handle.close();
  }
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
