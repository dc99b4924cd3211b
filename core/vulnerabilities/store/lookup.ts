/**
 * What feeds say of packages and vulnerabilities, for whoever matches or asks.
 *
 * @module
 */
import type { Queryable } from '../../database/connection.ts';
import type { Advisory, Statement } from '../advisory.ts';

/** Under which a statement is kept. */
export interface StatementKey {
  readonly namespace: string;
  readonly package: string;
}

/** A record without what it says of packages, and where it is from. */
export interface AdvisoryHead extends Omit<Advisory, 'kind' | 'key' | 'statements'> {
  /** The source that it is from, such as `osv`, and the part of it. */
  readonly feed: string;
  readonly group: string;
  readonly generation: number;
}

/** One statement with its record. */
export interface StoredStatement extends Statement {
  readonly advisory: AdvisoryHead;
}

/** The statements of all groups that are switched on about packages of those names. */
export async function findStatements(
  sql: Queryable,
  keys: readonly StatementKey[],
): Promise<StoredStatement[]> {
  if (keys.length === 0) return [];
  const rows = await sql<
    {
      advisory: number;
      namespace: string;
      package: string;
      statement: Omit<Statement, 'namespace' | 'package'>;
      head: Omit<AdvisoryHead, 'feed' | 'group' | 'generation'>;
      feed: string;
      group: string;
      generation: number;
    }[]
  >`
    select s.advisory, s.namespace, s.package, s.body as statement, a.body as head,
      g.source as feed, g.name as "group", g.generation
    from unnest(${keys.map(({ namespace }) => namespace)}::text[],
      ${keys.map((key) => key.package)}::text[]) as k(namespace, package)
    join statements s on s.namespace = k.namespace and s.package = k.package
    join advisories a on a.id = s.advisory
    join feed_groups g on g.id = a.feed and g.enabled`;
  // Records with many statements are one object.
  const heads = new Map<number, AdvisoryHead>();
  return rows.map((row) => {
    const { feed, group, generation } = row;
    const advisory = heads.get(row.advisory) ?? { ...row.head, feed, group, generation };
    heads.set(row.advisory, advisory);
    return { ...row.statement, namespace: row.namespace, package: row.package, advisory };
  });
}
