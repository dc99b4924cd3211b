/**
 * Scores of CVSS vectors, by the formulas of each version's specification.
 *
 * @module
 */
import type { Severity } from './advisory.ts';
import type { Scores } from './cvss/scores.ts';
import { scoresOfVersion2 } from './cvss/version-2.ts';
import { scoresOfVersion3 } from './cvss/version-3.ts';
import { scoresOfVersion4 } from './cvss/version-4.ts';

export type CvssVersion = '2.0' | '3.0' | '3.1' | '4.0';

/** What a vector says. */
export interface Cvss extends Scores {
  readonly version: CvssVersion;
  readonly severity: Severity;
}

/** How vectors begin. Those of version 2 have no prefix of their own; some who write them add one. */
const PREFIXES: readonly (readonly [prefix: string, version: CvssVersion])[] = [
  ['CVSS:4.0/', '4.0'],
  ['CVSS:3.1/', '3.1'],
  ['CVSS:3.0/', '3.0'],
  ['CVSS:2.0/', '2.0'],
  ['CVSS2#', '2.0'],
];

/** Lowest base scores of the words for them (CVSS 3.1, section 5; CVSS 4.0, section 6). */
const WORDS: readonly (readonly [base: number, severity: Severity])[] = [
  [9, 'critical'],
  [7, 'high'],
  [4, 'medium'],
  [0.1, 'low'],
];

/** Version 2 has no words of its own: these are the National Vulnerability Database's. */
const WORDS_OF_VERSION_2: readonly (readonly [base: number, severity: Severity])[] = [
  [7, 'high'],
  [4, 'medium'],
  [0, 'low'],
];

/**
 * The base score of a vector, with temporal, threat and environmental metrics or without: they are
 * checked and do not count. Metrics may be in any order, a vector of version 2 in parentheses, and
 * one slash too many at the end. Undefined for what is no valid vector.
 */
export function cvssOf(vector: string): Cvss | undefined {
  const [prefix, version] = PREFIXES.find(([start]) => vector.startsWith(start)) ?? ['', '2.0'];
  const body = vector.slice(prefix.length);
  const scores = scoresOf(version, body.endsWith('/') ? body.slice(0, -1) : body);
  return scores && { version, ...scores, severity: severityOfBase(version, scores.base) };
}

/** The word for a base score; version 2 knows nothing above high. */
export function severityOfBase(version: CvssVersion, base: number): Severity {
  const words = version === '2.0' ? WORDS_OF_VERSION_2 : WORDS;
  return words.find(([least]) => base >= least)?.[1] ?? 'negligible';
}

function scoresOf(version: CvssVersion, text: string): Scores | undefined {
  if (version === '4.0') return scoresOfVersion4(text);
  if (version !== '2.0') return scoresOfVersion3(text);
  return scoresOfVersion2(text.startsWith('(') && text.endsWith(')') ? text.slice(1, -1) : text);
}
