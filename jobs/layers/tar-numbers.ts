/**
 * Numbers and strings of tar headers (POSIX.1-2024 `pax`, "ustar Interchange Format", and GNU's
 * base-256 extension), read as container runtimes read them.
 *
 * @module
 */
import type { Buffer } from 'node:buffer';
import { LayerError } from './errors.ts';

const SPACE = 0x20;
const ZERO = 0x30;
const SEVEN = 0x37;
const NINE = 0x39;

export function malformed(cause: string): LayerError {
  return new LayerError('layer_malformed', `The layer is not a valid tar archive: ${cause}.`);
}

/** A string that ends at its first NUL or with its field. */
export function readString(block: Buffer, start: number, length: number): string {
  let end = start;
  const limit = start + length;
  while (end < limit && block[end] !== 0) end++;
  return end === start ? '' : block.toString('latin1', start, end);
}

/** An octal number, or a binary one if the field's first bit is set. */
export function readNumber(block: Buffer, start: number, length: number): number {
  const first = block[start] ?? 0;
  return (first & 0x80) === 0 ? readOctal(block, start, length) : readBinary(block, start, length);
}

/** Octal digits with spaces and NULs around them; an empty field is 0. */
export function readOctal(block: Buffer, start: number, length: number): number {
  let offset = start;
  let end = start + length;
  while (offset < end && isFiller(block[offset])) offset++;
  while (end > offset && isFiller(block[end - 1])) end--;
  let value = 0;
  for (; offset < end; offset++) {
    const digit = block[offset] ?? 0;
    if (digit === 0) break;
    if (digit < ZERO || digit > SEVEN) throw malformed('a number in a header has odd digits');
    value = value * 8 + (digit - ZERO);
  }
  return safe(value);
}

function isFiller(byte: number | undefined): boolean {
  return byte === SPACE || byte === 0;
}

/** Two's complement, big-endian; the first bit only marks the format. */
function readBinary(block: Buffer, start: number, length: number): number {
  const first = block[start] ?? 0;
  const negative = (first & 0x40) !== 0;
  const invert = negative ? 0xff : 0;
  let value = (first ^ invert) & 0x7f;
  for (let i = start + 1; i < start + length; i++) {
    value = safe(value * 256 + ((block[i] ?? 0) ^ invert));
  }
  return negative ? -value - 1 : value;
}

/** A decimal number, maybe negative, as extended headers have them. */
export function parseDecimal(text: string): number {
  const start = text.startsWith('-') || text.startsWith('+') ? 1 : 0;
  if (start === text.length) throw malformed('a number in an extended header is empty');
  let value = 0;
  for (let i = start; i < text.length; i++) {
    const digit = text.charCodeAt(i);
    if (digit < ZERO || digit > NINE) {
      throw malformed('a number in an extended header has odd digits');
    }
    value = safe(value * 10 + (digit - ZERO));
  }
  return text.startsWith('-') ? -value : value;
}

function safe(value: number): number {
  if (value > Number.MAX_SAFE_INTEGER) throw malformed('a number in a header is too large');
  return value;
}
