/**
 * Sources of feeds made for a test: a folder with files, or one file alone.
 *
 * @module
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pack } from 'tar-stream';
import { onTestFinished } from 'vitest';
import type { FeedFiles, FeedFormat } from '../../core/feeds/format.ts';
import type { FeedRecord } from '../../core/vulnerabilities/advisory.ts';
import { feedFilesAt } from './feed-files.ts';

/** Contents of files by their paths; what is neither text nor bytes is written as JSON. */
export type Contents = Readonly<Record<string, unknown>>;

function bytesOf(content: unknown): string | Uint8Array {
  return typeof content === 'string' || content instanceof Uint8Array
    ? content
    : JSON.stringify(content);
}

/** The path of a folder with these files, which is gone after the test. */
export function pathWith(contents: Contents): string {
  const folder = mkdtempSync(join(tmpdir(), 'tw-feed-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [path, content] of Object.entries(contents)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), bytesOf(content));
  }
  return folder;
}

/** A folder with files, which is gone after the test. */
export function folderWith(contents: Contents): FeedFiles {
  return feedFilesAt(pathWith(contents));
}

/** One file alone, which is gone after the test. */
export function fileWith(name: string, content: unknown): FeedFiles {
  return feedFilesAt(join(pathWith({ [name]: content }), name));
}

/** A folder at a place where nobody can list it, such as a web server. */
export function unlisted(files: FeedFiles): FeedFiles {
  return { ...files, list: () => Promise.resolve(undefined) };
}

/** A tar archive. */
export async function tarOf(contents: Contents): Promise<Buffer> {
  const archive = pack();
  for (const [name, content] of Object.entries(contents)) {
    archive.entry({ name }, Buffer.from(bytesOf(content)));
  }
  archive.finalize();
  const chunks: Uint8Array[] = [];
  for await (const chunk of archive) if (chunk instanceof Uint8Array) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** What a format read of a source. */
export interface Reading {
  readonly records: readonly FeedRecord[];
  /** `RECORD: REASON` */
  readonly notes: readonly string[];
}

/** Reads one group of a source, or all if none is given. */
export async function readAll(
  format: FeedFormat,
  files: FeedFiles,
  group?: string,
): Promise<Reading> {
  const records: FeedRecord[] = [];
  const notes: string[] = [];
  const note = (record: string, reason: string) => void notes.push(`${record}: ${reason}`);
  for (const name of group === undefined ? await format.groups(files) : [group]) {
    for await (const record of format.read(name, files, note)) records.push(record);
  }
  return { records, notes };
}
