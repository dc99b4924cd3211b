/**
 * Which versions are without a vulnerability.
 *
 * @module
 */
import { type Interval, isWithin, type Place, type Prepared } from './ranges.ts';

/**
 * The version to go to from an installed one that was found at a place: the lowest one above it that
 * ends its interval and is not itself meant; undefined where nobody tells one.
 */
export function fixOf(
  prepared: Prepared,
  version: string,
  { interval }: Place,
): string | undefined {
  const { scheme: { compareInstalled, compare }, statement: { fixes = [] } } = prepared;
  const above = (text: string) => compareInstalled(version, text) < 0;
  const start = interval === undefined
    ? lowest(endsOf(prepared).filter(above), prepared)
    : fixedBy(interval);
  const byRange = start === undefined ? undefined : firstUnaffected(prepared, start);
  if (byRange !== undefined) return byRange;
  const others = fixes.filter((fix) =>
    above(fix) && !prepared.intervals.some((one) => isWithin(one, fix, compare))
  );
  return lowest(others, prepared);
}

/** All versions that fix it, whatever is installed, in ascending order. */
export function fixesOf(prepared: Prepared): readonly string[] {
  const { statement: { fixes = [] }, scheme } = prepared;
  const ends = endsOf(prepared);
  return ends.length + fixes.length < 2
    ? [...ends, ...fixes]
    : [...new Set([...ends, ...fixes])].sort(scheme.compare);
}

/** The fixed version that ends an interval; none where its last version is affected too. */
function fixedBy({ high }: Interval): string | undefined {
  return high?.[0] === '<' ? high[1] : undefined;
}

function endsOf(prepared: Prepared): readonly string[] {
  return prepared.intervals.flatMap((interval) => fixedBy(interval) ?? []);
}

function lowest(versions: readonly string[], { scheme }: Prepared): string | undefined {
  return versions.reduce<string | undefined>(
    (least, version) => least === undefined || scheme.compare(version, least) < 0 ? version : least,
    undefined,
  );
}

/** The fix itself, or that of the range that the fix is still in, and so on. */
function firstUnaffected(prepared: Prepared, start: string): string | undefined {
  const { scheme: { compare } } = prepared;
  const intervals = prepared.intervals;
  let fix: string | undefined = start;
  for (let step = 0; step <= intervals.length && fix !== undefined; step++) {
    const version: string = fix;
    const interval = intervals.find((one) => isWithin(one, version, compare));
    if (interval === undefined) return fix;
    fix = fixedBy(interval);
  }
  return undefined;
}
