/**
 * All tags of an account's images, with little of each image: the cheap list for screens.
 *
 * @module
 */
import type { Queryable } from '../database/connection.ts';
import { addedMicros, type ImageFilter, type ImagePosition, isTagged } from './images.ts';
import type { AnalysisState } from './states.ts';

/** A tag and its image; times are seconds since 1970. */
export interface ListedTag extends ImagePosition {
  readonly parentDigest: string | null;
  readonly imageId: string;
  readonly fulltag: string;
  readonly state: AnalysisState;
  readonly status: 'active' | 'deleting';
  readonly createdAt: number;
  readonly analyzedAt: number | null;
  readonly detectedAt: number;
}

/** Where a tag is in the list. */
export type TagPosition = ImagePosition & Pick<ListedTag, 'fulltag'>;

/** Which tags a list shows. */
export interface TagFilter
  extends Pick<ImageFilter, 'state' | 'status' | 'repository' | 'search' | 'limit'> {
  readonly after?: TagPosition | undefined;
}

/** Whether a tag `t` of an image `i` is after a place; said of the image first, which has an index. */
function isTagAfter(sql: Queryable, { micros, digest, fulltag }: TagPosition) {
  const added = sql`timestamptz 'epoch' + ${micros}::bigint * interval '1 microsecond'`;
  return sql`and i.created_at >= ${added}
    and (i.created_at, i.digest, t.fulltag) > (${added}, ${digest}, ${fulltag})`;
}

/** Tags of an account in the order of their images, by one statement. */
export async function listTags(
  sql: Queryable,
  account: string,
  filter: TagFilter,
): Promise<ListedTag[]> {
  const { state, status, after, limit } = filter;
  return await sql<ListedTag[]>`
    select i.digest, ${addedMicros(sql)} as micros, i.parent_digest as "parentDigest",
      i.image_id as "imageId", t.fulltag, coalesce(a.state, 'not_analyzed') as state, i.status,
      extract(epoch from t.created_at)::bigint as "createdAt",
      extract(epoch from a.analyzed_at)::bigint as "analyzedAt",
      extract(epoch from t.detected_at)::bigint as "detectedAt"
    from images i
    join tags t using (account, digest)
    left join analyses a using (digest)
    where i.account = ${account} and ${isTagged(sql, filter)}
      ${state === undefined ? sql`` : sql`and coalesce(a.state, 'not_analyzed') = ${state}`}
      ${status === undefined ? sql`` : sql`and i.status = ${status}`}
      ${after === undefined ? sql`` : isTagAfter(sql, after)}
    order by i.created_at, i.digest, t.fulltag ${
    limit === undefined ? sql`` : sql`limit ${limit}`
  }`;
}
