import { zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { contentOf } from '../../../core/feeds/bytes.ts';
import { ZstdFrames } from '../../../core/feeds/zstd-frames.ts';
import { fileWith } from '../../support/feed-folders.ts';

const TEXT = Array.from({ length: 60_000 }, (_, at) => `line ${at * 7919 % 10_007}\n`).join('');
const FRAME = zstdCompressSync(TEXT);
const SMALL = zstdCompressSync('small');
/** A skippable frame (RFC 8878, 3.1.2) with four bytes of somebody's own. */
const SKIPPABLE = Buffer.from('502a4d1804000000deadbeef', 'hex');

function isWhole(bytes: Uint8Array, chunk: number): boolean {
  const frames = new ZstdFrames();
  for (let at = 0; at < bytes.length; at += chunk) frames.push(bytes.subarray(at, at + chunk));
  return frames.isWhole;
}

describe('a Zstandard stream', () => {
  it.each([1, 3, 1000, 1_000_000])('is whole, read in pieces of %i bytes', (chunk) => {
    for (const bytes of [FRAME, SMALL, SKIPPABLE, Buffer.concat([SMALL, SKIPPABLE, FRAME])]) {
      expect(isWhole(bytes, chunk)).toBe(true);
    }
  });

  it('is not whole wherever it is cut off', () => {
    const cuts = Array.from({ length: 200 }, (_, at) => 1 + at * (FRAME.length - 2) / 199 | 0);
    expect(cuts.filter((cut) => isWhole(FRAME.subarray(0, cut), 1000))).toEqual([]);
    for (let cut = 1; cut < SMALL.length; cut += 1) {
      expect(isWhole(SMALL.subarray(0, cut), 7)).toBe(false);
    }
    expect(isWhole(SKIPPABLE.subarray(0, 10), 7)).toBe(false);
  });

  it('is not whole with something else behind it', () => {
    expect(isWhole(Buffer.concat([SMALL, Buffer.from('else')]), 5)).toBe(false);
  });
});

describe('the content of a compressed file', () => {
  async function textOf(bytes: Uint8Array): Promise<string> {
    const { single } = fileWith('file.zst', bytes);
    if (single === undefined) throw new Error('there is no file');
    const chunks: Uint8Array[] = [];
    for await (const chunk of contentOf(single)) chunks.push(chunk);
    return Buffer.concat(chunks).toString('utf8');
  }

  it('is what was compressed', async () => {
    expect(await textOf(FRAME)).toBe(TEXT);
  });

  it.each([1, 4, 500])('fails without its last %i bytes', async (missing) => {
    await expect(textOf(FRAME.subarray(0, -missing))).rejects
      .toMatchObject({ code: 'feed_malformed' });
  });
});
