/**
 * Loads one group of a source: everything, or what has changed since the last time. Until all of it
 * was read and found whole, what was loaded before is valid.
 *
 * @module
 */
import type { Json, Sql } from '../database/connection.ts';
import type { FeedRecord } from '../vulnerabilities/advisory.ts';
import type { UnreadableRecord } from '../vulnerabilities/store/groups.ts';
import { type LoadedChange, Loading } from '../vulnerabilities/store/loading.ts';
import type { FeedFiles, FeedFormat, NoteUnreadable } from './format.ts';

/** Unreadable records that are named; the rest is counted. */
const MOST_EXAMPLES = 20;
const LONGEST_NAME = 200;

export interface GroupToLoad {
  /** Of `feed_groups`. */
  readonly id: number;
  readonly name: string;
  /** Of its newest record; null while nothing was loaded. */
  readonly newest: Date | null;
}

export interface LoadOptions {
  /** Kept with what was loaded, for the next time. */
  readonly validators: Json;
  readonly mayShrink?: boolean;
  /** Whether all is read and written anew. */
  readonly isAnew?: boolean;
}

/** Counts what could not be read, and names some of it. */
class Unreadable {
  count = 0;
  readonly examples: UnreadableRecord[] = [];

  readonly note: NoteUnreadable = (record, reason) => {
    this.count += 1;
    if (this.examples.length === MOST_EXAMPLES) return;
    this.examples.push({
      record: record.slice(0, LONGEST_NAME),
      reason: reason.slice(0, LONGEST_NAME),
    });
  };
}

/**
 * Loads a group.
 *
 * @throws TidewaiterError `feed_unreachable`, `feed_malformed`, `feed_shrunken`,
 * `feed_loaded_meanwhile`, `feed_loading_lost`
 */
export async function loadGroup(
  sql: Sql,
  format: FeedFormat,
  group: GroupToLoad,
  files: FeedFiles,
  options: LoadOptions,
): Promise<LoadedChange> {
  const { validators, mayShrink = false, isAnew = false } = options;
  const unreadable = new Unreadable();
  const since = isAnew ? undefined : group.newest?.toISOString();
  const changes = since === undefined
    ? undefined
    : await format.changes?.(group.name, files, since, unreadable.note);
  const loading = await Loading.begin(sql, group.id, {
    isPartial: changes !== undefined,
    mayShrink,
    isAnew,
  });
  let newest: string | undefined;
  const add = async (record: FeedRecord): Promise<void> => {
    if (!await loading.add(record)) unreadable.note(record.key, 'it comes a second time');
    const modified = record.kind === 'advisory' ? record.modified : undefined;
    if (modified !== undefined && (newest === undefined || modified > newest)) newest = modified;
  };
  try {
    if (changes === undefined) {
      for await (const record of format.read(group.name, files, unreadable.note)) await add(record);
    } else {
      for await (const { record, removed } of changes) {
        if (record === undefined) loading.remove(removed);
        else await add(record);
      }
    }
    return await loading.finish({
      validators,
      newest,
      unreadable: unreadable.count,
      unreadableExamples: unreadable.examples,
    });
  } catch (error) {
    // What a dead connection leaves is swept by the next loading.
    await loading.abandon().catch(() => {});
    throw error;
  }
}
