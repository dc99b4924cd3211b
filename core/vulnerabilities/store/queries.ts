/**
 * Which images have a vulnerability or a package, and what feeds say of a vulnerability.
 *
 * @module
 */
import type { Queryable } from '../../database/connection.ts';
import {
  type FixState,
  type Score,
  SEVERITIES,
  type Severity,
  type Statement,
} from '../advisory.ts';
import type { RecordHead } from '../index.ts';

/** Part of a list; all of it where there is no limit. */
export interface Page {
  readonly limit: number | undefined;
  readonly offset: number;
}

/** An image of an account that a question found. */
export interface FoundImage {
  readonly digest: string;
  readonly imageId: string;
  readonly analyzedAt: Date | null;
  readonly tags: readonly {
    readonly fulltag: string;
    readonly registry: string;
    readonly repository: string;
    readonly tag: string;
    readonly detectedAt: Date;
  }[];
}

export interface VulnerableImage extends FoundImage {
  readonly packages: readonly {
    readonly name: string;
    readonly version: string;
    readonly type: string;
    /** Of the statements by which it was found. */
    readonly namespaces: readonly string[];
    readonly severity: Severity;
    readonly id: string;
  }[];
}

export interface VulnerabilityQuestion {
  readonly account: string;
  /** Any of the names of a vulnerability. */
  readonly id: string;
  readonly namespaces: readonly string[] | undefined;
  readonly packageName: string | undefined;
  readonly severity: Severity | undefined;
  /** Whether what will never be fixed is left out. */
  readonly isFixable: boolean;
}

interface Listed<T> {
  readonly items: readonly T[];
  readonly total: number;
}

/** The tags of images, newest first. */
async function withTags<T extends { readonly digest: string }>(
  sql: Queryable,
  account: string,
  images: readonly T[],
): Promise<(T & Pick<FoundImage, 'tags'>)[]> {
  const rows = await sql<(FoundImage['tags'][number] & { digest: string })[]>`
    select digest, fulltag, registry, repository, tag, detected_at as "detectedAt"
    from tags
    where account = ${account} and digest = any(${images.map(({ digest }) => digest)}::text[])
    order by detected_at desc`;
  const byDigest = Map.groupBy(rows, ({ digest }) => digest);
  return images.map((image) => ({
    ...image,
    tags: (byDigest.get(image.digest) ?? []).map(({ digest: _, ...tag }) => tag),
  }));
}

/** Any part of a statement. */
type Part = ReturnType<typeof queryPart>;

function queryPart(sql: Queryable) {
  return sql``;
}

/**
 * Images of an account that have a subject among the hits, in the order they came, each with the
 * hits that it has.
 *
 * @param hits of the columns `subject` and those that `shown` makes an object of
 */
async function imagesWith<T>(
  sql: Queryable,
  account: string,
  hits: Part,
  shown: Part,
  { limit, offset }: Page,
): Promise<Listed<FoundImage & { readonly packages: readonly T[] }>> {
  type Row = Omit<FoundImage, 'tags'> & { readonly packages: readonly T[] };
  const rows = await sql<(Row & { total: number; digest: string | null })[]>`
    with hits as materialized (${hits}),
    places as materialized (
      select s.image, h.subject
      from hits h
      join package_set_members m on m.subject = h.subject
      join image_sets s on s.set = m.set
    ),
    own as materialized (
      select i.number
      from (select distinct image from places) as n
      join images i on i.account = ${account} and i.number = n.image
    ),
    page as materialized (
      select number from own order by number limit ${limit ?? null} offset ${offset}
    ),
    shown as materialized (
      select l.image, jsonb_agg(distinct ${shown}) as packages
      from page p
      join places l on l.image = p.number
      join hits h on h.subject = l.subject
      group by l.image
    )
    select t.total, i.digest, i.image_id as "imageId", a.analyzed_at as "analyzedAt", o.packages
    from (select count(*)::int as total from own) as t
    left join shown o on true
    left join images i on i.account = ${account} and i.number = o.image
    left join analyses a on a.number = o.image
    order by o.image`;
  const found = rows.filter(({ digest }) => digest !== null)
    .map(({ total: _, ...image }): Row => image);
  return { items: await withTags(sql, account, found), total: rows[0]?.total ?? 0 };
}

