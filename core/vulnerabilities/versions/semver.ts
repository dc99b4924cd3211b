/**
 * The order of SemVer versions: `major.minor.patch[-prerelease][+build]`, as npm, crates.io, Swift
 * and others sort them.
 *
 * Follows SemVer 2.0.0, section 11. What is no valid SemVer is ordered too, by the nearest reading:
 * a `v` before the number and blanks around the version do not count, missing numbers are 0,
 * further numbers and leading zeros count by value, and text right after the numbers is a
 * pre-release ("1.2.3beta"). What does not begin with a number precedes everything that does.
 *
 * @module
 */

import { compareCodes, compareNumbers, digitsEnd, isBlank, isDigit } from './characters.ts';

const PLUS = 0x2b;
const HYPHEN = 0x2d;
const DOT = 0x2e;
const UPPER_V = 0x56;
const LOWER_V = 0x76;

/** Stands for the start of a pre-release that is not there. */
const ABSENT = -1;

/** A version that was read: where its parts lie, as indexes into its text. */
export interface Semver {
  readonly text: string;
  /** The dotted numbers; empty where the version does not begin with one. */
  readonly numbersStart: number;
  readonly numbersEnd: number;
  /** The pre-release without its hyphen; -1 for the start where there is none. */
  readonly prereleaseStart: number;
  readonly prereleaseEnd: number;
  /** The build metadata without its plus; -1 for the start where there is none. */
  readonly buildStart: number;
  readonly buildEnd: number;
}

/** Compares two runs of characters of two texts, as `compareCodes` does. */
export type CompareRuns = typeof compareCodes;

/**
 * Orders two SemVer versions: negative where `a` is older, 0 where they are of the same precedence,
 * positive where `a` is newer. Total over all strings, linear in their length, never throws.
 *
 * Build metadata does not count (section 10), whatever it is.
 */
export function compareSemver(a: string, b: string): number {
  return a === b ? 0 : compareParsedSemver(parseSemver(a), parseSemver(b));
}

/** Reads a version once for many comparisons; any text can be read. */
export function parseSemver(text: string): Semver {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  const first = text.charCodeAt(start);
  if ((first === LOWER_V || first === UPPER_V) && isDigit(text.charCodeAt(start + 1))) start++;

  const numbersEnd = dottedNumbersEnd(text, start, end);
  let plus = numbersEnd;
  while (plus < end && text.charCodeAt(plus) !== PLUS) plus++;
  return {
    text,
    numbersStart: start,
    numbersEnd,
    prereleaseStart: prereleaseStartOf(text, start, numbersEnd, plus),
    prereleaseEnd: plus,
    buildStart: plus < end ? plus + 1 : ABSENT,
    buildEnd: end,
  };
}

/** Orders two versions that were read, as `compareSemver` orders their texts. */
export function compareParsedSemver(x: Semver, y: Semver): number {
  return compareSemverNumbers(x, y) || comparePrereleases(x, y, compareCodes);
}

/** Orders two versions by their numbers alone, however many; missing ones are 0. */
export function compareSemverNumbers(x: Semver, y: Semver): number {
  let i = x.numbersStart;
  let j = y.numbersStart;
  const byReading = Number(i < x.numbersEnd) - Number(j < y.numbersEnd);
  if (byReading !== 0) return byReading;
  while (i < x.numbersEnd || j < y.numbersEnd) {
    const iEnd = digitsEnd(x.text, i, x.numbersEnd);
    const jEnd = digitsEnd(y.text, j, y.numbersEnd);
    const order = compareNumbers(x.text, i, iEnd, y.text, j, jEnd);
    if (order !== 0) return order;
    i = iEnd + 1;
    j = jEnd + 1;
  }
  return 0;
}

/** Orders two versions by their pre-releases alone: none is newer than any. */
export function comparePrereleases(x: Semver, y: Semver, compareText: CompareRuns): number {
  if (x.prereleaseStart === ABSENT || y.prereleaseStart === ABSENT) {
    return Number(x.prereleaseStart === ABSENT) - Number(y.prereleaseStart === ABSENT);
  }
  return compareIdentifiers(
    x.text,
    x.prereleaseStart,
    x.prereleaseEnd,
    y.text,
    y.prereleaseStart,
    y.prereleaseEnd,
    compareText,
  );
}

/** Orders two versions by their build metadata alone, for who counts it: none is older than any. */
export function compareBuilds(x: Semver, y: Semver): number {
  if (x.buildStart === ABSENT || y.buildStart === ABSENT) {
    return Number(y.buildStart === ABSENT) - Number(x.buildStart === ABSENT);
  }
  const { text, buildStart, buildEnd } = y;
  return compareIdentifiers(
    x.text,
    x.buildStart,
    x.buildEnd,
    text,
    buildStart,
    buildEnd,
    compareCodes,
  );
}

/** Section 11.4: dotted identifiers one by one, numbers by value and before text, then the fewer. */
function compareIdentifiers(
  a: string,
  aStart: number,
  aEnd: number,
  b: string,
  bStart: number,
  bEnd: number,
  compareText: CompareRuns,
): number {
  let i = aStart;
  let j = bStart;
  for (;;) {
    const iEnd = identifierEnd(a, i, aEnd);
    const jEnd = identifierEnd(b, j, bEnd);
    const isNumber = isNumeric(a, i, iEnd);
    const byKind = Number(isNumeric(b, j, jEnd)) - Number(isNumber);
    if (byKind !== 0) return byKind;
    const order = isNumber
      ? compareNumbers(a, i, iEnd, b, j, jEnd)
      : compareText(a, i, iEnd, b, j, jEnd);
    if (order !== 0) return order;
    if (iEnd === aEnd || jEnd === bEnd) return Number(iEnd < aEnd) - Number(jEnd < bEnd);
    i = iEnd + 1;
    j = jEnd + 1;
  }
}

function identifierEnd(text: string, start: number, end: number): number {
  let index = start;
  while (index < end && text.charCodeAt(index) !== DOT) index++;
  return index;
}

function isNumeric(text: string, start: number, end: number): boolean {
  return start < end && digitsEnd(text, start, end) === end;
}

function dottedNumbersEnd(text: string, start: number, end: number): number {
  let index = digitsEnd(text, start, end);
  while (index > start && index + 1 < end && text.charCodeAt(index) === DOT) {
    const next = digitsEnd(text, index + 1, end);
    if (next === index + 1) break;
    index = next;
  }
  return index;
}

function prereleaseStartOf(text: string, start: number, numbersEnd: number, end: number): number {
  // Where no number was read all is text: it has nothing that could have been released.
  if (numbersEnd === end && numbersEnd > start) return ABSENT;
  const separator = text.charCodeAt(numbersEnd);
  const isSeparated = numbersEnd < end && (separator === HYPHEN || separator === DOT);
  return isSeparated ? numbersEnd + 1 : numbersEnd;
}
