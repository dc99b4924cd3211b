/**
 * Files on disk as a source of feeds.
 *
 * @module
 */
import { readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { FeedFile, FeedFiles } from '../../core/feeds/format.ts';

/** A folder on disk, or one file of it alone. */
export function feedFilesAt(path: string): FeedFiles {
  const root = statSync(path);
  const single = root.isFile() ? { path, name: basename(path), size: root.size } : undefined;
  const at = (name: string): FeedFile | undefined => {
    const file = join(path, name);
    const stat = statSync(file, { throwIfNoEntry: false });
    return stat?.isFile() === true ? { path: file, name, size: stat.size } : undefined;
  };
  return {
    single,
    open: (name) => Promise.resolve(single === undefined ? at(name) : undefined),
    list: (folder) => {
      if (single !== undefined) return Promise.resolve(undefined);
      const entries = readdirSync(join(path, folder), { withFileTypes: true });
      const names = entries.map((entry) => entry.isDirectory() ? `${entry.name}/` : entry.name);
      return Promise.resolve(names.toSorted());
    },
  };
}
