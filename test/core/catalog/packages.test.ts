import { beforeAll, describe, expect, it } from 'vitest';
import { listPackages } from '../../../core/catalog/package-list.ts';
import {
  keepPackages,
  replacePackages,
  type SetLink,
  sortPackages,
} from '../../../core/catalog/packages.ts';
import type { Sql } from '../../../core/database/connection.ts';
import { Package } from '../../../jobs/contract/index.ts';
import { testDatabase } from '../../support/postgres.ts';
import { mulberry32 } from '../policy/samples.ts';
import { addQueued, digestOf, packageOf } from './samples.ts';

let sql: Sql;
beforeAll(async () => {
  ({ sql } = await testDatabase());
});

async function count(): Promise<number> {
  const [row] = await sql<{ n: number }[]>`select count(*)::int as n from packages`;
  return row?.n ?? 0;
}

/** Keeps the packages of an image and says where they are. */
async function keep(digest: string, packages: readonly Package[]): Promise<readonly SetLink[]> {
  const links = await keepPackages(sql, packages, null);
  await replacePackages(sql, digest, links);
  return links;
}

describe('keepPackages', () => {
  it('keeps one row for what is the same in many places and images', async () => {
    const before = await count();
    const digest = await addQueued(sql, 'many places');
    await keep(digest, [
      packageOf('one', { location: '/a' }),
      packageOf('one', { location: '/b', layer: digestOf('other layer') }),
      packageOf('one', { location: '/a' }),
      packageOf('one', { version: '2.0.0' }),
    ]);
    await keepPackages(sql, [packageOf('one', { location: '/c' })], null);
    expect(await count() - before).toBe(2);
    expect(await listPackages(sql, digest)).toHaveLength(3);
  });

  it('tells apart what differs in any detail, and not by the order of its keys', async () => {
    const before = await count();
    const reversed = Object.fromEntries(Object.entries(packageOf('detail')).toReversed());
    await keepPackages(sql, [packageOf('detail')], null);
    await keepPackages(sql, [Package.parse(reversed)], null);
    expect(await count() - before).toBe(1);
    await keepPackages(sql, [packageOf('detail', { licenses: ['GPL'] })], null);
    await keepPackages(sql, [packageOf('detail', { size: 1 })], null);
    expect(await count() - before).toBe(3);
  });

  it('takes overlapping sets at once, each in its own order, without a deadlock', async () => {
    const before = await count();
    const names = Array.from({ length: 3000 }, (_, index) => `overlap-${index}`);
    const random = mulberry32(7);
    const sets = Array.from({ length: 8 }, () => {
      return names.map((name) => ({ name, place: random() }))
        .toSorted((a, b) => a.place - b.place).slice(0, 2500).map(({ name }) => packageOf(name));
    });
    const links = await Promise.all(sets.map((set) => keepPackages(sql, set, null)));
    for (const [at, set] of sets.entries()) {
      const digest = await addQueued(sql, `overlapping ${at}`);
      await replacePackages(sql, digest, links[at] ?? []);
      expect(await listPackages(sql, digest)).toHaveLength(set.length);
    }
    expect(await count() - before).toBe(new Set(sets.flat().map(({ name }) => name)).size);
  });
});

