/**
 * The order of Composer package versions.
 *
 * Follows the normalisation of Composer's version parser (four numbers, either case, `b` for
 * `beta`, `1.x-dev` for the end of its line, no build metadata) and PHP's `version_compare`, which
 * sorts its results: `other words < dev < alpha < beta < rc < end < number < patch`. Text that
 * Composer rejects is ordered by the same rules. Branches (`dev-main`) precede every version.
 *
 * @module
 */

import {
  compareCodes,
  compareNumbers,
  digitsEnd,
  hasWordAt,
  isAlphanumeric,
  isDigit,
  isLetter,
  lettersEnd,
} from './characters.ts';

const LOWER_A = 0x61;
const LOWER_B = 0x62;
const LOWER_P = 0x70;
const LOWER_V = 0x76;
const LOWER_X = 0x78;
const ASTERISK = 0x2a;
const SPACE = 0x20;
const PLUS = 0x2b;
const AT = 0x40;

/** How many numbers a normalised version begins with. */
const NUMBERS = 4;
/** What stands for a number that is left out, and for one that is open as in `1.x-dev`. */
const ZERO_NUMBER = '0';
const OPEN_NUMBER = '9999999';

/** Kinds of element in ascending order. */
const WORD = 0;
const DEV = 1;
const ALPHA = 2;
const BETA = 3;
const CANDIDATE = 4;
const END = 5;
const NUMBER = 6;
const PATCH = 7;

const BRANCH_PREFIX = 'dev-';
/** Names of main branches that Composer takes without the prefix. */
const BRANCHES: ReadonlySet<string> = new Set(['master', 'trunk', 'default']);
const STABILITIES: ReadonlySet<string> = new Set(['stable', 'rc', 'beta', 'alpha', 'dev']);
const STABLE = 'stable';

/** A reader's place in a version: the current element and where its text lies. */
interface Cursor {
  readonly text: string;
  readonly length: number;
  kind: number;
  /** What `start` and `end` point into: the version, or a number that it leaves out. */
  source: string;
  start: number;
  end: number;
  /** Where the next element is looked for. */
  next: number;
  /** How many of the leading numbers are still to come. */
  numbersLeft: number;
  /** The number that stands for those left out. */
  padding: string;
}

/**
 * Orders two Composer versions: negative where `a` is older, 0 where they are the same version,
 * positive where `a` is newer. Total over all strings, linear in their length, never throws.
 */
export function compareComposer(a: string, b: string): number {
  if (a === b) return 0;
  const x = openCursor(a);
  const y = openCursor(b);
  const xBranch = branchStart(x);
  const yBranch = branchStart(y);
  if (xBranch !== undefined || yBranch !== undefined) {
    if (xBranch === undefined || yBranch === undefined) return xBranch === undefined ? 1 : -1;
    return compareCodes(x.text, xBranch, x.length, y.text, yBranch, y.length);
  }
  for (;;) {
    const order = x.kind - y.kind ||
      (x.kind === NUMBER ? compareNumbers(x.source, x.start, x.end, y.source, y.start, y.end) : 0);
    if (order !== 0 || x.kind === END) return order;
    advance(x);
    advance(y);
  }
}

function openCursor(version: string): Cursor {
  const text = version.trim();
  const isPrefixed = lowerAt(text, 0) === LOWER_V && isDigit(text.charCodeAt(1));
  const start = isPrefixed ? 1 : 0;
  const cursor: Cursor = {
    text,
    length: isPlain(text) ? text.length : contentEnd(text),
    kind: END,
    source: text,
    start,
    end: start,
    next: start,
    numbersLeft: isDigit(text.charCodeAt(start)) ? NUMBERS : 0,
    padding: ZERO_NUMBER,
  };
  advance(cursor);
  return cursor;
}

/** Whether a version is free of the characters that what does not count begins with. */
function isPlain(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === SPACE || code === PLUS || code === AT) return false;
  }
  return true;
}

/** The end of a version without its alias (` as 1.0`), stability flag (`@dev`) and metadata. */
function contentEnd(text: string): number {
  const alias = text.indexOf(' as ');
  let end = alias === -1 ? text.length : alias;
  const flag = text.lastIndexOf('@', end);
  if (flag !== -1 && STABILITIES.has(text.slice(flag + 1, end).toLowerCase())) end = flag;
  if (hasWordAt(text, 0, BRANCH_PREFIX)) return end;
  const metadata = text.indexOf('+');
  return metadata > 0 && metadata < end ? metadata : end;
}

/** Where the name of a branch begins; undefined where the version is none. */
function branchStart({ text, length }: Cursor): number | undefined {
  if (!isLetter(text.charCodeAt(0))) return undefined;
  if (hasWordAt(text, 0, BRANCH_PREFIX)) return BRANCH_PREFIX.length;
  return BRANCHES.has(text.slice(0, length)) ? 0 : undefined;
}

/** Moves to the next number or word, or to a number that the version leaves out. */
function advance(cursor: Cursor): void {
  const { text, length } = cursor;
  let at = cursor.next;
  while (at < length && !isAlphanumeric(text.charCodeAt(at)) && !isOpen(cursor, at)) at++;
  const isNumber = at < length && isDigit(text.charCodeAt(at));
  if (cursor.numbersLeft > 0) {
    if (isOpen(cursor, at)) {
      cursor.padding = OPEN_NUMBER;
      cursor.next = at + 1;
    }
    cursor.numbersLeft--;
    if (!isNumber) return place(cursor, NUMBER, cursor.padding, 0, cursor.padding.length);
  }
  const end = isNumber ? digitsEnd(text, at, length) : lettersEnd(text, at, length);
  // Composer takes nothing for meant that follows `stable`.
  cursor.next = isStable(text, at, end) ? length : end;
  place(cursor, isNumber ? NUMBER : kindOf(text, at, end), text, at, end);
}

function place(cursor: Cursor, kind: number, source: string, start: number, end: number): void {
  cursor.kind = kind;
  cursor.source = source;
  cursor.start = start;
  cursor.end = end;
}

/** Whether an `x` or `*` in place of one of the leading numbers stands at an index. */
function isOpen({ text, length, numbersLeft }: Cursor, at: number): boolean {
  if (numbersLeft === 0 || numbersLeft === NUMBERS || at >= length) return false;
  if (text.charCodeAt(at) !== ASTERISK && lowerAt(text, at) !== LOWER_X) return false;
  return at + 1 === length || !isAlphanumeric(text.charCodeAt(at + 1));
}

/** The kind of a word by its beginning, as PHP reads it; no word at all is the end. */
function kindOf(text: string, start: number, end: number): number {
  if (start === end || isStable(text, start, end)) return END;
  if (hasWordAt(text, start, 'dev')) return DEV;
  if (hasWordAt(text, start, 'rc')) return CANDIDATE;
  switch (lowerAt(text, start)) {
    case LOWER_A:
      return ALPHA;
    case LOWER_B:
      return BETA;
    case LOWER_P:
      return PATCH;
    default:
      return WORD;
  }
}

function isStable(text: string, start: number, end: number): boolean {
  return end - start === STABLE.length && hasWordAt(text, start, STABLE);
}

/** The code of a character with an ASCII letter in lower case. */
function lowerAt(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return isLetter(code) ? code | 0x20 : code;
}
