/**
 * The order of RubyGems versions, as `Gem::Version` sorts them: runs of digits and runs of letters
 * are segments, letters make a pre-release, a hyphen stands for `.pre.`, zeros at the end of the
 * numbers do not count.
 *
 * Follows the documentation of `Gem::Version`. Text it rejects is ordered by the same segments. A
 * platform behind the version (`1.15.4-x86_64-linux`), which lock files and file names write
 * there, does not count.
 *
 * @module
 */

import {
  compareCodes,
  compareNumbers,
  digitsEnd,
  isDigit,
  isLetter,
  isZeros,
  lettersEnd,
} from './characters.ts';

const HYPHEN = 0x2d;
/** What a hyphen in a version means. */
const PRE = 'pre';

/** Processors and systems that the first word of a platform names. */
const PLATFORMS: ReadonlySet<string> = new Set([
  ...['x86', 'x86_64', 'x64', 'i386', 'i486', 'i586', 'i686', 'ia64', 'universal'],
  ...['arm', 'armv5', 'armv5tel', 'armv6', 'armv6l', 'armv7', 'armv7a', 'armv7l', 'armv8'],
  ...['arm64', 'aarch64', 'powerpc', 'powerpc64', 'powerpc64le', 'ppc', 'ppc64', 'ppc64le'],
  ...['s390', 's390x', 'sparc', 'sparc64', 'mips', 'mipsel', 'mips64', 'mips64el', 'hppa'],
  ...['riscv64', 'loongarch64', 'wasm32', 'java', 'jruby', 'dalvik', 'dotnet', 'macruby'],
  ...['mswin', 'mswin32', 'mswin64', 'mingw', 'mingw32'],
]);
const LONGEST_PLATFORM = 11;

/** Kinds of segment; the end of a version counts as the number 0. */
const LETTERS = 0;
const NUMBER = 1;
const END = 2;

/** A reader's place in a version: the current segment and where its text lies. */
interface Cursor {
  readonly text: string;
  readonly length: number;
  kind: number;
  /** What `start` and `end` point into: the version, or the word that a hyphen stands for. */
  source: string;
  start: number;
  end: number;
  /** Where the next segment is looked for. */
  next: number;
  /** Up to here zeros are known to stand before another number, so that they count. */
  zerosEnd: number;
}

/**
 * Orders two RubyGems versions: negative where `a` is older, 0 where they are the same version,
 * positive where `a` is newer. Total over all strings, linear in their length, never throws.
 */
export function compareGem(a: string, b: string): number {
  if (a === b) return 0;
  const x = openCursor(a);
  const y = openCursor(b);
  // Zeros between the last number and the first letters do not count: 1.0.a is 1.a.
  while (x.kind === NUMBER || y.kind === NUMBER) {
    skipZerosBeforeLetters(x);
    skipZerosBeforeLetters(y);
    if (x.kind === LETTERS || y.kind === LETTERS) break;
    const order = compareNumbers(x.text, x.start, x.end, y.text, y.start, y.end);
    if (order !== 0) return order;
    advance(x);
    advance(y);
  }
  while (x.kind !== END || y.kind !== END) {
    const order = compareSegments(x, y);
    if (order !== 0) return order;
    advance(x);
    advance(y);
  }
  return 0;
}

/**
 * Orders the numbers with which two versions begin, up to as many as `count`; a missing one is 0.
 */
export function compareLeadingNumbers(a: string, b: string, count: number): number {
  const x = openCursor(a);
  const y = openCursor(b);
  for (let index = 0; index < count && (x.kind === NUMBER || y.kind === NUMBER); index++) {
    const order = compareNumbers(
      x.source,
      x.start,
      x.kind === NUMBER ? x.end : x.start,
      y.source,
      y.start,
      y.kind === NUMBER ? y.end : y.start,
    );
    if (order !== 0) return order;
    if (x.kind === NUMBER) advance(x);
    if (y.kind === NUMBER) advance(y);
  }
  return 0;
}

/** How many numbers a version begins with. */
export function countLeadingNumbers(version: string): number {
  const cursor = openCursor(version);
  let count = 0;
  for (; cursor.kind === NUMBER; advance(cursor)) count++;
  return count;
}

/** A pre-release's letters come before any number, thus before the end too. */
function compareSegments(x: Cursor, y: Cursor): number {
  if (x.kind === LETTERS && y.kind === LETTERS) {
    return compareCodes(x.source, x.start, x.end, y.source, y.start, y.end);
  }
  if (x.kind === LETTERS || y.kind === LETTERS) return x.kind === LETTERS ? -1 : 1;
  return compareNumbers(x.text, x.start, x.end, y.text, y.start, y.end);
}

function openCursor(text: string): Cursor {
  const length = platformStart(text);
  const cursor = { text, length, kind: END, source: text, start: 0, end: 0, next: 0, zerosEnd: 0 };
  advance(cursor);
  return cursor;
}

/** Moves to the next run of digits or letters, or to the word of the next hyphen. */
function advance(cursor: Cursor): void {
  const { text, length } = cursor;
  let at = cursor.next;
  while (at < length) {
    const code = text.charCodeAt(at);
    if (isDigit(code)) return place(cursor, NUMBER, text, at, digitsEnd(text, at, length));
    if (isLetter(code)) return place(cursor, LETTERS, text, at, lettersEnd(text, at, length));
    at++;
    if (code === HYPHEN) {
      place(cursor, LETTERS, PRE, 0, PRE.length);
      cursor.next = at;
      return;
    }
  }
  place(cursor, END, text, length, length);
}

function place(cursor: Cursor, kind: number, source: string, start: number, end: number): void {
  cursor.kind = kind;
  cursor.source = source;
  cursor.start = start;
  cursor.end = end;
  cursor.next = end;
}

/** Passes over zeros, from a number on, where letters or a hyphen end the run. */
function skipZerosBeforeLetters(cursor: Cursor): void {
  if (cursor.start < cursor.zerosEnd || !isZero(cursor)) return;
  const { start, end } = cursor;
  while (isZero(cursor)) advance(cursor);
  if (cursor.kind === LETTERS) return;
  cursor.zerosEnd = cursor.start;
  place(cursor, NUMBER, cursor.text, start, end);
}

function isZero({ kind, text, start, end }: Cursor): boolean {
  return kind === NUMBER && isZeros(text, start, end);
}

/** Where the platform behind a version begins, with its hyphen; the length without one. */
function platformStart(text: string): number {
  let hyphen = text.indexOf('-', 1);
  while (hyphen !== -1) {
    const next = text.indexOf('-', hyphen + 1);
    const end = next === -1 ? text.trimEnd().length : next;
    if (end - hyphen - 1 <= LONGEST_PLATFORM && PLATFORMS.has(text.slice(hyphen + 1, end))) {
      return hyphen;
    }
    hyphen = next;
  }
  return text.length;
}
