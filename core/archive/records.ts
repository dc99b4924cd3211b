/**
 * What is in the archive of an account.
 *
 * @module
 */
import type { Queryable, Sql } from '../database/connection.ts';
import { recordEvent } from '../events/record.ts';

/** A tag that an archived image had. */
export interface ArchivedTag {
  readonly registry: string;
  readonly repository: string;
  /** Empty for an image that was known by its digest alone. */
  readonly tag: string;
  readonly fulltag: string;
  readonly detectedAt: string;
}

export interface ArchivedImage {
  readonly digest: string;
  readonly parentDigest: string | null;
  readonly annotations: Readonly<Record<string, string>>;
  readonly tags: readonly ArchivedTag[];
  readonly analyzedAt: Date;
  /** When it was archived. */
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** Bytes. */
  readonly size: number;
}

/** Archived images of an account, the newest first; of one digest, or the index with it, if given. */
export async function archivedImages(
  sql: Queryable,
  account: string,
  digest?: string,
): Promise<ArchivedImage[]> {
  return await sql<ArchivedImage[]>`
    select i.digest, i.parent_digest as "parentDigest", i.annotations,
      k.analyzed_at as "analyzedAt", i.created_at as "createdAt", i.updated_at as "updatedAt",
      k.size, coalesce(t.tags, '[]') as tags
    from archived_images i
    join archived_analyses k on k.id = i.analysis
    left join lateral (
      select json_agg(json_build_object('registry', registry, 'repository', repository, 'tag', tag,
        'fulltag', fulltag, 'detectedAt', detected_at) order by detected_at desc) as tags
      from archived_tags a where a.account = i.account and a.digest = i.digest) t on true
    where i.account = ${account}
      ${
    digest === undefined ? sql`` : sql`and (i.digest = ${digest} or i.parent_digest = ${digest})`
  }
    order by ${
    digest === undefined ? sql`` : sql`i.digest <> ${digest},`
  } i.created_at desc, i.digest`;
}

export interface ArchiveSummary {
  readonly images: number;
  readonly tags: number;
  /** Bytes. */
  readonly size: number;
  readonly updatedAt: Date | null;
}

/** How much the archive of an account holds. */
export async function archiveSummary(sql: Queryable, account: string): Promise<ArchiveSummary> {
  const [row] = await sql<ArchiveSummary[]>`
    select count(*)::int as images, coalesce(sum(k.size), 0)::bigint as size,
      max(i.updated_at) as "updatedAt",
      (select count(*)::int from archived_tags t where t.account = ${account}) as tags
    from archived_images i join archived_analyses k on k.id = i.analysis
    where i.account = ${account}`;
  return row ?? { images: 0, tags: 0, size: 0, updatedAt: null };
}

/** Removes an image from the archive; false if it was not there. */
export async function deleteArchived(
  sql: Sql,
  account: string,
  digest: string,
  rule?: string,
): Promise<boolean> {
  return await sql.begin(async (tx) => {
    const rows = await tx`
      delete from archived_images where account = ${account} and digest = ${digest} returning 1`;
    if (rows.length === 0) return false;
    await recordEvent(tx, {
      account,
      type: 'system.analysis_archive.archived_image_deleted',
      level: 'info',
      resourceType: 'image_digest',
      resource: digest,
      message: `The analysis of ${digest} is deleted from the archive.`,
      details: rule === undefined ? {} : { rule },
    });
    return true;
  });
}
