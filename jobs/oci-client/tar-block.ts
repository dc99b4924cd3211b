/**
 * The header block of a tar archive, as far as an index of its files needs it (POSIX.1-2024 `pax`,
 * "ustar Interchange Format", and GNU's base-256 numbers), read as container tools read it.
 *
 * @module
 */

import type { Buffer } from 'node:buffer';

/** Bytes of a block: headers and contents begin on its multiples. */
export const BLOCK_BYTES = 512;

const CHECKSUM_START = 148;
const CHECKSUM_END = 156;
const SPACE = 0x20;

/** Thrown for an archive that is damaged or that cannot be served from; its message is a clause. */
export class TarError extends Error {
  override readonly name = 'TarError';
}

/** Fields of a header; texts are binary strings, with one character for each byte. */
export interface TarBlock {
  readonly name: string;
  readonly link: string;
  /** The type flag's character. */
  readonly type: string;
  readonly size: number;
}

/**
 * Reads a header block; undefined for one of zeros, which is half of an end mark.
 *
 * @throws {TarError}
 */
export function readTarBlock(block: Buffer): TarBlock | undefined {
  if (block.every((byte) => byte === 0)) return undefined;
  checkSum(block);
  const name = textAt(block, 0, 100);
  const prefix = prefixOf(block);
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    link: textAt(block, 157, 100),
    type: String.fromCharCode(block[156] ?? 0),
    size: numberAt(block, 124, 12),
  };
}

/** Bytes from a content of `size` bytes to the end of its last block. */
export function paddedBytes(size: number): number {
  return Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES;
}

/** A number of decimal digits alone, as extended headers have them. @throws {TarError} */
export function decimalOf(text: string): number {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(value)) return value;
  throw new TarError('a number in an extended header is invalid');
}

function prefixOf(block: Buffer): string {
  // GNU's magic ends with a space, and its headers have other things there.
  if (block.toString('latin1', 257, 263) !== 'ustar\0') return '';
  const isStar = block.toString('latin1', 508, 512) === 'tar\0';
  return textAt(block, 345, isStar ? 131 : 155);
}

/** The sum is of the block with spaces in its own place; some writers added signed bytes. */
function checkSum(block: Buffer): void {
  const expected = octalAt(block, CHECKSUM_START, CHECKSUM_END - CHECKSUM_START);
  let unsigned = 0;
  let signed = 0;
  for (const [at, stored] of block.entries()) {
    const byte = at >= CHECKSUM_START && at < CHECKSUM_END ? SPACE : stored;
    unsigned += byte;
    signed += byte > 127 ? byte - 256 : byte;
  }
  if (expected === unsigned || expected === signed) return;
  throw new TarError('the checksum of a header is wrong');
}

/** A text that ends at its first NUL or with its field. */
function textAt(block: Buffer, start: number, length: number): string {
  const text = block.toString('latin1', start, start + length);
  const nul = text.indexOf('\0');
  return nul < 0 ? text : text.slice(0, nul);
}

/** An octal number, or a binary one where the field's first bit is set. */
function numberAt(block: Buffer, start: number, length: number): number {
  const first = block[start] ?? 0;
  if ((first & 0x80) === 0) return octalAt(block, start, length);
  // The next bit is the sign.
  if ((first & 0x40) !== 0) throw new TarError('a size is negative');
  let value = first & 0x3f;
  for (let at = start + 1; at < start + length; at += 1) value = value * 256 + (block[at] ?? 0);
  if (Number.isSafeInteger(value)) return value;
  throw new TarError('a size is larger than any file');
}

/** Octal digits with spaces and NULs around them; an empty field is 0. */
function octalAt(block: Buffer, start: number, length: number): number {
  const field = block.toString('latin1', start, start + length);
  const [, digits] = /^[ \0]*([0-7]*)(?:[ \0]|$)/.exec(field) ?? [];
  if (digits === undefined) throw new TarError('a number in a header has odd digits');
  return digits === '' ? 0 : Number.parseInt(digits, 8);
}
