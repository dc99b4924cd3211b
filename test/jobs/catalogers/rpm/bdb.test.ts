import { Buffer } from 'node:buffer';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { bdbValues, isBdb } from '../../../../jobs/catalogers/rpm/bdb.ts';
import { rpm } from '../../../../jobs/catalogers/rpm/index.ts';
import { CatalogError } from '../../../../jobs/catalogers/types.ts';
import { identities, viewOf } from '../support.ts';
import { hash } from './databases.ts';
import { fuzz, manyHeaders, manyIdentities } from './headers.ts';

const PATH = 'var/lib/rpm/Packages';

/** Made by Berkeley DB 5.3: 26 headers put, of which eight were left, one in overflow pages. */
const SAMPLES = {
  LITTLE: unpacked(
    'H4sIAAAAAAACA+1Z3UoCQRQ+R91Nzcroz7qKniDtR4wII7rpJoigu6AgSgiJLrroDUKMkKCimyCi' +
      '6BF6ix7BGzEjJJIoAmlndjZG3ZXcdWXL+UDGs858c5jvnNkzIwAAgoqNARl85ItL+XgBOpSmG2qx' +
      'Hz8HKAOM3T4cuQ7VZxKo/d2sD+F5TO+sI+OX2e8CzgNyMQBU+hJA1xe+4yte4SUu4SKW4BpWfs1G' +
      'oiCkNHmmPHvufmK2l9kFZgeJvReO0o5hNkBrsd8a60Q1q3muSFjfw1CTPVQHBi2xToE+K+09wkuO' +
      'LOU5uIj+93iDq7iMZfiEO05/Nf/reGZ2Hab1Pe6zxhrRZ+1xoq8tZ+UVI/BQO4d0s1YM6aPR6RT7' +
      'jdk0LTYT27rTHwg4AJr+HhYD0o/+Ym3aSX+JxYAs9G9L/WUWA6p9DE7SX1To9tf/2tnMr9V/YFz/' +
      '2Vb/21P9TOqz9jqwqowYsA7bxqop5q0o/otI6v8iFvACT3EB5/AF8nAGGZhvotwxfbcGBattrO61' +
      'VJawxpXu6OIk9FXon6H6ZzCNsxjFHGThBFIw0yzh7cnIf8RKKrFREwevZzaWHrwSyd1Ecqt2Fu20' +
      'h8gp6a8+/9P9X7wbnfWWNrn/j+tH2xDH3MnNJJPL3Yr7H7GmrbmrjBnc2QWs+WrA6uFWIVD3/k/o' +
      '30hO/SVWAQGs/Z9PyX+xLu2Ab/C9/MEAHgAA',
  ),
  BIG: unpacked(
    'H4sIAAAAAAACA+1Y3UoCQRQ+R931pzSjLKubHqHtz4wII7rpJoqug4IoIaSL6KJXCCMkqOgmiCB6' +
      'jK7qskfoJswICSUKQdpZj9uoDeRPsuIcmHHPrPvN2fnOHL4dAMPQ6NXAut67AWwALmPEozcflNle' +
      '5AwgD3D3cK/ZD8xhRW9OvdnJd69txx8JmzWV7kuznqGZA8xckAUv5vAD3/ESL3ARFyB7BSt/hmIp' +
      'ENR/kkQ7jdtfyHeRnyLfz/xdLWT8UaMHNA6wtw7UsXLU2rFGNWGEwUZGaKL6a0edACGqi3WDWEaa' +
      'zfRsmDD4T8RxBkP4DE9wDIcwXbL/63jfcWFk3XVwMypEHWg1VIfehqtF1f1XejbI/GhsJxrbrJyl' +
      'WKL5PY9c3XYA6pQ7C1DKZw1hZMg3wtiIbv36svvSLGAc/w7KAaXAv1ybNuNfoRxQJf9tyb9KOcC8' +
      'IyvxL+V5U/Q/923GpGAOb/EaV3EJ8/AFN9AE/T8pVEU9VlObmljBdVlNbWpTQtQA/1XA6f+0of/T' +
      'KTzHE5zHWXyDJJxCAuYaSHdYGFafRP0fVHtmaLkArEb4bz4snPtw+9/L9r8sjNYq0TVWlRFhQvRz' +
      '1x66dv7Uf7nqbcR/hzmVCnmj/pMAYGe9ck2bcVYZFp/ZddYRqxjVwc9QWf+L+k/yX42maiVUWVel' +
      'US74Sve/XJR2sG9rZx0TAB4AAA==',
  ),
} as const;
const SAMPLE_IDENTITIES = [
  'big 1-1',
  'inline 3:1-1',
  'p1 1-1',
  'p13 1-1',
  'p17 1-1',
  'p21 1-1',
  'p5 1-1',
  'p9 1-1',
];

