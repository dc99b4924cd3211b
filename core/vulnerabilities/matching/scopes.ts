/**
 * What to make of records that are of another scope than a package: of the distribution that its own
 * is rebuilt from, for subscribers alone, or notices that stand for several vulnerabilities.
 *
 * @module
 */
import { namesOf } from '../groups.ts';
import { subscriptionOf } from './conditions.ts';
import { isNotice } from './heads.ts';
import type { RecordHead } from './types.ts';
import type { Subject } from './subjects.ts';
import type { Hit, Verdict } from './verdicts.ts';

/** Versions that only subscribers of Ubuntu get. */
const SUBSCRIBED = /[+~]esm\d/;

/** Verdicts on one package, without those that others speak for. */
export interface Scoped {
  readonly verdicts: readonly Verdict[];
  /** Notices of vulnerabilities that have records of their own. */
  readonly notices: readonly RecordHead[];
}

/**
 * Leaves out what the distribution rebuilds from says of what its own records speak of, and notices
 * where the vulnerabilities themselves are spoken of.
 */
export function scoped({ kind }: Subject, all: readonly Verdict[]): Scoped {
  if (kind !== 'system') return { verdicts: all, notices: [] };
  const own = all.filter(({ role }) => role !== 'unfixed');
  const spoken = new Set(own.flatMap(({ head }) => [...namesOf(head), ...head.related]));
  const verdicts = all.filter(({ role, head }) =>
    role !== 'unfixed' || !namesOf(head).some((name) => spoken.has(name))
  );
  if (!verdicts.some(({ head }) => isNotice(head))) return { verdicts, notices: [] };
  const named = new Set(
    verdicts.flatMap(({ head }) => isNotice(head) ? [] : namesOf(head)),
  );
  const isKnown = ({ head }: Verdict) =>
    isNotice(head) && head.related.some((name) => named.has(name));
  return {
    verdicts: verdicts.filter((verdict) => !isKnown(verdict)),
    notices: verdicts.filter(isKnown).filter(({ says }) => says === 'affected')
      .map(({ head }) => head).toSorted((a, b) => a.id < b.id ? -1 : 1),
  };
}

/** What to take of the verdicts on one vulnerability, and what to remark. */
export interface Subscribed {
  readonly verdicts: readonly Verdict[];
  readonly notes: readonly string[];
}

/**
 * Statements for subscribers decide on a subscriber's version. On any other they tell of what the
 * ordinary ones are silent about, and their fix is out of reach.
 */
export function subscribed({ package: found }: Subject, all: readonly Verdict[]): Subscribed {
  if (!all.some(isPaid)) return { verdicts: all, notes: [] };
  const paid = all.filter(isPaid);
  const isSubscriber = [found.version, found.source?.version ?? ''].some((version) =>
    SUBSCRIBED.test(version)
  );
  if (isSubscriber) {
    return { verdicts: paid.map((verdict) => ({ ...verdict, role: 'own' })), notes: [] };
  }
  const ordinary = all.filter((verdict) => !isPaid(verdict));
  const isFixable = ordinary.some((verdict) => verdict.hits.some(({ fix }) => fix !== undefined));
  const hits = isFixable ? [] : paid.flatMap((verdict) => verdict.hits);
  const notes = hits.flatMap(({ fix, statement }) =>
    fix === undefined ? [] : [`fixed in ${fix} with ${subscriptionOf(statement)}`]
  );
  if (ordinary.length > 0) return { verdicts: ordinary, notes };
  return {
    verdicts: paid.map((verdict) => ({ ...verdict, hits: verdict.hits.map(outOfReach) })),
    notes,
  };
}

function isPaid({ role }: Verdict): boolean {
  return role === 'subscription';
}

function outOfReach(hit: Hit): Hit {
  const state = hit.state === 'fixed' ? 'not-fixed' : hit.state;
  return { ...hit, state, fix: undefined, fixes: [] };
}
