/**
 * The files of a folder that has no index of its own: all of them, nested ones too.
 *
 * @module
 */
import type { FeedFile, FeedFiles } from './format.ts';
import { pathsBelow } from './listing.ts';

const MAX_FILES = 10_000;
const MAX_DEPTH = 8;

/** A file with its path in the folder. */
export interface LooseFile {
  readonly path: string;
  readonly file: FeedFile;
}

/**
 * Fetches the files whose paths are wanted, one after the other, in the order of their paths; no
 * more than ten thousand, and not deeper than eight folders. Hidden ones are left alone.
 */
export async function* looseFiles(
  files: FeedFiles,
  wants: (path: string) => boolean,
): AsyncGenerator<LooseFile> {
  let left = MAX_FILES;
  for await (const path of pathsBelow(files, '', MAX_DEPTH)) {
    if (!wants(path)) continue;
    left -= 1;
    if (left < 0) return;
    const file = await files.open(path);
    if (file !== undefined) yield { path, file };
  }
}
