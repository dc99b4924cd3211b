/**
 * The order of loosely written SemVer versions: what npm takes in its loose mode, and the forms
 * that other tools and advisories write.
 *
 * Follows the loose grammar of node-semver: before the number may stand any of `v`, `=` and
 * blanks, and the pre-release needs no hyphen. Missing numbers are 0. Where a dot stands for the
 * hyphen, as in gems ("1.0.0.rc.1"), each dot before a letter is read as one.
 *
 * @module
 */

import { isBlank, isDigit, isLetter } from './characters.ts';
import { compareParsedSemver, parseSemver, type Semver } from './semver.ts';

const DOT = 0x2e;
const EQUALS = 0x3d;
const LOWER_V = 0x76;

/**
 * Orders two loosely written versions: negative where `a` is older, 0 where they are of the same
 * precedence, positive where `a` is newer. Total over all strings, linear in their length, never
 * throws.
 */
export function compareSemverLoose(a: string, b: string): number {
  return a === b ? 0 : compareParsedSemver(parseSemverLoose(a), parseSemverLoose(b));
}

/** Reads a loosely written version once for many comparisons; any text can be read. */
export function parseSemverLoose(text: string): Semver {
  const start = prefixEnd(text);
  const isPrefixed = start > 0 && isDigit(text.charCodeAt(start));
  const version = parseSemver(isPrefixed ? text.slice(start) : text);
  const { text: plain, numbersStart, numbersEnd } = version;
  const isDotted = numbersEnd > numbersStart && plain.charCodeAt(numbersEnd) === DOT &&
    isLetter(plain.charCodeAt(numbersEnd + 1));
  if (!isDotted) return version;
  const hyphenated = plain.slice(numbersEnd).replaceAll(/\.(?=[A-Za-z])/g, '-');
  return parseSemver(plain.slice(0, numbersEnd) + hyphenated);
}

function prefixEnd(text: string): number {
  let index = 0;
  while (index < text.length && isPrefix(text.charCodeAt(index))) index++;
  return index;
}

function isPrefix(code: number): boolean {
  return code === LOWER_V || code === EQUALS || isBlank(code);
}
