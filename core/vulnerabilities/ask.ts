/**
 * Which vulnerabilities packages have, by what is loaded: looks up what the matcher asks for.
 *
 * @module
 */
import type { Distribution, Package } from '../../jobs/contract/index.ts';
import type { Queryable } from '../database/connection.ts';
import { lookupKeys, match, type MatchInput, type MatchResult } from './index.ts';
import { cycleOf, hasEnded } from './lifecycles.ts';
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
  return life !== undefined && hasEnded(distribution, life, new Date());
}

/** Matches packages. */
export async function matchPackages(
  sql: Queryable,
  { packages, distribution, owners, options, assessed = true }: Question,
): Promise<MatchResult> {
  const statements = await findStatements(sql, lookupKeys(packages, distribution));
  const names = new Set(statements.flatMap(({ head }) => [head.id, ...head.aliases]));
  // A notice is judged by the vulnerabilities that it stands for.
  const related = assessed ? statements.flatMap(({ head }) => head.related) : [];
  return match({
    packages,
    distribution,
    owners,
    options,
    statements,
    records: await findRecords(sql, [...names]),
    assessments: assessed ? await findAssessments(sql, [...names, ...related]) : [],
    namespaces: await loadedNamespaces(sql),
    isEnded: await isEnded(sql, distribution),
  });
}
