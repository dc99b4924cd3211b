/**
 * The order of Conan versions: dotted items, `-` before a pre-release, `+` before a build.
 *
 * Follows Conan 2's class `Version`: any number of items of digits and letters, zeros at the end
 * do not count, a pre-release precedes its release, no build precedes every build. Conan compares
 * an item of digits and letters with another item as text, which contradicts itself ("9" < "10" <
 * "1a" < "9"); here the number that an item begins with counts first, then its text.
 *
 * @module
 */

import { compareCodes, compareNumbers, digitsEnd } from './characters.ts';

/** Kinds of item in ascending order. */
const EMPTY = 0;
const NUMBER = 1;
const WORD = 2;

/** A version taken apart; a part that is not there is undefined. */
interface Parts {
  readonly release: string;
  readonly prerelease: string | undefined;
  readonly build: string | undefined;
}

/**
 * Orders two Conan versions: negative where `a` is older, 0 where they are the same version,
 * positive where `a` is newer. Total over all strings, linear in their length, never throws.
 */
export function compareConan(a: string, b: string): number {
  if (a === b) return 0;
  const x = splitVersion(a.trim());
  const y = splitVersion(b.trim());
  return compareItems(x.release, y.release) ||
    Number(x.prerelease === undefined) - Number(y.prerelease === undefined) ||
    compareItems(x.prerelease ?? '', y.prerelease ?? '') ||
    Number(x.build !== undefined) - Number(y.build !== undefined) ||
    compareItems(x.build ?? '', y.build ?? '');
}

function splitVersion(text: string): Parts {
  const plus = text.lastIndexOf('+');
  const end = plus === -1 ? text.length : plus;
  const hyphen = text.indexOf('-');
  const hasPrerelease = hyphen !== -1 && hyphen < end;
  return {
    release: text.slice(0, hasPrerelease ? hyphen : end),
    prerelease: hasPrerelease ? text.slice(hyphen + 1, end) : undefined,
    build: plus === -1 ? undefined : text.slice(plus + 1),
  };
}

/** Compares dotted items one by one, then the fewer. */
function compareItems(a: string, b: string): number {
  const aEnd = withoutZeros(a);
  const bEnd = withoutZeros(b);
  let i = 0;
  let j = 0;
  while (i <= aEnd && j <= bEnd) {
    const iEnd = itemEnd(a, i, aEnd);
    const jEnd = itemEnd(b, j, bEnd);
    const order = compareItem(a, i, iEnd, b, j, jEnd);
    if (order !== 0) return order;
    i = iEnd + 1;
    j = jEnd + 1;
  }
  return Number(i <= aEnd) - Number(j <= bEnd);
}

function compareItem(
  a: string,
  aStart: number,
  aEnd: number,
  b: string,
  bStart: number,
  bEnd: number,
): number {
  const aTextStart = digitsEnd(a, aStart, aEnd);
  const bTextStart = digitsEnd(b, bStart, bEnd);
  return kindOf(aStart, aTextStart, aEnd) - kindOf(bStart, bTextStart, bEnd) ||
    compareNumbers(a, aStart, aTextStart, b, bStart, bTextStart) ||
    compareCodes(a, aTextStart, aEnd, b, bTextStart, bEnd);
}

function kindOf(start: number, textStart: number, end: number): number {
  if (start === end) return EMPTY;
  return textStart > start ? NUMBER : WORD;
}

/** The end of the items without the zeros that end them; -1 where nothing is left. */
function withoutZeros(text: string): number {
  let end = text.length;
  while (end > 0) {
    let index = end;
    while (index > 0 && text.charAt(index - 1) === '0') index--;
    const isZero = index < end && (index === 0 || text.charAt(index - 1) === '.');
    if (!isZero) return end;
    end = index - 1;
  }
  return end;
}

function itemEnd(text: string, start: number, end: number): number {
  let index = start;
  while (index < end && text.charAt(index) !== '.') index++;
  return index;
}
