/**
 * What one record says of one installed package: that it is affected, that it is not, or that it is
 * of versions which it does not mean.
 *
 * @module
 */
import type { FixState, Statement } from '../advisory.ts';
import type { Role } from '../distributions.ts';
import { fixesOf, fixOf } from '../fixes.ts';
import {
  type Interval,
  intervalText,
  isPlainlyOutside,
  type Place,
  placeOf,
  type Prepared,
} from '../ranges.ts';
import { type Comparable, comparableBuilds } from './builds.ts';
import { type Circumstances, isAbout, roleOf } from './conditions.ts';
import { isOfOwnDatabase } from './heads.ts';
import { type Entry, preparedFor, type StatementsOf } from './statements.ts';
import type { Identity, Subject } from './subjects.ts';
import type { RecordHead } from './types.ts';

/** A statement that is about a package under one of its names. */
interface Applied {
  readonly statement: Statement;
  readonly identity: Identity;
  /** Whether it lists builds, which are compared together with those of the same record. */
  readonly isBuilds: boolean;
  /** Where the installed version is among those that are meant; undefined where it is not. */
  readonly found: { readonly prepared: Prepared; readonly place: Place } | undefined;
}

/** A statement that means the installed version. */
export interface Hit extends Pick<Applied, 'statement' | 'identity'> {
  /** What it means, in words: `>=1.0.0 <1.2.4`. */
  readonly range: string;
  readonly state: FixState;
  readonly fix: string | undefined;
  readonly fixes: readonly string[];
}

/** What one record says of a package. */
interface Gathered {
  readonly head: RecordHead;
  readonly role: Role;
  readonly applied: Applied[];
}

/** By their ids, and by more where two have the same. */
type Records = Map<string, Gathered>;

export interface Verdict {
  readonly head: RecordHead;
  readonly role: Role;
  /** `clear`: the record speaks of the package, but not of this version. */
  readonly says: 'affected' | 'denied' | 'clear';
  /** The statements that mean the version: those that deny where it is denied. */
  readonly hits: readonly Hit[];
}

/** Its records list one fix as several builds of a module. */
const LISTS_PLATFORMS = 'almalinux:';
const RPM = 'rpm';

/** Judges packages by statements. */
export class Judge {
  readonly #circumstances: Circumstances;

  constructor(circumstances: Circumstances) {
    this.#circumstances = circumstances;
  }

