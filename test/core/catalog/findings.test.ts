import { beforeAll, describe, expect, it } from 'vitest';
import { gzipSync } from 'node:zlib';
import {
  keepPackages,
  listPackages,
  readDocument,
  replaceFindings,
} from '../../../core/catalog/findings.ts';
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

describe('keepPackages', () => {
  it('keeps one row for what is the same in many places and images', async () => {
    const before = await count();
    const links = await keepPackages(sql, [
      packageOf('one', { location: '/a' }),
      packageOf('one', { location: '/b', layer: digestOf('other layer') }),
      packageOf('one', { location: '/a' }),
      packageOf('one', { version: '2.0.0' }),
    ]);
    await keepPackages(sql, [packageOf('one', { location: '/c' })]);
    expect(await count() - before).toBe(2);
    expect(links).toHaveLength(3);
    expect(new Set(links.map((link) => link.package)).size).toBe(2);
  });

  it('tells apart what differs in any detail, and not by the order of its keys', async () => {
    const [plain] = await keepPackages(sql, [packageOf('detail')]);
    const reversed = Object.fromEntries(Object.entries(packageOf('detail')).toReversed());
    const [same] = await keepPackages(sql, [Package.parse(reversed)]);
    const [licensed] = await keepPackages(sql, [packageOf('detail', { licenses: ['GPL'] })]);
    const [sized] = await keepPackages(sql, [packageOf('detail', { size: 1 })]);
    expect(same?.package).toBe(plain?.package);
    expect(new Set([plain, licensed, sized].map((link) => link?.package)).size).toBe(3);
  });

  it('takes overlapping sets at once, each in its own order, without a deadlock', async () => {
    const before = await count();
    const names = Array.from({ length: 3000 }, (_, index) => `overlap-${index}`);
    const random = mulberry32(7);
    const sets = Array.from({ length: 8 }, () => {
      return names.map((name) => ({ name, place: random() }))
        .toSorted((a, b) => a.place - b.place).slice(0, 2500).map(({ name }) => packageOf(name));
    });
    const links = await Promise.all(sets.map((set) => keepPackages(sql, set)));
    expect(links.map(({ length }) => length)).toEqual(sets.map(() => 2500));
    expect(await count() - before).toBe(new Set(sets.flat().map(({ name }) => name)).size);
  });
});

describe('findings of an image', () => {
  it('come back as they were, by name, of the wanted types only', async () => {
    const digest = await addQueued(sql, 'findings');
    const packages: Package[] = [
      packageOf('zlib', { type: 'deb', source: { name: 'zlib', version: '1:1.3' }, size: 0 }),
      packageOf('Ünï "x" \\ 日本 🐳', { origin: 'a\nb' }),
      packageOf('left', { architecture: 'all', licenses: [] }),
    ];
    await replaceFindings(sql, digest, await keepPackages(sql, packages), {});
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
    const links = await keepPackages(sql, [owned, packageOf('own')]);
    await replaceFindings(sql, first, links, {});
    const others = await keepPackages(sql, [packageOf('six')]);
    await replaceFindings(sql, second, others, {});
    expect(others[0]?.package).toBe(links[0]?.package);
    expect(await listPackages(sql, first)).toEqual([packageOf('own'), owned]);
    expect(await listPackages(sql, first, { owned: false })).toEqual([packageOf('own')]);
    expect(await listPackages(sql, first, { types: ['npm'], owned: true })).toHaveLength(2);
    expect(await listPackages(sql, first, { types: ['deb'], owned: false })).toEqual([]);
    expect(await listPackages(sql, second, { owned: false })).toEqual([packageOf('six')]);
  });

  it('replace those of an earlier analysis whole', async () => {
    const digest = await addQueued(sql, 'replaced');
    const part = (text: string) => gzipSync(text);
    const first = await keepPackages(sql, [packageOf('old'), packageOf('both')]);
    await replaceFindings(sql, digest, first, { files: [part('1\n'), part('2\n')] });
    const second = await keepPackages(sql, [packageOf('both'), packageOf('new')]);
    await replaceFindings(sql, digest, second, { files: [part('3\n')] });
    const names = (await listPackages(sql, digest)).map(({ name }) => name);
    expect(names).toEqual(['both', 'new']);
    expect(await Array.fromAsync(readDocument(sql, digest, 'files'))).toEqual(['3\n']);
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
    await replaceFindings(sql, digest, await keepPackages(sql, packages), {});
    expect(await listPackages(sql, digest)).toHaveLength(3);
  });
});

describe('readDocument', () => {
  it('gives the pieces in order, and those of that list and image alone', async () => {
    const digest = await addQueued(sql, 'document');
    const other = await addQueued(sql, 'document of another');
    const pieces = Array.from({ length: 12 }, (_, index) => `{"path":"/ü${index}"}\n`);
    await replaceFindings(sql, digest, [], {
      files: pieces.map((piece) => gzipSync(piece)),
      unreadable: [gzipSync('{}\n')],
    });
    await replaceFindings(sql, other, [], { files: [gzipSync('other\n')] });
    expect(await Array.fromAsync(readDocument(sql, digest, 'files'))).toEqual(pieces);
    expect(await Array.fromAsync(readDocument(sql, digest, 'none'))).toEqual([]);
  });
});
