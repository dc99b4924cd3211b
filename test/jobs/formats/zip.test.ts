import { describe, expect, it } from 'vitest';
import {
  ARCHIVE_LIMITS,
  ArchiveBudget,
  ArchiveError,
  type ArchiveLimits,
} from '../../../jobs/formats/archive-budget.ts';
import {
  checkOverlap,
  openZip,
  withZipEntry,
  zipEntries,
  zipText,
} from '../../../jobs/formats/zip.ts';
import { mutate, random } from '../layers/tars.ts';
import { items, zip, type ZipItem } from './zips.ts';
import { cpuMs } from '../../support/cpu.ts';

const TEXT = 'All that glitters. '.repeat(50);
const FILES = items({ 'a.txt': TEXT, 'b/': '', 'b/c.txt': 'short' });

/** Everything in an archive, by name. */
function read(content: Buffer, limits: Partial<ArchiveLimits> = {}): Record<string, string> {
  const budget = new ArchiveBudget({ ...ARCHIVE_LIMITS, ...limits });
  const archive = openZip(content);
  const entries = [...zipEntries(archive, budget)];
  checkOverlap(archive, entries);
  const pairs = entries.map((entry) => {
    budget.takeRead();
    const text = withZipEntry(archive, entry, budget, 1e9, (bytes) => bytes.toString('utf8'));
    return [zipText(entry.name), text];
  });
  return Object.fromEntries(pairs);
}

/** The code of the error that something ends with, or `none`. */
function codeOf(work: () => unknown): string {
  try {
    work();
    return 'none';
  } catch (error) {
    if (!(error instanceof ArchiveError)) throw error;
    return error.code;
  }
}

const CONTENTS = { 'a.txt': TEXT, 'b/': '', 'b/c.txt': 'short' };
const one = (item: Partial<ZipItem>): Buffer => zip([{ name: 'a', data: TEXT, ...item }]);

describe('archives that are read', () => {
  it.each([
    ['deflated', zip(FILES)],
    ['stored', zip(FILES.map((file) => ({ ...file, stored: true })))],
    ['with data descriptors', zip(FILES.map((file) => ({ ...file, descriptor: true })))],
    ['with wide entries', zip(FILES.map((file) => ({ ...file, wide: true })))],
    ['with wide end records', zip(FILES, { wide: true })],
    ['behind a script', zip(FILES, { prefix: '#!/bin/sh\nexec java -jar "$0"\n' })],
    ['behind a script that offsets count', zip(FILES, { prefix: '#!/bin/sh\n', corrected: true })],
    ['wide and behind a script', zip(FILES, { prefix: '#!/bin/sh\n', wide: true })],
    ['behind another archive', zip(FILES, { prefix: zip(items({ other: 'x' })) })],
    ['with a comment', zip(FILES, { comment: 'made by hand' })],
    [
      'with a comment that looks like an end',
      zip(FILES, { comment: `PK\x05\x06${'x'.repeat(16)}\0\0` }),
    ],
    ['with the longest comment', zip(FILES, { comment: 'x'.repeat(0xffff) })],
    ['followed by something', Buffer.concat([zip(FILES), Buffer.from('\nmore')])],
  ])('%s', (_name, content) => {
    expect(read(content)).toEqual(CONTENTS);
  });

  it('an empty one', () => {
    expect(read(zip([]))).toEqual({});
  });

  it('one with more entries than 16 bits count', () => {
    const many = zip(Array.from({ length: 70_000 }, (_, index) => ({
      name: `${index}`,
      stored: true,
    })));
    expect([...zipEntries(openZip(many), new ArchiveBudget())]).toHaveLength(70_000);
  });

  it('names in UTF-8 and in anything else', () => {
    expect(Object.keys(read(zip(items({ 'größe/界': '' }))))).toEqual(['größe/界']);
    expect(zipText('gr\xf6\xdfe')).toBe('größe');
  });

  it('passes names over that are too long to be real', () => {
    expect(Object.keys(read(zip(items({ [`${'x'.repeat(5000)}`]: '', y: '' }))))).toEqual(['y']);
  });

  it('gives stored entries without a copy', () => {
    const content = one({ stored: true });
    const archive = openZip(content);
    const budget = new ArchiveBudget();
    const [entry] = zipEntries(archive, budget);
    withZipEntry(archive, entry!, budget, 1e9, (bytes) => {
      expect(bytes.buffer).toBe(content.buffer);
    });
  });
});

