/**
 * The order of Python package versions.
 *
 * Follows the version specifiers specification of the Python packaging user guide (PEP 440). What
 * it does not know, as old uploads and other people's metadata contain it, sorts below every
 * valid version.
 *
 * @module
 */

import { compareCodes, compareNumbers, digitsEnd } from './characters.ts';
import { compareLegacyPep440 } from './pep440-legacy.ts';
import { ABSENT, localPartEnd, parsePep440, type Pep440Parts } from './pep440-parts.ts';

/**
 * Orders two Python versions: negative where `a` is older, 0 where they are the same version,
 * positive where `a` is newer. Total over all strings, linear in their length, never throws.
 */
export function comparePep440(a: string, b: string): number {
  if (a === b) return 0;
  const x = parsePep440(a);
  const y = parsePep440(b);
  if (x === undefined || y === undefined) {
    if (x === undefined && y === undefined) return compareLegacyPep440(a, b);
    return x === undefined ? -1 : 1;
  }
  return comparePublic(x, y) || compareLocals(x, y);
}

/** Whether a version is one that PEP 440 knows, in whatever spelling. */
export function isPep440(version: string): boolean {
  return parsePep440(version) !== undefined;
}

/** Orders two versions without their local parts. */
export function comparePublic(x: Pep440Parts, y: Pep440Parts): number {
  return compareReleases(x, y) || comparePre(x, y) ||
    compareOptional(x, x.postStart, x.postEnd, y, y.postStart, y.postEnd, -1) ||
    compareOptional(x, x.devStart, x.devEnd, y, y.devStart, y.devEnd, 1);
}

/** Orders two versions by epoch and release alone; a missing number of the release is 0. */
export function compareReleases(x: Pep440Parts, y: Pep440Parts): number {
  const byEpoch = compareNumbers(
    x.text,
    x.epochStart,
    x.epochEnd,
    y.text,
    y.epochStart,
    y.epochEnd,
  );
  if (byEpoch !== 0) return byEpoch;
  let i = x.releaseStart;
  let j = y.releaseStart;
  while (i < x.significantEnd || j < y.significantEnd) {
    const iEnd = digitsEnd(x.text, i, x.significantEnd);
    const jEnd = digitsEnd(y.text, j, y.significantEnd);
    const byNumber = compareNumbers(x.text, i, iEnd, y.text, j, jEnd);
    if (byNumber !== 0) return byNumber;
    i = iEnd + 1;
    j = jEnd + 1;
  }
  return 0;
}

/** Orders two versions of one release by their stage and the number of the pre-release. */
export function comparePre(x: Pep440Parts, y: Pep440Parts): number {
  return x.stage - y.stage ||
    compareNumbers(x.text, x.preStart, x.preEnd, y.text, y.preStart, y.preEnd);
}

/** Orders two numbers that may be absent; `absence` is the sign of an absent one against any. */
function compareOptional(
  x: Pep440Parts,
  xStart: number,
  xEnd: number,
  y: Pep440Parts,
  yStart: number,
  yEnd: number,
  absence: number,
): number {
  if (xStart === ABSENT || yStart === ABSENT) {
    if (xStart === yStart) return 0;
    return xStart === ABSENT ? absence : -absence;
  }
  return compareNumbers(x.text, xStart, xEnd, y.text, yStart, yEnd);
}

/** No local part, then by its parts: letters before numbers, a shorter one before a longer. */
export function compareLocals(x: Pep440Parts, y: Pep440Parts): number {
  if (x.localStart === ABSENT || y.localStart === ABSENT) return x.localStart - y.localStart;
  const a = x.text.toLowerCase();
  const b = y.text.toLowerCase();
  let i = x.localStart;
  let j = y.localStart;
  while (i < a.length && j < b.length) {
    const iEnd = localPartEnd(a, i);
    const jEnd = localPartEnd(b, j);
    const iNumeric = digitsEnd(a, i) === iEnd;
    const jNumeric = digitsEnd(b, j) === jEnd;
    if (iNumeric !== jNumeric) return iNumeric ? 1 : -1;
    const byPart = iNumeric
      ? compareNumbers(a, i, iEnd, b, j, jEnd)
      : compareCodes(a, i, iEnd, b, j, jEnd);
    if (byPart !== 0) return byPart;
    i = iEnd + 1;
    j = jEnd + 1;
  }
  return (i < a.length ? 1 : 0) - (j < b.length ? 1 : 0);
}
