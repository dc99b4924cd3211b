/**
 * The coordinator of feeds, against a real database and a web server.
 *
 * @module
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FeedSettings } from '../../../core/config/feed-settings.ts';
import { loadConfig } from '../../../core/config/load.ts';
import { feedsCoordinator } from '../../../core/coordinators/feeds.ts';
import { listGroups, noteLoading } from '../../../core/vulnerabilities/store/groups.ts';
import { findStatements } from '../../../core/vulnerabilities/store/lookup.ts';
import { askForSync, beginSync, listSources } from '../../../core/vulnerabilities/store/sources.ts';
import {
  deleteData,
  switchFeed,
  switchGroup,
  switchSource,
} from '../../../core/vulnerabilities/store/switches.ts';
import { quiet, testDatabase } from '../../support/postgres.ts';
import { secdb, type ServedFeed, serveFeed } from '../../support/served-feed.ts';

const MAIN = 'v3.2/main.json';
const OTHER = 'v3.3/main.json';
const { config } = loadConfig({ HOME: '/home/u' });
const { sql } = await testDatabase();
let feed: ServedFeed;
let scratch: string;

beforeEach(async () => {
  await sql`truncate feed_sources, feed_groups, events restart identity cascade`;
  await switchFeed(sql, true);
  scratch = mkdtempSync(join(tmpdir(), 'tw-sync-'));
  feed = await serveFeed({
    [MAIN]: secdb('v3.2', 200),
    [OTHER]: secdb('v3.3', 3),
    'security.json': secdb('wolfi', 2),
  });
});
afterEach(() => {
  feed.close();
  rmSync(scratch, { recursive: true, force: true });
});

type Input = Readonly<Record<string, unknown>>;

function leader(settings: Input = {}) {
  const feeds = FeedSettings.parse({
    defaults: false,
    proxy: 'none',
    sources: { secdb: { url: feed.url } },
    ...settings,
  });
  return feedsCoordinator({ sql, log: quiet, scratch, config: { ...config, feeds } });
}

/** A new leader does all that is due. How many sources that were. */
async function lead(settings: Input = {}): Promise<number> {
  const coordinator = leader(settings);
  for (let syncs = 0;; syncs += 1) {
    if (!await coordinator.round(new AbortController().signal)) return syncs;
  }
}

/** What lies in the folders of leaders; those are empty while nothing is fetched. */
function fetchedFiles(): string[] {
  return readdirSync(scratch).flatMap((folder) => readdirSync(join(scratch, folder)));
}

async function passHours(hours: number): Promise<void> {
  await sql`update feed_sources set ended_at = ended_at - ${hours} * interval '1 hour'`;
}

async function groupsNow() {
  return (await listGroups(sql)).map((group) => ({
    name: `${group.source}:${group.name}`,
    state: group.state,
    generation: group.generation,
    records: group.records,
    error: group.errorCode,
  }));
}

async function sourceNow(name = 'secdb') {
  return (await listSources(sql)).find((source) => source.name === name);
}

async function idOf(name: string): Promise<number> {
  return (await listGroups(sql)).find((group) => group.name === name)?.id ?? 0;
}

async function enabledNow(): Promise<string[]> {
  return (await listGroups(sql)).filter(({ enabled }) => enabled).map(({ name }) => name);
}

async function eventsNow(): Promise<string[]> {
  const rows = await sql<{ text: string }[]>`
    select type || ' ' || resource as text from events order by created_at`;
  return rows.map(({ text }) => text.replace('system.feeds.sync.', ''));
}

/** Packages that something is said of in a branch. */
async function saidOf(branch: string, count: number): Promise<number> {
  const keys = Array.from({ length: count }, (_, number) => ({
    namespace: `alpine:${branch}`,
    package: `package-${number}`,
  }));
  return (await findStatements(sql, keys)).length;
}

const LOADED = [
  { name: 'secdb:v3.2', state: 'idle', generation: 1, records: 200, error: null },
  { name: 'secdb:v3.3', state: 'idle', generation: 1, records: 3, error: null },
];

