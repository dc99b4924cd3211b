/**
 * What lies in a source that can be listed, a folder on disk mostly.
 *
 * @module
 */
import type { FeedFiles } from './format.ts';

const DEEPEST = 11;
const FILES_LIMIT = 1_000_000;

/**
 * Paths of all files in a folder and in the folders of its folders, each folder in order of its
 * names; none where nobody can tell.
 *
 * @param folder path with a slash at its end; empty for the source's own
 * @param deepest how many folders deep below that one
 */
export async function* pathsBelow(
  files: FeedFiles,
  folder: string,
  deepest: number,
): AsyncGenerator<string> {
  for (const name of await files.list(folder) ?? []) {
    const path = `${folder}${name}`;
    if (!name.endsWith('/')) yield path;
    else if (deepest > 0) yield* pathsBelow(files, path, deepest - 1);
  }
}

/** Paths of all files in a source; undefined where nobody can tell. */
export async function listedFiles(files: FeedFiles): Promise<readonly string[] | undefined> {
  if (await files.list('') === undefined) return undefined;
  const found: string[] = [];
  for await (const path of pathsBelow(files, '', DEEPEST)) {
    if (found.length === FILES_LIMIT) break;
    found.push(path);
  }
  return found;
}
