/**
 * The files of an OCI layout in a directory.
 *
 * @module
 */

import { constants } from 'node:fs';
import { type FileHandle, lstat, open } from 'node:fs/promises';
import { join } from 'node:path';

import { abortError, OciError, quoted } from './errors.ts';

const CHUNK_BYTES = 256 * 1024;
// Absent on some systems; the check by lstat remains there.
const NO_FOLLOW = constants.O_NOFOLLOW ?? 0;

/** What a file is read for: it tells what it means if there is none. */
export type FileUse = 'layout' | 'image' | 'blob';

/** The files of a layout, wherever they lie. */
export interface LayoutFiles {
  /** What holds them, at the beginning of a sentence. */
  readonly title: string;
  /** Streams a file by its path in the layout. Fails with an `OciError`. */
  readonly read: (
    path: string,
    use: FileUse,
    signal: AbortSignal | undefined,
  ) => AsyncIterable<Uint8Array>;
  /** The failure of something that is no layout. */
  readonly invalid: (problem: string, cause?: unknown) => OciError;
}

/** The files below a directory. */
export function folderFiles(directory: string): LayoutFiles {
  const title = `The OCI layout ${quoted(directory)}`;
  const invalid = (problem: string, cause?: unknown) =>
    new OciError(
      'layout_invalid',
      `${quoted(directory)} is not an OCI image layout: ${problem}; write it again.`,
      { cause },
    );

  /** Regular files only: links could lead out of the layout, and pipes would never end. */
  async function openFile(path: string, use: FileUse): Promise<FileHandle> {
    const whole = join(directory, path);
    try {
      const entry = await lstat(whole);
      if (!entry.isFile()) throw invalid(`${quoted(path)} is not a regular file`);
      return await open(whole, constants.O_RDONLY | NO_FOLLOW);
    } catch (error) {
      if (error instanceof OciError) throw error;
      if (isMissing(error) && use !== 'layout') throw missingFile(title, path, use, error);
      throw invalid(`${quoted(path)} cannot be read`, error);
    }
  }

  async function* read(
    path: string,
    use: FileUse,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const handle = await openFile(path, use);
    try {
      for (;;) {
        if (signal?.aborted === true) throw abortError(signal, `reading ${quoted(path)}`);
        // A new buffer each time, because the reader may keep what it was given.
        const buffer = new Uint8Array(CHUNK_BYTES);
        const { bytesRead } = await handle.read(buffer, 0, CHUNK_BYTES, null);
        if (bytesRead === 0) return;
        yield bytesRead === CHUNK_BYTES ? buffer : buffer.subarray(0, bytesRead);
      }
    } finally {
      await handle.close();
    }
  }

  return { title, read, invalid };
}

/** The failure of a layout that lacks a file of one of its images. */
export function missingFile(
  title: string,
  path: string,
  use: 'image' | 'blob',
  cause?: unknown,
): OciError {
  return new OciError(
    use === 'image' ? 'image_not_found' : 'blob_not_found',
    `${title} has no file ${quoted(path)}; write it again with all its images.`,
    { cause },
  );
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error &&
    (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}
