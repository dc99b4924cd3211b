/**
 * Files of a feed's source on disk, for tests of formats.
 *
 * @module
 */
import { readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { FeedFile, FeedFiles } from '../../core/feeds/format.ts';

function fileAt(path: string, name: string): FeedFile | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  return found?.isFile() === true ? { path, name, size: found.size } : undefined;
}

/** What a source of a folder, or of one file, hands to its format. */
export function feedFilesAt(path: string): FeedFiles {
  const single = fileAt(path, basename(path));
  return {
    single,
    open: (name) =>
      Promise.resolve(single === undefined ? fileAt(join(path, name), name) : undefined),
    list: (folder) => {
      if (single !== undefined) return Promise.resolve(undefined);
      const entries = readdirSync(join(path, folder), { withFileTypes: true });
      const names = entries.map((entry) => entry.isDirectory() ? `${entry.name}/` : entry.name);
      return Promise.resolve(names.sort());
    },
  };
}
