/**
 * The order of NuGet versions: up to four numbers, then labels as in SemVer.
 *
 * Follows the NuGet documentation, "Package versioning": missing numbers are 0, leading zeros do
 * not count, labels are compared without regard to case, metadata after `+` not at all.
 *
 * @module
 */

import {
  comparePrereleases,
  type CompareRuns,
  compareSemverNumbers,
  parseSemver,
} from './semver.ts';

const LOWER_A = 0x61;
const LOWER_Z = 0x7a;
/** From an ASCII letter to its other case. */
const CASE_BIT = 0x20;

/**
 * Orders two NuGet versions: negative where `a` is older, 0 where they are the same version,
 * positive where `a` is newer. Total over all strings, linear in their length, never throws.
 */
export function compareNuget(a: string, b: string): number {
  if (a === b) return 0;
  const x = parseSemver(a);
  const y = parseSemver(b);
  return compareSemverNumbers(x, y) || comparePrereleases(x, y, compareIgnoringCase);
}

const compareIgnoringCase: CompareRuns = (a, aStart, aEnd, b, bStart, bEnd) => {
  let i = aStart;
  let j = bStart;
  while (i < aEnd && j < bEnd) {
    const difference = upperCase(a.charCodeAt(i)) - upperCase(b.charCodeAt(j));
    if (difference !== 0) return difference;
    i++;
    j++;
  }
  return (aEnd - i) - (bEnd - j);
};

function upperCase(code: number): number {
  return code >= LOWER_A && code <= LOWER_Z ? code - CASE_BIT : code;
}
