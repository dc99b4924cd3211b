/**
 * The header block of tar: ustar's layout as POSIX.1-2008 gives it in "pax", with the magic and the
 * base-256 numbers of GNU tar where that format is asked for.
 *
 * @module
 */

import { Buffer } from 'node:buffer';

/** How fields that do not fit a ustar header are written. */
export type TarFormat = 'pax' | 'gnu';

/** One header block before it is encoded. Text fields are already cut to their width. */
export interface Header {
  readonly name: Uint8Array;
  readonly prefix: Uint8Array;
  readonly typeflag: string;
  readonly link: Uint8Array;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly mtime: number;
  readonly devmajor: number;
  readonly devminor: number;
}

/** Bytes of a block: headers and contents begin on its multiples. */
export const BLOCK = 512;
/** Bytes of the fields `name` and `linkname`. */
export const NAME_WIDTH = 100;
/** Bytes of the field `prefix`. */
export const PREFIX_WIDTH = 155;
/** Bytes of the fields for modes, owners and device numbers. */
export const OWNER_WIDTH = 8;
/** Bytes of the fields for sizes and times. */
export const NUMBER_WIDTH = 12;

/** Encodes one block with its checksum; numbers beyond octal become base 256, which is GNU's. */
export function encodeHeader(header: Header, format: TarFormat): Buffer {
  const block = Buffer.alloc(BLOCK);
  block.set(header.name, 0);
  writeNumber(block, 100, OWNER_WIDTH, header.mode);
  writeNumber(block, 108, OWNER_WIDTH, header.uid);
  writeNumber(block, 116, OWNER_WIDTH, header.gid);
  writeNumber(block, 124, NUMBER_WIDTH, header.size);
  writeNumber(block, 136, NUMBER_WIDTH, header.mtime);
  block.write(header.typeflag, 156, 'latin1');
  block.set(header.link, 157);
  block.write(format === 'gnu' ? 'ustar  \0' : 'ustar\x0000', 257, 'latin1');
  writeNumber(block, 329, OWNER_WIDTH, header.devmajor);
  writeNumber(block, 337, OWNER_WIDTH, header.devminor);
  block.set(header.prefix, 345);
  // The sum counts its own field as blanks.
  block.fill(' ', 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

/** Octal digits closed by a NUL, or GNU's big-endian base 256 marked by the first bit. */
function writeNumber(block: Buffer, at: number, width: number, value: number): void {
  if (fitsOctal(value, width)) {
    block.write(value.toString(8).padStart(width - 1, '0'), at, 'latin1');
    return;
  }
  let rest = BigInt(value);
  for (let index = at + width - 1; index >= at; index--) {
    block[index] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  // A positive number gets the mark here; a negative one has it by its two's complement.
  if (value >= 0) block[at] = 0x80;
}

/** Whether a number can stand in a field of `width` bytes as octal digits closed by a NUL. */
export function fitsOctal(value: number, width: number): boolean {
  return Number.isInteger(value) && value >= 0 && value < 8 ** (width - 1);
}
