/**
 * What a vulnerability's remediations, threats, flags and scores say of single products (OASIS CSAF
 * 2.0, 3.2.3.5, 3.2.3.12 to 3.2.3.14).
 *
 * @module
 */
import type { FixState, Score, Severity } from '../../vulnerabilities/advisory.ts';
import { severityOf } from '../severities.ts';
import { lineOf } from '../text.ts';
import type { Vulnerability } from './document.ts';
import type { Products } from './product-tree.ts';

/** Whether and how a product will be fixed. */
export interface Remedy {
  readonly state: FixState;
  /** The vendor's words for a product that is not fixed. */
  readonly note?: string | undefined;
  /** Ids of advisories that fix it. */
  readonly advisories?: string | undefined;
}

/** The weaker first; what is not named says nothing of a fix: workarounds and mitigations. */
const STATES: Readonly<Record<string, FixState>> = {
  none_available: 'not-fixed',
  fix_planned: 'not-fixed',
  no_fix_planned: 'wont-fix',
  optional_patch: 'fixed',
  vendor_fix: 'fixed',
};
const CATEGORIES = Object.keys(STATES);

/** Says no more than that a product is affected. */
const PLAIN = 'affected';
const LONGEST_NOTE = 200;

/** The remedies of the products that have one. */
export function remediesOf(
  { remediations }: Vulnerability,
  products: Products,
  advisory: RegExp,
): ReadonlyMap<string, Remedy> {
  const remedies = new Map<string, Remedy>();
  for (const category of CATEGORIES) {
    for (const remediation of remediations) {
      if (remediation.category !== category) continue;
      const { details, url } = remediation;
      const state = STATES[category] ?? 'unknown';
      const remedy = state === 'fixed'
        ? { state, advisories: advisoriesIn(`${url ?? ''} ${details ?? ''}`, advisory).join(', ') }
        : { state, note: details?.trim().toLowerCase() === PLAIN ? undefined : short(details) };
      for (const id of products.idsOf(remediation)) remedies.set(id, remedy);
    }
  }
  return remedies;
}

/** Ids of advisories in a text, each once. */
export function advisoriesIn(text: string, advisory: RegExp): readonly string[] {
  return [...new Set(Array.from(text.slice(0, 4000).matchAll(advisory), ([id]) => id))];
}

/** Severities that differ from the record's: of single products, and of all others. */
export interface Severities {
  readonly own: ReadonlyMap<string, Severity>;
  readonly common: Severity | undefined;
}

/** Severities by the threats of the category "impact". */
export function severitiesOf(
  { threats }: Vulnerability,
  products: Products,
  record: Severity | undefined,
): Severities {
  const own = new Map<string, Severity>();
  let common: Severity | undefined;
  for (const threat of threats) {
    const severity = severityOf(threat.details ?? '');
    if (threat.category !== 'impact' || severity === 'unknown' || severity === record) continue;
    let isOfAll = true;
    for (const id of products.idsOf(threat)) {
      own.set(id, severity);
      isOfAll = false;
    }
    if (isOfAll) common = severity;
  }
  return { own, common };
}

/** Reasons of the products that are not affected: `vulnerable_code_not_present`. */
export function reasonsOf(
  { flags }: Vulnerability,
  products: Products,
): ReadonlyMap<string, string> {
  const reasons = new Map<string, string>();
  for (const flag of flags) {
    const label = short(flag.label);
    if (label === undefined) continue;
    for (const id of products.idsOf(flag)) reasons.set(id, label);
  }
  return reasons;
}

/** A vulnerability's scores: the first ones, and others by the products that have them. */
export interface Scores {
  readonly first: readonly Score[];
  readonly own: ReadonlyMap<string, readonly Score[]>;
}

const VECTORS = [['CVSS_V4', 'cvss_v4'], ['CVSS_V3', 'cvss_v3'], ['CVSS_V2', 'cvss_v2']] as const;
const VECTOR = /^[A-Za-z0-9:./()]{1,300}$/;

/** The scores of a vulnerability. */
export function scoresOf({ scores }: Vulnerability, source: string): Scores {
  const own = new Map<string, readonly Score[]>();
  let first: readonly Score[] | undefined;
  for (const entry of scores) {
    const found = VECTORS.flatMap(([type, key]): Score[] => {
      const { vectorString: vector, baseScore: base } = entry[key] ?? {};
      if (vector === undefined || !VECTOR.test(vector)) return [];
      return [base === undefined ? { type, vector, source } : { type, vector, source, base }];
    });
    if (found.length === 0) continue;
    first ??= found;
    if (JSON.stringify(found) === JSON.stringify(first)) continue;
    for (const id of entry.products) own.set(id, found);
  }
  return { first: first ?? [], own };
}

function short(text: string | undefined): string | undefined {
  return lineOf(text, LONGEST_NOTE);
}
