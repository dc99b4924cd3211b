/**
 * Hostile tar archives and compressed streams: the archive's headers keep right checksums, so that
 * what was changed is read.
 *
 * @module
 */
import { Buffer } from 'node:buffer';
import { gunzipSync } from 'node:zlib';
import {
  type ComposedLayer,
  composeLayer,
  type Compression,
  digestOf,
  packTar,
} from 'oci-client/compose';
import { item, paxText, seal, tar } from '../layers/tars.ts';
import { mutatedBytes, NUMBERS, TOKENS } from './mutators.ts';
import type { Random } from './random.ts';

const BLOCK = 512;
const ENTRIES = [
  { path: 'etc/os-release', content: 'ID=alpine\nVERSION_ID=3.20\n' },
  { path: 'lib/apk/db/installed', content: 'P:musl\nV:1.2.5-r0\nA:x86_64\n\n' },
  { path: 'usr/lib/', type: 'directory' },
  { path: 'lib64', type: 'symlink', link: 'usr/lib' },
  { path: 'lib64/a', content: 'a'.repeat(700) },
  { path: 'b', type: 'hardlink', link: 'usr/lib/a' },
  { path: `long/${'n'.repeat(180)}`, content: 'x', uid: 3_000_000 },
  { path: 'dev/null', type: 'character', devmajor: 1, devminor: 3 },
  { path: 'etc/.wh.gone' },
  { path: 'var/.wh..wh..opq' },
] as const;

const SPARSE_MAP = '3\n0\n512\n1024\n512\n4096\n0\n'.padEnd(BLOCK, '\0');

/** One archive of each way of writing, with everything that readers treat apart. */
const ARCHIVES: readonly [Buffer, ...Buffer[]] = [
  packTar(ENTRIES),
  packTar(ENTRIES, { format: 'gnu' }),
  tar(
    item({ name: 'pax', type: 'x', data: paxText([['path', 'p/é'], ['size', '3'], ['uid', '7']]) }),
    { name: 'short', data: 'abc' },
    item({ name: 'pax', type: 'g', data: paxText([['path', 'all']]) }),
    item({
      name: 'pax',
      type: 'x',
      data: paxText([
        ['GNU.sparse.major', '1'],
        ['GNU.sparse.minor', '0'],
        ['GNU.sparse.name', 'sparse'],
        ['GNU.sparse.realsize', '4096'],
      ]),
    }),
    { name: 'GNUSparseFile.0/sparse', data: `${SPARSE_MAP}${'s'.repeat(1024)}` },
    item({ name: '././@LongLink', type: 'L', data: `${'d/'.repeat(90)}f\0` }),
    item({ name: '././@LongLink', type: 'K', data: `${'../'.repeat(60)}t\0` }),
    { name: 'link', type: '2', link: 'cut' },
    {
      name: 'old-sparse',
      type: 'S',
      magic: 'ustar  \0',
      data: 'y'.repeat(BLOCK),
      patch: (block) => {
        block.write('00000000000\x0000000001000\0', 386, 'latin1');
        block.write('00000004000\0', 483, 'latin1');
      },
    },
    { name: 'v7', magic: '\0\0\0\0\0\0\0\0', data: 'seven' },
    { name: 'odd', type: 'V' },
  ),
];

type Field = readonly [offset: number, length: number];

/** The fields of a header. */
const FIELDS: readonly [Field, ...Field[]] = [
  [0, 100],
  [100, 8],
  [108, 8],
  [116, 8],
  [124, 12],
  [124, 12],
  [136, 12],
  [156, 1],
  [156, 1],
  [157, 100],
  [257, 8],
  [329, 8],
  [345, 155],
  [386, 24],
  [482, 1],
  [483, 12],
];

const TYPES = ['0', '\0', '1', '2', '3', '4', '5', '6', '7', 'S', 'x', 'g', 'L', 'K', 'V'] as const;
const KEYWORDS = [
  'path',
  'linkpath',
  'size',
  'uid',
  'gid',
  'mtime',
  'hdrcharset',
  'SCHILY.xattr.user.a',
  'GNU.sparse.major',
  'GNU.sparse.minor',
  'GNU.sparse.name',
  'GNU.sparse.realsize',
  'GNU.sparse.size',
  'GNU.sparse.map',
  'GNU.sparse.offset',
  'GNU.sparse.numbytes',
  'GNU.sparse.numblocks',
  '',
] as const;
const VALUES = [
  '0',
  '1',
  '0,512',
  '1,0,1',
  '/etc/passwd',
  'a/../../b',
  'usr/lib/a',
  ...TOKENS,
] as const;

