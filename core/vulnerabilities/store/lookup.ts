/**
 * What feeds say of packages and vulnerabilities, for whoever matches.
 *
 * @module
 */
import type { Queryable } from '../../database/connection.ts';
import type { Assessment, Statement } from '../advisory.ts';
import type { FoundStatement, LookupKey, RecordHead } from '../index.ts';

type Head = Omit<RecordHead, 'feed'>;

/** The statements of all groups that are switched on about packages of those names. */
export async function findStatements(
  sql: Queryable,
  keys: readonly LookupKey[],
): Promise<FoundStatement[]> {
  if (keys.length === 0) return [];
  const rows = await sql<
    {
      advisory: number;
      namespace: string;
      package: string;
      statement: Omit<Statement, 'namespace' | 'package'>;
      head: Head;
      feed: string;
    }[]
  >`
    select s.advisory, s.namespace, s.package, s.body as statement, a.body as head,
      g.source as feed
    from unnest(${keys.map(({ namespace }) => namespace)}::text[],
      ${keys.map((key) => key.package)}::text[]) as k(namespace, package)
    join statements s on s.namespace = k.namespace and s.package = k.package
    join advisories a on a.id = s.advisory
    join feed_groups g on g.id = a.feed and g.enabled`;
  // A record with many statements is one object: the matcher tells records apart by that.
  const heads = new Map<number, RecordHead>();
  return rows.map((row) => {
    const head = heads.get(row.advisory) ?? { ...row.head, feed: row.feed };
    heads.set(row.advisory, head);
    return {
      head,
      statement: { ...row.statement, namespace: row.namespace, package: row.package },
    };
  });
}

/**
 * Records that have one of these names. Each name is looked up in the index on its own: given all at
 * once, the planner reads the whole table and compares every row with every name.
 */
export async function findRecords(
  sql: Queryable,
  names: readonly string[],
): Promise<RecordHead[]> {
  if (names.length === 0) return [];
  const rows = await sql<{ head: Head; feed: string }[]>`
    select distinct on (a.id) a.body as head, g.source as feed
    from unnest(${[...names]}::text[]) as n(name)
    join advisories a on a.names @> array[n.name]
    join feed_groups g on g.id = a.feed and g.enabled`;
  return rows.map(({ head, feed }) => ({ ...head, feed }));
}

/** What is said of these vulnerabilities in products. */
export async function findAssessments(
  sql: Queryable,
  names: readonly string[],
): Promise<Assessment[]> {
  if (names.length === 0) return [];
  const rows = await sql<{ key: string; body: Omit<Assessment, 'kind' | 'key'> }[]>`
    select f.key, f.body
    from feed_facts f join feed_groups g on g.id = f.feed and g.enabled
    where f.kind = 'assessment' and f.name = any(${[...names]}::text[])`;
  return rows.map(({ key, body }) => ({ kind: 'assessment', key, ...body }));
}

/** The namespaces that feeds speak of. Looks each up by the one before it, not all rows. */
export async function loadedNamespaces(sql: Queryable): Promise<Set<string>> {
  const rows = await sql<{ namespace: string }[]>`
    with recursive found(namespace) as (
      (select namespace from statements order by namespace limit 1)
      union all
      select (select s.namespace from statements s where s.namespace > found.namespace
        order by s.namespace limit 1)
      from found where found.namespace is not null)
    select namespace from found where namespace is not null`;
  return new Set(rows.map(({ namespace }) => namespace));
}
