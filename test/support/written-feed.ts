/**
 * Feeds that a test writes itself: one file, or a folder of them, gone after the test.
 *
 * @module
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { FeedFile, FeedFiles, FeedFormat } from '../../core/feeds/format.ts';
import type { FeedRecord } from '../../core/vulnerabilities/advisory.ts';
import { feedFilesAt } from './feed-files.ts';

type Content = string | Uint8Array;

/** A folder with these files, by their paths in it. */
export function writtenFolder(files: Readonly<Record<string, Content>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'feed-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return folder;
}

export function writtenFile(name: string, content: Content): FeedFile {
  const path = join(writtenFolder({ [name]: content }), name);
  return { path, name, size: content.length };
}

export interface ReadFeed {
  readonly records: readonly FeedRecord[];
  /** `RECORD: REASON` of what could not be read. */
  readonly notes: readonly string[];
}

/** All of a source's groups, or one. */
export async function readFeed(
  format: FeedFormat,
  files: FeedFiles,
  group?: string,
): Promise<ReadFeed> {
  const records: FeedRecord[] = [];
  const notes: string[] = [];
  const groups = group === undefined ? await format.groups(files) : [group];
  for (const name of groups) {
    const note = (record: string, reason: string) => notes.push(`${record}: ${reason}`);
    for await (const record of format.read(name, files, note)) records.push(record);
  }
  return { records, notes };
}

/** What a format reads from one file. */
export function readFile(format: FeedFormat, name: string, content: Content): Promise<ReadFeed> {
  return readFeed(format, feedFilesAt(writtenFile(name, content).path));
}
