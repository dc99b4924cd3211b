/**
 * What is found in images: the findings of their packages, and which images have a vulnerability.
 *
 * @module
 */
import type { Package } from '../../../jobs/contract/index.ts';
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

/** A package of an image and what is found in it. */
interface FoundPackage {
  readonly package: Package;
  /** By id. */
  readonly own: readonly { readonly body: FindingBody; readonly dates: FindingDates }[];
}

/** Packages of an image in which something is found, in the order of lists. */
async function foundIn(sql: Queryable, digest: string): Promise<readonly FoundPackage[]> {
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
  // Another core has put others in their place meanwhile.
  if (!rows.every(({ number }) => said.has(number))) return await foundIn(sql, digest);
  const byPlace = Map.groupBy(
    rows,
    (row) => JSON.stringify([row.package, row.location, row.layer, row.owner]),
  );
  const packages = await packagesAt(sql, [...byPlace.values()].flatMap(([first]) => first ?? []));
  return [...byPlace.values()].flatMap((own, turn): FoundPackage | readonly FoundPackage[] => {
    const found = packages[turn];
    return found === undefined ? [] : {
      package: found,
      own: own.flatMap(({ number, detectedAt, fixSeenAt }) => {
        const body = said.get(number);
        return body === undefined
          ? []
          : { body, dates: { detectedAt, fixSeenAt: fixSeenAt ?? undefined } };
      }).sort((a, b) => (a.body.id < b.body.id ? -1 : 1)),
    };
  }).sort((a, b) => comparePackages(a.package, b.package));
}

/**
 * What is found in an image whose packages were matched. What trusted people say of vulnerabilities
 * counts as it is now.
 */
export async function imageFindings(sql: Queryable, digest: string): Promise<ImageFindings> {
  const findings: Finding[] = [];
  const suppressed: SuppressedFinding[] = [];
  const dates = new Map<Package, Map<string, FindingDates>>();
  for (const { package: found, own } of await foundIn(sql, digest)) {
    dates.set(found, new Map(own.map(({ body: { id }, dates: of }) => [id, of])));
    for (const { body: { suppression, ...finding } } of own) {
      if (suppression === undefined) findings.push({ ...finding, package: found });
      else suppressed.push({ ...finding, package: found, suppression });
    }
  }
  const names = new Set(
    findings.flatMap(({ id, aliases, related }) => [id, ...aliases, ...related]),
  );
  const assessments = await findAssessments(sql, [...names]);
  const result = assessments.length === 0 ? { findings, suppressed } : assess(
    { findings, suppressed },
    new Assessments(assessments, await imageNames(sql, digest), await listPackages(sql, digest)),
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
