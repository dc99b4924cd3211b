/**
 * Feeds written by tests, read by their formats.
 *
 * @module
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { codeOf } from '../../../core/errors.ts';
import type { FeedFiles, FeedFormat } from '../../../core/feeds/format.ts';
import type { FeedRecord } from '../../../core/vulnerabilities/advisory.ts';
import { feedFilesAt } from '../../support/feed-files.ts';
import { type Random, randomOf } from '../../jobs/fuzz/random.ts';

/** Contents by path; what is no text and no bytes is written as JSON. */
export type Contents = Readonly<Record<string, unknown>>;

/** A folder with these files, until the test is over. */
export function folderWith(contents: Contents): string {
  const folder = mkdtempSync(join(tmpdir(), 'tw-feeds-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [path, content] of Object.entries(contents)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    const isRaw = typeof content === 'string' || content instanceof Uint8Array;
    writeFileSync(join(folder, path), isRaw ? content : JSON.stringify(content));
  }
  return folder;
}

/** These files as a source on disk. */
export function listed(contents: Contents): FeedFiles {
  return feedFilesAt(folderWith(contents));
}

/** These files as a source that nobody can list, with a record of what was asked for. */
export function unlisted(contents: Contents): FeedFiles & { readonly asked: readonly string[] } {
  const files = listed(contents);
  const asked: string[] = [];
  return {
    asked,
    single: undefined,
    open: (path) => {
      asked.push(path);
      return files.open(path);
    },
    list: () => Promise.resolve(undefined),
  };
}

/** One file as a source. */
export function single(name: string, content: unknown): FeedFiles {
  return feedFilesAt(join(folderWith({ [name]: content }), name));
}

export interface Reading {
  readonly records: readonly FeedRecord[];
  /** `RECORD: REASON`. */
  readonly notes: readonly string[];
}

/** All of a group, or of all groups if none is given. */
export async function read(
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

const FUZZ_CASES = 150;
const CASE_LIMIT_MS = 2000;

/**
 * Reads hostile files. Each has to end in time, in records with keys of their own and notes, or in
 * `feed_malformed`.
 *
 * @returns how the cases ended, by the code, and how many records came out of all
 */
export async function fuzz(
  format: FeedFormat,
  make: (random: Random) => FeedFiles,
): Promise<ReadonlyMap<string, number>> {
  const ends = new Map<string, number>();
  for (let seed = 1; seed <= FUZZ_CASES; seed++) {
    const files = make(randomOf(seed));
    const start = performance.now();
    let end = 'read';
    try {
      const { records } = await read(format, files);
      if (new Set(records.map(({ key }) => key)).size !== records.length) end = 'same keys';
      if (!isClean(records)) end = `seed ${seed} has records that are not clean`;
    } catch (error) {
      end = codeOf(error, `seed ${seed}: ${String(error)}`);
    }
    if (performance.now() - start > CASE_LIMIT_MS) end = `seed ${seed} takes too long`;
    ends.set(end, (ends.get(end) ?? 0) + 1);
  }
  return ends;
}

/** Whether a database takes all of its texts: no control characters, no half characters. */
function isClean(value: unknown): boolean {
  if (typeof value === 'string') {
    return value.isWellFormed() && !/[\x00-\x08\x0b-\x1f\x7f]/.test(value);
  }
  return typeof value !== 'object' || value === null || Object.values(value).every(isClean);
}
