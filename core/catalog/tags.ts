/**
 * Tags in use: asked for at the door, or running. Their registries are asked now and then whether
 * they still name the same image.
 *
 * @module
 */
import type { Queryable } from '../database/connection.ts';

/** A tag whose registry is to be asked. */
export interface DueTag {
  readonly account: string;
  readonly registry: string;
  readonly repository: string;
  readonly tag: string;
  readonly digest: string;
  /** The index it came from. */
  readonly parentDigest: string | null;
}

/** Tags that nobody wanted for so long are no longer asked about. */
export const WANTED_DAYS = 7;

/** Notes that the tags of some images are in use. */
export async function touchTags(sql: Queryable, digests: readonly string[]): Promise<void> {
  if (digests.length === 0) return;
  const wanted = [...new Set(digests)];
  await sql`
    update tags set wanted_at = now()
    from images i
    where i.account = tags.account and i.digest = tags.digest and tags.tag <> ''
      and (i.digest in ${sql(wanted)} or i.parent_digest in ${sql(wanted)})
      and (tags.wanted_at is null or tags.wanted_at < now() - interval '1 hour')`;
}

/** Tags in use that were not asked about for a while, and whose registry does not pause. */
export async function dueTags(
  sql: Queryable,
  everySeconds: number,
  limit: number,
): Promise<DueTag[]> {
  return await sql<DueTag[]>`
    select t.account, t.registry, t.repository, t.tag, t.digest, i.parent_digest as "parentDigest"
    from tags t join images i using (account, digest)
    where t.wanted_at > now() - ${WANTED_DAYS} * interval '1 day' and i.status = 'active'
      and coalesce(t.checked_at, t.detected_at) < now() - ${everySeconds} * interval '1 second'
      and not exists (
        select from tags newer
        where newer.account = t.account and newer.registry = t.registry
          and newer.repository = t.repository and newer.tag = t.tag
          and newer.detected_at > t.detected_at)
      and not exists (
        select from registry_pauses p where p.registry = t.registry and p.paused_until > now())
    order by t.checked_at nulls first limit ${limit}`;
}

/** Notes that a registry was asked about a tag. */
export async function noteChecked(
  sql: Queryable,
  { account, registry, repository, tag }: DueTag,
): Promise<void> {
  await sql`
    update tags set checked_at = now()
    where account = ${account} and registry = ${registry} and repository = ${repository}
      and tag = ${tag}`;
}
