/**
 * Which vulnerabilities packages have, by what is loaded: looks up what the matcher asks for.
 *
 * @module
 */
import type { Distribution, Package } from '../../jobs/contract/index.ts';
import type { Queryable } from '../database/connection.ts';
import { lookupKeys, match, type MatchInput, type MatchResult } from './index.ts';
import { cycleOf, hasEnded as isPastEnd } from './lifecycles.ts';
import {
  findAssessments,
  findLifecycle,
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

/** Matches packages. */
export async function matchPackages(
  sql: Queryable,
  { packages, distribution, owners, options, assessed = true }: Question,
): Promise<MatchResult> {
  const statements = await findStatements(sql, lookupKeys(packages, distribution));
  const heads = [...new Set(statements.map(({ head }) => head))];
  const names = new Set(heads.flatMap((head) => [head.id, ...head.aliases]));
  // A notice is judged by the vulnerabilities that it stands for.
  const related = assessed ? heads.flatMap((head) => head.related) : [];
  const known = heads.flatMap(({ record }) => record ?? []);
  const [records, assessments, namespaces, hasEnded] = await Promise.all([
    findRecords(sql, [...names], known),
    assessed ? findAssessments(sql, [...names, ...related]) : [],
    loadedNamespaces(sql),
    isEnded(sql, distribution),
  ]);
  return match({
    packages,
    distribution,
    owners,
    options,
    statements,
    records: [...heads, ...records],
    assessments,
    namespaces,
    isEnded: hasEnded,
  });
}
