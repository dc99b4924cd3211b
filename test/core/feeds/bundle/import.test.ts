import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Sql } from '../../../../core/database/connection.ts';
import { randomOf } from '../../../jobs/fuzz/random.ts';
import { testDatabase } from '../../../support/postgres.ts';
import {
  ADVISORY,
  bundleOf,
  contentOfStore,
  generationsOf,
  GROUPS,
  importFrom,
  load,
  WITHDRAWN,
  writtenBundle,
} from './samples.ts';

let sql: Sql;
beforeAll(async () => {
  ({ sql } = await testDatabase());
});
beforeEach(async () => {
  await sql`delete from feed_groups`;
});

const EARLY = '2026-01-01T00:00:00.000Z';
const LATE = '2026-02-01T00:00:00.000Z';

describe('a group', () => {
  it.each<[string, unknown, RegExp]>([
    ['is not JSON', '{"kind":', /record 2 of osv npm is wrong \(it is not JSON\)/],
    ['is of no known kind', { ...WITHDRAWN, kind: 'rumour' }, /kind/],
    ['lacks a field', { ...WITHDRAWN, aliases: undefined }, /aliases/],
    ['has a field that nobody knows', { ...WITHDRAWN, more: 1 }, /more/],
    ['has a field of another type', { ...WITHDRAWN, id: 1 }, /id/],
    [
      'has an operator that is none',
      {
        ...ADVISORY,
        key: 'k',
        statements: [{ ...ADVISORY.statements[0], ranges: [[['=', '1']]] }],
      },
      /statements\.0\.ranges\.0\.0\.0/,
    ],
    ['has a link to elsewhere than the web', { ...WITHDRAWN, urls: ['javascript:x'] }, /urls/],
    ['has a key that is too long', { ...WITHDRAWN, key: 'k'.repeat(601) }, /key/],
    ['has a NUL', { ...WITHDRAWN, title: 'a\0b' }, /title/],
    ['has half a character', { ...WITHDRAWN, title: '\ud800' }, /title/],
    ['has no date', { kind: 'exploited', key: 'k', added: 'soon', ransomware: true }, /added/],
    ['has a probability of 2', { kind: 'probability', key: 'k', score: 2, percentile: 1 }, /score/],
    ['comes a second time', ADVISORY, /has the record GHSA-aaaa-bbbb-cccc twice/],
  ])('stays as it was where a record %s', async (_what, record, expected) => {
    await load(sql, 'osv/npm', { records: [{ ...WITHDRAWN, key: 'before' }] });
    const before = await contentOfStore(sql);
    const bundle = await writtenBundle([{ title: 'osv/npm', lines: [ADVISORY, record] }]);
    const [group] = await importFrom(sql, bundle, { allowOlder: true });
    expect(group).toMatchObject({
      outcome: 'failed',
      code: 'feed_bundle_malformed',
      message: expect.stringMatching(expected),
      generation: 1,
    });
    expect(await contentOfStore(sql)).toEqual(before);
  });

  it('fails alone, and one that was not there is still not there', async () => {
    const bundle = await writtenBundle([
      { title: 'osv/npm', lines: [ADVISORY, 'x'] },
      { title: 'osv/PyPI', lines: [WITHDRAWN] },
    ]);
    const groups = await importFrom(sql, bundle);
    expect(groups.map(({ name, outcome }) => [name, outcome]))
      .toEqual([['npm', 'failed'], ['PyPI', 'loaded']]);
    expect(await generationsOf(sql)).toEqual({ 'osv/PyPI': 1 });
  });

  it('fails where it has another number of records', async () => {
    const told = { records: 2 };
    const [group] = await importFrom(
      sql,
      await writtenBundle([{ title: 'a/a', lines: [WITHDRAWN], told }]),
    );
    expect(group).toMatchObject({ outcome: 'failed', code: 'feed_bundle_malformed' });
  });

  it('fails where the source is another one of the same name', async () => {
    await load(sql, 'a/a', { records: [WITHDRAWN], format: 'debian' });
    const told = { newest: LATE };
    const bundle = await writtenBundle([{ title: 'a/a', lines: [ADVISORY], told }]);
    expect(await importFrom(sql, bundle))
      .toMatchObject([{ outcome: 'failed', code: 'feed_format_differs' }]);
  });

  it('may be empty', async () => {
    await importFrom(sql, await writtenBundle([{ title: 'a/a', lines: [] }]));
    expect(await generationsOf(sql)).toEqual({ 'a/a': 1 });
  });

  it('holds text that only looks like a NUL, or does not come in', async () => {
    const record = { ...WITHDRAWN, title: String.raw`\u0000` };
    const [group] = await importFrom(sql, await writtenBundle([{ title: 'a/a', lines: [record] }]));
    expect(['loaded', 'failed']).toContain(group?.outcome);
    expect(group?.code ?? 'feed_bundle_malformed').toBe('feed_bundle_malformed');
  });
});

