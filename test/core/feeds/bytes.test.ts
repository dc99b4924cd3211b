import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { contentOf, textOf } from '../../../core/feeds/bytes.ts';
import { all, writtenFile } from './written.ts';

const TEXT = 'feed '.repeat(2000);

/** The text as the reference implementation of xz packs it. */
const XZ = Buffer.from(
  '/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj4CcPADFdADMZbMggt8EfuPADqRSlln25FKoNr49zmeOp6NUwnXujbeKaGtFNL8eL' +
    'unqHAs3OagAAAAAADEenUgoi1PMAAU2QTgAAAHHFXtqxxGf7AgAAAAAEWVo=',
  'base64',
);
/** The same with SHA-256 as its check. */
const XZ_SHA256 = Buffer.from(
  '/Td6WFoAAArh+wyhAgAhARYAAAB0L+Wj4CcPADFdADMZbMggt8EfuPADqRSlln25FKoNr49zmeOp6NUwnXujbeKaGtFNL8eL' +
    'unqHAs3OagAAAAAAByWhFq+jiiPcEDBfCmv36zpTgpdIERZnQwzvi1Pi+7QAAWWQTgAAACpCoTG26d8cAgAAAAAKWVo=',
  'base64',
);
/** A hundred zeros with a dictionary of 128 MiB. */
const XZ_LARGE_DICTIONARY = Buffer.from(
  '/Td6WFoAAATm1rRGAgAhAR4AAACbB1Fm4ABjAAZdAABuoEV4AAAAANpU80sOfGu8AAEiZEpW680ftvN9AQAAAAAEWVo=',
  'base64',
);

const PACKED: readonly (readonly [name: string, bytes: Buffer])[] = [
  ['gzip', gzipSync(TEXT)],
  ['xz', XZ],
];

async function contentText(bytes: Uint8Array | string): Promise<string> {
  return Buffer.concat(await all(contentOf(writtenFile('feed', bytes)))).toString();
}

describe('the content of a file', () => {
  it('is the file itself where nothing is compressed', async () => {
    expect(await contentText(TEXT)).toBe(TEXT);
    expect(await contentText('')).toBe('');
    expect(await contentText('\x1f')).toBe('\x1f');
  });

  it.each([...PACKED, ['zstd', zstdCompressSync(TEXT)] as const])(
    'is what %s holds, whatever the name says',
    async (_, bytes) => {
      expect(await contentText(bytes)).toBe(TEXT);
    },
  );

  it.each(PACKED)('is all of several pieces of %s in a row', async (_, bytes) => {
    expect(await contentText(Buffer.concat([bytes, bytes]))).toBe(TEXT + TEXT);
  });

  it.each(PACKED)('is malformed where %s is cut off anywhere', async (_, bytes) => {
    for (const length of [6, 12, Math.floor(bytes.length / 2), bytes.length - 1]) {
      await expect(contentText(bytes.subarray(0, length))).rejects.toMatchObject({
        code: 'feed_malformed',
        message: expect.stringContaining("The feed's file feed cannot be read ("),
      });
    }
  });

  it.each(PACKED)('is malformed where a byte of %s is another', async (_, bytes) => {
    const changed = Buffer.from(bytes);
    const place = bytes.length - 6;
    changed[place] = (changed[place] ?? 0) ^ 0xff;
    await expect(contentText(changed)).rejects.toMatchObject({ code: 'feed_malformed' });
  });

  it.each([
    ['a check that is not known', XZ_SHA256, 'its xz check or filter is of an unknown kind'],
    ['a large dictionary', XZ_LARGE_DICTIONARY, 'its xz dictionary is larger than 64 MiB'],
    ['nothing after its magic', XZ.subarray(0, 6), 'its xz data is damaged or cut off'],
  ])('is malformed where xz has %s', async (_, bytes, reason) => {
    await expect(contentText(bytes)).rejects.toThrow(reason);
  });

  it.each(PACKED)(
    'of %s can be left before its end, and what follows is read',
    async (_, bytes) => {
      const long = writtenFile('long', Buffer.concat(Array.from({ length: 200 }, () => bytes)));
      const broken = writtenFile('broken', bytes.subarray(0, -8));
      for (const file of [long, long, broken]) {
        for await (const chunk of contentOf(file)) {
          expect(chunk.length).toBeGreaterThan(0);
          break;
        }
      }
      await expect(all(contentOf(broken))).rejects.toMatchObject({ code: 'feed_malformed' });
      expect((await textOf(long, 2 * 1024 * 1024)).length).toBe(200 * TEXT.length);
    },
  );

  it.each(PACKED)('of %s is read by several at the same time', async (_, bytes) => {
    const file = writtenFile('feed', bytes);
    const texts = await Promise.all([1, 2, 3].map(() => textOf(file, TEXT.length)));
    expect(texts).toEqual([TEXT, TEXT, TEXT]);
  });
});

describe('the text of a file', () => {
  it('is decoded as UTF-8', async () => {
    expect(await textOf(writtenFile('feed', 'für'), 10)).toBe('für');
  });

  it('is malformed beyond its limit, compressed or not', async () => {
    const zeros = writtenFile('feed.gz', gzipSync(Buffer.alloc(10_000_000)));
    await expect(textOf(zeros, 1000)).rejects.toThrow('it has more than 1000 bytes');
    expect(await textOf(writtenFile('feed', TEXT), TEXT.length)).toBe(TEXT);
    await expect(textOf(writtenFile('feed', TEXT), TEXT.length - 1)).rejects.toMatchObject({
      code: 'feed_malformed',
      status: 502,
    });
  });
});
