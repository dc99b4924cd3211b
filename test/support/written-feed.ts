/**
 * Feeds that a test writes itself, as files and as what formats read of them.
 *
 * @module
 */
import { join } from 'node:path';
import type { FeedFile, FeedFormat } from '../../core/feeds/format.ts';
import { fileWith, pathWith, readAll, type Reading } from './feed-folders.ts';

export { pathWith as writtenFolder, readAll as readFeed } from './feed-folders.ts';

type Content = string | Uint8Array;

export function writtenFile(name: string, content: Content): FeedFile {
  return { path: join(pathWith({ [name]: content }), name), name, size: content.length };
}

/** What a format reads from one file. */
export function readFile(format: FeedFormat, name: string, content: Content): Promise<Reading> {
  return readAll(format, fileWith(name, content));
}
