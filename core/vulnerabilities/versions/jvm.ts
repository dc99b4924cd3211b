/**
 * The order of Java runtime versions, of the current scheme (`17.0.9+9-LTS`, `22-ea+36`) and the
 * ones before it (`1.8.0_292-b10`, `8u292`).
 *
 * Follows the version-string scheme of JEP 223 and JEP 322: numbers, a missing one being 0, then
 * a pre-release before the release. Of the older schemes the number after `1.` is the first and
 * the update is the third (`1.8.0_292` and `8u292` are `8.0.292`). Builds do not count: they are
 * of one release, and advisories name releases.
 *
 * @module
 */

import { compareCodes, compareNumbers, digitsEnd, isAlphanumeric, isDigit } from './characters.ts';

const DOT = 0x2e;
const HYPHEN = 0x2d;
const UNDERSCORE = 0x5f;
const COLON = 0x3a;

/** What file names and tags write before the version. */
const PREFIX = /^(?:openjdk|jdk|jre|java)[-_]?(?=\d)/;
const OLD_PREFIX = '1.';
/** The place of the update among the numbers. */
const UPDATE_PLACE = 2;
const UPDATE_WORDS: readonly string[] = ['update', 'u'];
const BUILD = /^b\d+$/;
/** Stands for long-term support, which is no pre-release though it may stand in its place. */
const LONG_TERM = 'lts';

/** A version taken apart. */
interface JvmVersion {
  /** The numbers as digits. */
  readonly numbers: readonly string[];
  /** The pre-release; empty for a release. */
  readonly preRelease: string;
}

/**
 * Orders two Java versions: negative where `a` is older, 0 where they are the same release,
 * positive where `a` is newer. Total over all strings, linear in their length, never throws. Text
 * without a number at its beginning precedes every version.
 */
export function compareJvm(a: string, b: string): number {
  if (a === b) return 0;
  const x = parseJvm(a);
  const y = parseJvm(b);
  if (x === undefined || y === undefined) {
    if (x === undefined && y === undefined) return compareCodes(a, 0, a.length, b, 0, b.length);
    return x === undefined ? -1 : 1;
  }
  const count = Math.max(x.numbers.length, y.numbers.length);
  for (let index = 0; index < count; index++) {
    const order = compareDigits(x.numbers[index] ?? '', y.numbers[index] ?? '');
    if (order !== 0) return order;
  }
  return comparePreReleases(x.preRelease, y.preRelease);
}

/** A pre-release before none; among themselves numbers by value, then words as text. */
function comparePreReleases(a: string, b: string): number {
  if (a === '' || b === '') return (a === '' ? 1 : 0) - (b === '' ? 1 : 0);
  const aNumeric = digitsEnd(a, 0) === a.length;
  const bNumeric = digitsEnd(b, 0) === b.length;
  if (aNumeric !== bNumeric) return aNumeric ? -1 : 1;
  return aNumeric ? compareDigits(a, b) : compareCodes(a, 0, a.length, b, 0, b.length);
}

function compareDigits(a: string, b: string): number {
  return compareNumbers(a, 0, a.length, b, 0, b.length);
}

function parseJvm(version: string): JvmVersion | undefined {
  const text = version.trim().toLowerCase().replace(PREFIX, '');
  const isOld = text.startsWith(OLD_PREFIX) && isDigit(text.charCodeAt(OLD_PREFIX.length));
  const numbers: string[] = [];
  let start = isOld ? OLD_PREFIX.length : 0;
  let end = digitsEnd(text, start);
  while (end > start) {
    numbers.push(text.slice(start, end));
    start = text.charCodeAt(end) === DOT ? end + 1 : end;
    end = digitsEnd(text, start);
  }
  if (numbers.length === 0) return undefined;
  const update = findUpdate(text, end);
  if (update === undefined) return { numbers, preRelease: findPreRelease(text, end, isOld) };
  end = digitsEnd(text, update);
  addUpdate(numbers, text.slice(update, end));
  return { numbers, preRelease: findPreRelease(text, end, true) };
}

/** Where the number of the update begins that stands at an index: `_292`, `u292`, `-update_292`. */
function findUpdate(text: string, at: number): number | undefined {
  const separator = text.charCodeAt(at);
  let index = at;
  if (separator === UNDERSCORE || separator === HYPHEN || separator === COLON) index++;
  const word = UPDATE_WORDS.find((candidate) => text.startsWith(candidate, index));
  if (word === undefined && separator !== UNDERSCORE) return undefined;
  if (word !== undefined) {
    index += word.length;
    if (text.charCodeAt(index) === UNDERSCORE) index++;
  }
  return isDigit(text.charCodeAt(index)) ? index : undefined;
}

/** Puts the update in its place, or behind the numbers where another one has it. */
function addUpdate(numbers: string[], update: string): void {
  while (numbers.length < UPDATE_PLACE) numbers.push('');
  const place = numbers[UPDATE_PLACE] ?? '';
  if (compareDigits(place, '') === 0) numbers[UPDATE_PLACE] = update;
  else numbers.push(update);
}

/**
 * The pre-release that stands at an index, behind a hyphen. The older schemes have a build
 * (`-b10`) or a distribution's version there too, which begins with a digit.
 */
function findPreRelease(text: string, at: number, isOld: boolean): string {
  if (text.charCodeAt(at) !== HYPHEN) return '';
  const start = at + 1;
  let end = start;
  while (isAlphanumeric(text.charCodeAt(end))) end++;
  const word = text.slice(start, end);
  if (word === LONG_TERM || BUILD.test(word)) return '';
  return isOld && isDigit(text.charCodeAt(start)) ? '' : word;
}