describe('a source that was never loaded', () => {
  it('is loaded at once, with all its groups', async () => {
    expect(await lead()).toBe(1);
    expect(await groupsNow()).toEqual(LOADED);
    expect(await saidOf('3.2', 200)).toBe(200);
    expect(await sourceNow()).toMatchObject({
      state: 'idle',
      failures: 0,
      error: null,
      progress: null,
      checkedAt: expect.any(Date) as Date,
      outcome: {
        groups: [
          { group: 'v3.2', status: 'loaded', changed: 200, removed: 0, unreadable: 0 },
          { group: 'v3.3', status: 'loaded', changed: 3 },
        ],
      },
    });
    expect(await eventsNow()).toEqual(['feed_completed secdb']);
    expect(await sql`select from feed_staging`).toHaveLength(0);
    expect(fetchedFiles()).toEqual([]);
  });

  it('has just the groups that the settings name', async () => {
    await lead({ sources: { secdb: { url: feed.url, groups: ['*3.3'] } } });
    expect(await groupsNow()).toEqual(LOADED.slice(1));
  });

  it('waits for nobody else, and nobody waits for it', async () => {
    feed.files.set('security.json', 403);
    const sources = { a: { format: 'wolfi', url: `${feed.url}security.json` } };
    expect(await lead({ sources: { ...sources, secdb: { url: feed.url } } })).toBe(2);
    expect(await groupsNow()).toEqual(LOADED);
    expect(await sourceNow('a')).toMatchObject({ state: 'failed', errorCode: 'feed_unreachable' });
  });
});

describe('a source that was loaded', () => {
  beforeEach(async () => {
    const url = `${feed.url}security.json`;
    await lead({ sources: { secdb: { url: feed.url }, wolfi: { url } } });
    feed.answers.length = 0;
  });
  const both = () => ({
    sources: { secdb: { url: feed.url }, wolfi: { url: `${feed.url}security.json` } },
  });

  it('is looked at again when its time has come, also by another leader', async () => {
    expect(await lead(both())).toBe(0);
    expect(feed.answers).toEqual([]);
    await passHours(5.9);
    expect(await lead(both())).toBe(0);
    await passHours(0.2);
    expect(await lead(both())).toBe(2);
  });

  it('is not read again where nothing has changed', async () => {
    const before = await sourceNow();
    await passHours(7);
    await lead(both());
    expect(feed.answers).toContain('304 security.json');
    expect(feed.answers).not.toContain('200 security.json');
    expect(await groupsNow()).toEqual([
      ...LOADED,
      { name: 'wolfi:wolfi', state: 'idle', generation: 1, records: 2, error: null },
    ]);
    const after = await sourceNow();
    expect(after?.checkedAt?.getTime()).toBeGreaterThan(before?.checkedAt?.getTime() ?? Infinity);
    expect(await eventsNow()).toHaveLength(2);
  });

  it('is read where something has changed', async () => {
    feed.files.set(OTHER, secdb('v3.3', 3, '1.0-r2'));
    await passHours(7);
    await lead(both());
    expect((await groupsNow()).map(({ generation }) => generation)).toEqual([1, 2, 1]);
    expect((await eventsNow()).slice(2)).toEqual(['feed_completed secdb']);
  });

  it.each([
    ['is no JSON', 'an error page', 'feed_malformed'],
    ['is cut off', secdb('v3.2', 200).slice(0, 3000), 'feed_malformed'],
    ['has lost most of its records', secdb('v3.2', 20), 'feed_shrunken'],
  ])('keeps what it had where a file %s, and its other groups go on', async (_, file, code) => {
    feed.files.set(MAIN, file);
    feed.files.set(OTHER, secdb('v3.3', 4));
    await passHours(7);
    await lead(both());
    const [first, second] = await groupsNow();
    expect(first).toMatchObject({ state: 'failed', generation: 1, records: 200, error: code });
    expect(second).toMatchObject({ state: 'idle', generation: 2, records: 4, error: null });
    expect(await saidOf('3.2', 200)).toBe(200);
    expect(await sourceNow()).toMatchObject({ state: 'failed', errorCode: code, failures: 1 });
    const told = ['group_failed secdb:v3.2', 'feed_completed secdb'];
    expect((await eventsNow()).slice(2)).toEqual(told);

    await passHours(1);
    await lead(both());
    expect(await sourceNow()).toMatchObject({ failures: 2 });
    // That it still fails is no news.
    expect((await eventsNow()).slice(2)).toEqual(told);

    feed.files.set(MAIN, secdb('v3.2', 201));
    await passHours(1);
    await lead(both());
    expect((await groupsNow())[0]).toMatchObject({ state: 'idle', records: 201, error: null });
    expect(await sourceNow()).toMatchObject({ state: 'idle', failures: 0, error: null });
  });

  it('may shrink where somebody allows it once, or the settings do', async () => {
    feed.files.set(MAIN, secdb('v3.2', 20));
    await askForSync(sql, { isAnew: false, mayShrink: true, source: 'secdb' });
    expect(await lead(both())).toBe(1);
    expect((await groupsNow())[0]).toMatchObject({ state: 'idle', records: 20 });
    feed.files.set(MAIN, secdb('v3.2', 120));
    await passHours(7);
    await lead(both());
    feed.files.set(MAIN, secdb('v3.2', 20));
    await passHours(7);
    await lead({ sources: { secdb: { url: feed.url, may_shrink: true } } });
    expect((await groupsNow())[0]).toMatchObject({ state: 'idle', records: 20 });
  });

  it('keeps what it had while its server refuses it', async () => {
    feed.files.set(MAIN, 403);
    await passHours(7);
    await lead(both());
    expect((await groupsNow()).slice(0, 2)).toEqual(LOADED);
    expect(await saidOf('3.2', 200)).toBe(200);
    expect(await sourceNow()).toMatchObject({ state: 'failed', errorCode: 'feed_unreachable' });
    expect((await eventsNow()).slice(2)).toEqual(['feed_failed secdb']);
  });

  it('is read anew where somebody asks for that, and is never without its data', async () => {
    await sql`update statements set body = '{}'`;
    await askForSync(sql, { isAnew: true, mayShrink: false, source: 'secdb' });
    const seen = new Set<number>();
    let isOver = false;
    const leading = lead(both()).finally(() => isOver = true);
    while (!isOver) seen.add(await saidOf('3.2', 200));
    expect(await leading).toBe(1);
    expect(seen).toEqual(new Set([200]));
    expect(await sql`select from statements where body = '{}'`).toHaveLength(2);
    expect((await groupsNow()).map(({ generation }) => generation)).toEqual([2, 2, 1]);
    expect(await sourceNow()).toMatchObject({ asked: 1, answered: 1 });
  });

  it('is read whole from another place', async () => {
    const files = Object.fromEntries([...feed.files].map(([path, file]) => [path, String(file)]));
    const mirror = await serveFeed(files);
    try {
      expect(await lead({ sources: { secdb: { url: mirror.url } } })).toBe(1);
      expect(mirror.answers.filter((answer) => answer.startsWith('304'))).toEqual([]);
      expect((await groupsNow()).slice(0, 2)).toEqual(LOADED);
    } finally {
      mirror.close();
    }
  });
});

