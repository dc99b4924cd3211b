/**
 * A sync that somebody waits for: asked of the leader, and followed in Postgres to its end.
 *
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from '@hono/zod-openapi';
import type { Sql } from '../database/connection.ts';
import { TidewaiterError } from '../errors.ts';
import {
  FEED,
  type GroupOutcome,
  listSources,
  type SourceState,
  type SyncOutcome,
} from '../vulnerabilities/store/sources.ts';
import { type Feeds, labelOf } from './feed-bodies.ts';

const POLL_MS = 250;
/** A leader that is there begins sooner. */
const BEGIN_MS = 30_000;

const Status = z.enum(['success', 'failure']);

export const SyncResultBody = z.array(z.object({
  feed: z.string(),
  status: Status,
  total_time_seconds: z.number(),
  groups: z.array(z.object({
    group: z.string(),
    status: Status,
    /** Always 0: what changes for images shows when they are judged next. */
    updated_image_count: z.number(),
    updated_record_count: z.number(),
    total_time_seconds: z.number(),
    error: z.string().nullable(),
    error_code: z.string().nullable(),
  })),
})).openapi('FeedSyncResults');
export type SyncResultBody = z.infer<typeof SyncResultBody>;

function nobodyLeads(): TidewaiterError {
  return new TidewaiterError(
    'feed_sync_not_begun',
    503,
    'No core has begun to sync feeds: see that one with the service coordinators runs; it begins ' +
      'by itself then.',
    { detail: { retry_after: 30 } },
  );
}

function goesOn(): TidewaiterError {
  return new TidewaiterError(
    'feed_sync_goes_on',
    504,
    'The sync of feeds is not done yet and goes on: GET /system/feeds tells how far it is.',
  );
}

/**
 * Waits until sources were synced that often.
 *
 * @param asked by source, the number of its sync
 * @throws TidewaiterError `feed_sync_not_begun`, `feed_sync_goes_on`
 */
export async function untilAnswered(
  sql: Sql,
  asked: ReadonlyMap<string, number>,
  waitMs: number,
  signal: AbortSignal,
): Promise<SourceState[]> {
  const began = performance.now();
  let hasBegun = false;
  for (;;) {
    const sources = (await listSources(sql)).filter(({ name }) => asked.has(name));
    const isDone = ({ name, answered }: SourceState) => answered >= (asked.get(name) ?? 0);
    if (sources.every(isDone)) return sources;
    // Another source may be under way, which nobody has asked for.
    hasBegun ||= sources.some((one) => isDone(one) || one.state === 'loading');
    const waited = performance.now() - began;
    // Who has gone hears nothing any more, and the sync goes on all the same.
    if (waited > waitMs || signal.aborted) throw goesOn();
    if (!hasBegun && waited > BEGIN_MS && !(await isAnyLoading(sql))) throw nobodyLeads();
    await sleep(POLL_MS, undefined, { signal }).catch(() => {});
  }
}

async function isAnyLoading(sql: Sql): Promise<boolean> {
  return (await listSources(sql)).some(({ state }) => state === 'loading');
}

type GroupResult = SyncResultBody[number]['groups'][number];

function groupResult(
  name: string,
  { status, changed, removed, seconds, failure }: Omit<GroupOutcome, 'group'>,
): GroupResult {
  return {
    group: name,
    status: status === 'failed' ? 'failure' : 'success',
    updated_image_count: 0,
    updated_record_count: changed + removed,
    total_time_seconds: seconds,
    error: failure?.message ?? null,
    error_code: failure?.code ?? null,
  };
}

function resultsOf(feeds: Feeds, source: string, outcome: SyncOutcome): GroupResult[] {
  const { groups, failure, seconds } = outcome;
  const nothing = { records: 0, changed: 0, removed: 0, unreadable: 0 };
  return [
    ...groups.map((group) => groupResult(labelOf(feeds, source, group.group), group)),
    ...(failure === undefined
      ? []
      : [groupResult(source, { ...nothing, status: 'failed', seconds, failure })]),
  ];
}

/** The answer for sources that were synced. */
export function syncResult(
  feeds: Feeds,
  synced: readonly SourceState[],
  seconds: number,
): SyncResultBody {
  const groups = synced.flatMap(({ name, outcome }) =>
    outcome === null ? [] : resultsOf(feeds, name, outcome)
  );
  const hasFailed = groups.some(({ status }) => status === 'failure');
  return [{
    feed: FEED,
    status: hasFailed ? 'failure' : 'success',
    total_time_seconds: seconds,
    groups,
  }];
}
