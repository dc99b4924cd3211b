/**
 * The composer's archives: GNU tar reads back what was packed.
 *
 * @module
 */

import { Buffer } from 'node:buffer';
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, readlink, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import {
  ComposeError,
  packTar,
  type TarEntry,
  type TarFormat,
} from '../../../jobs/oci-client/compose/index.ts';

const FORMATS: readonly TarFormat[] = ['pax', 'gnu'];

let directory = '';

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'compose-'));
});

afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

function gnuTar(archive: Uint8Array, ...args: string[]): string {
  const options = ['-f', '-', '-C', directory, ...args];
  const env = { ...process.env, LC_ALL: 'C.UTF-8', TZ: 'UTC' };
  return execFileSync('tar', options, { input: archive, env, encoding: 'utf8' });
}

function list(entries: readonly TarEntry[], format: TarFormat): string[] {
  const args = ['-tv', '--numeric-owner', '--quoting-style=literal', '--full-time'];
  const lines = gnuTar(packTar(entries, { format }), ...args).trimEnd().split('\n');
  return lines.map((line) => line.replaceAll(/ +/g, ' '));
}

describe.each(FORMATS)('packTar in the format %s', (format) => {
  it.each<[string, TarEntry, string]>([
    ['a file', { path: 'a', content: 'xyz' }, '-rw-r--r-- 0/0 3 1970-01-01 00:00:00 a'],
    [
      'a directory without a closing slash',
      { path: 'd', type: 'directory' },
      'drwxr-xr-x 0/0 0 1970-01-01 00:00:00 d/',
    ],
    [
      'a symbolic link',
      { path: 's', type: 'symlink', link: '../t' },
      'lrwxrwxrwx 0/0 0 1970-01-01 00:00:00 s -> ../t',
    ],
    [
      'a hard link',
      { path: 'h', type: 'hardlink', link: 'a' },
      'hrw-r--r-- 0/0 0 1970-01-01 00:00:00 h link to a',
    ],
    [
      'a character device',
      { path: 'c', type: 'character', devmajor: 1, devminor: 3, mode: 0o666 },
      'crw-rw-rw- 0/0 1,3 1970-01-01 00:00:00 c',
    ],
    [
      'a block device',
      { path: 'b', type: 'block', devmajor: 8, devminor: 16 },
      'brw-r--r-- 0/0 8,16 1970-01-01 00:00:00 b',
    ],
    ['a fifo', { path: 'f', type: 'fifo' }, 'prw-r--r-- 0/0 0 1970-01-01 00:00:00 f'],
    [
      'a set-user-id file with an owner and a time',
      { path: 'su', mode: 0o4755, uid: 7, gid: 1000, mtime: 1_700_000_000 },
      '-rwsr-xr-x 7/1000 0 2023-11-14 22:13:20 su',
    ],
    [
      'the largest owner of octal digits',
      { path: 'o', uid: 0o7777777, gid: 0o7777777 },
      '-rw-r--r-- 2097151/2097151 0 1970-01-01 00:00:00 o',
    ],
    [
      'an owner beyond octal digits',
      { path: 'o', uid: 0o10000000, gid: 4_294_967_294 },
      '-rw-r--r-- 2097152/4294967294 0 1970-01-01 00:00:00 o',
    ],
    [
      'a time before 1970',
      { path: 't', mtime: -86_400 },
      '-rw-r--r-- 0/0 0 1969-12-31 00:00:00 t',
    ],
    [
      'a time beyond octal digits',
      { path: 't', mtime: 8 ** 11 },
      '-rw-r--r-- 0/0 0 2242-03-16 12:56:32 t',
    ],
    ['a name in UTF-8', { path: 'größe/日本' }, '-rw-r--r-- 0/0 0 1970-01-01 00:00:00 größe/日本'],
    [
      'a link target in UTF-8',
      { path: 's', type: 'symlink', link: 'größe' },
      'lrwxrwxrwx 0/0 0 1970-01-01 00:00:00 s -> größe',
    ],
  ])('writes %s as GNU tar lists it', (_, entry, line) => {
    expect(list([entry], format)).toEqual([line]);
  });

  const DEEP = `${'d'.repeat(60)}/`;
  it.each<[string, string]>([
    ['of 100 bytes, the most of one field', 'n'.repeat(100)],
    ['of 101 bytes without a slash', 'n'.repeat(101)],
    ['of 256 bytes, the most of both fields', `${'p'.repeat(155)}/${'n'.repeat(100)}`],
    ['of 257 bytes, one too many', `${'p'.repeat(156)}/${'n'.repeat(100)}`],
    ['whose last part is too long for its field', `a/${'n'.repeat(101)}`],
    ['of 1,000 bytes', `${DEEP.repeat(15)}${'n'.repeat(85)}`],
    ['of 300 bytes in UTF-8', 'ü'.repeat(150)],
  ])('keeps a name and a link target %s', (_, path) => {
    const listed = list([{ path }, { path: 'h', type: 'hardlink', link: path }], format);
    expect(listed).toEqual([
      `-rw-r--r-- 0/0 0 1970-01-01 00:00:00 ${path}`,
      `hrw-r--r-- 0/0 0 1970-01-01 00:00:00 h link to ${path}`,
    ]);
  });

  it.each([99, 100, 101, 155, 156, 256, 257])('keeps a directory of %i bytes', (length) => {
    const path = `${'d'.repeat(49)}/${'e'.repeat(length - 51)}/`;
    expect(list([{ path, type: 'directory' }], format)).toEqual([
      `drwxr-xr-x 0/0 0 1970-01-01 00:00:00 ${path}`,
    ]);
  });

  it('extracts to the same content, links and modes', async () => {
    const content = Buffer.from(Array.from({ length: 1500 }, (_, index) => index % 251));
    const entries: TarEntry[] = [
      { path: 'd', type: 'directory', mode: 0o750 },
      { path: 'd/binary', content, mode: 0o640, mtime: 1_700_000_000 },
      { path: 'd/block', content: content.subarray(0, 512) },
      { path: 'd/hard', type: 'hardlink', link: 'd/binary' },
      { path: 'd/soft', type: 'symlink', link: 'binary' },
      { path: `d/${'ä'.repeat(80)}`, content: 'größe' },
      { path: 'd/empty' },
    ];
    gnuTar(packTar(entries, { format }), '-x', '-p', '--no-same-owner');

    const at = (name: string) => join(directory, 'd', name);
    const { mode, ino, mtimeMs } = await stat(at('binary'));
    expect(await readFile(at('binary'))).toEqual(content);
    expect(await readFile(at('block'))).toEqual(content.subarray(0, 512));
    expect(await readFile(at('ä'.repeat(80)), 'utf8')).toBe('größe');
    expect((await readFile(at('empty'))).length).toBe(0);
    expect(await readlink(at('soft'))).toBe('binary');
    expect((await stat(at('hard'))).ino).toBe(ino);
    expect({ mode: mode & 0o777, mtimeMs }).toEqual({ mode: 0o640, mtimeMs: 1_700_000_000_000 });
    expect((await stat(join(directory, 'd'))).mode & 0o777).toBe(0o750);
  });

  it('ends with two zero blocks and gives equal bytes for equal entries', () => {
    const entries: TarEntry[] = [{ path: 'ü'.repeat(90), content: 'x', uid: 2 ** 30 }];
    const archive = packTar(entries, { format });
    expect(archive.length % 512).toBe(0);
    expect(archive.subarray(-1024).every((byte) => byte === 0)).toBe(true);
    expect(packTar(structuredClone(entries), { format }).equals(archive)).toBe(true);
    expect(packTar([], { format })).toEqual(Buffer.alloc(1024));
  });

  it.each<[string, TarEntry]>([
    ['a name with a NUL', { path: 'a\0b' }],
    ['a link target with a NUL', { path: 'a', type: 'symlink', link: 'a\0b' }],
    ['a link without a target', { path: 'a', type: 'hardlink' }],
    ['a file with a link target', { path: 'a', link: 'b' }],
    ['a directory with content', { path: 'a', type: 'directory', content: 'x' }],
    ['a negative owner', { path: 'a', uid: -1 }],
    ['a fractional owner', { path: 'a', gid: 1.5 }],
    ['a mode of too many digits', { path: 'a', mode: 0o10000000 }],
    ['a time that is no number', { path: 'a', mtime: NaN }],
    ['an infinite time', { path: 'a', mtime: Infinity }],
  ])('refuses %s', (_, entry) => {
    expect(() => packTar([entry], { format })).toThrow(ComposeError);
    expect(() => packTar([entry], { format })).toThrow(/^Tar entry ".*": .*\.$/s);
  });
});