describe('a source that fails', () => {
  it('is tried again after ever longer pauses, which its hours bound', async () => {
    feed.files.set(MAIN, 403);
    for (let failures = 1; failures <= 11; failures += 1) {
      expect(await lead()).toBe(1);
      expect(await sourceNow()).toMatchObject({ state: 'failed', failures });
      const minutes = Math.min(6 * 60, 2 ** (failures - 1));
      await passHours((minutes - 0.5) / 60);
      expect(await lead(), `${minutes} minutes`).toBe(0);
      await passHours(0.5 / 60);
    }
    feed.files.set(MAIN, secdb('v3.2', 200));
    expect(await lead()).toBe(1);
    expect(await sourceNow()).toMatchObject({ state: 'idle', failures: 0 });
    expect(await eventsNow()).toEqual(['feed_failed secdb', 'feed_completed secdb']);
  });
});

describe('a leader that ends in the middle', () => {
  it('ends at once, and the next one begins again', async () => {
    feed.held.add(OTHER);
    const term = new AbortController();
    const coordinator = leader();
    const round = coordinator.round(term.signal);
    await expect.poll(() => feed.answers).toContain(`held ${OTHER}`);
    expect(await sourceNow()).toMatchObject({ state: 'loading', failures: 1 });
    expect(fetchedFiles()).toHaveLength(1);
    term.abort(new Error('the term is over'));
    await expect(round).rejects.toThrow('the term is over');
    expect(await sourceNow()).toMatchObject({ state: 'idle', failures: 0 });
    expect(fetchedFiles()).toEqual([]);
    await coordinator.stop?.();
    expect(readdirSync(scratch)).toEqual([]);
    feed.held.clear();
    expect(await lead()).toBe(1);
    expect(await groupsNow()).toEqual(LOADED);
  });

  it('leaves nothing that keeps the next one from it', async () => {
    await lead();
    await beginSync(sql, 'secdb');
    const id = await idOf('v3.2');
    await noteLoading(sql, id);
    await sql`
      insert into feed_staging (feed, load, key, hash, record)
      values (${id}, gen_random_uuid(), 'left', '', '{}')`;
    // No process has so high a number.
    const left = join(scratch, 'tidewaiter-feeds-999999999-a');
    mkdirSync(join(left, 'feed-a'), { recursive: true });
    await passHours(1);
    expect(await lead()).toBe(1);
    expect(await groupsNow()).toEqual(LOADED);
    expect(await sql`select from feed_staging`).toHaveLength(0);
    expect(existsSync(left)).toBe(false);
  });

  it('is waited for a while where it ends again and again', async () => {
    await lead();
    await beginSync(sql, 'secdb');
    await beginSync(sql, 'secdb');
    await askForSync(sql, { isAnew: false, mayShrink: false });
    expect(await lead()).toBe(0);
    expect(await sourceNow()).toMatchObject({ state: 'failed', errorCode: 'feed_sync_lost' });
    await passHours(0.1);
    expect(await lead()).toBe(1);
    expect(await sourceNow()).toMatchObject({ state: 'idle', failures: 0, asked: 1, answered: 1 });
  });
});

