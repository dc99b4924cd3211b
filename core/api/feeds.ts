/**
 * `/system/feeds`: what is known of vulnerabilities, how fresh it is, and its switches.
 *
 * @module
 */
import { createRoute, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { TidewaiterError } from '../errors.ts';
import { recordEvent } from '../events/record.ts';
import { escapeText } from '../log.ts';
import type { FeedGroup } from '../vulnerabilities/store/groups.ts';
import { askForSync, FEED, type SourceState } from '../vulnerabilities/store/sources.ts';
import {
  deleteData,
  switchFeed,
  switchGroup,
  switchSource,
} from '../vulnerabilities/store/switches.ts';
import { type Api, type ApiEnv, newApi, type Services } from './context.ts';
import {
  FeedBody,
  feedBody,
  FeedGroupBody,
  type Feeds,
  groupBody,
  readFeeds,
  sourceBody,
} from './feed-bodies.ts';
import { syncResult, SyncResultBody, untilAnswered } from './feed-sync.ts';
import { ErrorBody, queryBoolean } from './schemas.ts';

/** How long an answer may take: the first sync of all sources takes the better part of it. */
const WAIT_MS = 3_600_000;
/** Characters of a name from a path in a message. */
const SHOWN = 200;

const content = <T extends z.ZodType>(description: string, schema: T) => ({
  description,
  content: { 'application/json': { schema } },
});
const errors = {
  400: content('Wrong input', ErrorBody),
  403: content('Not allowed', ErrorBody),
  404: content('Not found', ErrorBody),
  409: content('It is enabled', ErrorBody),
};
const feedParams = z.object({ feed: z.string().openapi({ enum: [FEED] }) });
const groupParams = feedParams.extend({ group: z.string() });
const switchQuery = z.object({
  enabled: z.string().regex(/^(?:true|false)$/i, 'it is true or false')
    .transform((text) => /^true$/i.test(text)).openapi({ type: 'boolean' }),
});
const syncQuery = z.object({
  /** All data is read and written anew. */
  flush: queryBoolean(false),
  sync: queryBoolean(true),
  /** Sources may have lost most of their records. */
  may_shrink: queryBoolean(false),
  /** One source alone. */
  source: z.string().min(1).optional(),
});

/** What a path names: a group, or a source with all its groups. */
interface Named {
  readonly source: SourceState | undefined;
  readonly groups: readonly FeedGroup[];
}

function checkFeed(feed: string): void {
  if (feed === FEED) return;
  const name = escapeText(feed.slice(0, SHOWN));
  throw new TidewaiterError(
    'feed_not_found',
    404,
    `There is no feed ${name}: all groups are those of the feed ${FEED}.`,
  );
}

function groupNotFound(group: string): TidewaiterError {
  return new TidewaiterError(
    'feed_group_not_found',
    404,
    `There is no group ${escapeText(group.slice(0, SHOWN))}: GET /system/feeds lists them.`,
  );
}

function find({ sources, groups }: Feeds, name: string): Named {
  const source = sources.find((one) => one.name === name);
  const ofSource = groups.filter((one) => one.source === name);
  if (source !== undefined || ofSource.length === 1) return { source, groups: ofSource };
  const group = groups.find((one) => `${one.source}:${one.name}` === name);
  if (group === undefined) throw groupNotFound(name);
  return { source: undefined, groups: [group] };
}

function checkDisabled(isEnabled: boolean, name: string): void {
  if (!isEnabled) return;
  throw new TidewaiterError(
    'feed_enabled',
    409,
    `The data of ${escapeText(name.slice(0, SHOWN))} is in use: disable it first.`,
  );
}

function bodyOf(feeds: Feeds, { source, groups }: Named): FeedGroupBody {
  if (source !== undefined) return sourceBody(feeds, source);
  const [group] = groups;
  if (group === undefined) throw groupNotFound('');
  return groupBody(feeds, group);
}

/** Routes below `/system/feeds`. */
export function feedRoutes({ sql, log }: Services): Api {
  function tell(c: Context<ApiEnv>, what: string, feed: string): void {
    log.info(what, { feed, user: c.get('identity').user });
  }

  /** Switches what a path names; how it is then. */
  async function switchNamed(name: string, enabled: boolean): Promise<FeedGroupBody> {
    const { source, groups } = find(await readFeeds(sql), name);
    if (source !== undefined) await switchSource(sql, source.name, enabled);
    else for (const { id } of groups) await switchGroup(sql, id, enabled);
    const feeds = await readFeeds(sql);
    return bodyOf(feeds, find(feeds, name));
  }

  async function sync(
    { flush: isAnew, may_shrink: mayShrink, source }: z.infer<typeof syncQuery>,
    user: string,
    signal: AbortSignal,
  ): Promise<SyncResultBody> {
    const began = performance.now();
    const tellSync = (end: 'started' | 'completed' | 'failed', message: string) =>
      recordEvent(sql, {
        account: 'admin',
        type: `system.feeds.sync.${end}`,
        level: end === 'failed' ? 'error' : 'info',
        resourceType: 'feed',
        resource: source ?? FEED,
        message,
        details: { user, flush: isAnew, may_shrink: mayShrink },
      });
    const asked = await askForSync(sql, { isAnew, mayShrink, source });
    if (source !== undefined && asked.size === 0) throw groupNotFound(source);
    await tellSync('started', `${user} has asked for a sync of feeds.`);
    const synced = await untilAnswered(sql, asked, WAIT_MS, signal);
    const seconds = Math.round(performance.now() - began) / 1000;
    const result = syncResult(await readFeeds(sql), synced, seconds);
    const failed = result.flatMap(({ groups }) => groups)
      .filter(({ status }) => status === 'failure').map(({ group }) => group);
    if (failed.length === 0) await tellSync('completed', 'The sync of feeds is done.');
    else {
      await tellSync('failed', `The sync of feeds is done but for ${failed.join(', ')}.`);
    }
    return result;
  }

  return newApi()
    .openapi(
      createRoute({
        method: 'get',
        path: '/system/feeds',
        summary: 'Feeds of vulnerabilities with their groups',
        responses: { 200: content('Feeds', z.array(FeedBody)) },
      }),
      async (c) => c.json([feedBody(await readFeeds(sql))], 200),
    )
    .openapi(
      createRoute({
        method: 'post',
        path: '/system/feeds',
        summary: 'Sync feeds now, and wait for the end',
        description: 'With flush=true all data is read and written anew, whatever has changed. ' +
          'Until all of a group is read, what was there before counts.',
        request: { query: syncQuery },
        responses: {
          200: content('How it went', SyncResultBody),
          503: content('Nobody has begun', ErrorBody),
          504: content('It goes on', ErrorBody),
          ...errors,
        },
      }),
      async (c) => {
        const query = c.req.valid('query');
        // Who wants neither wants nothing.
        if (!query.sync && !query.flush) return c.json([], 200);
        return c.json(await sync(query, c.get('identity').user, c.req.raw.signal), 200);
      },
    )
    .openapi(
      createRoute({
        method: 'put',
        path: '/system/feeds/{feed}',
        summary: 'Switch a feed',
        request: { params: feedParams, query: switchQuery },
        responses: { 200: content('The feed', FeedBody), ...errors },
      }),
      async (c) => {
        const { feed } = c.req.valid('param');
        const { enabled } = c.req.valid('query');
        checkFeed(feed);
        await switchFeed(sql, enabled);
        tell(c, enabled ? 'a feed is enabled' : 'a feed is disabled', feed);
        return c.json(feedBody(await readFeeds(sql)), 200);
      },
    )
    .openapi(
      createRoute({
        method: 'put',
        path: '/system/feeds/{feed}/{group}',
        summary: 'Switch a group, or a source with all its groups',
        request: { params: groupParams, query: switchQuery },
        responses: { 200: content('The group', FeedGroupBody), ...errors },
      }),
      async (c) => {
        const { feed, group } = c.req.valid('param');
        const { enabled } = c.req.valid('query');
        checkFeed(feed);
        const body = await switchNamed(group, enabled);
        tell(c, enabled ? 'a feed is enabled' : 'a feed is disabled', group);
        return c.json(body, 200);
      },
    )
    .openapi(
      createRoute({
        method: 'delete',
        path: '/system/feeds/{feed}',
        summary: 'Remove the data of a feed that is disabled',
        request: { params: feedParams },
        responses: { 200: content('The feed', FeedBody), ...errors },
      }),
      async (c) => {
        const { feed } = c.req.valid('param');
        checkFeed(feed);
        const before = await readFeeds(sql);
        checkDisabled(before.feed.switched, feed);
        await deleteData(sql, before.groups.map(({ id }) => id));
        tell(c, 'the data of a feed is removed', feed);
        return c.json(feedBody(await readFeeds(sql)), 200);
      },
    )
    .openapi(
      createRoute({
        method: 'delete',
        path: '/system/feeds/{feed}/{group}',
        summary: 'Remove the data of a group, or of a source, that is disabled',
        request: { params: groupParams },
        responses: { 200: content('The group without its data', FeedGroupBody), ...errors },
      }),
      async (c) => {
        const { feed, group } = c.req.valid('param');
        checkFeed(feed);
        const feeds = await readFeeds(sql);
        const named = find(feeds, group);
        checkDisabled(named.groups.some(({ enabled }) => enabled), group);
        await deleteData(sql, named.groups.map(({ id }) => id));
        tell(c, 'the data of a feed is removed', group);
        const body = bodyOf(feeds, named);
        return c.json({ ...body, record_count: 0, last_sync: null, checked_at: null }, 200);
      },
    );
}
