/**
 * Which versions an entry of an OSV record affects (OSV schema 1.7, "affected[].ranges[]" and
 * "Evaluation"), as bounds. Commits are no versions of packages, and `limit` only bounds commits.
 *
 * @module
 */
import type { Bound, FixState, Range } from '../vulnerabilities/advisory.ts';
import { type Comparison, parseConstraint } from '../vulnerabilities/versions/constraint.ts';
import type { OsvAffected, OsvEvent, OsvRange } from './osv-schema.ts';

/** The affected versions, and whether there is one without the vulnerability. */
export interface Affected {
  readonly ranges: readonly Range[];
  readonly versions: readonly string[];
  readonly state: FixState;
  readonly fixes?: readonly string[];
}

/** A version that is before every other one. */
const FIRST = '0';
const GIT = 'GIT';

/** What an entry says of versions; undefined where it says nothing. */
export function affectedVersions(entry: OsvAffected): Affected | undefined {
  const events = (entry.ranges ?? []).filter(({ type }) => type !== GIT);
  const known = lastKnown(entry.database_specific?.last_known_affected_version_range);
  const ranges = events.map((range) => rangeOf(range, known)).filter(beginsAndGoesOn);
  const listed = [...new Set(entry.versions.map((version) => version.trim()))].filter(Boolean);
  if (ranges.length === 0 && listed.length === 0) return undefined;
  // Of a package whose every version is affected, a list of them adds nothing.
  const versions = ranges.some(isEverything) ? [] : listed;
  if (events.some(closesWithFix)) return { ranges, versions, state: 'fixed' };
  const fixes = fixesElsewhere(entry);
  return fixes.length === 0
    ? { ranges, versions, state: 'not-fixed' }
    : { ranges, versions, state: 'fixed', fixes };
}

/**
 * Whether an entry says that no version was ever affected: distributions write it as fixed in the
 * first version of all.
 */
export function deniesAll({ ranges, versions }: OsvAffected): boolean {
  const events = (ranges ?? []).filter(({ type }) => type !== GIT);
  return versions.length === 0 && events.length > 0 &&
    events.every((range) => range.events.some(({ fixed }) => fixed === FIRST));
}

function boundsOf({ introduced, fixed, last_affected: last }: OsvEvent): readonly Bound[] {
  const bounds: Bound[] = [];
  if (introduced) bounds.push(['>=', introduced]);
  if (fixed) bounds.push(['<', fixed]);
  if (last) bounds.push(['<=', last]);
  return bounds;
}

function rangeOf({ events }: OsvRange, known: readonly Bound[]): Range {
  const bounds = events.flatMap(boundsOf);
  const isClosed = bounds.some(([operator]) => operator === '<' || operator === '<=');
  return isClosed ? bounds : [...bounds, ...known];
}

/** Without a version that introduces it nothing is affected, nor is anything before the first one. */
function beginsAndGoesOn(range: Range): boolean {
  const begins = range.filter(([operator]) => operator === '>=');
  const isEmpty = begins.every(([, version]) =>
    version === FIRST && range.some(([operator, end]) => operator === '<' && end === FIRST)
  );
  return begins.length > 0 && !isEmpty;
}

function isEverything(range: Range): boolean {
  return range.every(([operator, version]) => operator === '>=' && version === FIRST);
}

function closesWithFix({ events }: OsvRange): boolean {
  return events.some(({ fixed }) => fixed && fixed !== FIRST);
}

/**
 * GitHub's last known affected versions: `<= 2.0`, or `< 2.0` without a release that fixes it. Only
 * an upper bound is taken.
 */
function lastKnown(text: string | undefined): readonly Bound[] {
  return comparisonsIn(text ?? '').flatMap(({ operator, version }): readonly Bound[] => {
    if (operator === '<') return [['<', version]];
    return operator === '<=' || operator === '=' ? [['<=', version]] : [];
  });
}

/** None where the text is in another grammar, or there is a choice. */
function comparisonsIn(text: string): readonly Comparison[] {
  try {
    const [comparisons = [], ...others] = parseConstraint(text);
    return others.length === 0 ? comparisons : [];
  } catch {
    return [];
  }
}

/** Go: fixes in versions that the module proxy does not know, which the ranges therefore leave out. */
function fixesElsewhere({ ecosystem_specific: specific }: OsvAffected): readonly string[] {
  const events = (specific?.custom_ranges ?? []).flatMap((range) => range.events);
  return [...new Set(events.flatMap(({ fixed }) => fixed ?? []))];
}
