/**
 * `/system/feeds`, of a core whose feeds are at a web server.
 *
 * @module
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashPassword } from '../../../core/accounts/passwords.ts';
import { openDatabase, type Sql } from '../../../core/database/connection.ts';
import { startTestCore, type TestCore } from '../../support/core.ts';
import { secdb, type ServedFeed, serveFeed } from '../../support/served-feed.ts';
import { basic, errorOf } from './samples.ts';

const FEED = '/system/feeds/vulnerabilities';
const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) as string;

interface Group {
  readonly name: string;
  readonly enabled: boolean;
  readonly record_count: number;
  readonly last_sync: string | null;
  readonly generation: number;
  readonly state: string;
  readonly error_code: string | null;
}

interface Feed {
  readonly name: string;
  readonly enabled: boolean;
  readonly last_full_sync: string | null;
  readonly groups: readonly Group[];
}

let feed: ServedFeed;
let core: TestCore;
let sql: Sql;
beforeAll(async () => {
  feed = await serveFeed({
    'v3.2/main.json': secdb('v3.2', 200),
    'v3.3/main.json': secdb('v3.3', 3),
    'security.json': secdb('wolfi', 2),
  });
  const feeds = {
    defaults: false,
    proxy: 'none',
    sources: {
      secdb: { url: feed.url.replace('//', '//user:secret@') },
      wolfi: { url: `${feed.url}security.json?key=secret` },
    },
  };
  core = await startTestCore({ environment: { TIDEWAITER_FEEDS: JSON.stringify(feeds) } });
  sql = openDatabase(core.databaseUrl ?? '', { max: 2 });
  await sql`insert into accounts (name, type) values ('other', 'user')`;
  await sql`
    insert into users (name, account, password_hash)
    values ('reader', 'other', ${await hashPassword('password-of-reader')})`;
});
afterAll(async () => {
  await sql.end({ timeout: 1 });
  await core.stop();
  feed.close();
});

const asReader = basic('reader', 'password-of-reader');

async function read(): Promise<Feed> {
  const { status, body } = await core.api('GET', '/system/feeds');
  expect(status).toBe(200);
  const [only, ...others] = body as Feed[];
  expect(others).toEqual([]);
  if (only === undefined) throw new Error('there is no feed');
  return only;
}

async function groupNow(name: string): Promise<Group | undefined> {
  return (await read()).groups.find((group) => group.name === name);
}

async function untilLoaded(): Promise<void> {
  await expect.poll(async () => (await read()).last_full_sync, { timeout: 20_000 }).toEqual(TIME);
}

async function eventsNow(): Promise<string[]> {
  const rows = await sql<{ text: string }[]>`
    select type || ' ' || resource as text from events where resource_type = 'feed'
    order by created_at`;
  return rows.map(({ text }) => text.replace('system.feeds.sync.', ''));
}

describe('GET /system/feeds', () => {
  it('is one feed with the groups of all sources, which load by themselves', async () => {
    await untilLoaded();
    const { status, body } = await core.api('GET', '/system/feeds', undefined, asReader);
    expect(status).toBe(200);
    const common = {
      created_at: TIME,
      updated_at: TIME,
      last_sync: TIME,
      checked_at: TIME,
      enabled: true,
      generation: 1,
      unreadable: 0,
      unreadable_examples: [],
      newest: null,
      state: 'idle',
      progress: null,
      error: null,
      error_code: null,
    };
    const alpine = { ...common, source: 'secdb', format: 'secdb', url: feed.url };
    expect(body).toEqual([{
      name: 'vulnerabilities',
      created_at: TIME,
      updated_at: TIME,
      last_full_sync: TIME,
      enabled: true,
      groups: [
        { ...alpine, name: 'secdb:v3.2', record_count: 200 },
        { ...alpine, name: 'secdb:v3.3', record_count: 3 },
        {
          ...common,
          name: 'wolfi',
          record_count: 2,
          source: 'wolfi',
          format: 'wolfi',
          url: `${feed.url}security.json`,
        },
      ],
    }]);
    expect(JSON.stringify(body)).not.toContain('secret');
    expect(core.log()).not.toContain('secret');
  });
});

describe('POST /system/feeds', () => {
  it('waits for the end and tells what has changed', async () => {
    feed.files.set('v3.3/main.json', secdb('v3.3', 5));
    const before = (await eventsNow()).length;
    const { status, body } = await core.api('POST', '/system/feeds?flush=False');
    expect(status, JSON.stringify(body)).toBe(200);
    const common = {
      status: 'success',
      updated_image_count: 0,
      total_time_seconds: expect.any(Number) as number,
      error: null,
      error_code: null,
    };
    expect(body).toEqual([{
      feed: 'vulnerabilities',
      status: 'success',
      total_time_seconds: expect.any(Number) as number,
      groups: [
        { ...common, group: 'secdb:v3.2', updated_record_count: 0 },
        { ...common, group: 'secdb:v3.3', updated_record_count: 2 },
        { ...common, group: 'wolfi', updated_record_count: 0 },
      ],
    }]);
    expect(await groupNow('secdb:v3.3')).toMatchObject({ record_count: 5, generation: 2 });
    expect((await eventsNow()).slice(before)).toEqual([
      'started vulnerabilities',
      'feed_completed secdb',
      'completed vulnerabilities',
    ]);
  });

  it('reads all anew with flush, of one source if it is named', async () => {
    const { body } = await core.api('POST', '/system/feeds?flush=true&source=wolfi');
    expect(body).toMatchObject([{ groups: [{ group: 'wolfi', updated_record_count: 2 }] }]);
    expect(await groupNow('wolfi')).toMatchObject({ generation: 2 });
    expect(await groupNow('secdb:v3.2')).toMatchObject({ generation: 1 });
  });

  it('tells what fails, and takes what has shrunken where that is allowed', async () => {
    feed.files.set('v3.2/main.json', secdb('v3.2', 10));
    const refused = await core.api('POST', '/system/feeds');
    expect(refused.status).toBe(200);
    expect(refused.body).toMatchObject([{
      status: 'failure',
      groups: [
        { group: 'secdb:v3.2', status: 'failure', error_code: 'feed_shrunken' },
        { group: 'secdb:v3.3', status: 'success' },
        { group: 'wolfi', status: 'success' },
      ],
    }]);
    expect(await groupNow('secdb:v3.2')).toMatchObject({
      state: 'failed',
      error_code: 'feed_shrunken',
      record_count: 200,
    });
    expect((await eventsNow()).slice(-2)).toEqual([
      'group_failed secdb:v3.2',
      'failed vulnerabilities',
    ]);
    const taken = await core.api('POST', '/system/feeds?may_shrink=true&source=secdb');
    expect(taken.body).toMatchObject([{ status: 'success' }]);
    expect(await groupNow('secdb:v3.2')).toMatchObject({ state: 'idle', record_count: 10 });
  });

  it('tells of a source that is away in one line of its own', async () => {
    feed.files.set('v3.2/main.json', 403);
    const { body } = await core.api('POST', '/system/feeds?source=secdb');
    expect(body).toMatchObject([{
      status: 'failure',
      groups: [{ group: 'secdb', status: 'failure', error_code: 'feed_unreachable' }],
    }]);
    expect(await groupNow('secdb:v3.3')).toMatchObject({
      state: 'failed',
      error_code: 'feed_unreachable',
      record_count: 5,
    });
    feed.files.set('v3.2/main.json', secdb('v3.2', 10));
    await core.api('POST', '/system/feeds?source=secdb');
    expect(await groupNow('secdb:v3.3')).toMatchObject({ state: 'idle', error_code: null });
  });

  it('does nothing where nothing is wanted', async () => {
    const answer = await core.api('POST', '/system/feeds?sync=false');
    expect(answer).toMatchObject({ status: 200, body: [] });
  });

  it('knows just the sources that there are', async () => {
    const answer = await core.api('POST', '/system/feeds?source=nvd');
    expect(answer.status).toBe(404);
    expect(errorOf(answer).code).toBe('feed_group_not_found');
  });
});

describe('the switches', () => {
  it('are there for a group, and survive a restart', async () => {
    const off = await core.api('PUT', `${FEED}/secdb:v3.2?enabled=False`);
    expect(off.status, JSON.stringify(off.body)).toBe(200);
    expect(off.body).toMatchObject({ name: 'secdb:v3.2', enabled: false, record_count: 10 });
    await core.kill();
    await core.start();
    expect(await groupNow('secdb:v3.2')).toMatchObject({ enabled: false, record_count: 10 });
    const on = await core.api('PUT', `${FEED}/secdb:v3.2?enabled=True`);
    expect(on.body).toMatchObject({ name: 'secdb:v3.2', enabled: true });
  });

  it('are there for a source with all its groups', async () => {
    const off = await core.api('PUT', `${FEED}/secdb?enabled=false`);
    expect(off.body).toMatchObject({ name: 'secdb', enabled: false, record_count: 15 });
    expect((await read()).groups.map(({ name, enabled }) => [name, enabled])).toEqual([
      ['secdb:v3.2', false],
      ['secdb:v3.3', false],
      ['wolfi', true],
    ]);
    // What is switched off is not loaded.
    const { body } = await core.api('POST', '/system/feeds');
    expect(body).toMatchObject([{ groups: [{ group: 'wolfi' }] }]);
    const on = await core.api('PUT', `${FEED}/secdb?enabled=true`);
    expect(on.body).toMatchObject({ name: 'secdb', enabled: true });
    expect(await groupNow('secdb:v3.2')).toMatchObject({ enabled: true });
  });

  it('are there for all', async () => {
    const off = await core.api('PUT', `${FEED}?enabled=false`);
    expect(off.body).toMatchObject({ name: 'vulnerabilities', enabled: false });
    expect((await read()).groups.filter(({ enabled }) => enabled)).toEqual([]);
    const { body } = await core.api('POST', '/system/feeds');
    expect(body).toMatchObject([{ status: 'success', groups: [] }]);
    const on = await core.api('PUT', `${FEED}?enabled=true`);
    expect(on.body).toMatchObject({ enabled: true });
    expect((await read()).groups.filter(({ enabled }) => !enabled)).toEqual([]);
  });
});

describe('DELETE', () => {
  it('removes the data of what is switched off, and of nothing else', async () => {
    const refused = await core.api('DELETE', `${FEED}/wolfi`);
    expect(refused.status).toBe(409);
    expect(errorOf(refused).code).toBe('feed_enabled');
    await core.api('PUT', `${FEED}/wolfi?enabled=false`);
    const deleted = await core.api('DELETE', `${FEED}/wolfi`);
    expect(deleted.status, JSON.stringify(deleted.body)).toBe(200);
    expect(deleted.body).toMatchObject({ name: 'wolfi', enabled: false, record_count: 0 });
    expect(await groupNow('wolfi')).toMatchObject({ last_sync: null, record_count: 0 });
    await core.api('PUT', `${FEED}/wolfi?enabled=true`);
    await expect.poll(async () => (await groupNow('wolfi'))?.record_count, { timeout: 10_000 })
      .toBe(2);
  });

  it('removes all data of the feed when it is switched off', async () => {
    expect((await core.api('DELETE', FEED)).status).toBe(409);
    await core.api('PUT', `${FEED}?enabled=false`);
    const { status, body } = await core.api('DELETE', FEED);
    expect(status).toBe(200);
    expect((body as Feed).groups.map(({ record_count: count }) => count)).toEqual([0, 0, 0]);
    expect(await sql`select from advisories`).toHaveLength(0);
    await core.api('PUT', `${FEED}?enabled=true`);
    await expect.poll(async () => (await groupNow('secdb:v3.2'))?.record_count, { timeout: 10_000 })
      .toBe(10);
  });
});

describe('what nobody may', () => {
  it.each([
    ['POST', '/system/feeds'],
    ['PUT', `${FEED}?enabled=false`],
    ['PUT', `${FEED}/wolfi?enabled=false`],
    ['DELETE', FEED],
    ['DELETE', `${FEED}/wolfi`],
  ])('but the administrator: %s %s', async (method, path) => {
    const answer = await core.api(method, path, undefined, asReader);
    expect(answer.status).toBe(403);
    expect(errorOf(answer).code).toBe('admin_only');
  });

  it.each([
    ['PUT', '/system/feeds/nvdv2?enabled=false', 404, 'feed_not_found'],
    ['DELETE', '/system/feeds/nvdv2', 404, 'feed_not_found'],
    ['PUT', '/system/feeds/nvdv2/a?enabled=false', 404, 'feed_not_found'],
    ['PUT', `${FEED}/secdb:v9.9?enabled=false`, 404, 'feed_group_not_found'],
    ['DELETE', `${FEED}/%00`, 404, 'feed_group_not_found'],
    ['PUT', `${FEED}/wolfi`, 400, 'invalid_request'],
    ['PUT', `${FEED}?enabled=perhaps`, 400, 'invalid_request'],
  ])('%s %s is %i %s', async (method, path, status, code) => {
    const answer = await core.api(method, path);
    expect(answer.status, JSON.stringify(answer.body)).toBe(status);
    expect((answer.body as { code: string }).code).toBe(code);
  });
});

describe('a core that is killed while it loads', () => {
  it('goes on after its start', async () => {
    await untilLoaded();
    feed.files.set('security.json', secdb('wolfi', 7));
    feed.held.add('security.json');
    const asking = core.api('POST', '/system/feeds?source=wolfi').catch(() => {});
    await expect.poll(() => feed.answers, { timeout: 10_000 }).toContain('held security.json');
    await core.kill();
    await asking;
    feed.held.clear();
    await core.start();
    await expect.poll(async () => (await groupNow('wolfi'))?.record_count, { timeout: 20_000 })
      .toBe(7);
  });
});

describe('GET /metrics', () => {
  it('tells the freshness of each source', async () => {
    await untilLoaded();
    const text = await (await fetch(`${core.url}/metrics`)).text();
    const [, time] = /^tidewaiter_feed_last_sync_timestamp_seconds\{source="wolfi"\} (\d+)$/m
      .exec(text) ?? [];
    expect(Math.abs(Number(time) - Date.now() / 1000)).toBeLessThan(300);
    expect(text).toContain('tidewaiter_feed_failed{source="secdb"} 0\n');
    expect(text).toContain('# TYPE tidewaiter_feed_failed gauge\n');
  });
});
