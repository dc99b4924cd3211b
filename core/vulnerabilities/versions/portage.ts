/**
 * The order of Gentoo package versions: `number{.number}{letter}{_suffix{number}}{-r#}`.
 *
 * Follows section 3.3 "Version Comparison" of the Package Manager Specification. What does not
 * fit the grammar is ordered as text behind the part that does.
 *
 * @module
 */

import { compareCodes, compareNumbers, digitsEnd, isDigit } from './characters.ts';

const ZERO = 0x30;
const DOT = 0x2e;
const UNDERSCORE = 0x5f;
const HYPHEN = 0x2d;
const LOWER_A = 0x61;
const LOWER_R = 0x72;
const LOWER_Z = 0x7a;

/** Suffixes by rank; the end of the suffixes is between `rc` and `p`. */
const SUFFIX_RANKS: ReadonlyMap<string, number> = new Map([
  ['alpha', 0],
  ['beta', 1],
  ['pre', 2],
  ['rc', 3],
  ['p', 5],
]);
const NO_SUFFIX_RANK = 4;
/** Longer words are not looked up, so that a hostile one costs nothing. */
const LONGEST_SUFFIX = 5;

/** A reader's place in a version: everything before `at` has been compared. */
interface Cursor {
  readonly text: string;
  at: number;
}

/**
 * Orders two Gentoo versions: negative where `a` is older, 0 where they are the same version,
 * positive where `a` is newer. Total over all strings, linear in their length, never throws.
 */
export function comparePortage(a: string, b: string): number {
  if (a === b) return 0;
  const x = { text: a, at: 0 };
  const y = { text: b, at: 0 };
  return compareFirstNumber(x, y) || compareMoreNumbers(x, y) || compareLetter(x, y) ||
    compareSuffixes(x, y) || compareRevision(x, y) ||
    compareCodes(a, x.at, a.length, b, y.at, b.length);
}

/** A version without a number precedes every one that begins with it. */
function compareFirstNumber(x: Cursor, y: Cursor): number {
  const xEnd = digitsEnd(x.text, 0);
  const yEnd = digitsEnd(y.text, 0);
  const order = Math.sign(xEnd) - Math.sign(yEnd) ||
    compareNumbers(x.text, 0, xEnd, y.text, 0, yEnd);
  x.at = xEnd;
  y.at = yEnd;
  return order;
}

/** Numbers with a leading zero compare like decimal fractions; more numbers are newer. */
function compareMoreNumbers(x: Cursor, y: Cursor): number {
  for (;;) {
    const xHas = hasNumber(x);
    const yHas = hasNumber(y);
    if (!xHas || !yHas) return (xHas ? 1 : 0) - (yHas ? 1 : 0);
    const xStart = x.at + 1;
    const yStart = y.at + 1;
    const xEnd = digitsEnd(x.text, xStart);
    const yEnd = digitsEnd(y.text, yStart);
    const isFraction = x.text.charCodeAt(xStart) === ZERO || y.text.charCodeAt(yStart) === ZERO;
    const order = isFraction
      ? compareCodes(
        x.text,
        xStart,
        trailingZeros(x.text, xStart, xEnd),
        y.text,
        yStart,
        trailingZeros(y.text, yStart, yEnd),
      )
      : compareNumbers(x.text, xStart, xEnd, y.text, yStart, yEnd);
    if (order !== 0) return order;
    x.at = xEnd;
    y.at = yEnd;
  }
}

function hasNumber({ text, at }: Cursor): boolean {
  return at > 0 && text.charCodeAt(at) === DOT && isDigit(text.charCodeAt(at + 1));
}

/** Where the zeros begin with which a run of digits ends. */
function trailingZeros(text: string, start: number, end: number): number {
  let index = end;
  while (index > start && text.charCodeAt(index - 1) === ZERO) index--;
  return index;
}

/** No letter, then by the alphabet. */
function compareLetter(x: Cursor, y: Cursor): number {
  return takeLetter(x) - takeLetter(y);
}

function takeLetter(cursor: Cursor): number {
  const code = cursor.text.charCodeAt(cursor.at);
  if (cursor.at === 0 || !isLowerCase(code)) return 0;
  cursor.at++;
  return code;
}

function compareSuffixes(x: Cursor, y: Cursor): number {
  for (;;) {
    const xRank = takeSuffix(x);
    const order = xRank - takeSuffix(y);
    if (order !== 0 || xRank === NO_SUFFIX_RANK) return order;
    const byNumber = compareTakenNumbers(x, y);
    if (byNumber !== 0) return byNumber;
  }
}

/** Passes over the suffix at a place and returns its rank; its number is left. */
function takeSuffix(cursor: Cursor): number {
  const { text, at } = cursor;
  if (at === 0 || text.charCodeAt(at) !== UNDERSCORE) return NO_SUFFIX_RANK;
  const start = at + 1;
  let end = start;
  while (end - start <= LONGEST_SUFFIX && isLowerCase(text.charCodeAt(end))) end++;
  const rank = SUFFIX_RANKS.get(text.slice(start, end));
  if (rank === undefined) return NO_SUFFIX_RANK;
  cursor.at = end;
  return rank;
}

/** An absent revision is 0. */
function compareRevision(x: Cursor, y: Cursor): number {
  takeRevisionMark(x);
  takeRevisionMark(y);
  return compareTakenNumbers(x, y);
}

function takeRevisionMark(cursor: Cursor): void {
  const { text, at } = cursor;
  if (at === 0 || text.charCodeAt(at) !== HYPHEN || text.charCodeAt(at + 1) !== LOWER_R) return;
  if (isDigit(text.charCodeAt(at + 2))) cursor.at = at + 2;
}

/** Compares the numbers at two places and passes over them; an absent one is 0. */
function compareTakenNumbers(x: Cursor, y: Cursor): number {
  const { at: xStart } = x;
  const { at: yStart } = y;
  x.at = digitsEnd(x.text, xStart);
  y.at = digitsEnd(y.text, yStart);
  return compareNumbers(x.text, xStart, x.at, y.text, yStart, y.at);
}

function isLowerCase(code: number): boolean {
  return code >= LOWER_A && code <= LOWER_Z;
}
