/**
 * The order of Debian package versions: `[epoch:]upstream[-revision]`, as dpkg sorts them.
 *
 * Follows Debian Policy 5.6.12. Text that policy forbids is ordered too, the way dpkg's own
 * character weights would place it, because advisories and package databases contain it.
 *
 * @module
 */

import { compareNumbers, digitsEnd, isBlank, isDigit, isLetter } from './characters.ts';

const TILDE = 0x7e;
const COLON = 0x3a;
const HYPHEN = 0x2d;

/** Puts every other character above the letters. */
const NON_LETTER_OFFSET = 0x10000;

/** Where the parts of a version lie, as indexes into its text; an absent part is empty. */
interface VersionParts {
  readonly epochStart: number;
  readonly epochEnd: number;
  readonly upstreamStart: number;
  readonly upstreamEnd: number;
  readonly revisionStart: number;
  readonly revisionEnd: number;
}

/**
 * Orders two Debian versions: negative where `a` is older, 0 where they are the same version,
 * positive where `a` is newer. Total over all strings, linear in their length, never throws.
 *
 * Blanks around a version do not count. What stands before the first colon is an epoch only if
 * it is all digits; otherwise the colon belongs to the upstream version.
 */
export function compareDpkg(a: string, b: string): number {
  if (a === b) return 0;
  const x = splitVersion(a);
  const y = splitVersion(b);
  return compareNumbers(a, x.epochStart, x.epochEnd, b, y.epochStart, y.epochEnd) ||
    compareParts(a, x.upstreamStart, x.upstreamEnd, b, y.upstreamStart, y.upstreamEnd) ||
    compareParts(a, x.revisionStart, x.revisionEnd, b, y.revisionStart, y.revisionEnd);
}

function splitVersion(text: string): VersionParts {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;

  const colon = digitsEnd(text, start, end);
  const hasEpoch = colon > start && colon < end && text.charCodeAt(colon) === COLON;
  const upstreamStart = hasEpoch ? colon + 1 : start;

  let hyphen = end - 1;
  while (hyphen >= upstreamStart && text.charCodeAt(hyphen) !== HYPHEN) hyphen--;
  const hasRevision = hyphen >= upstreamStart;
  return {
    epochStart: start,
    epochEnd: hasEpoch ? colon : start,
    upstreamStart,
    upstreamEnd: hasRevision ? hyphen : end,
    revisionStart: hasRevision ? hyphen + 1 : end,
    revisionEnd: end,
  };
}

/** Compares alternating runs of non-digits (by weight) and digits (by value) until one differs. */
function compareParts(
  a: string,
  aStart: number,
  aEnd: number,
  b: string,
  bStart: number,
  bEnd: number,
): number {
  let i = aStart;
  let j = bStart;
  while (i < aEnd || j < bEnd) {
    while (isNonDigitAt(a, i, aEnd) || isNonDigitAt(b, j, bEnd)) {
      const difference = weightAt(a, i, aEnd) - weightAt(b, j, bEnd);
      if (difference !== 0) return difference;
      i++;
      j++;
    }
    const aDigitsEnd = digitsEnd(a, i, aEnd);
    const bDigitsEnd = digitsEnd(b, j, bEnd);
    const byNumber = compareNumbers(a, i, aDigitsEnd, b, j, bDigitsEnd);
    if (byNumber !== 0) return byNumber;
    i = aDigitsEnd;
    j = bDigitsEnd;
  }
  return 0;
}

/** Tilde, then the end of the part or a digit, then letters, then everything else. */
function weightAt(text: string, index: number, end: number): number {
  if (index >= end) return 0;
  const code = text.charCodeAt(index);
  if (code === TILDE) return -1;
  if (isDigit(code)) return 0;
  return isLetter(code) ? code : code + NON_LETTER_OFFSET;
}

function isNonDigitAt(text: string, index: number, end: number): boolean {
  return index < end && !isDigit(text.charCodeAt(index));
}
