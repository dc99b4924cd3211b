/**
 * What the tests of sources share.
 *
 * @module
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { TidewaiterError } from '../../../core/errors.ts';
import { type FeedOptions, FETCH_SETTINGS, openFeedFiles } from '../../../core/feeds/files.ts';
import type { FeedFile } from '../../../core/feeds/format.ts';
import type { FeedSource } from '../../../core/feeds/source.ts';

/** A folder that is removed when the test ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tw-feeds-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Like those of the product, but for the waiting. */
export const QUICK = { ...FETCH_SETTINGS, backoffMs: 5 };

/** Opens a source that is closed when the test ends; undefined where it is one file, and as known. */
export async function tryOpen(
  source: string,
  options: Partial<FeedOptions> = {},
): Promise<FeedSource | undefined> {
  const files = await openFeedFiles(source, {
    scratch: temporaryFolder(),
    proxy: 'none',
    settings: QUICK,
    ...options,
  });
  if (files !== undefined) onTestFinished(() => files.close());
  return files;
}

/** The same where it is certain to be there. */
export async function openSource(
  source: string,
  options: Partial<FeedOptions> = {},
): Promise<FeedSource> {
  const files = await tryOpen(source, options);
  if (files === undefined) throw new Error('the source has not changed');
  return files;
}

export function textOf(file: FeedFile | undefined): string | undefined {
  if (file === undefined) return undefined;
  const text = readFileSync(file.path, 'latin1');
  expect(file.size).toBe(text.length);
  return text;
}

/** The text of a file at a source. */
export async function textAt(files: FeedSource, path: string): Promise<string | undefined> {
  return textOf(await files.open(path));
}

/** The failure that a promise is rejected with. */
export async function failureOf(promise: Promise<unknown>): Promise<TidewaiterError> {
  const error = await promise.then(
    () => new Error('it was fulfilled'),
    (thrown: unknown) => thrown,
  );
  if (error instanceof TidewaiterError) return error;
  throw error;
}
