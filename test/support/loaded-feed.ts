/**
 * Records of feeds that a test puts into the store, and images to match with them.
 *
 * @module
 */
import type { Sql } from '../../core/database/connection.ts';
import { keepPackages, replacePackages } from '../../core/catalog/packages.ts';
import type {
  Advisory,
  Bound,
  FeedRecord,
  Statement,
} from '../../core/vulnerabilities/advisory.ts';
import { ensureGroups } from '../../core/vulnerabilities/store/groups.ts';
import { type LoadedChange, Loading } from '../../core/vulnerabilities/store/loading.ts';
import type { Distribution, Package } from '../../jobs/contract/index.ts';

/** A statement on a package: `namespace`, name and what is below the first version without it. */
export function saying(
  namespace: string,
  name: string,
  fixed?: string,
  more: Partial<Statement> = {},
): Statement {
  const bounds: Bound[] = [['>=', '0'], ...fixed === undefined ? [] : [['<', fixed] as const]];
  return {
    namespace,
    package: name,
    names: 'either',
    affected: true,
    ranges: [bounds],
    versions: [],
    state: fixed === undefined ? 'not-fixed' : 'fixed',
    ...more,
  };
}

export function advisory(
  id: string,
  statements: readonly Statement[],
  more: Partial<Advisory> = {},
): Advisory {
  return {
    kind: 'advisory',
    key: id,
    id,
    aliases: [],
    related: [],
    scores: [],
    urls: [],
    statements,
    ...more,
  };
}

/** Makes these records what a group of a source says, in place of all that it said before. */
export async function loadRecords(
  sql: Sql,
  source: string,
  records: readonly FeedRecord[],
  group = source,
): Promise<LoadedChange> {
  const id = (await ensureGroups(sql, source, source, [group])).get(group) ?? 0;
  const loading = await Loading.begin(sql, id, { mayShrink: true });
  for (const record of records) await loading.add(record);
  return await loading.finish({ validators: {}, unreadable: 0, unreadableExamples: [] });
}

/** Keeps what an analysis found in an image that is known already. */
export async function keepFound(
  sql: Sql,
  digest: string,
  packages: readonly Package[],
  distribution: Distribution | null,
): Promise<void> {
  const links = await keepPackages(sql, packages, distribution);
  await sql.begin((tx) => replacePackages(tx, digest, links));
  const told = JSON.stringify({ distribution });
  await sql`
    update analyses set head = coalesce(head, '{}') || ${told}::text::jsonb,
      first_analyzed_at = coalesce(first_analyzed_at, now())
    where digest = ${digest}`;
}
