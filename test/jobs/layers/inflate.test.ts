/**
 * Decompression of layers, on both ways.
 *
 * @module
 */
import { Buffer } from 'node:buffer';
import { constants, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import {
  type Compression,
  createInflater,
  detectCompression,
  type InflateMode,
} from '../../../jobs/layers/inflate.ts';
import { gunzipWorks, unzstdWorks } from '../../../jobs/layers/zlib-handle.ts';
import { codeOfAsync, mutate, random } from './tars.ts';

const SKIPPABLE = Buffer.from('5a2a4d18' + '03000000' + 'aabbcc', 'hex');
const EMPTY_SKIPPABLE = Buffer.from('502a4d18' + '00000000', 'hex');
const WAYS: readonly [Compression, InflateMode][] = [
  ['gzip', 'sync'],
  ['gzip', 'stream'],
  ['zstd', 'sync'],
  ['zstd', 'stream'],
];

function compress(kind: Compression, text: string): Buffer {
  if (kind === 'gzip') return gzipSync(text);
  // With checksums, as the tools that make layers write them.
  return zstdCompressSync(text, { params: { [constants.ZSTD_c_checksumFlag]: 1 } });
}

async function inflate(
  kind: Compression,
  chunks: readonly Uint8Array[],
  mode?: InflateMode,
): Promise<Buffer> {
  const parts: Buffer[] = [];
  const inflater = createInflater(kind, { mode });
  const sink = (output: Buffer): void => {
    parts.push(Buffer.from(output));
  };
  try {
    for (const chunk of chunks) await inflater.write(chunk, sink);
    await inflater.end(sink);
  } finally {
    inflater.close();
  }
  return Buffer.concat(parts);
}

describe('detectCompression', () => {
  it.each([
    ['1f8b08000000', 'gzip'],
    ['28b52ffd0000', 'zstd'],
    ['502a4d180000', 'zstd'],
    ['5f2a4d180000', 'zstd'],
    ['602a4d180000', 'none'],
    ['000000000000', 'none'],
    ['1f', 'none'],
    ['', 'none'],
    [Buffer.from('BZhang.txt').toString('hex'), 'none'],
  ])('tells %s to be %s', (hex, kind) => {
    expect(detectCompression(Buffer.from(hex, 'hex'))).toBe(kind);
  });

  it.each([['fd377a585a00'], ['425a68393141']])('refuses %s', (hex) => {
    expect(() => detectCompression(Buffer.from(hex, 'hex'))).toThrow(
      expect.objectContaining({ code: 'layer_unsupported_compression' }),
    );
  });
});

describe('the synchronous call', () => {
  it('is what this runtime has', () => {
    expect([gunzipWorks(), unzstdWorks()]).toEqual([true, true]);
  });
});

describe.each(WAYS)('%s, %s', (kind, mode) => {
  const sample = Buffer.concat([compress(kind, 'one and '), compress(kind, 'the other')]);

  it('reads two members that are split anywhere', async () => {
    for (let i = 0; i <= sample.length; i++) {
      const chunks = [sample.subarray(0, i), sample.subarray(i)];
      expect((await inflate(kind, chunks, mode)).toString()).toBe('one and the other');
    }
  });

  it('reads members byte by byte', async () => {
    const bytes = Array.from(sample, (byte) => Uint8Array.of(byte));
    expect((await inflate(kind, bytes, mode)).toString()).toBe('one and the other');
  });

  it.each([262_143, 262_144, 262_145, 524_288, 1_000_003])(
    'gives out all of %i bytes',
    async (size) => {
      const text = 'abcdefg'.repeat(size / 7 + 1).slice(0, size);
      const output = await inflate(kind, [compress(kind, text)], mode);
      expect(output.equals(Buffer.from(text))).toBe(true);
    },
  );

  it('gives out members one after the other when the first fills the output', async () => {
    const blob = Buffer.concat([compress(kind, 'x'.repeat(262_144)), compress(kind, 'yz')]);
    for (const cut of [blob.length, 1, blob.length - 12, blob.length - 30]) {
      const output = await inflate(kind, [blob.subarray(0, cut), blob.subarray(cut)], mode);
      expect(output.length).toBe(262_146);
      expect(output.toString('latin1', 262_143)).toBe('xyz');
    }
  });

  it('tells each truncation', async () => {
    const whole = compress(kind, 'some text that is cut off, some text that is cut off');
    for (let i = 1; i < whole.length; i++) {
      expect(await codeOfAsync(inflate(kind, [whole.subarray(0, i)], mode))).toBe(
        'layer_truncated',
      );
    }
  });

  it('tells a wrong checksum', async () => {
    const bytes = Buffer.from(compress(kind, 'content'));
    const at = kind === 'gzip' ? bytes.length - 6 : bytes.length - 1;
    bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
    expect(await codeOfAsync(inflate(kind, [bytes], mode))).toBe('layer_malformed');
  });

  it('tells other bytes after the last member', async () => {
    const bytes = Buffer.concat([sample, Buffer.from('other bytes')]);
    for (const cut of [0, sample.length, sample.length + 2]) {
      const chunks = [bytes.subarray(0, cut), bytes.subarray(cut)];
      expect(await codeOfAsync(inflate(kind, chunks, mode))).toBe('layer_malformed');
    }
  });

  it('passes an error of the sink on', async () => {
    const inflater = createInflater(kind, { mode });
    const failing = async (): Promise<void> => {
      await inflater.write(sample, () => {
        throw new RangeError('of the sink');
      });
    };
    await expect(failing()).rejects.toThrow('of the sink');
    inflater.close();
  });

  it('fails with nothing but a LayerError on changed input', async () => {
    const next = random(kind === 'gzip' ? 1 : 2);
    const whole = compress(kind, Array.from({ length: 400 }, (_, i) => `line ${i * i}`).join('\n'));
    for (let i = 0; i < 200; i++) {
      const code = await codeOfAsync(inflate(kind, [mutate(whole, next)], mode));
      expect(['none', 'layer_truncated', 'layer_malformed']).toContain(code);
    }
  });
});

describe.each<InflateMode>(['sync', 'stream'])('padding of gzip, %s', (mode) => {
  const member = gzipSync('content');

  it('is passed over when it is of zeros', async () => {
    for (const cut of [1, member.length, member.length + 3]) {
      const bytes = Buffer.concat([member, Buffer.alloc(700)]);
      const chunks = [bytes.subarray(0, cut), bytes.subarray(cut)];
      expect((await inflate('gzip', chunks, mode)).toString()).toBe('content');
    }
  });

  it('is refused when something follows the zeros', async () => {
    const bytes = Buffer.concat([member, Buffer.alloc(10), member]);
    for (const cut of [0, member.length, member.length + 5, member.length + 10]) {
      const chunks = [bytes.subarray(0, cut), bytes.subarray(cut)];
      expect(await codeOfAsync(inflate('gzip', chunks, mode))).toBe('layer_malformed');
    }
  });
});

describe.each<InflateMode>(['sync', 'stream'])('frames of zstd, %s', (mode) => {
  it('may be skippable, wherever they stand', async () => {
    const [a, b] = [zstdCompressSync('a'), zstdCompressSync('b')];
    const bytes = Buffer.concat([SKIPPABLE, a, EMPTY_SKIPPABLE, SKIPPABLE, b, SKIPPABLE]);
    for (let cut = 0; cut <= bytes.length; cut++) {
      const chunks = [bytes.subarray(0, cut), bytes.subarray(cut)];
      expect((await inflate('zstd', chunks, mode)).toString()).toBe('ab');
    }
  });

  it('must be complete, skippable ones too', async () => {
    const bytes = Buffer.concat([zstdCompressSync('a'), SKIPPABLE.subarray(0, -1)]);
    expect(await codeOfAsync(inflate('zstd', [bytes], mode))).toBe('layer_truncated');
  });
});

describe('no compression', () => {
  it('passes the bytes through', async () => {
    expect((await inflate('none', [Buffer.from('ab'), Buffer.from('c')])).toString()).toBe('abc');
  });
});
