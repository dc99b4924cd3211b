/**
 * What people are told of syncs: one event where data has changed, one where something fails that
 * did not fail in this way before. What is as it was, and what still fails, is no news.
 *
 * @module
 */
import type { Json, Queryable } from '../database/connection.ts';
import { recordEvent } from '../events/record.ts';
import type { Failure, GroupOutcome, SyncOutcome } from '../vulnerabilities/store/sources.ts';

/** Who administers the installation. */
const ACCOUNT = 'admin';
/** Groups whose counts an event tells. */
const MOST_GROUPS = 100;

/** How a group is called where groups of all sources stand side by side. */
export function groupLabel(source: string, group: string): string {
  return `${source}:${group}`;
}

type Before = ReadonlyMap<string, Failure | undefined>;

function isNews(failure: Failure, before: Failure | undefined): boolean {
  return before?.code !== failure.code || before.message !== failure.message;
}

function countsOf({ group, records, changed, removed, unreadable }: GroupOutcome): Json {
  return { group, records, changed, removed, unreadable };
}

async function record(
  sql: Queryable,
  what: 'feed_completed' | 'feed_failed' | 'group_failed',
  resource: string,
  message: string,
  details: Readonly<Record<string, Json>>,
): Promise<void> {
  await recordEvent(sql, {
    account: ACCOUNT,
    type: `system.feeds.sync.${what}`,
    level: what === 'feed_completed' ? 'info' : 'error',
    resourceType: 'feed',
    resource,
    message,
    details,
  });
}

/**
 * Tells how a sync of a source went.
 *
 * @param before why the source failed the last time
 * @param groupsBefore why each of its groups did, by name
 */
export async function tellOutcome(
  sql: Queryable,
  source: string,
  { groups, failure, seconds }: SyncOutcome,
  before: Failure | undefined,
  groupsBefore: Before,
): Promise<void> {
  if (failure !== undefined && isNews(failure, before)) {
    const { code, message } = failure;
    await record(sql, 'feed_failed', source, `The feed ${source}: ${message}`, { code });
  }
  for (const { group, failure: own } of groups) {
    if (own === undefined || !isNews(own, groupsBefore.get(group))) continue;
    const name = groupLabel(source, group);
    const message = `The feed ${name}: ${own.message}`;
    await record(sql, 'group_failed', name, message, { code: own.code });
  }
  const loaded = groups.filter(({ status }) => status === 'loaded');
  if (loaded.length === 0) return;
  const sum = (of: (one: GroupOutcome) => number) =>
    loaded.reduce((total, one) => total + of(one), 0);
  const [changed, removed] = [sum((one) => one.changed), sum((one) => one.removed)];
  await record(
    sql,
    'feed_completed',
    source,
    `The feed ${source} has ${changed} records that are new or changed, and ${removed} are gone.`,
    { changed, removed, seconds, groups: loaded.slice(0, MOST_GROUPS).map(countsOf) },
  );
}
