/**
 * The 512-byte header block of tar: V7, ustar, star and GNU forms.
 *
 * @module
 */
import { Buffer } from 'node:buffer';
import { malformed, readNumber, readOctal, readString } from './tar-numbers.ts';

export const BLOCK_BYTES = 512;

const CHECKSUM_START = 148;
const CHECKSUM_BYTES = 8;
const SPACE = 0x20;

/** Fields of a header block as they stand there. */
export interface TarBlock {
  name: string;
  linkName: string;
  /** The type flag's character. */
  type: string;
  mode: number;
  uid: number;
  gid: number;
  size: number;
  /** Only GNU's form has old sparse maps. */
  readonly gnu: boolean;
}

/** The sum of a block's bytes; 0 means that all are zero. */
export function sumBlock(buffer: Buffer, offset: number): number {
  const start = buffer.byteOffset + offset;
  if (start % 4 === 0) return sumWords(wordsOf(buffer.buffer), start / 4);
  buffer.copy(aligned, 0, offset, offset + BLOCK_BYTES);
  return sumWords(alignedWords, 0);
}

const aligned = Buffer.from(new ArrayBuffer(BLOCK_BYTES));
const alignedWords = new Uint32Array(aligned.buffer);
/** Archives come in the same output buffer again and again. */
let lastBuffer: ArrayBufferLike = aligned.buffer;
let lastWords: Uint32Array = alignedWords;

function wordsOf(buffer: ArrayBufferLike): Uint32Array {
  if (buffer === lastBuffer) return lastWords;
  lastWords = new Uint32Array(buffer, 0, Math.floor(buffer.byteLength / 4));
  lastBuffer = buffer;
  return lastWords;
}

/** Adds two pairs of bytes at a time: 256 bytes in each half stay below 2^16. */
function sumWords(words: Uint32Array, start: number): number {
  let sum = 0;
  for (let i = start; i < start + BLOCK_BYTES / 4; i++) {
    const word = words[i] ?? 0;
    sum += (word & 0x00ff00ff) + ((word >>> 8) & 0x00ff00ff);
  }
  return (sum & 0xffff) + (sum >>> 16);
}

/** Reads a header block whose bytes add up to `sum`. Throws `layer_malformed`. */
export function readBlock(buffer: Buffer, offset: number, sum: number): TarBlock {
  checkSum(buffer, offset, sum);
  const magic = buffer.toString('latin1', offset + 257, offset + 265);
  const gnu = magic === 'ustar  \0';
  const name = readString(buffer, offset, 100);
  const prefix = readPrefix(buffer, offset, magic);
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    linkName: readString(buffer, offset + 157, 100),
    type: String.fromCharCode(buffer[offset + 156] ?? 0),
    mode: readNumber(buffer, offset + 100, 8),
    uid: readNumber(buffer, offset + 108, 8),
    gid: readNumber(buffer, offset + 116, 8),
    size: readNumber(buffer, offset + 124, 12),
    gnu,
  };
}

function readPrefix(buffer: Buffer, offset: number, magic: string): string {
  if (!magic.startsWith('ustar\0')) return '';
  const star = buffer.toString('latin1', offset + 508, offset + 512) === 'tar\0';
  return readString(buffer, offset + 345, star ? 131 : 155);
}

/** The checksum is of the block with spaces in its own place; some writers added signed bytes. */
function checkSum(buffer: Buffer, offset: number, sum: number): void {
  const expected = readOctal(buffer, offset + CHECKSUM_START, CHECKSUM_BYTES);
  let unsigned = sum + CHECKSUM_BYTES * SPACE;
  for (let i = 0; i < CHECKSUM_BYTES; i++) unsigned -= buffer[offset + CHECKSUM_START + i] ?? 0;
  if (unsigned === expected) return;
  let signed = CHECKSUM_BYTES * SPACE;
  for (let i = 0; i < BLOCK_BYTES; i++) {
    if (i < CHECKSUM_START || i >= CHECKSUM_START + CHECKSUM_BYTES) {
      signed += buffer.readInt8(offset + i);
    }
  }
  if (signed !== expected) throw malformed('the checksum of a header is wrong');
}
