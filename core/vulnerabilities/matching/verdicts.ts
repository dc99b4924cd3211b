/**
 * What one record says of one installed package: that it is affected, that it is not, or that it is
 * of versions which it does not mean.
 *
 * @module
 */
import type { FixState, Statement } from '../advisory.ts';
import type { Role } from '../distributions.ts';
import {
  fixesOf,
  fixOf,
  type Interval,
  intervalText,
  type Place,
  placeOf,
  prepare,
  type Prepared,
} from '../ranges.ts';
import { type Comparable, comparableBuilds } from './builds.ts';
import { type Circumstances, isAbout } from './conditions.ts';
import type { Identity, Subject } from './subjects.ts';
import type { FoundStatement, RecordHead } from './types.ts';

/** A statement that is about a package under one of its names. */
interface Applied {
  readonly statement: Statement;
  readonly identity: Identity;
}

/** A statement that means the installed version. */
export interface Hit extends Applied {
  /** What it means, in words: `>=1.0.0 <1.2.4`. */
  readonly range: string;
  readonly state: FixState;
  readonly fix: string | undefined;
  readonly fixes: readonly string[];
}

export interface Verdict {
  readonly head: RecordHead;
  readonly role: Role;
  /** `clear`: the record speaks of the package, but not of this version. */
  readonly says: 'affected' | 'denied' | 'clear';
  /** The statements that mean the version: those that deny where it is denied. */
  readonly hits: readonly Hit[];
}

/** Statements on one name by their record. */
export interface Spoken {
  readonly records: ReadonlyMap<string, readonly FoundStatement[]>;
  readonly channels: ReadonlySet<string>;
}

/** Its records list one fix as several builds of a module. */
const LISTS_PLATFORMS = 'almalinux:';
const RPM = 'rpm';
const NOTHING: Spoken = { records: new Map(), channels: new Set() };

/** Judges statements, each of which is prepared once. */
export class Judge {
  readonly #circumstances: Circumstances;
  readonly #prepared = new Map<Statement, Prepared>();

  constructor(circumstances: Circumstances) {
    this.#circumstances = circumstances;
  }

  /** What all records say of a package, in no particular order. */
  verdictsOn(subject: Subject, spokenOf: (identity: Identity) => Spoken | undefined): Verdict[] {
    const gathered = new Map<string, { readonly head: RecordHead; readonly applied: Applied[] }>();
    for (const identity of subject.identities) {
      const { records, channels } = spokenOf(identity) ?? NOTHING;
      const { role } = identity;
      for (const [record, statements] of records) {
        // One record may speak of the ordinary packages and of those for subscribers.
        const key = role === 'own' ? record : `${role} ${record}`;
        for (const { head, statement } of statements) {
          if (!isAbout(statement, identity, subject, this.#circumstances, channels)) continue;
          // What others than the package's own distribution have fixed is no news of it.
          if (role === 'unfixed' && !isUnfixed(statement)) continue;
          const known = gathered.get(key);
          if (known !== undefined) known.applied.push({ statement, identity });
          else gathered.set(key, { head, applied: [{ statement, identity }] });
        }
      }
    }
    const verdicts: Verdict[] = [];
    for (const { head, applied } of gathered.values()) verdicts.push(this.#judge(head, applied));
    return verdicts;
  }

  #judge(head: RecordHead, all: readonly Applied[]): Verdict {
    const role = all[0]?.identity.role ?? 'own';
    const applied = this.#ofStream(all);
    const denials = this.#hitsOf(applied.filter(({ statement }) => !statement.affected));
    if (denials.length > 0) return { head, role, says: 'denied', hits: denials };
    const hits = this.#hitsOf(applied.filter(({ statement }) => statement.affected));
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

  #hitsOf(applied: readonly Applied[]): readonly Hit[] {
    const builds = applied.filter(({ statement, identity }) =>
      identity.scheme.name === RPM && statement.affected && isBuilds(statement)
    );
    if (builds.length === 0) return applied.flatMap((one) => this.#hitOf(one) ?? []);
    const others = applied.filter((one) => !builds.includes(one));
    return [...this.#hitsOfBuilds(builds), ...others.flatMap((one) => this.#hitOf(one) ?? [])];
  }

  #hitOf({ statement, identity }: Applied): Hit | undefined {
    const prepared = this.#prepare(statement, identity);
    const place = placeOf(prepared, identity.version);
    if (place === undefined) return undefined;
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

  /**
   * Records of distributions list the builds that have a fix: whatever is not older than one of
   * those that it can be compared with has it, too.
   */
  #hitsOfBuilds(builds: readonly Applied[]): readonly Hit[] {
    return [...Map.groupBy(builds, ({ identity }) => identity)].flatMap(([identity, applied]) => {
      const { version, namespace, scheme } = identity;
      const fixed = applied.flatMap(({ statement }) => statement.ranges.flatMap(fixedVersions));
      const comparables = comparableBuilds(version, fixed, namespace.startsWith(LISTS_PLATFORMS));
      const isOlder = ({ installed, bound }: Comparable) =>
        scheme.compareInstalled(installed, bound) < 0;
      if (!comparables.every(isOlder)) return [];
      const fix = comparables.map((comparable) => comparable.fixed)
        .reduce((a, b) => scheme.compare(b, a) < 0 ? b : a);
      const lead = applied.find(({ statement }) =>
        statement.ranges.some((range) =>
          fixedVersions(range).includes(fix)
        )
      ) ?? applied[0];
      return lead === undefined ? [] : [{
        statement: lead.statement,
        identity,
        range: `<${fix}`,
        state: lead.statement.state === 'unknown' ? 'fixed' : lead.statement.state,
        fix,
        fixes: [...new Set(fixed)].sort(scheme.compare),
      }];
    });
  }

  #prepare(statement: Statement, { scheme }: Identity): Prepared {
    const known = this.#prepared.get(statement);
    if (known?.scheme === scheme) return known;
    const prepared = prepare(statement, scheme);
    this.#prepared.set(statement, prepared);
    return prepared;
  }
}

function isUnfixed({ affected, state, ranges }: Statement): boolean {
  return affected && state !== 'fixed' &&
    ranges.every((range) => fixedVersions(range).length === 0);
}

/** Whether a statement is nothing but builds that have a fix. */
function isBuilds({ ranges, versions }: Statement): boolean {
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
