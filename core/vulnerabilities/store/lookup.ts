/**
 * What feeds say of packages and vulnerabilities, for whoever matches.
 *
 * @module
 */
import type { Queryable } from '../../database/connection.ts';
import type { Assessment, Exploited, Lifecycle, Probability, Statement } from '../advisory.ts';
import type { FoundStatement, LookupKey, RecordHead } from '../index.ts';

type Head = Omit<RecordHead, 'feed' | 'group' | 'record'>;

/** What is long in a record and decides nothing. */
const UNREAD = ['description', 'cwes'] as const;

/** What of a record decides whether it counts, and for which vulnerability. */
type Speaker = Pick<RecordHead, 'id' | 'aliases' | 'related' | 'withdrawn' | 'informational'>;

/**
 * The statements of all groups that are switched on about packages of those names. Their heads have
 * names and what decides; the records complete them.
 */
export async function findStatements(
  sql: Queryable,
  keys: readonly LookupKey[],
): Promise<FoundStatement[]> {
  if (keys.length === 0) return [];
  const rows = await sql<
    (Nullable<Speaker> & {
      record: number;
      namespace: string;
      package: string;
      statement: Omit<Statement, 'namespace' | 'package'>;
      feed: string;
      group: number;
    })[]
  >`
    select s.advisory as record, s.namespace, s.package, s.body as statement,
      a.vulnerability as id, a.body->'aliases' as aliases, a.body->'related' as related,
      a.body->>'withdrawn' as withdrawn, a.body->>'informational' as informational,
      g.source as feed, g.id as group
    from unnest(${keys.map(({ namespace }) => namespace)}::text[],
      ${keys.map((key) => key.package)}::text[]) as k(namespace, package)
    join statements s on s.namespace = k.namespace and s.package = k.package
    join advisories a on a.id = s.advisory
    join feed_groups g on g.id = a.feed and g.enabled`;
  // A record with many statements is one object: the matcher tells records apart by that.
  const heads = new Map<number, RecordHead>();
  return rows.map(({ namespace, package: name, statement, ...row }) => {
    const head = heads.get(row.record) ?? headOf(row);
    heads.set(row.record, head);
    return { head, statement: { ...statement, namespace, package: name } };
  });
}

type Nullable<T> = { readonly [Key in keyof T]: T[Key] | null };

function headOf(
  row: Nullable<Speaker> & Pick<RecordHead, 'feed' | 'group' | 'record'>,
): RecordHead {
  const { id, aliases, related, withdrawn, informational, feed, group, record } = row;
  return {
    id: id ?? '',
    aliases: aliases ?? [],
    related: related ?? [],
    withdrawn: withdrawn ?? undefined,
    informational: informational ?? undefined,
    scores: [],
    urls: [],
    feed,
    group,
    record,
  };
}

/** A record that is stored. */
export type StoredRecord = RecordHead & { readonly record: number };

/**
 * Records that have one of these names. Each name is looked up in the index on its own, and each
 * record: given all at once, the planner reads the whole table.
 */
export async function findRecords(
  sql: Queryable,
  names: readonly string[],
): Promise<StoredRecord[]> {
  if (names.length === 0) return [];
  const rows = await sql<{ record: number; head: Head; feed: string; group: number }[]>`
    with named as materialized (
      select distinct a.id
      from unnest(${[...names]}::text[]) as n(name)
      join advisories a on a.names @> array[n.name]
    )
    select n.id as record, a.body - ${[...UNREAD]}::text[] as head, g.source as feed,
      g.id as group
    from named n
    join lateral (select body, feed from advisories where id = n.id offset 0) as a on true
    join feed_groups g on g.id = a.feed and g.enabled`;
  return rows.map(({ head, ...stored }) => ({ ...head, ...stored }));
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

/** How a vulnerability is threatened, by whom. */
export interface Threats {
  readonly exploited: ReadonlyMap<string, Omit<Exploited, 'kind' | 'key'>>;
  readonly probability: ReadonlyMap<string, Omit<Probability, 'kind' | 'key'>>;
}

/** What is known of the use of vulnerabilities, by their names. */
export async function findThreats(sql: Queryable, names: readonly string[]): Promise<Threats> {
  const of = async <T>(kind: string): Promise<ReadonlyMap<string, T>> => {
    if (names.length === 0) return new Map();
    const rows = await sql<{ name: string; body: T }[]>`
      select f.name, f.body
      from feed_facts f join feed_groups g on g.id = f.feed and g.enabled
      where f.kind = ${kind} and f.name = any(${[...names]}::text[])`;
    return new Map(rows.map(({ name, body }) => [name, body]));
  };
  return { exploited: await of('exploited'), probability: await of('probability') };
}

/** The cycle of a product, under the first of its names that is known. */
export async function findLifecycle(
  sql: Queryable,
  products: readonly string[],
  cycle: string,
): Promise<Omit<Lifecycle, 'kind' | 'key'> | undefined> {
  const [row] = await sql<{ body: Omit<Lifecycle, 'kind' | 'key'> }[]>`
    select f.body
    from feed_facts f join feed_groups g on g.id = f.feed and g.enabled
    where f.kind = 'lifecycle' and f.name = any(${[...products]}::text[])
      and f.body->>'cycle' = ${cycle}
    order by array_position(${[...products]}::text[], f.name)
    limit 1`;
  return row?.body;
}

/** CPEs of the products that repositories of packages belong to, as far as they are known. */
export async function findProducts(
  sql: Queryable,
  repositories: readonly string[],
): Promise<string[]> {
  if (repositories.length === 0) return [];
  const rows = await sql<{ cpe: string }[]>`
    select distinct c.cpe
    from feed_facts f join feed_groups g on g.id = f.feed and g.enabled
    cross join jsonb_array_elements_text(f.body->'cpes') as c(cpe)
    where f.kind = 'repository' and f.name = any(${[...repositories]}::text[])
    order by c.cpe`;
  return rows.map(({ cpe }) => cpe);
}

/** The namespaces that groups which are switched on speak of. */
export async function loadedNamespaces(sql: Queryable): Promise<Set<string>> {
  const rows = await sql<{ namespace: string }[]>`
    select distinct unnest(namespaces) as namespace from feed_groups where enabled`;
  return new Set(rows.map(({ namespace }) => namespace));
}

/** When a feed of a namespace was last found up to date; undefined for one that is not loaded. */
export async function syncedAt(sql: Queryable, namespace: string): Promise<Date | undefined> {
  const [row] = await sql<{ at: Date | null }[]>`
    select max(checked_at) as at from feed_groups
    where enabled and namespaces @> ${[namespace]}::text[]`;
  return row?.at ?? undefined;
}