describe('packages of an image', () => {
  it('come back as they were, by name, of the wanted types only', async () => {
    const digest = await addQueued(sql, 'findings');
    const packages: Package[] = [
      packageOf('zlib', { type: 'deb', source: { name: 'zlib', version: '1:1.3' }, size: 0 }),
      packageOf('Ünï "x" \\ 日本 🐳', { origin: 'a\nb' }),
      packageOf('left', { architecture: 'all', licenses: [] }),
    ];
    await keep(digest, packages);
    const found = await listPackages(sql, digest);
    expect(found).toHaveLength(3);
    expect(found).toEqual(expect.arrayContaining(packages));
    const deb = await listPackages(sql, digest, { types: ['deb', 'rpm'] });
    expect(deb.map(({ name }) => name)).toEqual(['zlib']);
  });

  it('have owners that differ from image to image, and can be left out by them', async () => {
    const owned = packageOf('six', { owner: 'python3-six' });
    const first = await addQueued(sql, 'owned');
    const second = await addQueued(sql, 'not owned');
    await keep(first, [owned, packageOf('own')]);
    const before = await count();
    await keep(second, [packageOf('six')]);
    expect(await count()).toBe(before);
    expect(await listPackages(sql, first)).toEqual([packageOf('own'), owned]);
    expect(await listPackages(sql, first, { owned: false })).toEqual([packageOf('own')]);
    expect(await listPackages(sql, first, { types: ['npm'], owned: true })).toHaveLength(2);
    expect(await listPackages(sql, first, { types: ['deb'], owned: false })).toEqual([]);
    expect(await listPackages(sql, second, { owned: false })).toEqual([packageOf('six')]);
  });

  it('replace those of an earlier analysis whole', async () => {
    const digest = await addQueued(sql, 'replaced');
    await keep(digest, [packageOf('old'), packageOf('both')]);
    await keep(digest, [packageOf('both'), packageOf('new')]);
    const names = (await listPackages(sql, digest)).map(({ name }) => name);
    expect(names).toEqual(['both', 'new']);
  });

  it('hold what a hostile image may say at its longest', async () => {
    const digest = await addQueued(sql, 'longest');
    const random = mulberry32(11);
    // Random letters, so that nothing becomes shorter by compression.
    const noise = (length: number) =>
      Array.from({ length }, () => String.fromCodePoint(0x4e00 + Math.floor(random() * 20_000)))
        .join('');
    const packages = [
      packageOf(noise(1024), { location: '/name', purl: 'pkg:npm/x' }),
      packageOf('version', { version: noise(1024) }),
      packageOf('location', { location: `/${noise(60_000)}` }),
    ];
    await keep(digest, packages);
    expect(await listPackages(sql, digest)).toHaveLength(3);
  });
});

describe('sets of packages', () => {
  const base = Array.from({ length: 400 }, (_, at) => packageOf(`base-${at}`));

  async function rows(): Promise<number> {
    const [row] = await sql<{ n: number }[]>`
      select count(*)::int as n from package_set_members`;
    return row?.n ?? 0;
  }

  it('are shared by images that have most of their packages in common', async () => {
    const first = await keepPackages(sql, base, null);
    const before = await rows();
    const again = await keepPackages(sql, base.toReversed(), null);
    expect(again.toSorted((a, b) => a.set - b.set)).toEqual(
      first.toSorted((a, b) => a.set - b.set),
    );
    expect(await rows()).toBe(before);
    const more = await keepPackages(sql, [...base, packageOf('one more')], null);
    const shared = new Set(first.map(({ set }) => set)).intersection(
      new Set(more.map(({ set }) => set)),
    );
    expect(shared.size).toBeGreaterThan(first.length - 3);
    expect(await rows() - before).toBeLessThan(150);
  });

  it('are others in another distribution, and in the same one of another layer the same', async () => {
    const debian = { id: 'debian', version: '12', like: [] };
    const one = await keepPackages(sql, base, debian);
    const other = await keepPackages(sql, base, { ...debian, version: '13' });
    const moved = base.map((found) => ({ ...found, layer: digestOf('moved') }));
    const elsewhere = await keepPackages(sql, moved, debian);
    const sets = (links: readonly SetLink[]) => new Set(links.map(({ set }) => set));
    expect(sets(one).intersection(sets(other)).size).toBe(0);
    expect(sets(elsewhere)).toEqual(sets(one));
    expect(one.map(({ layer }) => layer)).not.toContain(elsewhere[0]?.layer);
  });

  it('take in what an older core has written, which still reads and replaces all', async () => {
    const digest = await addQueued(sql, 'older');
    const packages = [packageOf('first', { owner: 'python3-first' }), packageOf('second')];
    await keep(digest, packages);
    const asBefore = () => sql`select * from image_packages where digest = ${digest}`;
    const before = await asBefore();
    expect(before).toHaveLength(2);
    await sql`delete from image_packages where digest = ${digest}`;
    expect(await asBefore()).toHaveLength(0);
    await sql`insert into image_packages ${sql(before.map((row) => ({ ...row })))}`;
    expect(await asBefore()).toEqual(before);
    await sql`update analyses set head = '{"distribution":null}' where digest = ${digest}`;
    await sortPackages(sql, digest);
    expect(await sql`select from unsorted_packages where digest = ${digest}`).toHaveLength(0);
    expect(await listPackages(sql, digest)).toEqual(packages);
  });
});
