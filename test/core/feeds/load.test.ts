/**
 * Loading of groups into the store: all of a generation or nothing of it.
 *
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Sql } from '../../../core/database/connection.ts';
import type { FeedChange, FeedFiles, FeedFormat } from '../../../core/feeds/format.ts';
import { loadGroup } from '../../../core/feeds/load.ts';
import {
  type Advisory,
  EVERY_VERSION,
  type FeedRecord,
} from '../../../core/vulnerabilities/advisory.ts';
import { ensureGroups, listGroups } from '../../../core/vulnerabilities/store/groups.ts';
import { findRecords, findStatements } from '../../../core/vulnerabilities/store/lookup.ts';
import { testDatabase } from '../../support/postgres.ts';

const NO_FILES: FeedFiles = {
  single: undefined,
  open: () => Promise.resolve(undefined),
  list: () => Promise.resolve(undefined),
};

function advisory(
  key: string,
  packages: readonly string[],
  more: Partial<Advisory> = {},
): Advisory {
  return {
    kind: 'advisory',
    key,
    id: key,
    aliases: [],
    related: [],
    scores: [],
    urls: [],
    statements: packages.map((name) => ({
      namespace: 'npm',
      package: name,
      names: 'built',
      affected: true,
      ranges: [EVERY_VERSION],
      versions: [],
      state: 'not-fixed',
    })),
    ...more,
  };
}

/** Rows and entries of indexes that the database has read so far, and statements it has taken. */
async function readIn(sql: Sql): Promise<{ readonly rows: number; readonly statements: number }> {
  const [row] = await sql<{ rows: number; statements: number }[]>`
    select tup_returned as rows, (select n_tup_ins from pg_stat_user_tables
      where relname = 'statements') as statements
    from pg_stat_database where datname = current_database()`;
  return row ?? { rows: 0, statements: 0 };
}

interface Content {
  readonly records?: readonly FeedRecord[];
  readonly changes?: readonly FeedChange[];
  /** What the source fails with after its records. */
  readonly failure?: Error;
}

function formatWith({ records = [], changes, failure }: Content): FeedFormat {
  return {
    name: 'test',
    url: 'https://feeds.invalid',
    groups: () => Promise.resolve(['one']),
    watched: () => [],
    async *read(_group, _files, note) {
      note('broken', 'it has no id');
      yield* records;
      if (failure !== undefined) throw failure;
    },
    ...(changes === undefined ? {} : {
      changes: () =>
        Promise.resolve((async function* () {
          yield* changes;
        })()),
    }),
  };
}

let sql: Sql;
let id: number;
beforeAll(async () => {
  ({ sql } = await testDatabase());
});
beforeEach(async () => {
  await sql`delete from feed_groups`;
  id = (await ensureGroups(sql, 'source', 'test', ['one'])).get('one') ?? 0;
});

async function load(content: Content, mayShrink = false, isAnew = false) {
  const [group] = await listGroups(sql);
  return await loadGroup(
    sql,
    formatWith(content),
    {
      id,
      name: 'one',
      newest: group?.newest ?? null,
    },
    NO_FILES,
    { validators: { etag: '"1"' }, mayShrink, isAnew },
  );
}

async function keptIds(...packages: string[]): Promise<string[]> {
  const keys = packages.map((name) => ({ namespace: 'npm', package: name }));
  return (await findStatements(sql, keys)).map(({ head }) => head.id).sort();
}

