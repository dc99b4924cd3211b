/**
 * Images as accounts know them, their tags, and the manifests behind them.
 *
 * @module
 */
import type { ResolvedImage } from 'oci-client';
import { keepIndex } from './indexes.ts';
import type { Queryable } from '../database/connection.ts';
import type { ImageName } from './names.ts';
import type { AnalysisState } from './states.ts';

/** One tag of an image. */
export interface TagRecord {
  readonly registry: string;
  readonly repository: string;
  /** Empty for an image that is known by its digest alone. */
  readonly tag: string;
  readonly fulltag: string;
  readonly detectedAt: Date;
  readonly createdAt: Date;
}

/** Where an image is in the list of all of its account. */
export interface ImagePosition {
  /** Microseconds since 1970 at which it was added. */
  readonly micros: number;
  readonly digest: string;
}

/** An account's image with the state of its analysis. */
export interface ImageRecord extends ImagePosition {
  readonly account: string;
  readonly parentDigest: string | null;
  readonly imageId: string;
  readonly status: 'active' | 'deleting';
  readonly annotations: Readonly<Record<string, string>>;
  /** Base64, if one was supplied. */
  readonly dockerfile: string | null;
  readonly revision: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly state: AnalysisState;
  readonly error: string | null;
  readonly errorCode: string | null;
  readonly analyzedAt: Date | null;
  readonly architecture: string | null;
  readonly distribution: { readonly id: string; readonly version: string } | null;
  readonly size: number | null;
  readonly layerCount: number;
  readonly tags: readonly TagRecord[];
}

/** What is recorded when somebody submits an image. */
export interface NewImage {
  readonly account: string;
  readonly name: ImageName;
  readonly resolved: ResolvedImage;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  readonly dockerfile?: string | undefined;
}

/** Keeps manifest, image and tag; what is there already stays, annotations are merged. */
export async function recordImage(sql: Queryable, image: NewImage): Promise<void> {
  const { account, name, resolved } = image;
  const { manifest, config } = resolved;
  const size = manifest.layers.reduce((sum, layer) => sum + layer.size, 0);
  const platform = { os: config.os, architecture: config.architecture, variant: config.variant };
  await sql`
    insert into manifests (digest, media_type, document, config, platform, compressed_size, layer_count)
    values (${resolved.digest}, ${manifest.mediaType}, ${bytea(resolved.manifestBytes)},
      ${bytea(resolved.configBytes)}, ${sql.json(JSON.parse(JSON.stringify(platform)))},
      ${size}, ${manifest.layers.length})
    on conflict (digest) do nothing`;
  if (resolved.parentDigest !== undefined && resolved.index !== undefined) {
    await keepIndex(sql, resolved.parentDigest, resolved.index);
  }
  const given = image.annotations ?? {};
  const removed = Object.keys(given).filter((key) => given[key] === 'null');
  await sql`
    insert into images (account, digest, parent_digest, image_id, annotations, dockerfile)
    values (${account}, ${resolved.digest}, ${resolved.parentDigest ?? null},
      ${manifest.config.digest.replace(/^sha256:/, '')}, ${
    sql.json(given)
  }::jsonb - ${removed}::text[],
      ${image.dockerfile ?? null})
    on conflict (account, digest) do update set
      parent_digest = coalesce(images.parent_digest, excluded.parent_digest),
      annotations = (images.annotations || ${sql.json(given)}::jsonb) - ${removed}::text[],
      dockerfile = coalesce(excluded.dockerfile, images.dockerfile),
      revision = images.revision + (excluded.dockerfile is distinct from images.dockerfile
        and excluded.dockerfile is not null)::int,
      status = 'active',
      cancelled_at = null,
      updated_at = now()`;
  await sql`
    insert into tags (account, registry, repository, tag, digest, fulltag)
    values (${account}, ${name.registry}, ${name.repository}, ${name.tag ?? ''},
      ${resolved.digest}, ${name.fulltag})
    on conflict (account, registry, repository, tag, digest) do update set
      fulltag = excluded.fulltag,
      detected_at = case when exists (
        select from tags newer
        where newer.account = excluded.account and newer.registry = excluded.registry
          and newer.repository = excluded.repository and newer.tag = excluded.tag
          and newer.detected_at > tags.detected_at
      ) then clock_timestamp() else tags.detected_at end`;
}

