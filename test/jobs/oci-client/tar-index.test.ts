/**
 * The index of tar archives: forms of names, and archives that are damaged.
 *
 * @module
 */
import { packTar, type TarEntry } from 'oci-client/compose';
import { describe, expect, it } from 'vitest';
import { TarError } from '../../../jobs/oci-client/tar-block.ts';
import { indexTar, type TarIndex } from '../../../jobs/oci-client/tar-index.ts';

/** Indexes bytes; each read is of its own memory and ends with the archive. */
function index(tar: Uint8Array, onHeader: () => void = () => {}): Promise<TarIndex> {
  const read = (offset: number, length: number) =>
    Promise.resolve(Buffer.from(tar.slice(offset, offset + length)));
  return indexTar({ size: tar.length, read }, onHeader);
}

/** Gives the first header the right checksum again. */
function summed(tar: Buffer, at = 0): Buffer {
  tar.fill(' ', at + 148, at + 156);
  const sum = tar.subarray(at, at + 512).reduce((total, byte) => total + byte, 0);
  tar.write(`${sum.toString(8).padStart(6, '0')}\0 `, at + 148, 'latin1');
  return tar;
}

/** A file whose header was changed. */
function changed(change: (tar: Buffer) => void, content = 'content'): Buffer {
  const tar = packTar([{ path: 'file', content }, { path: 'after', content: 'x' }]);
  change(tar);
  return summed(tar);
}

/** An extended header of some type before a file. */
function extension(type: string, content: string): Buffer {
  const head = packTar([{ path: 'PaxHeaders/file', content }]).subarray(0, -1024);
  head.write(type, 156, 'latin1');
  return Buffer.concat([summed(head), packTar([{ path: 'file', content: 'content' }])]);
}

const LONG = `${'long/'.repeat(60)}name`;
const UMLAUT = 'ordner/größe';