describe('archives that are refused', () => {
  it.each<[string, Buffer, string]>([
    ['nothing', Buffer.alloc(0), 'damaged'],
    ['no archive', Buffer.from('Rar!\x1a\x07\x00'), 'damaged'],
    ['one cut off at its end', zip(FILES).subarray(0, -1), 'damaged'],
    ['one cut off at its beginning', zip(FILES).subarray(5), 'damaged'],
    ['an encrypted entry', one({ flags: 1 }), 'unsupported'],
    ['an unknown method', one({ method: 14 }), 'unsupported'],
    ['a stored entry of another size', one({ stored: true, claimed: { size: 5 } }), 'damaged'],
    ['more data than claimed', one({ claimed: { size: TEXT.length - 1 } }), 'damaged'],
    ['less data than claimed', one({ claimed: { size: TEXT.length + 1 } }), 'damaged'],
    ['data cut off', one({ claimed: { compressed: 10 } }), 'damaged'],
    ['data beyond the archive', one({ claimed: { compressed: 1_000_000 } }), 'damaged'],
    ['a header beyond the archive', one({ claimed: { offset: 1_000_000 } }), 'damaged'],
    ['a header of something else', one({ claimed: { offset: 1, compressed: 1 } }), 'damaged'],
    ['a wide size of nonsense', one({ wide: true, claimed: { size: 2 ** 60 } }), 'limit'],
    [
      'two entries with the same bytes',
      zip([...FILES, { name: 'd', claimed: { offset: 0 } }]),
      'damaged',
    ],
  ])('%s', (_name, content, code) => {
    expect(codeOf(() => read(content))).toBe(code);
  });

  it.each<[string, Partial<ArchiveLimits>, string]>([
    ['entries', { entries: 2 }, 'more than 2 entries'],
    ['entries that are read', { reads: 2 }, 'more than 2 entries to read'],
    ['inflated bytes', { inflatedBytes: 900 }, 'more than 900 bytes inflated'],
  ])('too many %s', (_name, limits, message) => {
    expect(() => read(zip(FILES), limits)).toThrow(
      expect.objectContaining({ code: 'limit', message: `limit of archives: ${message}` }),
    );
  });

  it('an entry that inflates too much', () => {
    expect(() => read(one({ data: Buffer.alloc(2 ** 21) }))).toThrow(/more than 200 times/);
    expect(read(one({ data: Buffer.alloc(2 ** 20) }))).toHaveProperty('a');
  });

  it('entries that are held at once, and only those', () => {
    const outer = openZip(zip([{ name: 'a', data: zip(FILES) }]));
    const held = (heldBytes: number): string => {
      const budget = new ArchiveBudget({ ...ARCHIVE_LIMITS, heldBytes });
      const [entry] = zipEntries(outer, budget);
      return codeOf(() => {
        for (let round = 0; round < 3; round++) {
          withZipEntry(outer, entry!, budget, 1e9, (content) => {
            const inner = openZip(content);
            const [first] = zipEntries(inner, budget);
            withZipEntry(inner, first!, budget, 1e9, () => {});
          });
        }
      });
    };
    const size = zip(FILES).length + TEXT.length;
    expect(held(size)).toBe('none');
    expect(held(size - 1)).toBe('too_large');
  });
});

it('reads or refuses whatever a mutated archive holds', () => {
  const next = random(11);
  const samples = [zip(FILES, { wide: true }), zip(FILES.map((file) => ({ ...file, wide: true })))];
  const start = cpuMs();
  let refused = 0;
  for (let round = 0; round < 2000; round++) {
    try {
      read(mutate(samples[round % 2]!, next));
    } catch (error) {
      if (!(error instanceof ArchiveError)) throw error;
      refused++;
    }
  }
  expect(refused).toBeGreaterThan(500);
  expect(refused).toBeLessThan(2000);
  expect(cpuMs() - start).toBeLessThan(10_000);
});
