/**
 * Where the parts of a Python version lie: `[N!]N(.N)*[{a|b|rc}N][.postN][.devN][+local]`, in any
 * spelling that PEP 440 normalises (its appendix B and "Normalization").
 *
 * @module
 */

import { digitsEnd, hasWordAt, isAlphanumeric, isDigit, isZeros } from './characters.ts';

const LOWER_A = 0x61;
const LOWER_B = 0x62;
const LOWER_C = 0x63;
const LOWER_P = 0x70;
const LOWER_R = 0x72;
const LOWER_V = 0x76;
const BANG = 0x21;
const DOT = 0x2e;
const HYPHEN = 0x2d;
const UNDERSCORE = 0x5f;
const PLUS = 0x2b;

/** Stages of one release in ascending order; a development release of none of them comes first. */
export const DEVELOPMENT = 0;
export const ALPHA = 1;
export const BETA = 2;
export const CANDIDATE = 3;
export const FINAL = 4;

/** An index that an absent part has. */
export const ABSENT = -1;

/**
 * A valid version taken apart, as indexes into its text. A number that is left out (`1.0a`) is
 * an empty run, which counts as 0; an absent post, development or local part starts at ABSENT.
 */
export interface Pep440Parts {
  readonly text: string;
  readonly epochStart: number;
  readonly epochEnd: number;
  readonly releaseStart: number;
  readonly releaseEnd: number;
  /** Where the release ends without its trailing zeros. */
  readonly significantEnd: number;
  /** DEVELOPMENT only where the version has neither a pre-release nor a post-release. */
  readonly stage: number;
  readonly preStart: number;
  readonly preEnd: number;
  readonly postStart: number;
  readonly postEnd: number;
  readonly devStart: number;
  readonly devEnd: number;
  readonly localStart: number;
}

/** Takes a version apart; undefined where it is not one that PEP 440 knows. Never throws. */
export function parsePep440(version: string): Pep440Parts | undefined {
  const text = version.trim();
  const epochStart = (text.charCodeAt(0) | 0x20) === LOWER_V ? 1 : 0;
  const firstEnd = digitsEnd(text, epochStart);
  const hasEpoch = firstEnd > epochStart && text.charCodeAt(firstEnd) === BANG;
  const epochEnd = hasEpoch ? firstEnd : epochStart;
  const releaseStart = hasEpoch ? firstEnd + 1 : epochStart;

  let at = digitsEnd(text, releaseStart);
  if (at === releaseStart) return undefined;
  let significantEnd = isZeros(text, releaseStart, at) ? releaseStart : at;
  while (text.charCodeAt(at) === DOT && isDigit(text.charCodeAt(at + 1))) {
    const start = at + 1;
    at = digitsEnd(text, start);
    if (!isZeros(text, start, at)) significantEnd = at;
  }
  const releaseEnd = at;

  let stage = FINAL;
  let preStart = ABSENT;
  let preEnd = ABSENT;
  let postStart = ABSENT;
  let postEnd = ABSENT;
  let devStart = ABSENT;
  let devEnd = ABSENT;
  if (at < text.length) {
    const pre = separatorEnd(text, at);
    const preWordEnd = findPreWord(text, pre);
    if (preWordEnd !== ABSENT) {
      stage = stageOf(text.charCodeAt(pre));
      preStart = separatorEnd(text, preWordEnd);
      preEnd = at = digitsEnd(text, preStart);
    }
    postStart = findPost(text, at);
    if (postStart !== ABSENT) postEnd = at = digitsEnd(text, postStart);
    const dev = separatorEnd(text, at);
    if (hasWordAt(text, dev, 'dev')) {
      devStart = separatorEnd(text, dev + 'dev'.length);
      devEnd = at = digitsEnd(text, devStart);
      if (stage === FINAL && postStart === ABSENT) stage = DEVELOPMENT;
    }
  }
  const hasLocal = text.charCodeAt(at) === PLUS;
  if (hasLocal ? !isLocal(text, at + 1) : at < text.length) return undefined;
  return {
    text,
    epochStart,
    epochEnd,
    releaseStart,
    releaseEnd,
    significantEnd,
    stage,
    preStart,
    preEnd,
    postStart,
    postEnd,
    devStart,
    devEnd,
    localStart: hasLocal ? at + 1 : ABSENT,
  };
}

/** The end of the word for a pre-release that begins at an index; ABSENT without one. */
function findPreWord(text: string, at: number): number {
  switch (text.charCodeAt(at) | 0x20) {
    case LOWER_A:
      return hasWordAt(text, at, 'alpha') ? at + 'alpha'.length : at + 1;
    case LOWER_B:
      return hasWordAt(text, at, 'beta') ? at + 'beta'.length : at + 1;
    case LOWER_C:
      return at + 1;
    case LOWER_R:
      return hasWordAt(text, at, 'rc') ? at + 'rc'.length : ABSENT;
    case LOWER_P:
      if (hasWordAt(text, at, 'preview')) return at + 'preview'.length;
      return hasWordAt(text, at, 'pre') ? at + 'pre'.length : ABSENT;
    default:
      return ABSENT;
  }
}

/** The stage that a word for a pre-release says, by its first letter. */
function stageOf(code: number): number {
  const lower = code | 0x20;
  if (lower === LOWER_A) return ALPHA;
  return lower === LOWER_B ? BETA : CANDIDATE;
}

/** Where the number of the post-release begins that stands at an index; ABSENT without one. */
function findPost(text: string, at: number): number {
  if (text.charCodeAt(at) === HYPHEN && isDigit(text.charCodeAt(at + 1))) return at + 1;
  const start = separatorEnd(text, at);
  switch (text.charCodeAt(start) | 0x20) {
    case LOWER_P:
      return hasWordAt(text, start, 'post') ? separatorEnd(text, start + 'post'.length) : ABSENT;
    case LOWER_R:
      return separatorEnd(text, start + (hasWordAt(text, start, 'rev') ? 'rev'.length : 1));
    default:
      return ABSENT;
  }
}

/** Whether the text from `start` on is alphanumeric parts with one separator between each two. */
function isLocal(text: string, start: number): boolean {
  let index = start;
  for (;;) {
    const end = localPartEnd(text, index);
    if (end === index) return false;
    if (end === text.length) return true;
    if (!isSeparator(text.charCodeAt(end))) return false;
    index = end + 1;
  }
}

/** The index after the letters and digits that begin at `start`. */
export function localPartEnd(text: string, start: number): number {
  let index = start;
  while (index < text.length && isAlphanumeric(text.charCodeAt(index))) index++;
  return index;
}

function separatorEnd(text: string, at: number): number {
  return isSeparator(text.charCodeAt(at)) ? at + 1 : at;
}

function isSeparator(code: number): boolean {
  return code === DOT || code === HYPHEN || code === UNDERSCORE;
}
