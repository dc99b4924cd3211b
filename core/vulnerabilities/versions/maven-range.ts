/**
 * Version ranges of Maven: intervals and their unions (`(,1.0],[1.2,2.0)`), and the comparisons
 * that advisories write for Maven packages (`>= 1.2, < 2.0 || = 3.0`).
 *
 * Follows "Dependency Version Requirement Specification" of Maven's POM reference. A version
 * alone is a soft requirement there, a recommendation that excludes nothing; as a range of
 * versions that something applies to, it stands for this one version.
 *
 * @module
 */

import { holds, parseComparisons } from './comparisons.ts';
import { compareMaven } from './maven.ts';

/** Versions between two bounds; an empty bound is none. */
interface Interval {
  readonly lower: string;
  readonly lowerIncluded: boolean;
  readonly upper: string;
  readonly upperIncluded: boolean;
}

/**
 * Whether a version is in a range; an empty range takes everything. False where the range is not
 * well-formed. Never throws.
 */
export function inMavenRange(range: string, version: string): boolean {
  const text = range.trim();
  if (text.startsWith('[') || text.startsWith('(')) {
    return parseIntervals(text)?.some((interval) => isInside(interval, version)) ?? false;
  }
  const alternatives = parseComparisons(text);
  if (alternatives === undefined) return false;
  return alternatives.some((comparisons) =>
    comparisons.every(({ operator, version: bound }) =>
      operator !== '~>' && holds(operator, compareMaven(version, bound))
    )
  );
}

function isInside(interval: Interval, version: string): boolean {
  const { lower, lowerIncluded, upper, upperIncluded } = interval;
  if (lower !== '') {
    const order = compareMaven(version, lower);
    if (order < 0 || (order === 0 && !lowerIncluded)) return false;
  }
  if (upper === '') return true;
  const order = compareMaven(version, upper);
  return order < 0 || (order === 0 && upperIncluded);
}

/** Reads intervals with commas, `||` or blanks between them; undefined if it is anything else. */
function parseIntervals(text: string): readonly Interval[] | undefined {
  const intervals: Interval[] = [];
  let at = 0;
  while (at < text.length) {
    const open = text[at];
    if (open !== '[' && open !== '(') return undefined;
    const end = bracketIndex(text, at + 1);
    const close = text[end];
    if (close !== ']' && close !== ')') return undefined;
    const interval = parseInterval(text.slice(at + 1, end), open === '[', close === ']');
    if (interval === undefined) return undefined;
    intervals.push(interval);
    at = end + 1;
    while (at < text.length && /[\s,|]/.test(text[at] ?? '')) at++;
  }
  return intervals;
}

function bracketIndex(text: string, start: number): number {
  let index = start;
  while (index < text.length && !'[()]'.includes(text[index] ?? '')) index++;
  return index;
}

/** Reads what stands between the brackets; a single version needs square ones. */
function parseInterval(
  text: string,
  lowerIncluded: boolean,
  upperIncluded: boolean,
): Interval | undefined {
  const comma = text.indexOf(',');
  if (comma === -1) {
    const version = text.trim();
    return lowerIncluded && upperIncluded && version !== ''
      ? { lower: version, lowerIncluded, upper: version, upperIncluded }
      : undefined;
  }
  const lower = text.slice(0, comma).trim();
  const upper = text.slice(comma + 1).trim();
  return upper.includes(',') ? undefined : { lower, lowerIncluded, upper, upperIncluded };
}
