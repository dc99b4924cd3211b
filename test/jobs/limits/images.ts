/**
 * Layers and files that are made to cost much.
 *
 * @module
 */
import { Buffer } from 'node:buffer';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import type { TarEntry } from 'oci-client/compose';
import { zip } from '../formats/zips.ts';
import { item, paxText, tar } from '../layers/tars.ts';
import type { Pieces } from './streams.ts';

const MIB = 1024 * 1024;
const END = Buffer.alloc(1024);

const BLOCK = 512;
const CHECKSUM = 148;
/** Headers in one piece. */
const PIECE = 1000;
const NAMELESS = item({ name: '' });
const NAMELESS_SUM = Number.parseInt(NAMELESS.toString('latin1', CHECKSUM), 8);

/** An archive of empty files of short names; only the name differs from header to header. */
export function emptyFiles(count: number, nameOf: (index: number) => string): Pieces {
  return function* () {
    for (let start = 0; start < count; start += PIECE) {
      const piece = Buffer.alloc(Math.min(PIECE, count - start) * BLOCK);
      for (let at = 0; at < piece.length; at += BLOCK) {
        NAMELESS.copy(piece, at);
        const length = piece.write(nameOf(start + at / BLOCK), at, 'latin1');
        const sum = piece.subarray(at, at + length).reduce((all, byte) => all + byte, NAMELESS_SUM);
        piece.write(sum.toString(8).padStart(6, '0'), at + CHECKSUM, 'latin1');
      }
      yield piece;
    }
    yield END;
  };
}

/** As many empty files, a thousand in each folder. */
export function manyFiles(count: number): Pieces {
  return emptyFiles(count, (index) => `d${Math.floor(index / 1000)}/f${index % 1000}`);
}

/** One file of zeros, whose compressed mebibyte comes again and again. */
export function bomb(gibibytes: number, compression: 'gzip' | 'zstd'): Pieces {
  const compress = compression === 'gzip' ? gzipSync : zstdCompressSync;
  const size = paxText([['size', String(gibibytes * 1024 * MIB)]]);
  const start = [item({ name: 'pax', type: 'x', data: size }), item({ name: 'zeros' })];
  const head = compress(Buffer.concat(start));
  const mebibyte = compress(Buffer.alloc(MIB));
  return function* () {
    yield head;
    for (let left = gibibytes * 1024; left > 0; left -= 1) yield mebibyte;
  };
}

/** Jars inside one another, `depth` deep. */
export function deepJar(depth: number): Buffer {
  let inner = zip([{ name: 'META-INF/MANIFEST.MF', data: 'Implementation-Version: 1\n' }]);
  for (let level = 1; level < depth; level += 1) inner = zip([{ name: 'in.jar', data: inner }]);
  return inner;
}

/** Jars of jars of jars, `width` in each but the innermost. */
export function wideJar(width: number): Buffer {
  let inner = zip([]);
  for (let level = 0; level < 2; level += 1) {
    const data = inner;
    inner = zip(Array.from({ length: width }, (_, index) => ({ name: `${index}.jar`, data })));
  }
  return inner;
}

/** Projects of Maven that are a mebibyte of nothing each. */
export function inflatingJar(count: number): Buffer {
  const data = Buffer.alloc(MIB, ' ');
  return zip(
    Array.from({ length: count }, (_, index) => ({
      name: `META-INF/maven/g/a${index}/pom.properties`,
      data,
    })),
  );
}

/** Links that lead to each other in a chain; the last leads to the first where it is a circle. */
export function links(
  count: number,
  type: 'symlink' | 'hardlink',
  end: 'circle' | 'file',
): TarEntry[] {
  const target = { path: `l${count}`, content: 'x' };
  const chain = Array.from({ length: count }, (_, index): TarEntry => {
    const next = index + 1 === count && end === 'circle' ? 0 : index + 1;
    return { path: `l${index}`, type, link: `l${next}` };
  });
  return end === 'circle' ? chain : [target, ...chain];
}

/** Extended headers of a mebibyte each before one file, of records as short as they can be. */
export function manyExtensions(count: number): Pieces {
  const record = '5 a=\n';
  const data = record.repeat(Math.floor(MIB / record.length));
  const block = item({ name: 'pax', type: 'x', data });
  return function* () {
    for (let left = count; left > 0; left -= 1) yield block;
    yield tar({ name: 'f' });
  };
}

/** Packages of npm with licences of a mebibyte each. */
export function* wordyPackages(count: number): Generator<TarEntry> {
  for (let index = 0; index < count; index += 1) {
    const licenses = Array.from(
      { length: 1000 },
      (_, place) => `${index}.${place}`.padEnd(1000, 'x'),
    );
    const content = JSON.stringify({ name: `p${index}`, version: '1', licenses });
    yield { path: `node_modules/p${index}/package.json`, content };
  }
}
