/**
 * Files on disk as a source publishes them, for tests of loaders.
 *
 * @module
 */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { FeedFile, FeedFiles } from '../../core/feeds/format.ts';

function fileAt(path: string): FeedFile {
  return { path, name: basename(path), size: statSync(path).size };
}

/** A folder, or one file. */
export function feedFilesAt(path: string): FeedFiles {
  if (!statSync(path).isDirectory()) {
    return {
      single: fileAt(path),
      open: () => Promise.resolve(undefined),
      list: () => Promise.resolve(undefined),
    };
  }
  return {
    single: undefined,
    open: (name) => {
      const file = join(path, name);
      const exists = existsSync(file) && statSync(file).isFile();
      return Promise.resolve(exists ? fileAt(file) : undefined);
    },
    list: (folder) => {
      const entries = readdirSync(join(path, folder), { withFileTypes: true });
      const names = entries.map((entry) => entry.isDirectory() ? `${entry.name}/` : entry.name);
      return Promise.resolve(names.sort());
    },
  };
}