function unpacked(base64: string): Buffer {
  return gunzipSync(Buffer.from(base64, 'base64'));
}

function read(content: Buffer) {
  return rpm.parse({ path: PATH, content }, viewOf({}));
}

function names(content: Buffer): readonly string[] {
  return [...identities(read(content))].sort();
}

describe('a Berkeley DB hash', () => {
  it.each([
    ['of pages of 512 bytes', {}],
    ['of the other byte order', { bigEndian: true }],
    ['of pages of 64 KiB', { pageSize: 65_536 }],
    ['of the other byte order and 8 KiB', { pageSize: 8192, bigEndian: true }],
    ['of unsorted pages', { type: 2, version: 8 }],
    ['of version 10', { version: 10 }],
    ['with checksums', { checksums: true }],
  ])('%s has its headers, on and off their pages', (_name, options) => {
    for (const padding of [0, 100, 900, 5000]) {
      expect(names(hash(manyHeaders(9, padding), options))).toEqual(manyIdentities(9));
    }
  });

  it.each(['LITTLE', 'BIG'] as const)('of Berkeley DB itself is read: %s', (order) => {
    expect(names(SAMPLES[order])).toEqual(SAMPLE_IDENTITIES);
  });

  it('may be empty', () => {
    expect(read(hash([]))).toEqual([]);
  });

  it('loses no more than a header by a broken overflow page', () => {
    const content = hash(manyHeaders(4, 900));
    content.writeUInt8(0, 3 * 512 + 25);
    expect(read(content)).toHaveLength(3);
    expect([...bdbValues(content)].filter((value) => value === undefined)).toHaveLength(1);
  });

  it('ends where pages go round in circles', () => {
    const inBucket = hash(manyHeaders(4, 900));
    inBucket.writeUInt32LE(2, 1 * 512 + 16);
    expect(read(inBucket)).toHaveLength(4);
    const inOverflow = hash(manyHeaders(2, 900));
    inOverflow.writeUInt32LE(3, 3 * 512 + 16);
    expect(read(inOverflow)).toHaveLength(1);
  });

  it.each([
    ['more than it has', 0xffff_ffff],
    ['more than its pages', 5000],
    ['less than its pages', 100],
  ])('with an overflow length of %s loses that header', (_name, length) => {
    const content = hash(manyHeaders(2, 900));
    const item = content.readUInt16LE(2 * 512 + 26 + 2);
    content.writeUInt32LE(length, 2 * 512 + item + 8);
    expect(identities(read(content))).toEqual(['p0 1-1']);
  });

  it.each<[string, (content: Buffer) => void]>([
    ['an unknown version', (content) => content.writeUInt32LE(6, 16)],
    ['encryption', (content) => content.writeUInt8(1, 24)],
    ['a page size that is no power of two', (content) => content.writeUInt32LE(1000, 20)],
    ['a page size of zero', (content) => content.writeUInt32LE(0, 20)],
    ['a page size of 4 GiB', (content) => content.writeUInt32LE(0x8000_0000, 20)],
    ['more buckets than pages', (content) => content.writeUInt32LE(0xffff_ffff, 72)],
  ])('is refused with %s', (_name, change) => {
    const content = hash(manyHeaders(2));
    change(content);
    expect(() => read(content)).toThrow(CatalogError);
  });

  it('is known by its first page', () => {
    expect(isBdb(hash([]))).toBe(true);
    expect(isBdb(hash([]).subarray(0, 511))).toBe(false);
    expect(() => [...bdbValues(Buffer.alloc(512))]).toThrow(CatalogError);
  });

  it('ends in packages or a refusal whatever was changed', () => {
    const sample = hash([...manyHeaders(20, 20), ...manyHeaders(4, 900)]);
    const outcome = fuzz(sample, 21, read);
    expect(outcome.packages).toBeGreaterThan(5000);
    expect(outcome.refused).toBeGreaterThan(50);
    expect(outcome.slowest).toBeLessThan(1000);
  });
});
