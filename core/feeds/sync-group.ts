/**
 * One group of a source that is being synced: looked at, and loaded if it has changed.
 *
 * @module
 */
import { isConnectionFailure, type Sql } from '../database/connection.ts';
import { codeOf, messageOf } from '../errors.ts';
import {
  type FeedGroup,
  keepValidators,
  noteFailed,
  noteLoading,
  noteUnchanged,
} from '../vulnerabilities/store/groups.ts';
import type { Failure, GroupOutcome } from '../vulnerabilities/store/sources.ts';
import type { FeedFormat } from './format.ts';
import { loadGroup } from './load.ts';
import { type FeedSource, Validators } from './source.ts';
import type { SyncProgress } from './sync-progress.ts';

const LONGEST_MESSAGE = 2000;

/** How a sync is to be done. */
export interface SyncOptions {
  /** Read and write all, whatever has changed. */
  readonly isAnew: boolean;
  readonly mayShrink: boolean;
  readonly signal: AbortSignal;
}

/** What is kept of a group to ask for changes; nothing while it has no data. */
export function validatorsOf({ validators, loadedAt }: FeedGroup): Validators {
  const kept = Validators.safeParse(validators);
  return kept.success && loadedAt !== null ? kept.data : {};
}

/** Why something failed, for people. */
export function failureOf(error: unknown): Failure {
  // Postgres has no text with a NUL or half a character.
  const message = messageOf(error).slice(0, LONGEST_MESSAGE).toWellFormed().replaceAll('\0', '');
  return {
    code: codeOf(error, 'feed_failed'),
    message: message || 'The feed could not be loaded.',
  };
}

/** What was begun, or the abort: a transaction that writes a large feed would be waited for. */
async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let abort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
  });
  try {
    signal.throwIfAborted();
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
    // What is left of it fails, and nobody waits for that.
    work.catch(() => {});
    aborted.catch(() => {});
  }
}

async function load(
  sql: Sql,
  format: FeedFormat,
  group: FeedGroup,
  files: FeedSource,
  options: SyncOptions,
): Promise<Omit<GroupOutcome, 'group' | 'seconds'>> {
  const { name } = group;
  const { isAnew } = options;
  const watched = format.watched(name, files);
  // Asked in any case: what is kept of the files must not be newer than what is read of them.
  const isChanged = await files.changed(watched, isAnew ? {} : validatorsOf(group));
  const validators = files.validators(watched);
  if (!isChanged && !isAnew && group.loadedAt !== null) {
    await keepValidators(sql, group.id, validators);
    await noteUnchanged(sql, [group.id]);
    return unchanged(group);
  }
  const { records, changed, removed, unreadable } = await loadGroup(sql, format, group, files, {
    validators,
    isAnew,
    mayShrink: options.mayShrink,
  });
  const status = changed + removed > 0 ? 'loaded' : 'unchanged';
  return { status, records, changed, removed, unreadable };
}

/** The outcome of a group that is as it was. */
export function unchanged({ records, unreadable }: FeedGroup): Omit<
  GroupOutcome,
  'group' | 'seconds'
> {
  return { status: 'unchanged', records, changed: 0, removed: 0, unreadable };
}

/**
 * Syncs a group. What is wrong with it is noted and told, and keeps no other from being loaded.
 *
 * @throws what the database fails with while it is away; the signal's reason
 */
export async function syncGroup(
  sql: Sql,
  format: FeedFormat,
  group: FeedGroup,
  files: FeedSource,
  progress: SyncProgress,
  options: SyncOptions,
): Promise<GroupOutcome> {
  const { id, name, records, unreadable } = group;
  const { signal } = options;
  const began = performance.now();
  const seconds = () => Math.round(performance.now() - began) / 1000;
  await noteLoading(sql, id);
  progress.begin(group);
  try {
    const loading = load(sql, progress.follow(format), group, files, options);
    const loaded = await orAborted(loading, signal);
    return { group: name, ...loaded, seconds: seconds() };
  } catch (error) {
    signal.throwIfAborted();
    if (isConnectionFailure(error)) throw error;
    const failure = failureOf(error);
    await noteFailed(sql, id, failure);
    return {
      group: name,
      status: 'failed',
      records,
      changed: 0,
      removed: 0,
      unreadable,
      seconds: seconds(),
      failure,
    };
  }
}