describe('a group', () => {
  it('is loaded with what its records say of packages', async () => {
    const record = advisory('A-1', ['left', 'right'], {
      aliases: ['CVE-1'],
      modified: '2026-01-02T00:00:00Z',
    });
    expect(await load({ records: [record] })).toMatchObject({
      generation: 1,
      records: 1,
      changed: 1,
    });
    const head = {
      id: 'A-1',
      aliases: ['CVE-1'],
      related: [],
      scores: [],
      urls: [],
      feed: 'source',
      group: expect.any(Number),
      record: expect.any(Number),
    };
    const [found] = await findStatements(sql, [{ namespace: 'npm', package: 'left' }]);
    expect(found).toEqual({ statement: record.statements[0], head });
    expect(await findRecords(sql, ['CVE-1']))
      .toEqual([{ ...head, modified: '2026-01-02T00:00:00Z' }]);
    const [group] = await listGroups(sql);
    expect(group).toMatchObject({
      records: 1,
      unreadable: 1,
      unreadableExamples: [{ record: 'broken', reason: 'it has no id' }],
      validators: { etag: '"1"' },
      newest: new Date('2026-01-02T00:00:00Z'),
      state: 'idle',
    });
  });

  it('does not change when it is loaded again', async () => {
    const records = [advisory('A-1', ['left']), advisory('A-2', ['right'])];
    await load({ records });
    expect(await load({ records })).toMatchObject({ generation: 1, changed: 0, removed: 0 });
  });

  it('takes what was added, changed and removed', async () => {
    await load({ records: ['1', '2', '3'].map((key) => advisory(`A-${key}`, ['left'])) });
    const records = [
      advisory('A-1', ['left']),
      advisory('A-2', ['right']),
      advisory('A-4', ['left']),
    ];
    expect(await load({ records })).toMatchObject({
      generation: 2,
      records: 3,
      changed: 2,
      removed: 1,
    });
    expect(await keptIds('left')).toEqual(['A-1', 'A-4']);
    expect(await keptIds('right')).toEqual(['A-2']);
  });

  it('takes changes alone where the source tells them', async () => {
    await load({
      records: [
        advisory('A-1', ['left'], { modified: '2026-01-01T00:00:00Z' }),
        advisory('A-2', ['left']),
      ],
    });
    const changes = [{ record: advisory('A-3', ['left']) }, { removed: 'A-2' }, { removed: 'A-9' }];
    expect(await load({ changes })).toMatchObject({ generation: 2, records: 2, removed: 1 });
    expect(await keptIds('left')).toEqual(['A-1', 'A-3']);
  });

  it('stays as it was when a source fails in the middle', async () => {
    await load({ records: [advisory('A-1', ['left'])] });
    const failure = new Error('cut off');
    await expect(load({ records: [advisory('A-2', ['left'])], failure })).rejects.toThrow(
      'cut off',
    );
    expect(await keptIds('left')).toEqual(['A-1']);
    const [row] = await sql<{ left: number }[]>`select count(*)::int as left from feed_staging`;
    expect(row?.left).toBe(0);
    expect((await listGroups(sql))[0]).toMatchObject({ generation: 1, records: 1 });
  });

  it('stays as it was when it has lost most of its records', async () => {
    const records = Array.from({ length: 200 }, (_, at) => advisory(`A-${at}`, ['left']));
    await load({ records });
    await expect(load({ records: records.slice(0, 100) })).rejects.toMatchObject({
      code: 'feed_shrunken',
    });
    expect(await keptIds('left')).toHaveLength(200);
    expect(await load({ records: records.slice(0, 100) }, true)).toMatchObject({ records: 100 });
    expect(await keptIds('left')).toHaveLength(100);
  });

  it('is written anew where that is wanted, and read whole', async () => {
    const records = [advisory('A-1', ['left'], { modified: '2026-01-01T00:00:00Z' })];
    await load({ records });
    await sql`delete from statements`;
    expect(await load({ records, changes: [] }, false, true)).toMatchObject({
      generation: 2,
      records: 1,
      changed: 1,
    });
    expect(await keptIds('left')).toEqual(['A-1']);
  });

  it('stays as it was when what was read is lost before its end', async () => {
    await load({ records: [advisory('A-1', ['left'])] });
    const format = formatWith({});
    const losing = {
      ...format,
      async *read() {
        // As many as are staged at once, and one more.
        for (let at = 0; at <= 1000; at += 1) yield advisory(`B-${at}`, ['left']);
        await sql`delete from feed_staging`;
      },
    };
    const group = { id, name: 'one', newest: null };
    await expect(loadGroup(sql, losing, group, NO_FILES, { validators: {} })).rejects
      .toMatchObject({ code: 'feed_loading_lost' });
    expect(await keptIds('left')).toEqual(['A-1']);
    expect((await listGroups(sql))[0]).toMatchObject({ generation: 1, records: 1 });
  });

  it('has no newest record where none tells its time', async () => {
    await load({ records: [advisory('A-1', ['left'])] });
    expect((await listGroups(sql))[0]?.newest).toBeNull();
  });

  it('takes the first of two records with one key, and names the other', async () => {
    await load({ records: [advisory('A-1', ['left']), advisory('A-1', ['right'])] });
    expect(await keptIds('left', 'right')).toEqual(['A-1']);
    expect((await listGroups(sql))[0]).toMatchObject({ unreadable: 2 });
  });

  it('does not count the time of a record that lies in the future', async () => {
    await load({ records: [advisory('A-1', ['left'], { modified: '2999-01-01T00:00:00Z' })] });
    const [group] = await listGroups(sql);
    expect(group?.newest?.getTime()).toBeLessThanOrEqual(Date.now() + 1000);
  });

  it('keeps facts that are about no package', async () => {
    const exploited = {
      kind: 'exploited',
      key: 'CVE-1',
      added: '2026-01-01',
      ransomware: true,
    } as const;
    await load({
      records: [exploited, { kind: 'probability', key: 'CVE-2', score: 0.5, percentile: 0.9 }],
    });
    const rows = await sql`select kind, name, body from feed_facts order by kind`;
    expect([...rows]).toEqual([
      { kind: 'exploited', name: 'CVE-1', body: { added: '2026-01-01', ransomware: true } },
      { kind: 'probability', name: 'CVE-2', body: { score: 0.5, percentile: 0.9 } },
    ]);
    expect(await load({ records: [exploited] })).toMatchObject({ removed: 1, changed: 0 });
  });

  it('stays as it was when what was staged is lost in the middle', async () => {
    await load({ records: [advisory('A-1', ['left']), advisory('A-2', ['left'])] });
    const batches = Array.from({ length: 2500 }, (_, at) => advisory(`B-${at}`, ['right']));
    async function* records() {
      yield* batches.slice(0, 1500);
      // As after a crash of the database, or when another core has swept the group.
      await sql`delete from feed_staging`;
      yield* batches.slice(1500);
    }
    const format = { ...formatWith({}), read: records };
    const group = { id, name: 'one', newest: null };
    await expect(loadGroup(sql, format, group, NO_FILES, { validators: {} })).rejects
      .toMatchObject({ code: 'feed_loading_lost' });
    expect(await keptIds('left', 'right')).toEqual(['A-1', 'A-2']);
    expect((await listGroups(sql))[0]).toMatchObject({ generation: 1, records: 2 });
  });

  it('is loaded without reading every row for every other, whatever the statistics know', async () => {
    const count = 2000;
    const records = Array.from({ length: count }, (_, at) => advisory(`A-${at}`, [`p${at}`]));
    const ids = await ensureGroups(sql, 'source', 'test', ['first', 'second']);
    for (const name of ['first', 'second']) {
      await sql`analyze`;
      const before = await readIn(sql);
      const group = { id: ids.get(name) ?? 0, name, newest: null };
      await loadGroup(sql, formatWith({ records }), group, NO_FILES, { validators: {} });
      let now = await readIn(sql);
      // Connections tell what they did about a second later.
      while (now.statements < before.statements + count) {
        await sleep(100);
        now = await readIn(sql);
      }
      expect(now.rows - before.rows).toBeLessThan(200 * count);
      // Of the first group alone, when the second one is loaded.
      await sql`analyze advisories, statements`;
    }
  });

  it.each<[string, string, string]>([
    ['a NUL', 'a\0b', 'ab'],
    ['half a character', 'a\ud83d b\ude00', 'a\ufffd b\ufffd'],
    ['whole ones', 'a\u{1f600}', 'a\u{1f600}'],
    ['what looks like an escape', 'a\\u0000 \\\0\\ud800', 'a\\u0000 \\\\ud800'],
  ])('may have %s in its texts', async (_, text, kept) => {
    await load({ records: [advisory(`K-${text}`, ['left'], { title: text })] });
    const rows = await sql`select key, body->>'title' as title from advisories`;
    expect([...rows]).toEqual([{ key: `K-${kept}`, title: kept }]);
    expect(await load({ records: [advisory(`K-${text}`, ['left'], { title: text })] }))
      .toMatchObject({ changed: 0, removed: 0 });
  });
});
