/**
 * What is found in images: the findings of their packages, and which images have a vulnerability.
 *
 * @module
 */
import {
  comparePackages,
  listPackages,
  type PackagePlace,
  packagesAt,
} from '../../catalog/package-list.ts';
import type { Queryable } from '../../database/connection.ts';
import { RememberedRows } from '../../database/remembered.ts';
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

type FindingBody = Omit<Finding, 'package'> & { readonly suppression?: Suppression };

interface FindingRow extends PackagePlace {
  readonly number: number;
  readonly detectedAt: Date;
  readonly fixSeenAt: Date | null;
}

/** Bytes of text of findings that are remembered: some 15,000 of them. */
const REMEMBERED = 16 * 1024 * 1024;

const bodies = new RememberedRows<number, FindingBody>(REMEMBERED, async (sql, numbers) => {
  const rows = await sql<{ number: number; text: string }[]>`
    select number, body::text as text from findings where number = any(${[...numbers]}::int[])`;
  return rows.map(({ number, text }) => ({
    key: number,
    value: JSON.parse(text) as FindingBody,
    size: text.length,
  }));
});

/** All that is found in an image, in the order of lists, whether it counts or not. */
async function foundIn(
  sql: Queryable,
  digest: string,
): Promise<readonly (ImageFinding & { readonly suppression?: Suppression })[]> {
  const rows = await sql<FindingRow[]>`
    select f.number, greatest(f.first_seen_at, a.first_analyzed_at) as "detectedAt",
      f.fix_seen_at as "fixSeenAt", s.package, m.location, l.digest as layer, s.owner
    from analyses a
    join image_sets i on i.image = a.number
    join layers l on l.id = i.layer
    join package_set_members m on m.set = i.set
    join findings f on f.subject = m.subject
    join subjects s on s.id = f.subject
    where a.digest = ${digest}`;
  const said = await bodies.of(sql, rows.map(({ number }) => number));
  const packageAt = await packagesAt(sql, rows);
  const found = rows.flatMap((row) => {
    const body = said.get(row.number);
    const { detectedAt, fixSeenAt } = row;
    return body === undefined
      ? []
      : { ...body, package: packageAt(row), detectedAt, fixSeenAt: fixSeenAt ?? undefined };
  });
  // Another core has put others in the place of some meanwhile.
  if (found.length < rows.length) return await foundIn(sql, digest);
  return found.sort((a, b) => comparePackages(a.package, b.package) || (a.id < b.id ? -1 : 1));
}

/**
 * What is found in an image whose packages were matched. What trusted people say of vulnerabilities
 * counts as it is now.
 */
export async function imageFindings(sql: Queryable, digest: string): Promise<ImageFindings> {
  const findings: ImageFinding[] = [];
  const suppressed: SuppressedImageFinding[] = [];
  for (const { suppression, ...finding } of await foundIn(sql, digest)) {
    if (suppression === undefined) findings.push(finding);
    else suppressed.push({ ...finding, suppression });
  }
  const names = new Set(
    findings.flatMap(({ id, aliases, related }) => [id, ...aliases, ...related]),
  );
  const assessments = await findAssessments(sql, [...names]);
  return assessments.length === 0 ? { findings, suppressed } : assess(
    { findings, suppressed },
    new Assessments(assessments, await imageNames(sql, digest), await listPackages(sql, digest)),
  );
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
