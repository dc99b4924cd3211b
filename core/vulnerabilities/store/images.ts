/**
 * What is found in images: the findings of their packages, and which images have a vulnerability.
 *
 * @module
 */
import { Package } from '../../../jobs/contract/index.ts';
import type { Json, Queryable } from '../../database/connection.ts';
import type { Finding, Suppression } from '../index.ts';
import { assess } from '../match.ts';
import { Assessments } from '../matching/assessments.ts';
import type { SuppressedFinding } from '../matching/types.ts';
import { findAssessments } from './lookup.ts';

/** Dates of a finding in one image. */
export interface FindingDates {
  /** Since when it is known in this image. */
  readonly detectedAt: Date;
  /** Since when a fix is known. */
  readonly fixSeenAt: Date | undefined;
}

export type ImageFinding = Finding & FindingDates;
export type SuppressedImageFinding = SuppressedFinding & FindingDates;

export interface ImageFindings {
  /** By type and name of the package, then by place and id. */
  readonly findings: readonly ImageFinding[];
  /** What would be a finding but for its suppression. */
  readonly suppressed: readonly SuppressedImageFinding[];
}

interface FindingRow {
  readonly body: Omit<Finding, 'package'> & { readonly suppression?: Suppression };
  readonly detectedAt: Date;
  readonly fixSeenAt: Date | null;
  readonly details: Json;
  readonly location: string;
  readonly layer: string;
  readonly owner: string | null;
}

/**
 * What is found in an image whose packages were matched. What trusted people say of vulnerabilities
 * counts as it is now.
 */
export async function imageFindings(sql: Queryable, digest: string): Promise<ImageFindings> {
  const rows = await sql<FindingRow[]>`
    select f.body, greatest(f.first_seen_at, a.first_analyzed_at) as "detectedAt",
      f.fix_seen_at as "fixSeenAt", p.details, m.location, l.digest as layer, s.owner
    from analyses a
    join image_sets i on i.image = a.number
    join layers l on l.id = i.layer
    join package_set_members m on m.set = i.set
    join subjects s on s.id = m.subject
    join packages p on p.id = s.package
    join findings f on f.subject = s.id
    where a.digest = ${digest}
    order by p.type, p.name, p.version, m.location, f.vulnerability`;
  const dates = new Map<Package, Map<string, FindingDates>>();
  const packages = new Map<string, Package>();
  const findings: Finding[] = [];
  const suppressed: SuppressedFinding[] = [];
  for (const { body: { suppression, ...finding }, detectedAt, fixSeenAt, ...place } of rows) {
    const found = placed(packages, place);
    const own = dates.get(found) ?? new Map<string, FindingDates>();
    own.set(finding.id, { detectedAt, fixSeenAt: fixSeenAt ?? undefined });
    dates.set(found, own);
    if (suppression === undefined) findings.push({ ...finding, package: found });
    else suppressed.push({ ...finding, package: found, suppression });
  }
  const names = new Set(
    findings.flatMap(({ id, aliases, related }) => [id, ...aliases, ...related]),
  );
  const assessments = await findAssessments(sql, [...names]);
  const result = assessments.length === 0 ? { findings, suppressed } : assess(
    { findings, suppressed },
    new Assessments(assessments, await imageNames(sql, digest), await allPackages(sql, digest)),
  );
  const dated = <T extends Finding>(finding: T): T & FindingDates => ({
    ...finding,
    ...dates.get(finding.package)?.get(finding.id) ??
      { detectedAt: new Date(), fixSeenAt: undefined },
  });
  return {
    findings: result.findings.map(dated),
    suppressed: result.suppressed.map(dated),
  };
}

type Place = Pick<FindingRow, 'details' | 'location' | 'layer' | 'owner'>;

/** A package at its place, one object however much is found in it. */
function placed(known: Map<string, Package>, { details, location, layer, owner }: Place): Package {
  const told = typeof details === 'object' && details !== null ? details : {};
  const all = { ...told, location, layer, ...(owner === null ? {} : { owner }) };
  const key = JSON.stringify(all);
  const found = known.get(key) ?? Package.parse(all);
  known.set(key, found);
  return found;
}

/** Names by which people speak of the image itself: its digests, and package URLs of its tags. */
async function imageNames(sql: Queryable, digest: string): Promise<readonly string[]> {
  const rows = await sql<{ registry: string; repository: string; parent: string | null }[]>`
    select distinct t.registry, t.repository, i.parent_digest as parent
    from images i left join tags t using (account, digest)
    where i.digest = ${digest}`;
  const digests = [...new Set([digest, ...rows.flatMap(({ parent }) => parent ?? [])])];
  const urls = rows.flatMap(({ registry, repository }) => {
    if (registry === null) return [];
    const name = repository.split('/').at(-1) ?? repository;
    const place = encodeURIComponent(`${registry}/${repository}`).replaceAll('%2F', '/');
    return digests.map((one) =>
      `pkg:oci/${name}@${encodeURIComponent(one)}?repository_url=${place}`
    );
  });
  return [...digests, ...urls];
}

async function allPackages(sql: Queryable, digest: string): Promise<readonly Package[]> {
  const rows = await sql<Place[]>`
    select p.details, l.location, l.layer, l.owner
    from image_packages l
    join lateral (select details from packages where id = l.package offset 0) as p on true
    where l.digest = ${digest}`;
  const known = new Map<string, Package>();
  return rows.map((row) => placed(known, row));
}
