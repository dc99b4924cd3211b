/**
 * Files of feeds on disk, for tests of formats.
 *
 * @module
 */
import { diskFiles } from '../../core/feeds/disk-files.ts';
import type { FeedFiles } from '../../core/feeds/format.ts';

/** The folder or the one file at a path. */
export function feedFilesAt(path: string): FeedFiles {
  return diskFiles(path);
}