describe('an older bundle', () => {
  const bundleAt = (newest: string | null, loadedAt: string, lines: readonly unknown[]) =>
    writtenBundle([{ title: 'a/a', lines, told: { newest, loaded_at: loadedAt } }]);

  it.each<[string, [string | null, string], [string | null, string], string]>([
    ['by its newest record', [LATE, EARLY], [EARLY, LATE], 'refused'],
    ['by the time it was loaded', [null, LATE], [null, EARLY], 'refused'],
    ['by that time where the newest record is the same', [LATE, LATE], [LATE, EARLY], 'refused'],
    ['not at all', [EARLY, LATE], [LATE, EARLY], 'loaded'],
    ['not at all, as all is the same', [LATE, LATE], [LATE, LATE], 'loaded'],
  ])('%s', async (_what, first, second, outcome) => {
    await importFrom(sql, await bundleAt(...first, [ADVISORY]));
    const older = await bundleAt(...second, [WITHDRAWN]);
    const before = await contentOfStore(sql);
    const [group] = await importFrom(sql, older);
    expect(group?.outcome).toBe(outcome);
    if (outcome === 'loaded') return;
    expect(group).toMatchObject({ code: 'feed_bundle_older', generation: 1, records: 1 });
    expect(await contentOfStore(sql)).toEqual(before);
    expect(await importFrom(sql, older, { allowOlder: true }))
      .toMatchObject([{ outcome: 'loaded', generation: 2 }]);
  });

  it('is one that a source was loaded after', async () => {
    await load(sql, 'a/a', { records: [{ ...WITHDRAWN, key: 'x' }] });
    expect(await importFrom(sql, await bundleAt(null, EARLY, [WITHDRAWN])))
      .toMatchObject([{ outcome: 'refused' }]);
  });

  it('is none where it was exported before the last one was imported', async () => {
    const other = '2026-02-02T00:00:00.000Z';
    await importFrom(sql, await bundleAt(null, LATE, [ADVISORY]));
    expect(await importFrom(sql, await bundleAt(null, other, [WITHDRAWN])))
      .toMatchObject([{ outcome: 'loaded' }]);
    const { manifest } = await bundleOf(sql);
    expect(manifest.groups[0]?.loaded_at).toBe(other);
  });
});

it('a bundle with far fewer records is refused unless that is allowed', async () => {
  const records = Array.from({ length: 200 }, (_, at) => ({ ...WITHDRAWN, key: `k${at}` }));
  const told = { loaded_at: '2999-01-01T00:00:00.000Z' };
  await load(sql, 'a/a', { records });
  const bundle = await writtenBundle([{ title: 'a/a', lines: records.slice(0, 50), told }]);
  expect(await importFrom(sql, bundle))
    .toMatchObject([{ outcome: 'failed', code: 'feed_shrunken', records: 200 }]);
  expect(await importFrom(sql, bundle, { allowSmaller: true }))
    .toMatchObject([{ outcome: 'loaded', records: 50, removed: 150 }]);
});

it('records of any shape are loaded, or leave the store as it was', async () => {
  const canary = { ...WITHDRAWN, key: 'canary' };
  await load(sql, 'canary/canary', { records: [canary] });
  const texts = Object.values(GROUPS).flat().map((record) => JSON.stringify(record));
  const outcomes = new Map<string, number>();
  for (let seed = 1; seed <= 120; seed += 1) {
    const random = randomOf(seed);
    const bytes = Buffer.from(texts[random.below(texts.length)] ?? '');
    const at = random.below(bytes.length);
    if (random.chance(0.5)) bytes[at] = random.below(256);
    else bytes.write(random.pick(['null', '[]', '{}', '"', '\\ud800', '1e999', ',']), at);
    const before = await contentOfStore(sql);
    const told = { newest: null, loaded_at: new Date().toISOString() };
    const line = bytes.toString('latin1').replaceAll('\n', ' ');
    const bundle = await writtenBundle([{ title: 'osv/npm', lines: [line], told }]);
    const [group] = await importFrom(sql, bundle);
    if (group?.outcome === 'failed') expect(await contentOfStore(sql)).toEqual(before);
    else await sql`delete from feed_groups where source = 'osv'`;
    outcomes.set(group?.outcome ?? 'none', (outcomes.get(group?.outcome ?? 'none') ?? 0) + 1);
  }
  expect([...outcomes.keys()].sort()).toEqual(['failed', 'loaded']);
  expect(outcomes.get('failed')).toBeGreaterThan(40);
  expect(await generationsOf(sql)).toEqual({ 'canary/canary': 1 });
});
