/**
 * Whether a version is one of those that a statement means, and which version fixes it (OSV schema,
 * "Evaluation"; GitHub's and the NVD's ranges are of the same kind).
 *
 * @module
 */
import type { Bound, Range, Statement } from './advisory.ts';
import type { Scheme } from './schemes.ts';

/** Versions from one bound to another; without a low one from the first, without a high one all. */
export interface Interval {
  readonly low?: Bound | undefined;
  readonly high?: Bound | undefined;
}

/** A statement's versions, sorted for many comparisons. */
export interface Prepared {
  readonly scheme: Scheme;
  /** For each range its intervals in ascending order; a range that means nothing has none. */
  readonly ranges: readonly (readonly Interval[])[];
  readonly versions: readonly string[];
  readonly fixes: readonly string[];
}

/** Where a version was found: in an interval, or else in the list of versions. */
export interface Place {
  readonly interval: Interval | undefined;
}

const EVERYTHING: Interval = {};
const FIRST = '0';
const LISTED: Place = { interval: undefined };

/** Sorts the bounds of a statement by its scheme. */
export function prepare(
  { ranges, versions, fixes = [] }: Pick<Statement, 'ranges' | 'versions' | 'fixes'>,
  scheme: Scheme,
): Prepared {
  return { scheme, ranges: ranges.map((range) => intervalsOf(range, scheme)), versions, fixes };
}

/**
 * Where an installed version is among those that are meant; undefined where it is not. A version
 * that the scheme cannot order is only in lists, and in what has neither beginning nor end.
 */
export function placeOf(prepared: Prepared, version: string): Place | undefined {
  const { ranges, scheme } = prepared;
  const { isOrdered, compareInstalled } = scheme;
  let isKnown: boolean | undefined;
  for (const intervals of ranges) {
    for (const interval of intervals) {
      if (interval.low === undefined && interval.high === undefined) return { interval };
      if (!(isKnown ??= isOrdered(version))) break;
      if (isWithin(interval, version, compareInstalled)) return { interval };
    }
  }
  return isListed(prepared, version) ? LISTED : undefined;
}

/**
 * The version to go to from an installed one that was found at a place: the lowest one above it that
 * ends its interval and is not itself meant; undefined where nobody tells one.
 */
export function fixOf(
  prepared: Prepared,
  version: string,
  { interval }: Place,
): string | undefined {
  const { scheme: { compareInstalled, compare }, fixes } = prepared;
  const above = (text: string) => compareInstalled(version, text) < 0;
  const start = interval === undefined
    ? lowest(endsOf(prepared).filter(above), prepared)
    : fixedBy(interval);
  const byRange = start === undefined ? undefined : firstUnaffected(prepared, start);
  if (byRange !== undefined) return byRange;
  const others = fixes.filter((fix) =>
    above(fix) &&
    !prepared.ranges.some((intervals) => intervals.some((one) => isWithin(one, fix, compare)))
  );
  return lowest(others, prepared);
}

/** All versions that fix it, whatever is installed, in ascending order. */
export function fixesOf(prepared: Prepared): readonly string[] {
  const all = [...new Set([...endsOf(prepared), ...prepared.fixes])];
  return all.sort(prepared.scheme.compare);
}

/** `>=1.0.0 <1.2.4`, `<1.2.4`, `every version`. */
export function intervalText({ low, high }: Interval): string {
  const bounds = [low, high].filter((bound) => bound !== undefined);
  return bounds.length === 0 ? 'every version' : bounds.map((bound) => bound.join('')).join(' ');
}

/**
 * The intervals of a range. Bounds of one version have no order among themselves: what is open ends
 * before it begins anew, what is not begins before it ends.
 */
