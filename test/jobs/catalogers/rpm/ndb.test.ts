import type { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { rpm } from '../../../../jobs/catalogers/rpm/index.ts';
import { isNdb, ndbValues } from '../../../../jobs/catalogers/rpm/ndb.ts';
import { CatalogError } from '../../../../jobs/catalogers/types.ts';
import { identities, viewOf } from '../support.ts';
import { ndb } from './databases.ts';
import { fuzz, manyHeaders, manyIdentities, packageHeader } from './headers.ts';

const PATH = 'usr/lib/sysimage/rpm/Packages.db';

function read(content: Buffer) {
  return rpm.parse({ path: PATH, content }, viewOf({}));
}

describe('an ndb file', () => {
  it.each([0, 1, 9, 253, 254, 255, 1000])('has its %i headers', (count) => {
    expect(identities(read(ndb(manyHeaders(count, 30))))).toEqual(manyIdentities(count));
  });

  it('has no header that was erased, though its blob may still be there', () => {
    const [first, , last] = manyHeaders(3);
    const content = ndb([first, undefined, last], packageHeader({ name: 'erased' }));
    expect(content.includes('erased')).toBe(true);
    expect(identities(read(content))).toEqual(['p0 1-1', 'p2 1-1']);
  });

  it.each<[string, (content: Buffer, blob: number) => void]>([
    ['a blob of another package', (content, blob) => content.writeUInt32LE(9, blob + 4)],
    ['a blob without its magic', (content, blob) => content.writeUInt32LE(9, blob)],
    ['a blob longer than its blocks', (content, blob) => content.writeUInt32LE(9999, blob + 12)],
    ['a blob of 4 GiB', (content, blob) => content.writeUInt32LE(0xffff_ffff, blob + 12)],
    ['a slot beyond the file', (content) => content.writeUInt32LE(0xffff_ffff, 32 + 8)],
    ['a slot of 64 GiB', (content) => content.writeUInt32LE(0xffff_ffff, 32 + 12)],
    ['a slot of one block', (content) => content.writeUInt32LE(1, 32 + 12)],
    ['a slot without its magic', (content) => content.writeUInt32LE(0, 32)],
    ['a slot of the same number', (content) => content.writeUInt32LE(2, 32 + 4)],
  ])('with %s loses that header alone', (_name, change) => {
    const content = ndb(manyHeaders(2));
    change(content, 4096);
    expect(identities(read(content)).filter((name) => name === 'p0 1-1')).toEqual([]);
  });

  it.each<[string, (content: Buffer) => void]>([
    ['another version', (content) => content.writeUInt32LE(1, 4)],
    ['more slots than bytes', (content) => content.writeUInt32LE(0xffff_ffff, 12)],
  ])('is refused with %s', (_name, change) => {
    const content = ndb(manyHeaders(2));
    change(content);
    expect(() => read(content)).toThrow(CatalogError);
  });

  it('is known by its start', () => {
    expect(isNdb(ndb([]))).toBe(true);
    expect(isNdb(ndb([]).subarray(0, 31))).toBe(false);
    expect(() => [...ndbValues(ndb([]).subarray(1))]).toThrow(CatalogError);
  });

  it('ends in packages or a refusal whatever was changed', () => {
    const outcome = fuzz(ndb(manyHeaders(250, 20)), 31, read);
    expect(outcome.packages).toBeGreaterThan(50_000);
    expect(outcome.refused).toBeGreaterThan(50);
    expect(outcome.slowest).toBeLessThan(1000);
  });
});
