/**
 * Feeds as clients know them: one, which carries the groups of all sources.
 *
 * @module
 */
import { z } from '@hono/zod-openapi';
import type { Queryable } from '../database/connection.ts';
import { type FeedGroup, listGroups } from '../vulnerabilities/store/groups.ts';
import { FEED, listSources, type SourceState } from '../vulnerabilities/store/sources.ts';
import { type FeedSwitch, readFeed } from '../vulnerabilities/store/switches.ts';
import { timestamp } from './schemas.ts';

export const FeedGroupBody = z.object({
  /** The source's name, and `SOURCE:GROUP` where a source has several. */
  name: z.string(),
  created_at: z.string(),
  updated_at: z.string(),
  last_sync: z.string().nullable(),
  enabled: z.boolean(),
  record_count: z.number(),
  source: z.string(),
  format: z.string(),
  url: z.string().nullable(),
  /** How often its content has changed. */
  generation: z.number(),
  unreadable: z.number(),
  unreadable_examples: z.array(z.object({ record: z.string(), reason: z.string() })),
  /** Of its newest record. */
  newest: z.string().nullable(),
  state: z.enum(['idle', 'loading', 'failed']),
  progress: z.record(z.string(), z.unknown()).nullable(),
  error: z.string().nullable(),
  error_code: z.string().nullable(),
  /** When it was last known to be as it is at its source. */
  checked_at: z.string().nullable(),
}).openapi('FeedGroup');
export type FeedGroupBody = z.infer<typeof FeedGroupBody>;

export const FeedBody = z.object({
  name: z.string(),
  created_at: z.string(),
  updated_at: z.string(),
  /** When the source was looked at whose last look is the longest ago; null before the first of each. */
  last_full_sync: z.string().nullable(),
  enabled: z.boolean(),
  groups: z.array(FeedGroupBody),
}).openapi('Feed');
export type FeedBody = z.infer<typeof FeedBody>;

/** All that is known of feeds. */
export interface Feeds {
  readonly feed: FeedSwitch;
  readonly sources: readonly SourceState[];
  readonly groups: readonly FeedGroup[];
}

export async function readFeeds(sql: Queryable): Promise<Feeds> {
  const [feed, sources, groups] = await Promise.all([
    readFeed(sql),
    listSources(sql),
    listGroups(sql),
  ]);
  return { feed, sources, groups };
}

function orNull(date: Date | null | undefined): string | null {
  return date === null || date === undefined ? null : timestamp(date);
}

function progressOf(progress: unknown): Record<string, unknown> | null {
  return typeof progress === 'object' && progress !== null ? { ...progress } : null;
}

/** How a group is called among those of all sources. */
export function labelOf({ groups }: Feeds, source: string, group: string): string {
  const isAlone = groups.filter((one) => one.source === source).length <= 1;
  return isAlone ? source : `${source}:${group}`;
}

/** A group; what keeps its source from being looked at at all is told of each. */
export function groupBody(feeds: Feeds, group: FeedGroup): FeedGroupBody {
  const source = feeds.sources.find(({ name }) => name === group.source);
  const own = group.errorCode === null && group.state === 'idle' && source?.outcome?.failure
    ? source
    : group;
  return {
    name: labelOf(feeds, group.source, group.name),
    created_at: timestamp(group.createdAt),
    updated_at: timestamp(group.updatedAt),
    last_sync: orNull(group.checkedAt),
    enabled: group.enabled,
    record_count: group.records,
    source: group.source,
    format: group.format,
    url: source?.url ?? null,
    generation: group.generation,
    unreadable: group.unreadable,
    unreadable_examples: group.unreadableExamples.map((one) => ({ ...one })),
    newest: orNull(group.newest),
    state: own.state,
    progress: progressOf(own.progress),
    error: own.error,
    error_code: own.errorCode,
    checked_at: orNull(group.checkedAt),
  };
}

/** A source as if it were one group: of several groups, or of none as long as they are not known. */
export function sourceBody(feeds: Feeds, source: SourceState): FeedGroupBody {
  const groups = feeds.groups.filter((group) => group.source === source.name);
  const [only] = groups;
  if (groups.length === 1 && only !== undefined) return groupBody(feeds, only);
  const newest = groups.flatMap((group) => group.newest ?? [])
    .reduce<Date | null>((latest, one) => latest !== null && latest > one ? latest : one, null);
  const sum = (of: (group: FeedGroup) => number) =>
    groups.reduce((total, group) => total + of(group), 0);
  return {
    name: source.name,
    created_at: timestamp(source.createdAt),
    updated_at: timestamp(source.updatedAt),
    last_sync: orNull(source.checkedAt),
    enabled: feeds.feed.switched && source.configured && source.switched,
    record_count: sum(({ records }) => records),
    source: source.name,
    format: source.format,
    url: source.url,
    generation: sum(({ generation }) => generation),
    unreadable: sum(({ unreadable }) => unreadable),
    unreadable_examples: [],
    newest: orNull(newest),
    state: source.state,
    progress: progressOf(source.progress),
    error: source.error,
    error_code: source.errorCode,
    checked_at: orNull(source.checkedAt),
  };
}

/** The oldest of the last looks at sources that are kept up to date. */
function lastFullSync({ sources }: Feeds): string | null {
  const times = sources.filter(({ configured, switched }) => configured && switched)
    .map(({ checkedAt }) => checkedAt?.getTime() ?? -Infinity);
  const oldest = Math.min(...times);
  return Number.isFinite(oldest) ? timestamp(new Date(oldest)) : null;
}

export function feedBody(feeds: Feeds): FeedBody {
  const { feed, sources, groups } = feeds;
  const known = new Set(groups.map(({ source }) => source));
  const waiting = sources.filter(({ name, configured }) => configured && !known.has(name));
  const bodies = [
    ...groups.map((group) => groupBody(feeds, group)),
    ...waiting.map((source) => sourceBody(feeds, source)),
  ];
  const updated = Math.max(
    feed.updatedAt.getTime(),
    ...groups.map(({ updatedAt }) => updatedAt.getTime()),
  );
  return {
    name: FEED,
    created_at: timestamp(feed.createdAt),
    updated_at: timestamp(new Date(updated)),
    last_full_sync: lastFullSync(feeds),
    enabled: feed.switched,
    groups: bodies.sort((a, b) => a.name < b.name ? -1 : 1),
  };
}