  /**
   * What records say of a package, in no particular order. That a record is clear of it is told only
   * where it speaks for others, as those of a distribution and of an ecosystem's own database do.
   */
  verdictsOn(subject: Subject, statementsOf: StatementsOf): readonly Verdict[] {
    const { kind, package: { type } } = subject;
    const records: Records = new Map();
    const clear: Verdict[] = [];
    for (const identity of subject.identities) {
      const spoken = statementsOf(identity);
      if (spoken === undefined) continue;
      for (const entry of spoken.entries) {
        const { head, statement } = entry;
        if (!isAbout(statement, identity, subject, this.#circumstances, spoken.channels)) continue;
        const role = roleOf(statement, identity, this.#circumstances);
        // What others than the package's own distribution have fixed is no news of it.
        if (role === 'unfixed' && !isUnfixed(statement)) continue;
        const applied = applyTo(identity, entry);
        if (applied !== undefined) gather(records, head, role, applied);
        else if (kind === 'system' || isOfOwnDatabase(head, type)) {
          clear.push({ head, role, says: 'clear', hits: [] });
        }
      }
    }
    if (records.size === 0) return kind === 'system' ? clear : [];
    const verdicts = Array.from(
      records.values(),
      ({ head, role, applied }) => this.#judge(head, role, applied),
    );
    return [
      ...verdicts,
      ...clear.filter(({ head, role }) => recordOf(records, head, role) === undefined),
    ];
  }

  #judge(head: RecordHead, role: Role, all: readonly Applied[]): Verdict {
    const applied = this.#ofStream(all);
    const denials = hitsOf(applied.filter(({ statement }) => !statement.affected));
    if (denials.length > 0) return { head, role, says: 'denied', hits: denials };
    const hits = hitsOf(applied.filter(({ statement }) => statement.affected));
    return { head, role, says: hits.length > 0 ? 'affected' : 'clear', hits };
  }

  /** Where the image is of a stream of longer support, what is said of that stream decides. */
  #ofStream(applied: readonly Applied[]): readonly Applied[] {
    if (applied.length === 1) return applied;
    const { products } = this.#circumstances;
    const ofStreams = applied.filter(({ statement: { cpes } }) =>
      cpes !== undefined && cpes.length > 0 && products.areStreams(cpes)
    );
    return ofStreams.length > 0 ? ofStreams : applied;
  }
}

function gather(records: Records, head: RecordHead, role: Role, applied: Applied): void {
  const known = recordOf(records, head, role);
  if (known !== undefined) known.applied.push(applied);
  else {records.set(records.has(head.id) ? keyOf(head, role) : head.id, {
      head,
      role,
      applied: [applied],
    });}
}

function recordOf(records: Records, head: RecordHead, role: Role): Gathered | undefined {
  const found = records.get(head.id);
  const isSame = found === undefined || (found.head.feed === head.feed && found.role === role);
  return isSame ? found : records.get(keyOf(head, role));
}

/** Two sources may have one id, and one record may speak of what is for subscribers, too. */
function keyOf({ id, feed }: RecordHead, role: Role): string {
  return `${id} ${role} ${feed}`;
}

/**
 * What a statement says of a version; undefined where it does not mean it. Statements on some
 * products alone are kept all the same: another one may not count because of them.
 */
function applyTo(identity: Identity, entry: Entry): Applied | undefined {
  const { scheme, version, isOrdered } = identity;
  const { statement } = entry;
  const isBuilds = scheme.name === RPM && statement.affected && isListOfBuilds(statement);
  if (isBuilds) return { statement, identity, isBuilds, found: undefined };
  const isOutside = isPlainlyOutside(statement, scheme, version, isOrdered);
  const prepared = isOutside ? undefined : preparedFor(entry, scheme);
  const place = prepared && placeOf(prepared, version, isOrdered);
  return place === undefined && statement.cpes === undefined ? undefined : {
    statement,
    identity,
    isBuilds,
    found: prepared && place && { prepared, place },
  };
}

function hitsOf(applied: readonly Applied[]): readonly Hit[] {
  const hits = applied.flatMap((one) => hitOf(one) ?? []);
  const builds = applied.filter(({ isBuilds }) => isBuilds);
  if (builds.length === 0) return hits;
  const byIdentity = Map.groupBy(builds, ({ identity }) => identity);
  return [
    ...[...byIdentity].flatMap(([identity, own]) => hitOfBuilds(identity, own) ?? []),
    ...hits,
  ];
}

/**
 * Records of distributions list the builds that have a fix: whatever is not older than one of those
 * that it can be compared with has it, too.
 */
function hitOfBuilds(identity: Identity, builds: readonly Applied[]): Hit | undefined {
  const { version, namespace, scheme } = identity;
  const fixed = builds.flatMap(({ statement }) => statement.ranges.flatMap(fixedVersions));
  const comparables = comparableBuilds(version, fixed, namespace.startsWith(LISTS_PLATFORMS));
  const isOlder = ({ installed, bound }: Comparable) =>
    scheme.compareInstalled(installed, bound) < 0;
  if (!comparables.every(isOlder)) return undefined;
  const fix = comparables.map((comparable) => comparable.fixed)
    .reduce((a, b) => scheme.compare(b, a) < 0 ? b : a);
  const lead = builds.find(({ statement }) =>
    statement.ranges.flatMap(fixedVersions).includes(fix)
  );
  return lead && {
    statement: lead.statement,
    identity,
    range: `<${fix}`,
    state: lead.statement.state === 'unknown' ? 'fixed' : lead.statement.state,
    fix,
    fixes: [...new Set(fixed)].sort(scheme.compare),
  };
}

function hitOf({ statement, identity, found }: Applied): Hit | undefined {
  if (found === undefined) return undefined;
  const { prepared, place } = found;
  const fix = fixOf(prepared, identity.version, place);
  return {
    statement,
    identity,
    range: rangeText(place),
    state: stateOf(statement, place.interval, fix),
    fix,
    fixes: fixesOf(prepared),
  };
}

function isUnfixed({ affected, state, ranges }: Statement): boolean {
  return affected && state !== 'fixed' &&
    ranges.every((range) => fixedVersions(range).length === 0);
}

/** Whether a statement is nothing but builds that have a fix. */
function isListOfBuilds({ ranges, versions }: Statement): boolean {
  return versions.length === 0 && ranges.length > 0 &&
    ranges.every((range) =>
      range.length === 2 && fixedVersions(range).length === 1 &&
      range.some(([operator, version]) => operator === '>=' && version === '0')
    );
}

function fixedVersions(range: Statement['ranges'][number]): readonly string[] {
  return range.flatMap(([operator, version]) => operator === '<' ? [version] : []);
}

function rangeText({ interval }: Place): string {
  return interval === undefined ? 'its list of versions' : intervalText(interval);
}

/** A statement tells the state of all of its versions: one that no fix ends may have none. */
function stateOf(
  { state }: Statement,
  interval: Interval | undefined,
  fix: string | undefined,
): FixState {
  if (fix !== undefined) return state === 'unknown' ? 'fixed' : state;
  if (state !== 'fixed') return state;
  return interval !== undefined && interval.high === undefined ? 'not-fixed' : 'unknown';
}
