/**
 * The order of Arch Linux package versions: `[epoch:]version[-pkgrel]`, as pacman sorts them.
 *
 * Follows vercmp(8) of pacman: an absent epoch is 0, runs of digits or of letters decide, more
 * separators before a run make it newer, letters behind the same version are older
 * (`1.0rc < 1.0 < 1.0.a < 1.0.1`). Where pacman takes an absent pkgrel for any, it precedes every
 * one here, because an order cannot be consistent otherwise.
 *
 * @module
 */

import {
  compareCodes,
  compareNumbers,
  digitsEnd,
  isAlphanumeric,
  isDigit,
  lettersEnd,
} from './characters.ts';

const COLON = 0x3a;
const HYPHEN = 0x2d;

/** Kinds of run in ascending order. */
const LETTERS = 0;
const END = 1;
const NUMBER = 2;

/** Where the parts of a version lie, as indexes into its text; an absent part is empty. */
interface VersionParts {
  readonly epochEnd: number;
  readonly versionStart: number;
  readonly versionEnd: number;
  readonly hasRelease: boolean;
}

/**
 * Orders two Arch Linux versions: negative where `a` is older, 0 where they are the same version,
 * positive where `a` is newer. Total over all strings, linear in their length, never throws.
 */
export function comparePacman(a: string, b: string): number {
  if (a === b) return 0;
  const x = splitVersion(a);
  const y = splitVersion(b);
  const order = compareNumbers(a, 0, x.epochEnd, b, 0, y.epochEnd) ||
    compareRuns(a, x.versionStart, x.versionEnd, b, y.versionStart, y.versionEnd);
  if (order !== 0) return order;
  if (!x.hasRelease || !y.hasRelease) return (x.hasRelease ? 1 : 0) - (y.hasRelease ? 1 : 0);
  return compareRuns(a, x.versionEnd + 1, a.length, b, y.versionEnd + 1, b.length);
}

function splitVersion(text: string): VersionParts {
  // Like rpm, pacman takes ":1" for epoch 0; after anything but digits a colon separates.
  const colon = digitsEnd(text, 0);
  const hasEpoch = text.charCodeAt(colon) === COLON;
  const versionStart = hasEpoch ? colon + 1 : 0;
  let hyphen = text.length - 1;
  while (hyphen >= versionStart && text.charCodeAt(hyphen) !== HYPHEN) hyphen--;
  const hasRelease = hyphen >= versionStart;
  return {
    epochEnd: hasEpoch ? colon : 0,
    versionStart,
    versionEnd: hasRelease ? hyphen : text.length,
    hasRelease,
  };
}

/** pacman's `rpmvercmp`: compares run by run, first by how many separators stand before it. */
function compareRuns(
  a: string,
  aStart: number,
  aEnd: number,
  b: string,
  bStart: number,
  bEnd: number,
): number {
  let i = aStart;
  let j = bStart;
  for (;;) {
    const aRun = separatorsEnd(a, i, aEnd);
    const bRun = separatorsEnd(b, j, bEnd);
    const kind = kindAt(a, aRun, aEnd);
    const order = (aRun - i) - (bRun - j) || kind - kindAt(b, bRun, bEnd);
    if (order !== 0 || kind === END) return order;
    const isNumber = kind === NUMBER;
    const aRunEnd = isNumber ? digitsEnd(a, aRun, aEnd) : lettersEnd(a, aRun, aEnd);
    const bRunEnd = isNumber ? digitsEnd(b, bRun, bEnd) : lettersEnd(b, bRun, bEnd);
    const byRun = isNumber
      ? compareNumbers(a, aRun, aRunEnd, b, bRun, bRunEnd)
      : compareCodes(a, aRun, aRunEnd, b, bRun, bRunEnd);
    if (byRun !== 0) return byRun;
    i = aRunEnd;
    j = bRunEnd;
  }
}

function kindAt(text: string, index: number, end: number): number {
  if (index >= end) return END;
  return isDigit(text.charCodeAt(index)) ? NUMBER : LETTERS;
}

function separatorsEnd(text: string, start: number, end: number): number {
  let index = start;
  while (index < end && !isAlphanumeric(text.charCodeAt(index))) index++;
  return index;
}
