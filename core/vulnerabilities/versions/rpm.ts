/**
 * The order of RPM package versions: `[epoch:]version[-release]`, as rpm sorts them.
 *
 * Follows rpm's `rpmvercmp` and rpm-version(7): an absent epoch is 0, an absent release
 * precedes every release, `~` sorts below the end and `^` above it.
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

const TILDE = 0x7e;
const CARET = 0x5e;
const COLON = 0x3a;
/** Stands for "no character left"; no character has this code. */
const END = -1;

/** A version taken apart: `epoch` holds digits or nothing, `release` is undefined where absent. */
interface Evr {
  readonly epoch: string;
  readonly version: string;
  readonly release: string | undefined;
}

/**
 * Orders two RPM versions: negative where `a` is older, 0 where they are the same version,
 * positive where `a` is newer. Total over all strings, linear in their length, never throws.
 *
 * This is the order of `rpm.ver` and of sorting, not the overlap of dependencies, where a missing
 * release matches any: "1" is older than "1-1".
 */
export function compareRpm(a: string, b: string): number {
  if (a === b) return 0;
  const x = splitVersion(a);
  const y = splitVersion(b);
  return compareNumbers(x.epoch, 0, x.epoch.length, y.epoch, 0, y.epoch.length) ||
    compareVersionsAndReleases(x, y);
}

/**
 * Orders two RPM versions as `compareRpm` does, but for an epoch that counts only where both have
 * one: for advisories that leave it out. No total order, because "1:5" and "2:5" are both the same
 * as "5"; it is meant for one version against one bound, not for sorting.
 */
export function compareRpmKnownEpochs(a: string, b: string): number {
  const x = splitVersion(a);
  const y = splitVersion(b);
  const areKnown = x.epoch !== '' && y.epoch !== '';
  return areKnown ? compareRpm(a, b) : compareVersionsAndReleases(x, y);
}

function compareVersionsAndReleases(x: Evr, y: Evr): number {
  const order = compareRpmSegments(x.version, y.version);
  if (order !== 0) return order;
  if (x.release === undefined || y.release === undefined) {
    return (x.release === undefined ? 0 : 1) - (y.release === undefined ? 0 : 1);
  }
  return compareRpmSegments(x.release, y.release);
}

function splitVersion(text: string): Evr {
  // rpm takes ":1" for epoch 0 too; after anything but digits a colon is part of the version.
  const colon = digitsEnd(text, 0);
  const hasEpoch = text.charCodeAt(colon) === COLON;
  const versionStart = hasEpoch ? colon + 1 : 0;
  const hyphen = text.lastIndexOf('-');
  const hasRelease = hyphen >= versionStart;
  return {
    epoch: hasEpoch ? text.slice(0, colon) : '',
    version: text.slice(versionStart, hasRelease ? hyphen : text.length),
    release: hasRelease ? text.slice(hyphen + 1) : undefined,
  };
}

/**
 * rpm's `rpmvercmp`, the order of a version or of a release alone: runs of digits or of letters
 * decide, separators, colons and hyphens among them, only divide them.
 */
export function compareRpmSegments(a: string, b: string): number {
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    i = separatorsEnd(a, i);
    j = separatorsEnd(b, j);
    const aCode = codeAt(a, i);
    const bCode = codeAt(b, j);
    const byKind = kindOf(aCode) - kindOf(bCode);
    if (byKind !== 0) return byKind;
    if (aCode === END) return 0;
    if (aCode === TILDE || aCode === CARET) {
      i++;
      j++;
      continue;
    }
    const numeric = isDigit(aCode);
    const aEnd = numeric ? digitsEnd(a, i) : lettersEnd(a, i);
    const bEnd = numeric ? digitsEnd(b, j) : lettersEnd(b, j);
    const bySegment = numeric
      ? compareNumbers(a, i, aEnd, b, j, bEnd)
      : compareCodes(a, i, aEnd, b, j, bEnd);
    if (bySegment !== 0) return bySegment;
    i = aEnd;
    j = bEnd;
  }
  return 0;
}

/** Kinds of segment in ascending order; letters are older than a number. */
function kindOf(code: number): number {
  if (code === TILDE) return 0;
  if (code === END) return 1;
  if (code === CARET) return 2;
  return isDigit(code) ? 4 : 3;
}

function codeAt(text: string, index: number): number {
  return index < text.length ? text.charCodeAt(index) : END;
}

function separatorsEnd(text: string, start: number): number {
  let index = start;
  while (index < text.length && isSeparator(text.charCodeAt(index))) index++;
  return index;
}

function isSeparator(code: number): boolean {
  return !isAlphanumeric(code) && code !== TILDE && code !== CARET;
}
