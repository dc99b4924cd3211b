/**
 * What the policy may look at, read from the catalog.
 *
 * @module
 */
import { type Distribution, ReportHead } from '../../jobs/contract/index.ts';
import { listPackages } from '../catalog/package-list.ts';
import { sortPackages } from '../catalog/packages.ts';
import type { Sql } from '../database/connection.ts';
import type { FactPart, FeedFacts, ImageFacts, VulnerabilityFact } from '../policy/index.ts';
import { coverageOf } from '../vulnerabilities/distributions.ts';
import { isSystemType } from '../vulnerabilities/index.ts';
import { linkOf, scoresByOrigin, shownScores } from '../vulnerabilities/presentation.ts';
import { isMatched, matchImage } from '../vulnerabilities/rematch.ts';
import {
  type ImageFinding,
  type ImageFindings,
  imageFindings,
} from '../vulnerabilities/store/images.ts';
import { syncedAt } from '../vulnerabilities/store/lookup.ts';
import { loadParts } from './parts.ts';

/** An image's facts and the revision they have. */
export interface StoredFacts {
  readonly facts: ImageFacts;
  readonly revision: number;
}

/**
 * Facts of an account's image; undefined while it was never analysed.
 *
 * @param parts long lists that a rule looks at
 */
export async function loadFacts(
  sql: Sql,
  account: string,
  digest: string,
  parts: ReadonlySet<FactPart>,
): Promise<StoredFacts | undefined> {
  const [row] = await sql<
    {
      head: unknown;
      dockerfile: string | null;
      imageId: string;
      revision: number;
      isMatched: boolean;
    }[]
  >`
    select a.head, i.dockerfile, i.image_id as "imageId", i.revision,
      ${isMatched(sql)} as "isMatched"
    from images i join analyses a using (digest)
    where i.account = ${account} and i.digest = ${digest} and a.head is not null`;
  if (row === undefined) return undefined;
  const head = ReportHead.parse(row.head);
  if (!row.isMatched) await matchNow(sql, digest);
  const { findings } = await imageFindings(sql, digest);
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
      vulnerabilities: findings.map(factOf),
      feeds: await feedFacts(sql, head.distribution),
      ...await loadParts(sql, digest, head, parts),
    },
  };
}

/** What is found in an image's packages by what feeds say now. */
export async function currentFindings(sql: Sql, digest: string): Promise<ImageFindings> {
  await matchNow(sql, digest);
  return await imageFindings(sql, digest);
}

async function matchNow(sql: Sql, digest: string): Promise<void> {
  await sortPackages(sql, digest);
  await matchImage(sql, digest);
}

async function feedFacts(sql: Sql, distribution: Distribution | null): Promise<FeedFacts> {
  const namespace = coverageOf(distribution)?.scopes
    .find(({ role }) => role === 'own')?.namespace;
  const synced = namespace === undefined ? undefined : await syncedAt(sql, namespace);
  return { namespace, hasData: synced !== undefined, syncedAt: synced };
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
