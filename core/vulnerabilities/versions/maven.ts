/**
 * The order of Maven versions, as `ComparableVersion` sorts them.
 *
 * Follows the "Version Order Specification" of Maven's POM reference: dots, hyphens and changes
 * between digits and letters cut a version into numbers and qualifiers; `alpha < beta < milestone
 * < rc < snapshot < release < sp < others`; a number after a hyphen is less than one after a dot;
 * what means nothing (0, `ga`, `final`, `release`) does not count at the end, before a hyphen and
 * before a qualifier.
 *
 * Where the releases of Maven disagree, a known qualifier is the same after a dot and after a
 * hyphen, as in current ones, and any other is older after a dot, as up to 3.8.6. A number after
 * a qualifier is a part of its own, so that `1-ga-1` is `1-1`, as the specification writes.
 *
 * @module
 */

import { compareCodes, compareNumbers, digitsEnd, isDigit, isZeros } from './characters.ts';

const DOT = 0x2e;
const HYPHEN = 0x2d;

/** Kinds of token in ascending order. */
const PRE_RELEASE = 0;
const END = 1;
const QUALIFIER = 2;
const HYPHEN_NUMBER = 3;
const DOT_NUMBER = 4;

/** Qualifiers by rank; those below the release's are pre-releases, others are ordered by text. */
const RELEASE_RANK = 5;
const DOT_OTHER_RANK = 7;
const HYPHEN_OTHER_RANK = 8;
const QUALIFIER_RANKS: ReadonlyMap<string, number> = new Map([
  ['alpha', 0],
  ['beta', 1],
  ['milestone', 2],
  ['rc', 3],
  ['cr', 3],
  ['snapshot', 4],
  ['ga', RELEASE_RANK],
  ['final', RELEASE_RANK],
  ['release', RELEASE_RANK],
  ['sp', 6],
]);
/** Longer words are not looked up, so that a hostile one costs nothing. */
const LONGEST_QUALIFIER = 9;
/** What a single letter before a number is short for. */
const SHORT_RANKS: ReadonlyMap<string, number> = new Map([['a', 0], ['b', 1], ['m', 2]]);

/** A reader's place in a version: the current token and where its text lies. */
interface Cursor {
  /** The version in lower case. */
  readonly text: string;
  kind: number;
  start: number;
  end: number;
  /** Rank of the qualifier where `kind` is one of theirs. */
  rank: number;
  /** Whether the token means nothing: the number 0 or the release. */
  isNull: boolean;
  /** Up to here tokens that mean nothing are known to count. */
  countedEnd: number;
}

/**
 * Orders two Maven versions: negative where `a` is older, 0 where they are the same version,
 * positive where `a` is newer. Total over all strings, linear in their length, never throws.
 */
export function compareMaven(a: string, b: string): number {
  if (a === b) return 0;
  const x = openCursor(a);
  const y = openCursor(b);
  for (;;) {
    const order = x.kind - y.kind || compareTokens(x, y);
    if (order !== 0 || x.kind === END) return order;
    advance(x);
    advance(y);
  }
}

/** Orders two tokens of the same kind by what they hold. */
function compareTokens(x: Cursor, y: Cursor): number {
  if (isNumber(x.kind)) return compareNumbers(x.text, x.start, x.end, y.text, y.start, y.end);
  if (x.rank !== y.rank || x.rank < DOT_OTHER_RANK) return x.rank - y.rank;
  return compareCodes(x.text, x.start, x.end, y.text, y.start, y.end);
}

function isNumber(kind: number): boolean {
  return kind >= HYPHEN_NUMBER;
}

/** The first token counts whatever it means. */
function openCursor(version: string): Cursor {
  const text = version.toLowerCase();
  const cursor = { text, kind: END, start: 0, end: 0, rank: 0, isNull: false, countedEnd: 0 };
  readToken(cursor, 0, false);
  return cursor;
}

/** Moves to the next token that counts. */
function advance(cursor: Cursor): void {
  readNext(cursor);
  if (!cursor.isNull || cursor.start < cursor.countedEnd) return;

  // Nothing counts up to the last token of this run that follows a hyphen or is a qualifier, and
  // that one and the rest only where a number after a dot follows.
  let { kind, start, end, rank } = cursor;
  do {
    if (cursor.kind !== DOT_NUMBER) ({ kind, start, end, rank } = cursor);
    readNext(cursor);
  } while (cursor.isNull);
  if (cursor.kind !== DOT_NUMBER) return;
  cursor.countedEnd = cursor.start;
  cursor.kind = kind;
  cursor.start = start;
  cursor.end = end;
  cursor.rank = rank;
  cursor.isNull = true;
}

/** Moves to the next token, whether it counts or not. */
function readNext(cursor: Cursor): void {
  const { text, end } = cursor;
  if (end >= text.length) {
    cursor.kind = END;
    cursor.start = end;
    cursor.rank = 0;
    cursor.isNull = false;
    return;
  }
  const code = text.charCodeAt(end);
  const isSeparator = code === DOT || code === HYPHEN;
  // A change between digits and letters separates like a hyphen.
  readToken(cursor, isSeparator ? end + 1 : end, code !== DOT);
}

/** Reads the number or qualifier that begins at `start`; an empty one is the number 0. */
function readToken(cursor: Cursor, start: number, afterHyphen: boolean): void {
  const { text } = cursor;
  const numberEnd = digitsEnd(text, start);
  cursor.start = start;
  if (numberEnd > start || isTokenEnd(text, start)) {
    cursor.kind = afterHyphen ? HYPHEN_NUMBER : DOT_NUMBER;
    cursor.end = numberEnd;
    cursor.isNull = isZeros(text, start, numberEnd);
    return;
  }
  let end = start;
  while (!isTokenEnd(text, end) && !isDigit(text.charCodeAt(end))) end++;
  const rank = knownRank(text, start, end) ?? (afterHyphen ? HYPHEN_OTHER_RANK : DOT_OTHER_RANK);
  cursor.kind = rank < RELEASE_RANK ? PRE_RELEASE : QUALIFIER;
  cursor.end = end;
  cursor.rank = rank;
  cursor.isNull = rank === RELEASE_RANK;
}

function knownRank(text: string, start: number, end: number): number | undefined {
  const length = end - start;
  if (length > LONGEST_QUALIFIER) return undefined;
  const word = text.slice(start, end);
  const short = length === 1 && isBeforeNumber(text, end) ? SHORT_RANKS.get(word) : undefined;
  return short ?? QUALIFIER_RANKS.get(word);
}

/** Whether a number follows at once or after a hyphen. */
function isBeforeNumber(text: string, at: number): boolean {
  const next = text.charCodeAt(at) === HYPHEN ? at + 1 : at;
  return isDigit(text.charCodeAt(next));
}

function isTokenEnd(text: string, at: number): boolean {
  if (at >= text.length) return true;
  const code = text.charCodeAt(at);
  return code === DOT || code === HYPHEN;
}
