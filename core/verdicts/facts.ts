/**
 * What the policy may look at, read from the catalog.
 *
 * @module
 */
import { ReportHead } from '../../jobs/contract/index.ts';
import { listPackages, sortPackages } from '../catalog/packages.ts';
import type { Sql } from '../database/connection.ts';
import type { ImageFacts } from '../policy/index.ts';
import { matchImage } from '../vulnerabilities/rematch.ts';

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
      ...vulnerabilityFacts(),
    },
  };
}

/** What is known of an image's vulnerabilities: nothing, as long as images are not matched. */
function vulnerabilityFacts(): Pick<ImageFacts, 'vulnerabilities' | 'feeds'> {
  return {
    vulnerabilities: [],
    feeds: { namespace: undefined, hasData: false, syncedAt: undefined },
  };
}
