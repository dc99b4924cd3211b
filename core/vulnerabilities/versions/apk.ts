/**
 * The order of Alpine package versions, as apk-tools sorts them:
 * `number{.number}{letter}{_suffix{number}}{~hash}{-r#}`.
 *
 * Follows the version section of apk-package(5). Two forms of older apk-tools that Alpine's own
 * history contains are read as well: a number after the letter (`9.9p1`) and `-r` without a
 * number (0). Where both versions stop being readable at the same place, their remaining text
 * decides, so that the order is total over all strings.
 *
 * @module
 */

import { compareCodes, compareNumbers, digitsEnd, isDigit } from './characters.ts';

const ZERO = 0x30;
const DOT = 0x2e;
const UNDERSCORE = 0x5f;
const TILDE = 0x7e;
const HYPHEN = 0x2d;
const LOWER_A = 0x61;
const LOWER_F = 0x66;
const LOWER_R = 0x72;
const LOWER_Z = 0x7a;

/** Kinds of token in the order the grammar allows them; END and INVALID close a version. */
const INITIAL = 0;
const NUMBER = 1;
const LETTER = 2;
const LETTER_NUMBER = 3;
const SUFFIX = 4;
const SUFFIX_NUMBER = 5;
const HASH = 6;
const REVISION = 7;
const END = 8;
const INVALID = 9;

/** Suffixes by rank; below 0 they precede the bare version. */
const SUFFIX_RANKS: ReadonlyMap<string, number> = new Map([
  ['alpha', -4],
  ['beta', -3],
  ['pre', -2],
  ['rc', -1],
  ['cvs', 1],
  ['svn', 2],
  ['git', 3],
  ['hg', 4],
  ['p', 5],
]);
/** Longer words are not looked up, so that a hostile one costs nothing. */
const LONGEST_SUFFIX = 5;

/** A reader's place in a version: the current token and where its text lies. */
interface Cursor {
  readonly text: string;
  kind: number;
  start: number;
  end: number;
  /** Rank of the suffix where `kind` is SUFFIX. */
  rank: number;
}

/**
 * Orders two Alpine versions: negative where `a` is older, 0 where they are the same version,
 * positive where `a` is newer. Total over all strings, linear in their length, never throws.
 */
export function compareApk(a: string, b: string): number {
  if (a === b) return 0;
  const x = openCursor(a);
  const y = openCursor(b);
  while (x.kind === y.kind && x.kind !== END) {
    const order = compareTokens(x, y);
    if (order !== 0 || x.kind === INVALID) return order;
    advance(x);
    advance(y);
  }
  return compareKinds(x, y);
}

/** Orders two tokens of the same kind by what they hold. */
function compareTokens(x: Cursor, y: Cursor): number {
  if (x.kind === SUFFIX) return x.rank - y.rank;
  const byText = x.kind === LETTER || x.kind === HASH || x.kind === INVALID ||
    // As in Gentoo's rules, numbers compare like decimal fractions once one has a leading zero.
    (x.kind === NUMBER && (startsWithZero(x) || startsWithZero(y)));
  return byText
    ? compareCodes(x.text, x.start, x.end, y.text, y.start, y.end)
    : compareNumbers(x.text, x.start, x.end, y.text, y.start, y.end);
}

/** Orders two places where everything before was equal and the next tokens differ in kind. */
function compareKinds(x: Cursor, y: Cursor): number {
  const xPrecedes = x.kind === SUFFIX && x.rank < 0;
  const yPrecedes = y.kind === SUFFIX && y.rank < 0;
  if (xPrecedes !== yPrecedes) return xPrecedes ? -1 : 1;
  // The kind that the grammar has earlier outweighs all that may come after it.
  return y.kind - x.kind;
}

function startsWithZero(cursor: Cursor): boolean {
  return cursor.text.charCodeAt(cursor.start) === ZERO;
}

function openCursor(text: string): Cursor {
  const end = digitsEnd(text, 0);
  if (end === 0) return { text, kind: INVALID, start: 0, end: text.length, rank: 0 };
  return { text, kind: INITIAL, start: 0, end, rank: 0 };
}

/** Moves to the next token; what does not fit the grammar there is INVALID, up to the end. */
function advance(cursor: Cursor): void {
  const { text, end: at, kind } = cursor;
  if (at === text.length) {
    cursor.kind = END;
    cursor.start = at;
    return;
  }
  const code = text.charCodeAt(at);
  if (code === DOT && kind <= NUMBER) {
    return accept(cursor, NUMBER, at + 1, digitsEnd(text, at + 1));
  }
  if (isLowerCase(code) && kind <= NUMBER) return accept(cursor, LETTER, at, at + 1);
  if (isDigit(code) && (kind === LETTER || kind === SUFFIX)) {
    return accept(cursor, kind === LETTER ? LETTER_NUMBER : SUFFIX_NUMBER, at, digitsEnd(text, at));
  }
  if (code === UNDERSCORE && kind <= SUFFIX_NUMBER) return acceptSuffix(cursor, at);
  if (code === TILDE && kind < HASH) return accept(cursor, HASH, at + 1, hexEnd(text, at + 1));
  if (code === HYPHEN && kind < REVISION && text.charCodeAt(at + 1) === LOWER_R) {
    return acceptRevision(cursor, at);
  }
  reject(cursor, at);
}

function acceptSuffix(cursor: Cursor, at: number): void {
  const { text } = cursor;
  const start = at + 1;
  let end = start;
  while (end - start <= LONGEST_SUFFIX && isLowerCase(text.charCodeAt(end))) end++;
  const rank = SUFFIX_RANKS.get(text.slice(start, end));
  if (rank === undefined) return reject(cursor, at);
  cursor.rank = rank;
  accept(cursor, SUFFIX, start, end);
}

function acceptRevision(cursor: Cursor, at: number): void {
  const start = at + 2;
  const end = digitsEnd(cursor.text, start);
  if (end === start && end < cursor.text.length) return reject(cursor, at);
  cursor.kind = REVISION;
  cursor.start = start;
  cursor.end = end;
}

/** Makes the text from `start` to `end` the current token; an empty one does not fit the grammar. */
function accept(cursor: Cursor, kind: number, start: number, end: number): void {
  if (start === end) return reject(cursor, cursor.end);
  cursor.kind = kind;
  cursor.start = start;
  cursor.end = end;
}

function reject(cursor: Cursor, at: number): void {
  cursor.kind = INVALID;
  cursor.start = at;
  cursor.end = cursor.text.length;
}

function hexEnd(text: string, start: number): number {
  let index = start;
  while (index < text.length && isHexDigit(text.charCodeAt(index))) index++;
  return index;
}

function isHexDigit(code: number): boolean {
  return isDigit(code) || (code >= LOWER_A && code <= LOWER_F);
}

function isLowerCase(code: number): boolean {
  return code >= LOWER_A && code <= LOWER_Z;
}
