/**
 * The files of a folder that has no index of its own: all of them, nested ones too.
 *
 * @module
 */
import type { FeedFile, FeedFiles } from './format.ts';

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
  const folders: string[] = [''];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    const entries = [...await files.list(folder) ?? []].sort();
    const nested = entries.filter((name) => name.endsWith('/') && !name.startsWith('.'));
    if (folder.split('/').length <= MAX_DEPTH) {
      folders.push(...nested.map((name) => `${folder}${name}`).reverse());
    }
    for (const name of entries) {
      const path = `${folder}${name}`;
      if (name.endsWith('/') || name.startsWith('.') || !wants(path)) continue;
      left -= 1;
      if (left < 0) return;
      const file = await files.open(path);
      if (file !== undefined) yield { path, file };
    }
  }
}
