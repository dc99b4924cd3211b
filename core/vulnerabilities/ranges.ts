/**
 * Whether a version is one of those that a statement means (OSV schema, "Evaluation"; GitHub's and
 * the NVD's ranges are of the same kind).
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

/** What of a statement is about versions. */
export type Versioned = Pick<Statement, 'ranges' | 'versions' | 'fixes'>;

/** A statement's versions, made ready for many comparisons: bounds are sorted once, when needed. */
export class Prepared {
  readonly statement: Versioned;
  readonly scheme: Scheme;
  #sorted: Map<Range, readonly Interval[]> | undefined;

  constructor(statement: Versioned, scheme: Scheme) {
    this.statement = statement;
    this.scheme = scheme;
  }

  /** The intervals of all ranges. */
  get intervals(): readonly Interval[] {
    const { ranges } = this.statement;
    const [first] = ranges;
    return ranges.length === 1 && first !== undefined
      ? this.intervalsOf(first)
      : ranges.flatMap((range) => this.intervalsOf(range));
  }

  /** The intervals of a range in ascending order; a range that means nothing has none. */
  intervalsOf(range: Range): readonly Interval[] {
    const known = this.#sorted?.get(range);
    if (known !== undefined) return known;
    const intervals = intervalsIn(range, this.scheme);
    // One interval is made sooner than found.
    if (range.length > 2) (this.#sorted ??= new Map()).set(range, intervals);
    return intervals;
  }
}

/** Where a version was found: in an interval, or else in the list of versions. */
export interface Place {
  readonly interval: Interval | undefined;
}

const FIRST = '0';
const LISTED: Place = { interval: undefined };

/** Makes a statement ready to be compared with versions of a scheme. */
export function prepare(statement: Versioned, scheme: Scheme): Prepared {
  return new Prepared(statement, scheme);
}

/**
 * Whether a version is seen to be outside of all that is meant without making anything ready: so it
 * is with most statements and most versions. False does not say that it is meant.
 *
 * @param isOrdered what the scheme says of the version, asked once for many statements
 */
export function isPlainlyOutside(
  { ranges, versions }: Versioned,
  scheme: Scheme,
  version: string,
  isOrdered: boolean,
): boolean {
  if (!isOrdered) return false;
  for (const range of ranges) if (!isPlainlyOutsideOf(range, scheme, version)) return false;
  return (ranges.length > 0 || !scheme.hasSpellings || versions.length === 0) &&
    !has(versions, version);
}

/** Walks bounds as they are written, as long as they ascend: then the last one passed decides. */
function isPlainlyOutsideOf(range: Range, scheme: Scheme, version: string): boolean {
  let isInside = false;
  let isPassed = true;
  let before: string | undefined;
  for (const bound of range) {
    const [operator, text] = bound;
    if (isFirst(bound)) {
      if (before !== undefined) return false;
      isInside = true;
      continue;
    }
    if (before !== undefined && scheme.compare(before, text) >= 0) return false;
    before = text;
    if (!isPassed) continue;
    const order = scheme.compareInstalled(version, text);
    isPassed = order >= 0;
    if (order > 0 || (order === 0 && (operator === '>=' || operator === '<'))) {
      isInside = !isEnd(bound);
    }
  }
  return !isInside;
}

/**
 * Where an installed version is among those that are meant; undefined where it is not. A version
 * that the scheme cannot order is only in lists, and in what has neither beginning nor end.
 *
 * @param isOrdered what the scheme says of the version, asked once for many statements
 */
export function placeOf(
  prepared: Prepared,
  version: string,
  isOrdered: boolean = prepared.scheme.isOrdered(version),
): Place | undefined {
  const { statement: { ranges }, scheme: { compareInstalled } } = prepared;
  for (const range of ranges) {
    const end = onlyEndOf(range);
    // Most ranges have no beginning: what is not in them needs no more than one comparison.
    if (end !== undefined) {
      if (isOrdered && isBefore(version, end, compareInstalled)) return { interval: { high: end } };
      continue;
    }
    for (const interval of prepared.intervalsOf(range)) {
      if (interval.low === undefined && interval.high === undefined) return { interval };
      if (!isOrdered) break;
      if (isWithin(interval, version, compareInstalled)) return { interval };
    }
  }
  return isListed(prepared, version) ? LISTED : undefined;
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
function intervalsIn(range: Range, { compare, hasPairs }: Scheme): readonly Interval[] {
  const end = onlyEndOf(range);
  if (end !== undefined) return [{ high: end }];
  if (hasPairs) {
    const low = range.find((bound) => !isEnd(bound) && !isFirst(bound));
    return [{ low, high: range.find(isEnd) }];
  }
  const isOpenStart = range.some(isFirst);
  const bounds = sorted(isOpenStart ? range.filter((bound) => !isFirst(bound)) : range, compare);
  const intervals: Interval[] = [];
  let open: { readonly low?: Bound | undefined } | undefined = isOpenStart ? {} : undefined;
  let at = 0;
  while (at < bounds.length) {
    let begin: Bound | undefined;
    let end: Bound | undefined;
    do {
      const bound = bounds[at]?.bound;
      if (bound === undefined) break;
      if (isEnd(bound)) end = end?.[0] === '<' ? end : bound;
      else begin = begin?.[0] === '>=' ? begin : bound;
      at++;
    } while (bounds[at]?.isNew === false);
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
  if (open !== undefined) intervals.push(open);
  return intervals;
}

/** A bound, and whether its version is another than that of the one before it. */
interface Placed {
  readonly bound: Bound;
  readonly isNew: boolean;
}

/** Bounds in ascending order, as most sources write them. */
function sorted(bounds: readonly Bound[], compare: Scheme['compare']): readonly Placed[] {
  const placed: Placed[] = [];
  for (const bound of bounds) {
    const before = placed.at(-1)?.bound;
    const order = before === undefined ? -1 : compare(before[1], bound[1]);
    if (order > 0) return sorted(bounds.toSorted(([, a], [, b]) => compare(a, b)), compare);
    placed.push({ bound, isNew: order !== 0 });
  }
  return placed;
}

function isFirst([operator, version]: Bound): boolean {
  return operator === '>=' && version === FIRST;
}

/** The end of a range that begins before every version and ends once. */
function onlyEndOf(range: Range): Bound | undefined {
  const [first, second] = range;
  if (range.length !== 2 || first === undefined || second === undefined) return undefined;
  if (isFirst(first)) return isEnd(second) ? second : undefined;
  return isFirst(second) && isEnd(first) ? first : undefined;
}

function isEnd([operator]: Bound): boolean {
  return operator === '<' || operator === '<=';
}

function isBefore(version: string, [operator, end]: Bound, compare: Scheme['compare']): boolean {
  const order = compare(version, end);
  return operator === '<' ? order < 0 : order <= 0;
}

/** Whether a version lies in an interval, by an order. */
export function isWithin(
  { low, high }: Interval,
  version: string,
  compare: Scheme['compare'],
): boolean {
  if (high !== undefined && !isBefore(version, high, compare)) return false;
  if (low === undefined) return true;
  const order = compare(version, low[1]);
  return low[0] === '>' ? order > 0 : order >= 0;
}

/** Ranges know all spellings of a version; where there is none, its list must. */
function isListed({ statement: { ranges, versions }, scheme }: Prepared, version: string): boolean {
  if (versions.length === 0) return false;
  if (has(versions, version)) return true;
  if (ranges.length > 0 || !scheme.hasSpellings || !scheme.isOrdered(version)) return false;
  return versions.some((other) =>
    mayBeSame(other, version) && scheme.compare(other, version) === 0
  );
}

/** Lists are long and mostly of versions of other lengths, which need not be looked at. */
function has(versions: readonly string[], version: string): boolean {
  const { length } = version;
  for (let at = 0; at < versions.length; at++) {
    const listed = versions[at] ?? '';
    if (listed.length === length && listed === version) return true;
  }
  return false;
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