describe('indexTar', () => {
  it.each(['pax', 'gnu'] as const)('finds files by names of all lengths in %s', async (format) => {
    const paths = ['a', 'folder/b', `${'p'.repeat(90)}/${'n'.repeat(90)}`, LONG, UMLAUT];
    const tar = packTar(
      paths.map((path, at): TarEntry => ({ path, content: `${at}`.repeat(at * 600) })),
      { format },
    );
    const members = await index(tar);
    expect([...members.keys()]).toEqual(paths);
    paths.forEach((path, at) => {
      const member = members.get(path);
      if (member?.kind !== 'file') throw new Error(`${path} is no file`);
      expect(tar.subarray(member.offset, member.offset + member.size).toString())
        .toBe(`${at}`.repeat(at * 600));
    });
  });

  it('tells kinds apart, cleans paths, and lets the last of a name win', async () => {
    const members = await index(packTar([
      { path: './', type: 'directory' },
      { path: './/a/./b', content: '1' },
      { path: 'a/b', content: '22' },
      { path: '/c', type: 'symlink', link: '../x' },
      { path: 'd', type: 'hardlink', link: LONG },
      { path: 'e', type: 'fifo' },
      { path: 'f', type: 'directory' },
    ]));
    expect(Object.fromEntries(members)).toEqual({
      'a/b': { kind: 'file', offset: expect.any(Number) as number, size: 2 },
      c: { kind: 'symlink', target: '../x' },
      d: { kind: 'hardlink', target: LONG },
      e: { kind: 'other' },
      f: { kind: 'other' },
    });
  });

  it.each<[string, Buffer, string]>([
    [
      'a size in base 256',
      changed((tar) => tar.write('\x80\0\0\0\0\0\0\0\0\0\0\x07', 124, 'latin1')),
      'file',
    ],
    ['a size between spaces', changed((tar) => tar.write('     7 \0    ', 124, 'latin1')), 'file'],
    ['a name of a pax record', extension('x', '17 path=otherone\n'), 'otherone'],
    ['a size of a pax record', extension('x', '9 size=7\n'), 'file'],
    ['a binary value of another record', extension('x', '11 a.b=\0\xff\n'), 'file'],
    ['a global name, which counts for nothing', extension('g', '17 path=otherone\n'), 'file'],
    ['a long name that ends at its NUL', extension('L', 'longname\0rest'), 'longname'],
    ['the checksum of signed bytes', signedSum(), 'f\u{fffd}le'],
    ['no end mark', packTar([{ path: 'file', content: 'content' }]).subarray(0, 1024), 'file'],
    [
      'an end without padding',
      packTar([{ path: 'file', content: 'content' }]).subarray(0, 519),
      'file',
    ],
  ])('reads a file with %s', async (_, tar, name) => {
    expect((await index(tar)).get(name)).toMatchObject({ kind: 'file', size: 7 });
  });

  const damaged: [string, Uint8Array, RegExp][] = [
    ['text', Buffer.from('no archive '.repeat(100)), /odd digits|checksum/],
    ['half a header', packTar([{ path: 'a' }]).subarray(0, 300), /middle of a header/],
    ['half a file', packTar([{ path: 'a', content: 'a'.repeat(900) }]).subarray(0, 700), /middle/],
    ['a wrong checksum', flipped(), /checksum/],
    [
      'a size beyond the end',
      changed((tar) => tar.write('77777777777\0', 124, 'latin1')),
      /middle of a file/,
    ],
    ['a size beyond numbers', changed((tar) => tar.fill(0xbf, 124, 136)), /larger than any file/],
    ['a negative size', changed((tar) => tar.fill(0xff, 124, 136)), /negative/],
    [
      'a size that is none',
      changed((tar) => tar.write('000000000z7\0', 124, 'latin1')),
      /odd digits/,
    ],
    ['a pax size that is none', extension('x', '11 size=-7\n'), /number in an extended/],
    ['a pax size beyond the end', extension('x', '15 size=999999\n'), /middle of a file/],
    ['a record without a length', extension('x', 'path=x\n'), /extended header/],
    ['a record of length 0', extension('x', '0 path=x\n'), /extended header/],
    ['a record that is too long', extension('x', '99 path=x\n'), /extended header/],
    ['a record without a keyword', extension('x', '5 =x\n'), /extended header/],
    ['a path with a NUL', extension('x', '12 path=a\0b\n'), /extended header/],
    ['a sparse file of pax', extension('x', '22 GNU.sparse.major=1\n'), /sparse/],
    ['a sparse file of GNU', changed((tar) => tar.write('S', 156, 'latin1')), /sparse/],
    ['a path that leads out', packTar([{ path: 'a/../../b' }]), /leads out/],
    ['an absolute path that leads out', packTar([{ path: '/../b' }]), /leads out/],
    ['a path that is too long', packTar([{ path: 'p/'.repeat(3000) }]), /too long/],
    [
      'half an end mark in the middle',
      Buffer.concat([Buffer.alloc(512), packTar([{ path: 'a' }])]),
      /end mark/,
    ],
    [
      'too many headers',
      Buffer.concat(
        Array.from({ length: 65_537 }, () => packTar([{ path: 'a' }]).subarray(0, 512)),
      ),
      /headers/,
    ],
    ['names that are too many bytes', extension('x', 'x'.repeat(17 * 1024 * 1024)), /names/],
  ];

  it.each(damaged)('refuses an archive with %s', async (_, tar, message) => {
    const error: unknown = await index(tar).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(TarError);
    expect(error).toMatchObject({ message: expect.stringMatching(message) as string });
  });

  it('stops where it is told to before a header', async () => {
    let headers = 0;
    const tar = packTar([{ path: 'a' }, { path: 'b' }, { path: 'c' }]);
    const stopped = index(tar, () => {
      headers += 1;
      if (headers === 2) throw new Error('stop');
    });
    await expect(stopped).rejects.toThrow('stop');
  });
});

function flipped(): Buffer {
  const tar = packTar([{ path: 'a', content: 'a' }]);
  tar[0] = 0x62;
  return tar;
}

/** A name with a byte above 127, which old writers added as a negative one. */
function signedSum(): Buffer {
  const tar = packTar([{ path: 'file', content: 'content' }]);
  tar[1] = 0xe9;
  tar.fill(' ', 148, 156);
  const sum = tar.subarray(0, 512).reduce(
    (total, byte) => total + (byte > 127 ? byte - 256 : byte),
    0,
  );
  tar.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return tar;
}
