/**
 * What the policy may look at, read from the catalog.
 *
 * @module
 */
import { type Distribution, ReportHead } from '../../jobs/contract/index.ts';
import { listPackages, sortPackages } from '../catalog/packages.ts';
import type { Sql } from '../database/connection.ts';
import type { ImageFacts, VulnerabilityFact } from '../policy/index.ts';
import { coverageOf } from '../vulnerabilities/distributions.ts';
import { isSystemType } from '../vulnerabilities/index.ts';
import { linkOf, scoresByOrigin, shownScores } from '../vulnerabilities/presentation.ts';
import { matchImage } from '../vulnerabilities/rematch.ts';
import { type ImageFinding, imageFindings } from '../vulnerabilities/store/images.ts';
import { syncedAt } from '../vulnerabilities/store/lookup.ts';

/** An image's facts and the revision they have. */
export interface StoredFacts {
  readonly facts: ImageFacts;
  readonly revision: number;
}

/** Facts of an account's image; undefined while it was never analysed. */
export async function loadFacts(
  sql: Sql,
  account: string,
  digest: string,
): Promise<StoredFacts | undefined> {
  const [row] = await sql<
    { head: unknown; dockerfile: string | null; imageId: string; revision: number }[]
  >`
    select a.head, i.dockerfile, i.image_id as "imageId", i.revision
    from images i join analyses a using (digest)
    where i.account = ${account} and i.digest = ${digest} and a.head is not null`;
  if (row === undefined) return undefined;
  const head = ReportHead.parse(row.head);
  await sortPackages(sql, digest);
  await matchImage(sql, digest);
  const packages = await listPackages(sql, digest);
  return {
    revision: row.revision,
    facts: {
      digest,
      id: row.imageId,
      architecture: head.architecture,
      os: head.os,
      distribution: head.distribution,
      size: head.size,
      layerCount: head.layers.length,
      dockerfile: row.dockerfile === null
        ? { mode: 'Guessed', text: head.dockerfile }
        : { mode: 'Actual', text: Buffer.from(row.dockerfile, 'base64').toString('utf8') },
      packages,
      ...await vulnerabilityFacts(sql, digest, head.distribution),
    },
  };
}

/** What is known of an image's vulnerabilities, and how old it is. */
async function vulnerabilityFacts(
  sql: Sql,
  digest: string,
  distribution: Distribution | null,
): Promise<Pick<ImageFacts, 'vulnerabilities' | 'feeds'>> {
  const namespace = coverageOf(distribution)?.scopes
    .find(({ role }) => role === 'own')?.namespace;
  const synced = namespace === undefined ? undefined : await syncedAt(sql, namespace);
  const { findings } = await imageFindings(sql, digest);
  return {
    vulnerabilities: findings.map(factOf),
    feeds: { namespace, hasData: synced !== undefined, syncedAt: synced },
  };
}

function factOf(finding: ImageFinding): VulnerabilityFact {
  const { id, aliases, severity, package: found, fix, fixes, state, urls, scores } = finding;
  const { nvd, vendor } = scoresByOrigin(scores);
  return {
    id,
    aliases,
    severity,
    package: found,
    isOs: isSystemType(found.type),
    fixes: fix === undefined ? [] : [...new Set([fix, ...fixes])],
    willNotFix: state === 'wont-fix',
    url: linkOf(id, urls),
    nvd: shownScores(nvd, 'CVSS_V3'),
    vendor: shownScores(vendor, 'CVSS_V3'),
    detectedAt: finding.detectedAt,
    fixSeenAt: finding.fixSeenAt,
  };
}
