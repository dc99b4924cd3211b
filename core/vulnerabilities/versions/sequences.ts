/**
 * Versions that are nothing but a sequence of numbers: the longer of two is newer where the
 * shorter one begins it, so that "1.0" precedes "1.0.0".
 *
 * @module
 */

import { compareCodes, compareNumbers, digitsEnd } from './characters.ts';

/**
 * Orders two sequences whose parts are divided by any of the characters of `separators`. Parts
 * compare by the number they begin with, then by the text after it; a part without a number
 * precedes those with one. Total over all strings, linear in their length, never throws.
 */
export function compareSequences(a: string, b: string, separators: string): number {
  if (a === b) return 0;
  let i = 0;
  let j = 0;
  for (;;) {
    const iEnd = partEnd(a, i, separators);
    const jEnd = partEnd(b, j, separators);
    const order = compareParts(a, i, iEnd, b, j, jEnd);
    if (order !== 0) return order;
    if (iEnd === a.length || jEnd === b.length) {
      return Number(iEnd < a.length) - Number(jEnd < b.length);
    }
    i = iEnd + 1;
    j = jEnd + 1;
  }
}

function compareParts(
  a: string,
  aStart: number,
  aEnd: number,
  b: string,
  bStart: number,
  bEnd: number,
): number {
  const aTextStart = digitsEnd(a, aStart, aEnd);
  const bTextStart = digitsEnd(b, bStart, bEnd);
  return Number(aTextStart > aStart) - Number(bTextStart > bStart) ||
    compareNumbers(a, aStart, aTextStart, b, bStart, bTextStart) ||
    compareCodes(a, aTextStart, aEnd, b, bTextStart, bEnd);
}

function partEnd(text: string, start: number, separators: string): number {
  let index = start;
  while (index < text.length && !separators.includes(text.charAt(index))) index++;
  return index;
}
