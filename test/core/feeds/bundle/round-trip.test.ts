import { createHash } from 'node:crypto';
import { zstdCompressSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from 'vitest';
import { openDatabase, type Sql } from '../../../../core/database/connection.ts';
import { findStatements } from '../../../../core/vulnerabilities/store/lookup.ts';
import { newDatabase, testDatabase } from '../../../support/postgres.ts';
import {
  ADVISORY,
  bundleOf,
  contentOfStore,
  generationsOf,
  GROUPS,
  gzipped,
  importFrom,
  load,
  loadAll,
  WITHDRAWN,
} from './samples.ts';
import { afterAll, beforeAll } from 'vitest';

let from: Sql;
let to: Sql;
beforeAll(async () => {
  ({ sql: from } = await testDatabase());
  to = openDatabase(await newDatabase(), { max: 4 });
});
afterAll(() => to.end({ timeout: 1 }));
beforeEach(async () => {
  await from`delete from feed_groups`;
  await to`delete from feed_groups`;
});

describe('a bundle', () => {
  it('brings all that a store has into another one', async () => {
    await loadAll(from);
    const { manifest, bytes } = await bundleOf(from);
    const imported = await importFrom(to, gzipped(bytes));
    expect(imported.map(({ source, name }) => `${source}/${name}`).sort())
      .toEqual(Object.keys(GROUPS).sort());
    expect(imported.every(({ outcome }) => outcome === 'loaded')).toBe(true);
    expect(await contentOfStore(to)).toEqual(await contentOfStore(from));
    expect(await findStatements(to, [{ namespace: 'debian:12', package: 'left' }])).toHaveLength(1);
    expect(manifest.groups.find(({ source }) => source === 'osv')).toMatchObject({
      name: 'npm',
      generation: 1,
      records: 2,
      newest: '2026-01-02T03:04:05.678Z',
      unreadable: 1,
    });
  });

  it('can be compressed with zstd, or not at all', async () => {
    await loadAll(from);
    const { bytes } = await bundleOf(from);
    for (const file of [zstdCompressSync(bytes), bytes]) {
      await to`delete from feed_groups`;
      await importFrom(to, file);
      expect(await contentOfStore(to)).toEqual(await contentOfStore(from));
    }
  });

  it('changes nothing the second time', async () => {
    await loadAll(from);
    const { bytes } = await bundleOf(from);
    await importFrom(to, bytes);
    const before = await contentOfStore(to);
    const again = await importFrom(to, bytes);
    expect(again.every(({ outcome, changed }) => outcome === 'unchanged' && changed === 0)).toBe(
      true,
    );
    expect(await contentOfStore(to)).toEqual(before);
    expect(Object.values(await generationsOf(to)).every((generation) => generation === 1))
      .toBe(true);
  });

  it('is the same of a store that was filled by one', async () => {
    await loadAll(from);
    const first = await bundleOf(from);
    await importFrom(to, first.bytes);
    const second = await bundleOf(to);
    expect(second.manifest.groups).toEqual(
      first.manifest.groups.map((group) => ({ ...group, loaded_at: expect.any(String) })),
    );
    expect(second.manifest.groups.map(({ loaded_at }) => loaded_at))
      .toEqual(first.manifest.groups.map(({ loaded_at }) => loaded_at));
  });

  it('has the sources that are asked for', async () => {
    await loadAll(from);
    const { manifest, bytes } = await bundleOf(from, ['kev', 'epss']);
    expect(manifest.groups.map(({ source }) => source)).toEqual(['epss', 'kev']);
    await load(to, 'other/one', { records: [WITHDRAWN] });
    await importFrom(to, bytes);
    // What is not in the bundle stays.
    expect(await generationsOf(to)).toEqual({ 'epss/epss': 1, 'kev/kev': 1, 'other/one': 1 });
  });

  it('is not made of nothing', async () => {
    await expect(bundleOf(from)).rejects.toMatchObject({ code: 'no_feeds_loaded' });
    await loadAll(from);
    await expect(bundleOf(from, ['nowhere'])).rejects.toMatchObject({ code: 'feed_not_loaded' });
  });

  it('is of one moment, whatever is loaded meanwhile', async () => {
    const records = Array.from({ length: 700 }, (_, at) => ({ ...ADVISORY, key: `A-${at}` }));
    await load(from, 'a/a', { records });
    await load(from, 'b/b', { records: [WITHDRAWN] });
    const exporting = bundleOf(from);
    await load(from, 'a/a', { records: [WITHDRAWN], mayShrink: true });
    await load(from, 'b/b', { records });
    const { manifest } = await exporting;
    const counts = manifest.groups.map(({ generation, records }) => [generation, records]);
    expect([[[1, 700], [1, 1]], [[2, 1], [1, 1]], [[2, 1], [2, 700]]]).toContainEqual(counts);
  });

  it('brings what was added, changed and removed', async () => {
    const records = [ADVISORY, WITHDRAWN];
    await load(from, 'osv/npm', { records });
    await importFrom(to, (await bundleOf(from)).bytes);
    const changed = { ...ADVISORY, modified: '2026-01-05T00:00:00Z' };
    await load(from, 'osv/npm', { records: [changed, { ...WITHDRAWN, key: 'new' }] });
    const [group] = await importFrom(to, (await bundleOf(from)).bytes);
    expect(group).toMatchObject({ outcome: 'loaded', generation: 2, changed: 2, removed: 1 });
    expect(await contentOfStore(to)).toEqual(await contentOfStore(from));
  });

  it('says in its manifest what its files are', async () => {
    await load(from, 'kev/kev', { records: GROUPS['kev/kev'] ?? [] });
    const { manifest, bytes } = await bundleOf(from);
    const [group] = manifest.groups;
    const start = bytes.indexOf('{"', bytes.indexOf('groups/0001.ndjson\0'));
    const content = bytes.subarray(start, start + (group?.bytes ?? 0));
    expect(createHash('sha256').update(content).digest('hex')).toBe(group?.sha256);
    expect(content.toString().trimEnd().split('\n').map((line) => JSON.parse(line) as unknown))
      .toEqual(GROUPS['kev/kev']);
  });
});