/** Where headers begin: blocks whose checksum is right. */
function headersIn(archive: Buffer): number[] {
  const found: number[] = [];
  for (let at = 0; at + BLOCK <= archive.length; at += BLOCK) {
    const block = Buffer.from(archive.subarray(at, at + BLOCK));
    const said = block.toString('latin1', 148, 156);
    if (block[0] !== 0 && seal(block).toString('latin1', 148, 156) === said) found.push(at);
  }
  return found;
}

function mutateHeader(block: Buffer, random: Random): void {
  const [start, length] = random.pick(FIELDS);
  const field = block.subarray(start, start + length);
  switch (random.below(5)) {
    case 0:
      field.fill(0);
      field.write(random.pick(NUMBERS).toString(8).padStart(length - 1, '0'), 'latin1');
      break;
    case 1:
      field.fill(random.pick([0, 0x20, 0x37, 0x80, 0xff]));
      break;
    case 2:
      field.fill(0);
      field.write(start === 156 ? random.pick(TYPES) : random.pick(TOKENS), 'latin1');
      break;
    case 3:
      field.fill(0);
      field.write(random.pick(['a', 'lib64', 'etc/.wh.x', './/..//', '.wh..wh.aufs']), 'latin1');
      break;
    default:
      field.writeUInt8(random.below(256), random.below(length));
  }
  seal(block);
}

/** A header that says more of the next, true or not. */
function strangeExtension(random: Random): Buffer {
  const type = random.pick(['x', 'x', 'x', 'g', 'L', 'K']);
  const records = random.several(0, 5, () => [random.pick(KEYWORDS), random.pick(VALUES)] as const);
  const text = type === 'L' || type === 'K' ? random.pick(VALUES) : paxText(records);
  const data = random.chance(0.2) ? mutatedBytes(Buffer.from(text), random) : Buffer.from(text);
  const size = random.chance(0.1) ? random.pick(NUMBERS) : data.length;
  return item({ name: 'pax', type, data, size });
}

/** An archive with headers changed, doubled, moved or dropped, and extensions put in. */
export function hostileTar(random: Random): Buffer {
  let archive = Buffer.from(random.pick(ARCHIVES));
  for (let left = random.below(3); left >= 0; left -= 1) {
    const headers = headersIn(archive);
    const at = headers[random.below(headers.length)] ?? 0;
    const other = headers[random.below(headers.length)] ?? 0;
    switch (random.below(7)) {
      case 0:
        archive = Buffer.concat([
          archive.subarray(0, at),
          strangeExtension(random),
          archive.subarray(at),
        ]);
        break;
      case 1:
        archive = Buffer.concat([archive.subarray(0, at), archive.subarray(other)]);
        break;
      case 2:
        archive = Buffer.concat([archive.subarray(0, at), archive.subarray(at + BLOCK)]);
        break;
      default:
        mutateHeader(archive.subarray(at, at + BLOCK), random);
    }
  }
  return random.chance(0.1) ? mutatedBytes(archive, random) : archive;
}

/** What a layer's blob decompresses to where it is gzip and whole. */
function unpacked(blob: Buffer): Buffer | undefined {
  try {
    return gunzipSync(blob, { maxOutputLength: 1024 * 1024 });
  } catch {
    return undefined;
  }
}

/** One bit changed among the fields of the stream's own beginning, or anywhere. */
function flipped(blob: Uint8Array, random: Random): Buffer {
  const bytes = Buffer.from(blob);
  const at = random.below(random.chance(0.5) ? 12 : bytes.length);
  bytes.writeUInt8((bytes[at] ?? 0) ^ (1 << random.below(8)), at);
  return bytes;
}

/** A layer whose compressed stream was changed, with the digests that fit it. */
export function hostileStream(random: Random): ComposedLayer {
  const compression = random.pick<Compression>(['gzip', 'gzip-members', 'zstd', 'none']);
  const layer = composeLayer({ tar: random.pick(ARCHIVES), compression });
  let blob = random.chance(0.5) ? flipped(layer.blob, random) : mutatedBytes(layer.blob, random);
  if (random.chance(0.2)) blob = Buffer.concat([layer.blob, blob]);
  const inner = compression === 'none' ? blob : unpacked(blob);
  return {
    blob,
    diffId: inner === undefined ? layer.diffId : digestOf(inner),
    descriptor: { ...layer.descriptor, digest: digestOf(blob), size: blob.length },
  };
}
