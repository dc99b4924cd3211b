import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { zippedFiles } from '../../../core/feeds/zip.ts';
import { items, zip } from '../../jobs/formats/zips.ts';
import { mutatedBytes } from '../../jobs/fuzz/mutators.ts';
import { randomOf } from '../../jobs/fuzz/random.ts';
import { all, writtenFile } from './written.ts';

const LIMIT = 100_000;
const CASES = 300;

async function read(bytes: Uint8Array, wants = (_: string): boolean => true) {
  const notes: string[] = [];
  const file = writtenFile('all.zip', bytes);
  const note = (name: string, reason: string) => notes.push(`${name}: ${reason}`);
  const files = await all(zippedFiles(file, { wants, limit: LIMIT, note }));
  return { files: files.map(({ name, content }) => [name, content.toString()]), notes };
}

const FILES = { 'GO-1.json': '{"id":"GO-1"}', 'GO-2.json': '{"id":"GO-2"}', 'x/y': '', 'ä': 'ä' };

describe('files of a zip archive', () => {
  it('come in their order, the wanted ones', async () => {
    const archive = zip(items(FILES).map((item) => ({ ...item, flags: 0x800 })));
    expect(await read(archive)).toEqual({ files: Object.entries(FILES), notes: [] });
    expect((await read(archive, (name) => name === 'x/y')).files).toEqual([['x/y', '']]);
  });

  it.each([
    ['stored', { stored: true }],
    ['with their sizes behind the data', { descriptor: true }],
    ['with 64-bit sizes', { wide: true }],
  ])('are read %s', async (_, how) => {
    const archive = zip([{ name: 'a', data: 'aaaa', ...how }, { name: 'b', data: 'b' }]);
    expect((await read(archive)).files).toEqual([['a', 'aaaa'], ['b', 'b']]);
  });

  it('are read with a comment, and where the archive has 64-bit end records', async () => {
    expect((await read(zip(items({ a: 'a' }), { comment: 'made by hand' }))).files)
      .toEqual([['a', 'a']]);
    expect((await read(zip(items({ a: 'a' }), { wide: true }))).files).toEqual([['a', 'a']]);
  });

  it('are none in an empty archive', async () => {
    expect(await read(zip([]))).toEqual({ files: [], notes: [] });
  });

  it('are as many as a large archive has, larger than what is read at once', async () => {
    const data = Array.from({ length: 20_000 }, (_, at) => `${at * 7919 % 10_007}`).join(',');
    const names = Array.from({ length: 40 }, (_, at) => `${at}.json`);
    const archive = zip(names.map((name) => ({ name, data, stored: true })));
    expect(archive.length).toBeGreaterThan(1024 * 1024);
    expect((await read(archive)).files).toEqual(names.map((name) => [name, data]));
  });

  it.each([
    ['too large', { data: 'x'.repeat(LIMIT + 1) }, 'a: its 100001 bytes are more than 100000'],
    ['encrypted', { data: 'x', flags: 1 }, 'a: it is encrypted'],
    ['compressed in another way', { data: 'x', method: 14 }, 'a: its compression 14 is unknown'],
    [
      'of a compressed size that cannot be',
      { data: 'x', claimed: { compressed: 0x7fff_ffff } },
      'a: its 2147418111 bytes are more than 100000',
    ],
  ])('are noted and passed over where they are %s', async (_, item, note) => {
    const { files, notes } = await read(zip([{ name: 'a', ...item }, { name: 'b', data: 'b' }]));
    expect(files).toEqual([['b', 'b']]);
    expect(notes).toEqual([note]);
  });

  const good = zip(items(FILES));
  const miscounted = Buffer.from(good);
  miscounted.writeUInt16LE(2, good.length - 22 + 8);
  miscounted.writeUInt16LE(2, good.length - 22 + 10);
  const flipped = Buffer.from(zip([{ name: 'a', data: 'content', stored: true }]));
  flipped[33] = (flipped[33] ?? 0) ^ 1;

  it.each([
    ['cut off in the end record', good.subarray(0, -10)],
    ['cut off in the directory', good.subarray(0, -60)],
    ['cut off at its start', good.subarray(40)],
    ['empty', Buffer.alloc(0)],
    ['no archive', Buffer.from('{"id":"GO-1"}')],
    ['of more files than it counts', miscounted],
    ['damaged in a file', flipped],
    [
      'of a file that is larger than it says',
      zip([{ name: 'a', data: 'aa', claimed: { size: 1 } }]),
    ],
    [
      'of a file that is smaller than it says',
      zip([{ name: 'a', data: 'a', claimed: { size: 2 } }]),
    ],
    ['of a file beyond its end', zip([{ name: 'a', data: 'a', claimed: { offset: 1_000_000 } }])],
    ['of a file with a path out of it', zip([{ name: '../a', data: 'a' }])],
  ])('are malformed where it is %s', async (_, bytes) => {
    await expect(read(bytes)).rejects.toMatchObject({
      code: 'feed_malformed',
      message: expect.stringContaining("The feed's file all.zip cannot be read ("),
    });
  });

  it('are malformed where all files are the same bytes and together too much', async () => {
    const bomb = deflateRawSync(Buffer.alloc(LIMIT)).length;
    const one = zip([{ name: 'a', data: Buffer.alloc(LIMIT) }]);
    expect(bomb).toBeLessThan(1000);
    const local = one.subarray(0, one.indexOf('PK\x01\x02'));
    const central = one.subarray(local.length, -22);
    const count = 20_000;
    const end = Buffer.from(one.subarray(-22));
    end.writeUInt16LE(count, 8);
    end.writeUInt16LE(count, 10);
    end.writeUInt32LE(central.length * count, 12);
    const archive = Buffer.concat([local, ...Array.from({ length: count }, () => central), end]);
    await expect(read(archive)).rejects.toThrow('its files are more than 200 times larger');
  });

  it('end in files, notes or a malformed feed, whatever the bytes', async () => {
    const random = randomOf(20_260_822);
    const sample = zip([
      ...items(FILES),
      { name: 'stored', data: 'stored', stored: true },
      { name: 'wide', data: 'wide', wide: true },
    ], { comment: 'comment' });
    for (let time = 0; time < CASES; time++) {
      const bytes = mutatedBytes(sample, random);
      await read(bytes).catch((error: unknown) => {
        expect(error).toMatchObject({ code: 'feed_malformed' });
      });
    }
  });
});
