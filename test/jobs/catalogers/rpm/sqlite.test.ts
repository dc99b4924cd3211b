import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { rpm } from '../../../../jobs/catalogers/rpm/index.ts';
import { isSqlite, sqliteBlobs } from '../../../../jobs/catalogers/rpm/sqlite.ts';
import { CatalogError } from '../../../../jobs/catalogers/types.ts';
import { catalog, identities, viewOf } from '../support.ts';
import { sqlite } from './databases.ts';
import { fuzz, manyHeaders, manyIdentities } from './headers.ts';

const PATH = 'usr/lib/sysimage/rpm/rpmdb.sqlite';

function read(content: Buffer, log?: Buffer) {
  return rpm.parse(
    { path: PATH, content },
    viewOf(
      log === undefined ? {} : {
        [`${PATH}-wal`]: log,
      },
    ),
  );
}

/** Root page of the table of packages: the first after the schema. */
const ROOT = 2;

function at(content: Buffer, page: number): Buffer {
  const size = content.readUInt16BE(16);
  return content.subarray((page - 1) * size, page * size);
}

describe('an SQLite database', () => {
  it.each([512, 1024, 4096, 65_536])('of pages of %i bytes has its headers', (pageSize) => {
    for (const [count, padding] of [[0, 0], [1, 0], [3, 20_000], [600, 100], [40, 900]] as const) {
      const { database } = sqlite(manyHeaders(count, padding), { pageSize });
      expect(identities(read(database))).toEqual(manyIdentities(count));
    }
  });

  it('has rows of every length around the ends of pages', () => {
    const { database } = sqlite(
      Array.from({ length: 1100 }, (_, length) => Buffer.alloc(length, 7)),
      { pageSize: 512 },
    );
    const lengths = [...sqliteBlobs(database, undefined, 'packages')].map((blob) => blob?.length);
    expect(lengths).toEqual(Array.from({ length: 1100 }, (_, length) => length));
  });

  it('has no row that was deleted', () => {
    const { database } = sqlite(manyHeaders(300, 700), {
      pageSize: 1024,
      then: 'DELETE FROM Packages WHERE hnum != 8',
    });
    expect(database.includes('p298')).toBe(true);
    expect(identities(read(database))).toEqual(['p7 1-1']);
  });

  it('has what its log says', () => {
    const { database, log } = sqlite(manyHeaders(3), { logged: manyHeaders(2, 9000) });
    const tree = { [PATH]: database, [`${PATH}-wal`]: log ?? '' };
    expect(identities(read(database))).toEqual(manyIdentities(3));
    expect(identities(catalog(rpm, tree))).toEqual([...manyIdentities(3), ...manyIdentities(2)]);
  });

  it('has of a broken log what was committed before', () => {
    const { database, log = Buffer.alloc(0) } = sqlite(manyHeaders(3), { logged: manyHeaders(4) });
    const count = (change: (log: Buffer) => Buffer) =>
      read(database, change(Buffer.from(log))).length;
    const changed = (offset: number) => (bytes: Buffer) => {
      bytes.writeUInt8((bytes[offset] ?? 0) ^ 1, offset);
      return bytes;
    };
    expect(count((bytes) => bytes)).toBe(7);
    expect(count((bytes) => bytes.subarray(0, -1))).toBe(6);
    expect(count(changed(log.length - 1))).toBe(6);
    for (const offset of [0, 4, 8, 16, 24, 32 + 8, 32 + 16, 32 + 24]) {
      expect(count(changed(offset))).toBe(3);
    }
    expect(count(() => Buffer.alloc(0))).toBe(3);
    expect(count(() => Buffer.alloc(100))).toBe(3);
  });

  it('ends where pages go round in circles', () => {
    const tree = sqlite(manyHeaders(300, 100), { pageSize: 512 }).database;
    at(tree, ROOT).writeUInt32BE(ROOT, 8);
    expect(read(tree).length).toBeLessThan(300);
    const chain = sqlite(manyHeaders(2, 2000), { pageSize: 512 }).database;
    const first = chain.indexOf('v'.repeat(508));
    at(chain, Math.floor(first / 512) + 1).writeUInt32BE(Math.floor(first / 512) + 1, 0);
    expect(read(chain)).toHaveLength(1);
  });

  it('loses no more than a row whose length is absurd', () => {
    const { database } = sqlite(manyHeaders(3));
    const page = at(database, ROOT);
    page.fill(0xff, page.readUInt16BE(8), page.readUInt16BE(8) + 9);
    expect(identities(read(database))).toEqual(['p1 1-1', 'p2 1-1']);
  });

  it.each<[string, (content: Buffer) => void]>([
    ['a page size that is no power of two', (content) => content.writeUInt16BE(1000, 16)],
    ['a page size of zero', (content) => content.writeUInt16BE(0, 16)],
    ['a page size that is too small', (content) => content.writeUInt16BE(256, 16)],
    ['no room on its pages', (content) => content.writeUInt8(200, 20)],
    ['no schema', (content) => content.writeUInt8(0, 100)],
    ['a table without its first page', (content) => at(content, ROOT).fill(0)],
    ['no table of packages', (content) => content.write('Q', content.indexOf('Packages'))],
  ])('is refused with %s', (_name, change) => {
    const { database } = sqlite(manyHeaders(2), { pageSize: 512 });
    change(database);
    expect(() => read(database)).toThrow(CatalogError);
  });

  it('is known by its start', () => {
    const { database } = sqlite([]);
    expect(isSqlite(database)).toBe(true);
    expect(isSqlite(database.subarray(0, 99))).toBe(false);
    expect(() => [...sqliteBlobs(Buffer.alloc(512), undefined, 'a')]).toThrow(CatalogError);
  });

  it('ends in packages or a refusal whatever was changed', () => {
    const headers = [...manyHeaders(40, 20), ...manyHeaders(4, 900)];
    const { database } = sqlite(headers, { pageSize: 512 });
    const outcome = fuzz(database, 41, (bytes) => read(bytes));
    expect(outcome.packages).toBeGreaterThan(10_000);
    expect(outcome.refused).toBeGreaterThan(50);
    expect(outcome.slowest).toBeLessThan(1000);
  });

  it('ends in packages or a refusal whatever was changed in its log', () => {
    const { database, log = Buffer.alloc(0) } = sqlite(manyHeaders(3), { logged: manyHeaders(4) });
    const outcome = fuzz(log, 42, (bytes) => read(database, bytes));
    expect(outcome.packages).toBeGreaterThan(4500);
    expect(outcome.refused).toBe(0);
  });
});
