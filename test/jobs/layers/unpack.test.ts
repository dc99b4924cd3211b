/**
 * Unpacking of blobs, in the thread that reads them and in one beside it.
 *
 * @module
 */
import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { LayerError } from '../../../jobs/layers/index.ts';
import { INPUT_BYTES } from '../../../jobs/layers/ring.ts';
import { UnpackThread } from '../../../jobs/layers/unpack-thread.ts';
import { DirectUnpacker, type Unpacker } from '../../../jobs/layers/unpacker.ts';
import { Unpackers } from '../../../jobs/layers/unpackers.ts';
import { random } from './tars.ts';

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Everything that is unpacked of a blob in chunks of that size, and the digest. */
async function unpacked(unpacker: Unpacker, blob: Buffer, size: number) {
  const parts: Buffer[] = [];
  const sink = (output: Buffer) => void parts.push(Buffer.from(output));
  try {
    for (let at = 0; at < blob.length; at += size) {
      await unpacker.write(blob.subarray(at, at + size), sink);
    }
    return { digest: await unpacker.end(sink), bytes: Buffer.concat(parts) };
  } finally {
    unpacker.close();
  }
}

async function failureOf(unpacker: Unpacker, blob: Buffer): Promise<unknown> {
  return await unpacked(unpacker, blob, 50_000).then(() => undefined, (error: unknown) => error);
}

let thread: UnpackThread | undefined;
/** A thread for one blob after the other, as long as it is of use. */
function threaded(): Unpacker {
  if (thread?.isUsable !== true) thread = new UnpackThread();
  return thread.open();
}
afterAll(() => thread?.close());

const WAYS: readonly [string, () => Unpacker][] = [
  ['in the same thread', () => new DirectUnpacker()],
  ['in another thread', threaded],
];

/** Half of it cannot be compressed, the other half hardly takes any room. */
const content = Buffer.concat([
  Buffer.from(Array.from({ length: 700_000 }, random(7)).map((number) => number * 256)),
  Buffer.alloc(5_000_000, 'again and again '),
]);
const BLOBS: readonly [string, Buffer, Buffer][] = [
  ['gzip', gzipSync(content), content],
  [
    'gzip in members',
    Buffer.concat([gzipSync(content.subarray(0, 10)), gzipSync(content.subarray(10))]),
    content,
  ],
  ['zstd', zstdCompressSync(content), content],
  ['nothing', content, content],
  ['nothing, and nothing in it', Buffer.alloc(0), Buffer.alloc(0)],
  ['gzip of nothing', gzipSync(Buffer.alloc(0)), Buffer.alloc(0)],
  ['nothing, a piece long', content.subarray(0, INPUT_BYTES), content.subarray(0, INPUT_BYTES)],
];

describe.each(WAYS)('a blob unpacked %s', (_way, open) => {
  it.each(BLOBS)('compressed with %s', async (_kind, blob, expected) => {
    for (const size of [blob.length || 1, 65_536, 9_973]) {
      const { digest, bytes } = await unpacked(open(), blob, size);
      expect(bytes.equals(expected)).toBe(true);
      expect(digest).toBe(sha256(expected));
    }
  });

  it('fails where it is malformed, after all that came before', async () => {
    const blob = gzipSync(content);
    blob.fill(0xff, blob.length - 2000);
    const parts: Buffer[] = [];
    const unpacker = open();
    const sink = (output: Buffer) => void parts.push(Buffer.from(output));
    const reading = async () => {
      for (let at = 0; at < blob.length; at += 1000) {
        await unpacker.write(blob.subarray(at, at + 1000), sink);
      }
      await unpacker.end(sink);
    };
    await expect(reading()).rejects.toMatchObject({
      code: expect.stringMatching(/^layer_(?:malformed|truncated)$/),
    });
    unpacker.close();
    const before = Buffer.concat(parts);
    expect(before.length).toBeGreaterThan(700_000);
    expect(before.equals(content.subarray(0, before.length))).toBe(true);
  });

  it.each([
    ['layer_truncated', gzipSync(content).subarray(0, 600_000)],
    ['layer_malformed', Buffer.concat([gzipSync(content), Buffer.from('more')])],
    ['layer_unsupported_compression', Buffer.from('fd377a585a000000', 'hex')],
  ])('fails with %s', async (code, blob) => {
    const error = await failureOf(open(), blob);
    expect(error).toBeInstanceOf(LayerError);
    expect(error).toMatchObject({ code });
  });

  it('passes on what its sink throws, and the next one is unpacked all the same', async () => {
    const unpacker = open();
    const failing = () => {
      throw new Error('enough');
    };
    const blob = gzipSync(content);
    const reading = async () => {
      for (let at = 0; at < blob.length; at += 65_536) {
        await unpacker.write(blob.subarray(at, at + 65_536), failing);
      }
      await unpacker.end(failing);
    };
    await expect(reading()).rejects.toThrow('enough');
    unpacker.close();
    const { digest } = await unpacked(open(), blob, 65_536);
    expect(digest).toBe(sha256(content));
  });
});

describe('Unpackers', () => {
  it('start a thread for large blobs where there are processors for it', async () => {
    const large = 100_000_000;
    const alone = new Unpackers(1);
    expect(alone.open(large)).toBeInstanceOf(DirectUnpacker);
    const two = new Unpackers(2);
    expect(two.open(1000)).toBeInstanceOf(DirectUnpacker);
    const unpacker = two.open(large);
    expect(unpacker).not.toBeInstanceOf(DirectUnpacker);
    const { digest } = await unpacked(unpacker, gzipSync(content), 65_536);
    expect(digest).toBe(sha256(content));
    two.close();
  });
});
