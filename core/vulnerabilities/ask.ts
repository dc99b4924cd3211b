/**
 * Which vulnerabilities packages have, by what is loaded: looks up what the matcher asks for.
 *
 * @module
 */
import type { Distribution, Package } from '../../jobs/contract/index.ts';
import type { Queryable } from '../database/connection.ts';
import {
  lookupKeys,
  Matching,
  type MatchInput,
  type MatchResult,
  type RecordHead,
} from './index.ts';
import { cycleOf, hasEnded as isPastEnd } from './lifecycles.ts';
import {
  findAssessments,
  findLifecycle,
  findProducts,
  findRecords,
  findStatements,
  loadedNamespaces,
} from './store/lookup.ts';

/** Packages of one distribution. */
export interface Question extends Pick<MatchInput, 'owners' | 'options'> {
  readonly packages: readonly Package[];
  readonly distribution: Distribution | null;
  /** Whether what people say of vulnerabilities (VEX) counts; it does unless said otherwise. */
  readonly assessed?: boolean;
}

/** Whether a distribution's release is past its end of life, as far as it is known. */
export async function isEnded(
  sql: Queryable,
  distribution: Distribution | null,
): Promise<boolean> {
  const cycle = cycleOf(distribution);
  if (distribution === null || cycle === undefined) return false;
  const life = await findLifecycle(sql, cycle.products, cycle.cycle);
  return life !== undefined && isPastEnd(distribution, life, new Date());
}

/**
 * The products that the image's packages may belong to. What was installed into it since its
 * repositories were written down comes from the release itself.
 */
async function productsOf(sql: Queryable, distribution: Distribution | null): Promise<string[]> {
  const known = await findProducts(sql, distribution?.repositories ?? []);
  const release = /^\d+/.exec(distribution?.version ?? '')?.[0];
  return known.length === 0 || release === undefined ? known : [
    ...known,
    `cpe:/o:redhat:enterprise_linux:${release}::baseos`,
    `cpe:/a:redhat:enterprise_linux:${release}::appstream`,
  ];
}

/** Matches packages. */
export async function matchPackages(
  sql: Queryable,
  { packages, distribution, owners, options, assessed = true }: Question,
): Promise<MatchResult> {
  const [statements, namespaces, hasEnded, cpes] = await Promise.all([
    findStatements(sql, lookupKeys(packages, distribution)),
    loadedNamespaces(sql),
    isEnded(sql, distribution),
    productsOf(sql, distribution),
  ]);
  const matching = new Matching({
    packages,
    distribution,
    owners,
    options,
    statements,
    namespaces,
    isEnded: hasEnded,
    cpes,
  });
  const records = await lookUpRecords(sql, matching);
  // A notice is judged by the vulnerabilities that it stands for.
  const names = new Set(
    records.flatMap(({ id, aliases, related }) => [id, ...aliases, ...related]),
  );
  return matching.finish(records, assessed ? await findAssessments(sql, [...names]) : []);
}

/** All records of what is found. */
async function lookUpRecords(sql: Queryable, matching: Matching): Promise<readonly RecordHead[]> {
  const asked = new Set<string>();
  const records = new Map<number, RecordHead>();
  for (;;) {
    const names = matching.namesToLookUp([...records.values()]).difference(asked);
    if (names.size === 0) return [...records.values()];
    for (const record of await findRecords(sql, [...names])) records.set(record.record, record);
    for (const name of names) asked.add(name);
  }
}
