import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { fileAllowance, filesOf } from '../../../../jobs/catalogers/rpm/files.ts';
import { readHeader, TAGS } from '../../../../jobs/catalogers/rpm/header.ts';
import { packageOf } from '../../../../jobs/catalogers/rpm/package.ts';
import { CatalogError } from '../../../../jobs/catalogers/types.ts';
import { entryOf, fuzz, header, int32, packageHeader, rawHeader } from './headers.ts';

const INT32 = 4;
const STRING = 6;
const STRING_ARRAY = 8;

describe('a header', () => {
  it('gives texts, lists and integers of all sizes', () => {
    const read = readHeader(header({
      name: ' bash ',
      basenames: ['a', '', 'b'],
      epoch: int32(7),
      fileModes: { bytes: 2, of: [0o100_644, 0o040_755] },
      fileStates: { bytes: 1, of: [0, 255] },
      longSize: { bytes: 8, of: [2 ** 40] },
    }));
    expect(read.text(TAGS.name)).toBe('bash');
    expect(read.strings(TAGS.basenames)).toEqual(['a', '', 'b']);
    expect(read.integer(TAGS.epoch)).toBe(7);
    expect(read.integers(TAGS.fileModes)).toEqual([0o100_644, 0o040_755]);
    expect(read.integers(TAGS.fileStates)).toEqual([0, 255]);
    expect(read.integer(TAGS.longSize)).toBe(2 ** 40);
  });

  it('reads an untranslated text, and the first of several', () => {
    const read = readHeader(rawHeader([
      { tag: TAGS.name, type: 9, count: 1, data: Buffer.from('J\u00f6rg\0') },
      entryOf(TAGS.vendor, ['one', 'two']),
    ]));
    expect([read.text(TAGS.name), read.text(TAGS.vendor)]).toEqual(['J\u00f6rg', 'one']);
  });

  it('takes the last of a tag given twice, and what the installation added', () => {
    const read = readHeader(rawHeader([
      { tag: 63, type: 7, count: 16, data: Buffer.alloc(16) },
      entryOf(TAGS.vendor, 'first'),
      entryOf(TAGS.vendor, 'last'),
    ]));
    expect(read.text(TAGS.vendor)).toBe('last');
  });

  it('has nothing under a tag that it lacks, or that is of another type', () => {
    const read = readHeader(header({ name: 'a', epoch: int32(1) }));
    expect(read.text(TAGS.vendor)).toBe('');
    expect(read.text(TAGS.epoch)).toBe('');
    expect(read.strings(TAGS.epoch)).toEqual([]);
    expect(read.integers(TAGS.name)).toEqual([]);
    expect(read.integer(TAGS.size)).toBeUndefined();
  });

  it.each([
    ['a text without an end', { type: STRING, count: 1, data: Buffer.from('unending') }],
    ['a list that is too short', { type: STRING_ARRAY, count: 9, data: Buffer.alloc(8) }],
    ['a list of billions', { type: STRING_ARRAY, count: 0xffff_ffff, data: Buffer.alloc(8) }],
    ['integers of billions', { type: INT32, count: 0xffff_ffff, data: Buffer.alloc(8) }],
    ['integers beyond the end', { type: INT32, count: 3, data: Buffer.alloc(8) }],
  ])('takes %s as absent', (_name, entry) => {
    const read = readHeader(rawHeader([{ tag: TAGS.name, ...entry }]));
    expect([read.text(TAGS.name), read.strings(TAGS.name), read.integers(TAGS.name)])
      .toEqual(['', [], []]);
  });

  it('skips an entry that starts beyond the store', () => {
    const bytes = packageHeader({ vendor: 'v' });
    bytes.writeUInt32BE(0xffff_fff0, 8 + 3 * 16 + 8);
    const read = readHeader(bytes);
    expect([read.text(TAGS.name), read.text(TAGS.vendor)]).toEqual(['a', '']);
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['half a size', Buffer.alloc(7)],
    ['more entries than bytes', Buffer.from('0000000100000000', 'hex')],
    ['more values than bytes', Buffer.from('0000000000000001', 'hex')],
    ['billions of entries', Buffer.from('ffffffff00000000', 'hex')],
    ['billions of values', Buffer.from('00000000ffffffff', 'hex')],
    ['the last byte cut off', packageHeader().subarray(0, -1)],
  ])('is refused with %s', (_name, bytes) => {
    expect(() => readHeader(bytes)).toThrow(CatalogError);
  });

  it('ends in a package or a refusal whatever was changed', () => {
    const sample = packageHeader({
      epoch: int32(1),
      sourceRpm: 'b-1-1.src.rpm',
      basenames: ['x', 'y', 'z'],
      dirIndexes: int32(0, 1, 0),
      dirNames: ['/usr/', '/etc/'],
      fileModes: { bytes: 2, of: [0o100_644, 0o100_644, 0o040_755] },
    });
    const outcome = fuzz(sample, 11, (bytes) => {
      const read = readHeader(bytes);
      expect(filesOf(read, fileAllowance())?.length).toBeLessThanOrEqual(bytes.length);
      const found = packageOf(read, fileAllowance());
      return found === undefined ? [] : [found];
    });
    expect(outcome.read).toBeGreaterThan(500);
    expect(outcome.refused).toBeGreaterThan(100);
    expect(outcome.slowest).toBeLessThan(1000);
  });
});
