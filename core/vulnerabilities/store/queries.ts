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
import { type FoundImage, type Hit, imagesWith, type Listed, type Page } from './image-lists.ts';

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

/** Images of an account in whose packages a vulnerability is found, in the order they came. */
export async function imagesByVulnerability(
  sql: Queryable,
  question: VulnerabilityQuestion,
  page: Page,
): Promise<Listed<VulnerableImage>> {
  const { account, id, namespaces, packageName, severity, isFixable } = question;
  type Shown = VulnerableImage['packages'][number];
  const hits = await sql<Hit<Omit<Shown, 'severity'> & { readonly severity: number }>[]>`
    select f.subject, jsonb_build_object('name', p.name, 'version', p.version, 'type', p.type,
      'namespaces', f.body->'namespaces', 'severity', f.severity, 'id', f.vulnerability) as shown
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
  const named = hits.map(({ subject, shown: { severity: place, ...shown } }): Hit<Shown> => ({
    subject,
    shown: { ...shown, severity: SEVERITIES[place] ?? 'unknown' },
  }));
  return await imagesWith(sql, account, named, page);
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
  const hits = await sql<Hit<PackageImage['packages'][number]>[]>`
    select s.id as subject,
      jsonb_build_object('name', p.name, 'version', p.version, 'type', p.type) as shown
    from packages p join subjects s on s.package = p.id
    where left(p.name, 200) = left(${name}, 200) and p.name = ${name}
      ${version === undefined ? sql`` : sql`and p.version = ${version}`}
      ${types === undefined ? sql`` : sql`and p.type = any(${[...types]}::text[])`}`;
  return await imagesWith(sql, account, hits, page);
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