/** Images of an account in whose packages a vulnerability is found, in the order they came. */
export async function imagesByVulnerability(
  sql: Queryable,
  question: VulnerabilityQuestion,
  page: Page,
): Promise<Listed<VulnerableImage>> {
  const { account, id, namespaces, packageName, severity, isFixable } = question;
  const hits = sql`
    select f.subject, f.vulnerability, f.severity, f.body->'namespaces' as namespaces, p.name,
      p.version, p.type
    from findings f
    join subjects s on s.id = f.subject
    join packages p on p.id = s.package
    where f.names @> ${[id]}::text[] and f.suppression is null
      ${packageName === undefined ? sql`` : sql`and p.name = ${packageName}`}
      ${severity === undefined ? sql`` : sql`and f.severity = ${SEVERITIES.indexOf(severity)}`}
      ${isFixable ? sql`and f.body->>'state' <> 'wont-fix'` : sql``}
      ${
    namespaces === undefined
      ? sql``
      : sql`and jsonb_exists_any(f.body->'namespaces', ${[...namespaces]}::text[])`
  }`;
  const shown = sql`
    jsonb_build_object('name', h.name, 'version', h.version, 'type', h.type,
      'namespaces', h.namespaces, 'severity', h.severity, 'id', h.vulnerability)`;
  type Hit = Omit<VulnerableImage['packages'][number], 'severity'> & { readonly severity: number };
  const { items, total } = await imagesWith<Hit>(sql, account, hits, shown, page);
  const named = items.map(({ packages, ...image }) => ({
    ...image,
    packages: packages.map((hit) => ({ ...hit, severity: SEVERITIES[hit.severity] ?? 'unknown' })),
  }));
  return { items: named, total };
}

export interface PackageImage extends FoundImage {
  readonly packages: readonly {
    readonly name: string;
    readonly version: string;
    readonly type: string;
  }[];
}

export interface PackageQuestion {
  readonly account: string;
  readonly name: string;
  readonly version: string | undefined;
  /** Types of the package URL; all if not given. */
  readonly types: readonly string[] | undefined;
}

/** Images of an account that have a package, in the order they came. */
export async function imagesByPackage(
  sql: Queryable,
  { account, name, version, types }: PackageQuestion,
  page: Page,
): Promise<Listed<PackageImage>> {
  const hits = sql`
    select s.id as subject, p.name, p.version, p.type
    from packages p join subjects s on s.package = p.id
    where left(p.name, 200) = left(${name}, 200) and p.name = ${name}
      ${version === undefined ? sql`` : sql`and p.version = ${version}`}
      ${types === undefined ? sql`` : sql`and p.type = any(${[...types]}::text[])`}`;
  const shown = sql`
    jsonb_build_object('name', h.name, 'version', h.version, 'type', h.type)`;
  return await imagesWith(sql, account, hits, shown, page);
}

/** What one record says of a namespace. */
export interface VulnerabilityRecord {
  readonly head: Omit<RecordHead, 'feed' | 'group'> & { readonly description?: string };
  readonly feed: string;
  readonly namespace: string;
  readonly statements: readonly (Statement & { readonly state: FixState })[];
  /** All that any record has of the vulnerability. */
  readonly scores: readonly Score[];
}

export interface RecordQuestion {
  readonly ids: readonly string[];
  readonly namespaces: readonly string[] | undefined;
  readonly packageName: string | undefined;
}

/**
 * What feeds say of vulnerabilities that have one of the names, by record and namespace; a record
 * that is about no package has its feed for a namespace.
 */
export async function vulnerabilityRecords(
  sql: Queryable,
  { ids, namespaces, packageName }: RecordQuestion,
): Promise<VulnerabilityRecord[]> {
  return await sql<VulnerabilityRecord[]>`
    select a.body as head, g.source as feed, coalesce(s.namespace, g.source) as namespace,
      coalesce(jsonb_agg(s.body || jsonb_build_object('package', s.package,
        'namespace', s.namespace) order by s.package) filter (where s.advisory is not null), '[]')
        as statements,
      a.body->'scores' as scores
    from advisories a
    join feed_groups g on g.id = a.feed and g.enabled
    left join statements s on s.advisory = a.id
    where a.names && ${[...ids]}::text[] and a.body->>'withdrawn' is null
      ${packageName === undefined ? sql`` : sql`and s.package = ${packageName}`}
      ${
    namespaces === undefined
      ? sql``
      : sql`and coalesce(s.namespace, g.source) = any(${[...namespaces]}::text[])`
  }
    group by a.id, g.source, s.namespace
    order by a.vulnerability, g.source, s.namespace, a.id`;
}
