/**
 * What lies in a source that can be listed, a folder on disk mostly.
 *
 * @module
 */
import type { FeedFiles } from './format.ts';

const DEPTH_LIMIT = 12;
const FILES_LIMIT = 1_000_000;

/**
 * Paths of all files in a source, also in the folders of its folders, each folder in order of its
 * names; undefined where nobody can tell.
 */
export async function listedFiles(files: FeedFiles): Promise<readonly string[] | undefined> {
  const top = await files.list('');
  if (top === undefined) return undefined;
  const found: string[] = [];
  const visit = async (folder: string, names: readonly string[], depth: number): Promise<void> => {
    for (const name of names.toSorted()) {
      if (found.length >= FILES_LIMIT) return;
      const path = `${folder}${name}`;
      if (!name.endsWith('/')) found.push(path);
      else if (depth < DEPTH_LIMIT) await visit(path, await files.list(path) ?? [], depth + 1);
    }
  };
  await visit('', top, 1);
  return found;
}
