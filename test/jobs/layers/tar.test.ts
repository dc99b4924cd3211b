/**
 * The tar parser, on what the system's tar writes and on what no writer would.
 *
 * @module
 */
import { Buffer } from 'node:buffer';
import {
  closeSync,
  ftruncateSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { binaryPath } from '../../../jobs/layers/path.ts';
import { codeOf, mutate, pax, paxText, random, readTar, systemTar, tar } from './tars.ts';

const directory = mkdtempSync(join(tmpdir(), 'layers-tar-'));
const LONG = `long/${'directory-'.repeat(9)}/${'n'.repeat(120)}`;
/** Fits the prefix of ustar, but not the name of V7. */
const PREFIXED = `${'p'.repeat(80)}/${'q'.repeat(80)}`;
mkdirSync(join(directory, 'tree/long', 'directory-'.repeat(9)), { recursive: true });
mkdirSync(join(directory, 'tree/short'));
mkdirSync(join(directory, 'tree', 'p'.repeat(80)), { recursive: true });
writeFileSync(join(directory, 'tree/short/file'), 'hello', { mode: 0o640 });
writeFileSync(join(directory, 'tree/short/empty'), '');
linkSync(join(directory, 'tree/short/file'), join(directory, 'tree/short/hard'));
symlinkSync('../short/file', join(directory, 'tree/short/soft'));
writeFileSync(join(directory, 'tree', LONG), 'x'.repeat(1000));
symlinkSync('t'.repeat(150), join(directory, 'tree/long/link'));
writeFileSync(join(directory, 'tree', PREFIXED), 'y'.repeat(512));
writeFileSync(join(directory, 'tree/ünï✓'), 'z');
mkdirSync(join(directory, 'sparse'));
const HOLES = 3_000_000;
writeFileSync(join(directory, 'sparse/holes'), 'start');
truncateSync(join(directory, 'sparse/holes'), HOLES);
afterAll(() => rmSync(directory, { recursive: true }));

/** Names of entries with their content or target. */
function summary(bytes: Buffer, chunk?: number): Record<string, string> {
  return Object.fromEntries(
    readTar(bytes, chunk).seen.map((one) => [one.path, one.link ?? one.content]),
  );
}

/** A base-256 field. */
function binary(value: bigint, length: number): Buffer {
  const field = Buffer.alloc(length, value < 0n ? 0xff : 0);
  field.writeBigInt64BE(value, length - 8);
  if (value >= 0n) field[0] = 0x80;
  return field;
}

describe('what the system tar writes', () => {
  const short = {
    'short': '',
    'short/empty': '',
    'short/file': 'hello',
    'short/hard': 'short/file',
    'short/soft': '../short/file',
  };
  const all = {
    ...short,
    '': '',
    'long': '',
    [`long/${'directory-'.repeat(9)}`]: '',
    [LONG]: 'x'.repeat(1000),
    'long/link': 't'.repeat(150),
    ['p'.repeat(80)]: '',
    [PREFIXED]: 'y'.repeat(512),
    [binaryPath('ünï✓')]: 'z',
  };
  const order = ['--sort=name'];

  it.each([
    ['v7', [...order, '--format=v7'], 'short', short],
    ['ustar', [...order, '--format=ustar'], 'short', short],
    ['ustar with a prefix', ['--format=ustar'], PREFIXED, { [PREFIXED]: 'y'.repeat(512) }],
    ['oldgnu', [...order, '--format=oldgnu'], '.', all],
    ['gnu', [...order, '--format=gnu'], '.', all],
    ['pax', [...order, '--format=pax'], '.', all],
  ])('is read in the format %s', (_format, options, what, expected) => {
    const bytes = systemTar(join(directory, 'tree'), options, what);
    for (const chunk of [bytes.length, 1, 511, 512, 513, 4099]) {
      expect(summary(bytes, chunk)).toEqual(expected);
    }
  });

  it('has mode, ids and size', () => {
    const options = ['--owner=:1234', '--group=:3000000', '--format=gnu', '--mode=4750'];
    const { seen } = readTar(systemTar(join(directory, 'tree'), options, 'short/file'));
    expect(seen).toEqual([{
      path: 'short/file',
      type: 'file',
      mode: 0o4750,
      uid: 1234,
      gid: 3_000_000,
      size: 5,
      holes: 0,
      link: undefined,
      content: 'hello',
    }]);
  });

  it.each([
    ['gnu'],
    ['oldgnu'],
    ['pax', '--sparse-version=0.0'],
    ['pax', '--sparse-version=0.1'],
    ['pax', '--sparse-version=1.0'],
  ])('is read with sparse files: %s %s', (format, ...version) => {
    const options = ['--sparse', '--hole-detection=raw', `--format=${format}`, ...version];
    const bytes = systemTar(join(directory, 'sparse'), options, 'holes');
    expect(bytes.length).toBeLessThan(100_000);
    for (const chunk of [bytes.length, 100, 1]) {
      const [holes] = readTar(bytes, chunk).seen;
      expect(holes).toMatchObject({ path: 'holes', size: HOLES, type: 'file' });
      expect(holes?.holes).toBeGreaterThan(HOLES - 50_000);
      expect(holes?.content.length).toBe(HOLES);
      expect(holes?.content.startsWith('start\0')).toBe(true);
    }
  });

  it('is read with sparse files of many segments', () => {
    const content = Buffer.alloc(200 * 8192);
    const file = openSync(join(directory, 'sparse/parts'), 'w');
    for (let i = 0; i < 200; i++) {
      content.write(`part ${i}`, i * 8192);
      const part = Buffer.from(`part ${i}`);
      writeSync(file, part, 0, part.length, i * 8192);
    }
    ftruncateSync(file, content.length);
    closeSync(file);
    const formats = [['--format=gnu'], ['--format=pax'], ['--format=pax', '--sparse-version=0.1']];
    for (const format of formats) {
      const options = ['--sparse', '--hole-detection=raw', ...format];
      const bytes = systemTar(join(directory, 'sparse'), options, 'parts');
      const [parts] = readTar(bytes, 700).seen;
      expect(parts?.content === content.toString('latin1')).toBe(true);
      expect(parts?.holes).toBeGreaterThan(500_000);
    }
  });
});

describe('headers', () => {
  it.each([
    ['file', '0'],
    ['file', '\0'],
    ['file', '7'],
    ['hardlink', '1'],
    ['symlink', '2'],
    ['character', '3'],
    ['block', '4'],
    ['directory', '5'],
    ['fifo', '6'],
  ])('are of the type %s', (type, flag) => {
    expect(readTar(tar({ name: 'a', type: flag })).seen[0]?.type).toBe(type);
  });

  it('are of a directory in old archives if the name ends with a slash', () => {
    const { seen } = readTar(tar({ name: 'a/', type: '\0' }, { name: 'b/', type: '0' }));
    expect(seen.map((one) => [one.path, one.type])).toEqual([['a', 'directory'], ['b', 'file']]);
  });

  it('of unknown types are dropped with their data', () => {
    const { seen, dropped } = readTar(tar({ name: 'v', type: 'V', data: 'v' }, { name: 'a' }));
    expect(seen.map((one) => one.path)).toEqual(['a']);
    expect(dropped).toEqual(['v']);
  });

  it.each(['1', '2', '3', '4', '5', '6'])('of type %s have no data whatever they say', (type) => {
    const bytes = tar({ name: 'a', type, size: 5000, link: 'x' }, { name: 'b', data: 'b' });
    expect(readTar(bytes).seen.map((one) => [one.path, one.size])).toEqual([['a', 0], ['b', 1]]);
  });

  it('may have a signed checksum', () => {
    const bytes = tar({ name: 'ä' });
    const signed = bytes.subarray(0, 512).reduce((sum, byte, i) => {
      if (i >= 148 && i < 156) return sum + 0x20;
      return sum + (byte > 127 ? byte - 256 : byte);
    }, 0);
    bytes.write(`${signed.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
    expect(readTar(bytes).seen[0]?.path).toBe(binaryPath('ä'));
  });

  it.each<[string, string, number]>([
    ['0000017\0', 'octal', 15],
    ['     17 ', 'with spaces', 15],
    ['\0\0\x0017\0\0\0', 'with NULs', 15],
    ['17\x0099999', 'ended by a NUL', 15],
    ['\0\0\0\0\0\0\0\0', 'empty', 0],
  ])('read the number %j: %s', (text, _what, value) => {
    const patch = (block: Buffer): void => {
      block.write(text, 108, 'latin1');
    };
    expect(readTar(tar({ name: 'a', patch })).seen[0]?.uid).toBe(value);
  });

  it.each([[2n ** 31n], [2n ** 50n], [0n], [-2n]])('read the binary number %i', (value) => {
    const patch = (block: Buffer): void => {
      binary(value, 8).copy(block, 108);
    };
    expect(readTar(tar({ name: 'a', patch })).seen[0]?.uid).toBe(Number(value));
  });

  it('without a prefix in GNU form, whatever stands there', () => {
    const { seen } = readTar(tar({ name: 'a', magic: 'ustar  \0', prefix: 'not a prefix' }));
    expect(seen[0]?.path).toBe('a');
  });
});

describe('malformed archives', () => {
  const patched = (patch: (block: Buffer) => void): Buffer => tar({ name: 'a', patch });
  const broken = tar({ name: 'a' });
  broken[0] = 0x62;

  it.each<[string, Buffer]>([
    ['a wrong checksum', broken],
    ['text', Buffer.alloc(2048, 'not an archive ')],
    ['odd digits in the size', patched((block) => block.write('0000009', 124, 'latin1'))],
    ['a negative size', patched((block) => binary(-5n, 12).copy(block, 124))],
    ['a size beyond 2^53', patched((block) => binary(2n ** 60n, 12).copy(block, 124))],
    ['a size beyond 2^64', patched((block) => block.fill(0xbf, 124, 136))],
    ['half an end mark', Buffer.concat([Buffer.alloc(512), tar({ name: 'a' })])],
    ['an old sparse file in ustar form', tar({ name: 'a', type: 'S' })],
    ['a path above 4096 bytes', tar(pax({ path: 'a/'.repeat(2049) }), { name: 'a' })],
  ])('are refused: %s', (_what, bytes) => {
    expect(codeOf(() => readTar(bytes))).toBe('layer_malformed');
    expect(codeOf(() => readTar(bytes, 7))).toBe('layer_malformed');
  });

  it('may lack the end mark or the last padding, but nothing else', () => {
    const bytes = tar(pax({ path: 'b' }), { name: 'a', data: 'content' });
    const extensionEnd = 512 + paxText([['path', 'b']]).length;
    for (let cut = 0; cut <= 2048; cut++) {
      const clean = cut === 0 || (cut >= extensionEnd && cut <= 1024) || cut >= 1536 + 7;
      const code = codeOf(() => readTar(bytes.subarray(0, cut)));
      expect(`${cut} ${code}`).toBe(`${cut} ${clean ? 'none' : 'layer_truncated'}`);
    }
  });

  it('may have anything after their end mark', () => {
    const bytes = Buffer.concat([tar({ name: 'a' }), Buffer.alloc(5000, 'junk')]);
    expect(readTar(bytes, 100).seen.map((one) => one.path)).toEqual(['a']);
  });

  it('fail with nothing but a LayerError when valid ones are changed', () => {
    const next = random(7);
    const options = ['--sparse', '--hole-detection=raw', '--sort=name'];
    const samples = ['gnu', 'pax'].map((format) =>
      systemTar(join(directory, 'tree'), [...options, `--format=${format}`])
    );
    const map = tar(pax({ 'GNU.sparse.map': '0,4', 'GNU.sparse.numblocks': '1' }), {
      name: 'a',
      data: 'abcd',
    });
    const codes = new Set<string>();
    for (let i = 0; i < 600; i++) {
      const sample = [...samples, map][i % 3] ?? map;
      const bytes = mutate(sample, next);
      // Half of the changes would only ever be told by the checksum.
      if (next() < 0.5) reseal(bytes);
      codes.add(codeOf(() => readTar(bytes, 1 + Math.floor(next() * 3000))));
    }
    expect([...codes].sort()).toEqual(['layer_malformed', 'layer_truncated', 'none']);
  });
});

/** Makes the checksum of each block that has one right again. */
function reseal(bytes: Buffer): void {
  for (let at = 0; at + 512 <= bytes.length; at += 512) {
    const block = bytes.subarray(at, at + 512);
    if (block.toString('latin1', 257, 262) !== 'ustar') continue;
    block.fill(' ', 148, 156);
    const sum = block.reduce((total, byte) => total + byte, 0);
    block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  }
}