describe('packTar', () => {
  it('needs no pax record for what ustar holds', () => {
    const path = `${'p'.repeat(155)}/${'n'.repeat(100)}`;
    expect(packTar([{ path, uid: 0o7777777, mtime: 8 ** 11 - 1 }]).length).toBe(3 * 512);
  });

  it.each<[string, TarEntry]>([
    ['15 uid=2097152\n', { path: 'a', uid: 0o10000000 }],
    ['12 mtime=-1\n', { path: 'a', mtime: -1 }],
    ['13 mtime=1.5\n', { path: 'a', mtime: 1.5 }],
    ['15 mtime=-0.25\n', { path: 'a', mtime: -0.25 }],
    ['11 path=ü\n', { path: 'ü' }],
    ['15 linkpath=ü\n', { path: 's', type: 'symlink', link: 'ü' }],
  ])('writes the pax record %j', (record, entry) => {
    const archive = packTar([entry]);
    const length = Buffer.byteLength(record);
    expect(archive.toString('latin1', 156, 157)).toBe('x');
    expect(archive.toString('utf8', 512, 512 + length)).toBe(record);
    expect(archive[512 + length]).toBe(0);
  });

  it.each([90, 91, 92, 989, 990, 991])(
    'counts the digits of the length of a record whose value has %i bytes',
    (size) => {
      const archive = packTar([{ path: 'é'.padEnd(size - 1, 'x') }]);
      const length = parseInt(archive.toString('latin1', 124, 135), 8);
      const record = archive.toString('latin1', 512, 512 + length);
      expect(record).toMatch(new RegExp(`^${length} path=`));
      expect(record.endsWith('x\n')).toBe(true);
    },
  );

  it('writes a device number beyond octal digits for GNU only', () => {
    const entry: TarEntry = { path: 'c', type: 'character', devmajor: 1, devminor: 0o10000000 };
    expect(list([entry], 'gnu')).toEqual(['crw-r--r-- 0/0 1,2097152 1970-01-01 00:00:00 c']);
    expect(() => packTar([entry])).toThrow(ComposeError);
  });
});