describe('what counts', () => {
  const narrow = () => ({ sources: { secdb: { url: feed.url, groups: ['v3.2'] } } });
  const none = { sources: {} };

  it('is what the settings have, and counts again when they have it again', async () => {
    await lead();
    await lead(narrow());
    expect(await enabledNow()).toEqual(['v3.2']);
    await lead(none);
    expect(await enabledNow()).toEqual([]);
    expect(await saidOf('3.2', 200)).toBe(0);
    expect(await groupsNow()).toHaveLength(2);
    await lead();
    expect(await enabledNow()).toEqual(['v3.2', 'v3.3']);
    expect(await saidOf('3.2', 200)).toBe(200);
  });

  it('is what is there, for a core that does not keep feeds up to date', async () => {
    await lead();
    expect(await lead({ ...none, sync: false })).toBe(0);
    expect(await enabledNow()).toEqual(['v3.2', 'v3.3']);
  });

  it('comes when it is asked for, to a core that does not load by itself', async () => {
    expect(await lead({ sync: false })).toBe(0);
    expect(feed.answers).toEqual([]);
    expect(await askForSync(sql, { isAnew: false, mayShrink: false })).toEqual(
      new Map([['secdb', 1]]),
    );
    expect(await lead({ sync: false })).toBe(1);
    expect(await groupsNow()).toEqual(LOADED);
  });

  it('can be switched off for a group, which is then not loaded', async () => {
    await lead();
    const id = await idOf('v3.3');
    await switchGroup(sql, id, false);
    expect(await enabledNow()).toEqual(['v3.2']);
    feed.files.set(OTHER, secdb('v3.3', 5));
    await passHours(7);
    expect(await lead()).toBe(1);
    expect((await groupsNow())[1]).toEqual(LOADED[1]);
    expect(await enabledNow()).toEqual(['v3.2']);
    await switchGroup(sql, id, true);
    expect(await lead()).toBe(1);
    expect((await groupsNow())[1]).toMatchObject({ records: 5, generation: 2 });
  });

  it('can be switched off for a source, and for all', async () => {
    await lead();
    await switchSource(sql, 'secdb', false);
    expect(await enabledNow()).toEqual([]);
    await passHours(7);
    expect(await lead()).toBe(0);
    await switchFeed(sql, false);
    await switchSource(sql, 'secdb', true);
    expect(await enabledNow()).toEqual([]);
    expect(await lead()).toBe(0);
    await switchFeed(sql, true);
    expect(await enabledNow()).toEqual(['v3.2', 'v3.3']);
    expect(await lead()).toBe(1);
  });

  it('is told to all cores when it changes, and not when it does not', async () => {
    await lead();
    const heard: string[] = [];
    const { unlisten } = await sql.listen('tidewaiter', (text) => heard.push(text));
    await switchSource(sql, 'secdb', true);
    await switchSource(sql, 'secdb', false);
    await switchSource(sql, 'secdb', false);
    await expect.poll(() => heard).toEqual(['feeds']);
    await unlisten();
  });

  it('loses its data, and keeps its switch', async () => {
    await lead();
    const id = await idOf('v3.2');
    await switchGroup(sql, id, false);
    await deleteData(sql, [id]);
    expect((await groupsNow())[0]).toMatchObject({ records: 0, generation: 2, state: 'idle' });
    expect(await sql`select from advisories where feed = ${id}`).toHaveLength(0);
    await passHours(7);
    await lead();
    expect((await groupsNow())[0]).toMatchObject({ records: 0 });
    await switchGroup(sql, id, true);
    await lead();
    expect((await groupsNow())[0]).toMatchObject({ records: 200, generation: 3 });
  });

  it('is forgotten with its data where the settings have it no more', async () => {
    await lead();
    await lead(none);
    await deleteData(sql, [await idOf('v3.2'), await idOf('v3.3')]);
    expect(await groupsNow()).toEqual([]);
    expect(await sourceNow()).toBeUndefined();
  });
});