function intervalsOf(range: Range, { compare }: Scheme): readonly Interval[] {
  const isOpenStart = range.some(isFirst);
  if (isOpenStart && range.length === 1) return [EVERYTHING];
  const bounds = range.filter((bound) => !isFirst(bound));
  const [only] = bounds;
  if (isOpenStart && bounds.length === 1 && only !== undefined && isEnd(only)) {
    return [{ high: only }];
  }
  bounds.sort(([, a], [, b]) => compare(a, b));
  const intervals: Interval[] = [];
  let open: { readonly low?: Bound | undefined } | undefined = isOpenStart ? {} : undefined;
  for (let at = 0; at < bounds.length;) {
    const together = at;
    const version = bounds[at]?.[1] ?? '';
    while (at < bounds.length && compare(version, bounds[at]?.[1] ?? '') === 0) at++;
    const equal = bounds.slice(together, at);
    const begin = equal.find(([operator]) => operator === '>=') ??
      equal.find(([operator]) => operator === '>');
    const end = equal.find(([operator]) => operator === '<') ??
      equal.find(([operator]) => operator === '<=');
    if (open === undefined) {
      if (begin === undefined) continue;
      if (end === undefined) open = { low: begin };
      else if (begin[0] === '>=' && end[0] === '<=') intervals.push({ low: begin, high: end });
    } else if (end !== undefined && begin === undefined) {
      intervals.push({ ...open, high: end });
      open = undefined;
    } else if (end?.[0] === '<' && begin?.[0] === '>') {
      intervals.push({ ...open, high: end });
      open = { low: begin };
    }
  }
  return open === undefined ? intervals : [...intervals, open];
}

function isFirst([operator, version]: Bound): boolean {
  return operator === '>=' && version === FIRST;
}

function isEnd([operator]: Bound): boolean {
  return operator === '<' || operator === '<=';
}

function isWithin({ low, high }: Interval, version: string, compare: Scheme['compare']): boolean {
  if (high !== undefined) {
    const order = compare(version, high[1]);
    if (high[0] === '<' ? order >= 0 : order > 0) return false;
  }
  if (low === undefined) return true;
  const order = compare(version, low[1]);
  return low[0] === '>' ? order > 0 : order >= 0;
}

function isListed({ versions, scheme }: Prepared, version: string): boolean {
  if (versions.length === 0) return false;
  if (versions.includes(version)) return true;
  if (!scheme.hasSpellings || !scheme.isOrdered(version)) return false;
  return versions.some((other) =>
    mayBeSame(other, version) && scheme.compare(other, version) === 0
  );
}

/**
 * Whether two texts may be spellings of one version: those that begin with numbers other than zero
 * must begin with the same one. Spares reading most versions of long lists.
 */
function mayBeSame(a: string, b: string): boolean {
  for (let at = 0;; at++) {
    const x = a.charCodeAt(at);
    const y = b.charCodeAt(at);
    const isNumber = x >= 0x30 && x <= 0x39;
    const isOther = y >= 0x30 && y <= 0x39;
    if (at === 0 && (!isNumber || !isOther || x === 0x30 || y === 0x30)) return true;
    if (!isNumber || !isOther) return isNumber === isOther;
    if (x !== y) return false;
  }
}

/** The fixed version that ends an interval; none where its last version is affected too. */
function fixedBy({ high }: Interval): string | undefined {
  return high?.[0] === '<' ? high[1] : undefined;
}

function endsOf({ ranges }: Prepared): readonly string[] {
  return ranges.flatMap((intervals) => intervals.flatMap((interval) => fixedBy(interval) ?? []));
}

function lowest(versions: readonly string[], { scheme }: Prepared): string | undefined {
  return versions.reduce<string | undefined>(
    (least, version) => least === undefined || scheme.compare(version, least) < 0 ? version : least,
    undefined,
  );
}

/** The fix itself, or that of the range that the fix is still in, and so on. */
function firstUnaffected({ ranges, scheme }: Prepared, start: string): string | undefined {
  let fix: string | undefined = start;
  for (let step = 0; step <= ranges.length && fix !== undefined; step++) {
    const version: string = fix;
    const interval = ranges.flat().find((one) => isWithin(one, version, scheme.compare));
    if (interval === undefined) return fix;
    fix = fixedBy(interval);
  }
  return undefined;
}