function bytea(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Which images a list shows. */
export interface ImageFilter {
  readonly digest?: string | undefined;
  readonly imageId?: string | undefined;
  readonly state?: AnalysisState | undefined;
  readonly status?: 'active' | 'deleting' | undefined;
  /** Only the image the name means now, or with `history` all it ever meant. */
  readonly name?: ImageName | undefined;
  readonly history?: boolean | undefined;
  /** Of this repository, with or without its registry. */
  readonly repository?: string | undefined;
  /** With a tag that holds this text. */
  readonly search?: string | undefined;
  /** Only those after this one, and so many at most. */
  readonly after?: ImagePosition | undefined;
  readonly limit?: number | undefined;
}

/** Whether a tag's row is of a repository and holds a text; both may be undefined. */
export function isTagged(
  sql: Queryable,
  { repository, search }: Pick<ImageFilter, 'repository' | 'search'>,
) {
  return sql`${
    repository === undefined ? sql`true` : sql`${repository} in
      (t.repository, t.registry || '/' || t.repository, regexp_replace(t.fulltag, '[:@][^/]*$', ''))`
  } and ${search === undefined ? sql`true` : sql`position(${search} in t.fulltag) > 0`}`;
}

/** Whether an image `i` is after a place in the list. */
export function isAfter(sql: Queryable, { micros, digest }: ImagePosition) {
  return sql`(i.created_at, i.digest) >
    (timestamptz 'epoch' + ${micros}::bigint * interval '1 microsecond', ${digest})`;
}

/** Microseconds at which an image `i` was added. */
export function addedMicros(sql: Queryable) {
  return sql`(extract(epoch from i.created_at) * 1000000)::bigint`;
}

/** Whether a tag's row `t` and its image `i` are what a name means. A digest wins over the tag beside it. */
function isNamed(sql: Queryable, { tag, digest }: ImageName) {
  return digest === undefined
    ? sql`t.tag = ${tag ?? ''}`
    : sql`(i.digest = ${digest} or i.parent_digest = ${digest})`;
}

/** Images of an account, oldest first; a digest also finds the child of that index. */
export async function findImages(
  sql: Queryable,
  account: string,
  filter: ImageFilter = {},
): Promise<ImageRecord[]> {
  const { digest, imageId, state, status, name, history, repository, search, after, limit } =
    filter;
  const named = name === undefined ? sql`` : sql`
    and i.digest in (
      select t.digest from tags t join images i using (account, digest)
      where t.account = ${account} and t.registry = ${name.registry}
        and t.repository = ${name.repository} and ${isNamed(sql, name)}
      order by t.detected_at desc
      ${history ? sql`` : sql`limit 1`}
    )`;
  const tagged = repository === undefined && search === undefined ? sql`` : sql`
    and exists (select from tags t where t.account = i.account and t.digest = i.digest
      and ${isTagged(sql, filter)})`;
  return await sql<ImageRecord[]>`
    select i.account, i.digest, ${
    addedMicros(sql)
  } as micros, i.parent_digest as "parentDigest", i.image_id as "imageId",
      i.status, i.annotations, i.dockerfile, i.revision,
      i.created_at as "createdAt", i.updated_at as "updatedAt",
      coalesce(a.state, 'not_analyzed') as state, a.error, a.error_code as "errorCode",
      a.analyzed_at as "analyzedAt", a.head->>'architecture' as architecture,
      nullif(a.head->'distribution', 'null') as distribution, (a.head->>'size')::bigint as size,
      m.layer_count as "layerCount", coalesce(t.tags, '[]') as tags
    from images i
    join manifests m using (digest)
    left join analyses a using (digest)
    left join lateral (
      select json_agg(json_build_object('registry', registry, 'repository', repository,
        'tag', tag, 'fulltag', fulltag, 'detectedAt', detected_at, 'createdAt', created_at)
        order by detected_at desc) as tags
      from tags where tags.account = i.account and tags.digest = i.digest
    ) t on true
    where i.account = ${account}
      ${
    digest === undefined ? sql`` : sql`and (i.digest = ${digest} or i.parent_digest = ${digest})`
  }
      ${imageId === undefined ? sql`` : sql`and i.image_id = ${imageId}`}
      ${state === undefined ? sql`` : sql`and coalesce(a.state, 'not_analyzed') = ${state}`}
      ${status === undefined ? sql`` : sql`and i.status = ${status}`}
      ${after === undefined ? sql`` : sql`and ${isAfter(sql, after)}`}
      ${named} ${tagged}
    order by i.created_at, i.digest ${limit === undefined ? sql`` : sql`limit ${limit}`}`;
}

/** What the door wants to know of a reference, by one indexed read. */
export interface KnownImage {
  readonly digest: string;
  readonly state: AnalysisState;
  readonly error: string | null;
  readonly errorCode: string | null;
  /** Whether facts are there, also while the image is analysed again. */
  readonly judged: boolean;
  /** A tag the image has in that repository, as it was added. */
  readonly fulltag: string;
  /** The index it came from. */
  readonly parentDigest: string | null;
  /** When its registry last said that the tag still names it. */
  readonly checkedAt: Date | null;
}

/** The image a reference names now, if the account knows it. A digest wins over the tag beside it. */
export async function findKnown(
  sql: Queryable,
  account: string,
  name: ImageName,
): Promise<KnownImage | undefined> {
  const [row] = await sql<KnownImage[]>`
    select t.digest, coalesce(a.state, 'not_analyzed') as state, a.error,
      a.error_code as "errorCode", a.head is not null as judged, t.fulltag,
      i.parent_digest as "parentDigest", coalesce(t.checked_at, t.detected_at) as "checkedAt"
    from tags t
    join images i using (account, digest)
    left join analyses a using (digest)
    where t.account = ${account} and t.registry = ${name.registry}
      and t.repository = ${name.repository} and i.status = 'active'
      and ${isNamed(sql, name)}
    order by ${
    name.digest === undefined ? sql`t.detected_at` : sql`t.tag = ${name.tag ?? ''}`
  } desc, t.detected_at desc
    limit 1`;
  return row;
}

/** A manifest and its configuration as they were served. */
export async function findManifest(
  sql: Queryable,
  digest: string,
): Promise<{ document: Buffer; config: Buffer; mediaType: string } | undefined> {
  const [row] = await sql<{ document: Buffer; config: Buffer; mediaType: string }[]>`
    select document, config, media_type as "mediaType" from manifests where digest = ${digest}`;
  return row;
}

/** Takes an image from an account; the analysis stays for others. False if it was not there. */
export async function deleteImage(
  sql: Queryable,
  account: string,
  digest: string,
): Promise<boolean> {
  const rows = await sql`
    delete from images where account = ${account} and digest = ${digest} returning digest`;
  return rows.length > 0;
}
