/**
 * Versions of numbers and dots alone, which most schemes order alike: by the first number that
 * differs. Comparing them without reading all of their parts takes a tenth of the time.
 *
 * @module
 */
import { digitsEnd, isDigit } from './characters.ts';
import type { Compare } from './constraint.ts';

const DOT = 0x2e;
const ZERO = 0x30;

/**
 * A scheme's order, found at once where both versions are plain and differ in one of the numbers
 * that both have, and are not merely one longer than the other.
 */
export function plainFirst(compare: Compare): Compare {
  return (a, b) => comparePlain(a, b) || compare(a, b);
}

/** The order of two plain versions; 0 where it takes more than their common numbers to tell. */
export function comparePlain(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  let at = 0;
  while (at < shorter && a.charCodeAt(at) === b.charCodeAt(at)) at++;
  // Most versions differ in their first sign, and most of those that do not are equal.
  if (at === shorter) return 0;
  let start = at;
  while (start > 0 && isDigit(a.charCodeAt(start - 1))) start--;
  const aEnd = digitsEnd(a, at);
  const bEnd = digitsEnd(b, at);
  if (aEnd === start || bEnd === start) return 0;
  // A number that begins with 0 has more than one spelling.
  const hasZeros = (a.charCodeAt(start) === ZERO && aEnd - start > 1) ||
    (b.charCodeAt(start) === ZERO && bEnd - start > 1);
  if (hasZeros || !isPlain(a, 0, start) || !isPlain(a, aEnd) || !isPlain(b, bEnd)) return 0;
  return aEnd - bEnd || a.charCodeAt(at) - b.charCodeAt(at);
}

/** Whether a part of a version is nothing but numbers, with one dot between each two. */
function isPlain(text: string, start: number, end = text.length): boolean {
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at);
    if (isDigit(code)) continue;
    if (code !== DOT || at === 0 || at + 1 === text.length) return false;
    if (!isDigit(text.charCodeAt(at + 1))) return false;
  }
  return true;
}
