/**
 * Which vulnerabilities packages have, by what is loaded: looks up what the matcher asks for.
 *
 * @module
 */
import type { Distribution, Package } from '../../jobs/contract/index.ts';
import type { Queryable } from '../database/connection.ts';
import { lookupKeys, match, type MatchOptions, type MatchResult } from './index.ts';
import { findAssessments, findRecords, findStatements, loadedNamespaces } from './store/lookup.ts';

/** Matches packages that are installed together. */
export async function matchPackages(
  sql: Queryable,
  packages: readonly Package[],
  distribution: Distribution | null,
  options: MatchOptions = {},
): Promise<MatchResult> {
  const statements = await findStatements(sql, lookupKeys(packages, distribution));
  const names = new Set(statements.flatMap(({ head }) => [head.id, ...head.aliases]));
  // A notice is judged by the vulnerabilities that it stands for.
  const assessed = new Set([...names, ...statements.flatMap(({ head }) => head.related)]);
  const records = await findRecords(sql, [...names]);
  const assessments = await findAssessments(sql, [...assessed]);
  const namespaces = await loadedNamespaces(sql);
  return match({ packages, distribution, statements, records, assessments, namespaces, options });
}
