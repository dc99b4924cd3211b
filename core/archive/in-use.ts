/**
 * Which images are in use: rules of the archive leave them alone. An image that leaves the working set
 * is unknown at the door, so that its pods would not start again before it is analysed anew.
 *
 * In use is what runs or just ran in a cluster, under whichever account it is judged: digests of all
 * sets the door has admitted or found running (`admitted_sets`), whose pods live, are not counted by
 * anybody, or ended within a day, so that a rollback finds what it goes back to. Beside them, what the
 * pods' watch and the door have wanted by its tag within the days in which its registry is asked about
 * it, and the newest image of a tag of which somebody wants to hear new verdicts or vulnerabilities:
 * what is archived has none. Who archives an image by its digest knows what it does, and takes it in any
 * case.
 *
 * @module
 */
import { WANTED_DAYS } from '../catalog/tags.ts';
import type { Queryable } from '../database/connection.ts';

const ENDED_DAYS = 1;

/** Digests of images and indexes that run in some cluster. */
export async function runningDigests(sql: Queryable): Promise<ReadonlySet<string>> {
  const rows = await sql<{ digest: string }[]>`
    with living as (
      select digests, differing from admitted_sets
      where pods is null or pods > 0
        or greatest(admitted_at, gone_at) > now() - ${ENDED_DAYS} * interval '1 day')
    select distinct d.digest
    from living, jsonb_each(digests) as r(reference, list),
      jsonb_array_elements_text(r.list) as d(digest)
    union
    select distinct d.digest from living, jsonb_array_elements_text(differing) as d(digest)`;
  return new Set(rows.map(({ digest }) => digest));
}

/**
 * Whether the door or a pod has wanted a tag of the image `i` of late, or somebody is told of what
 * changes in it. Subscriptions to a tag's next image do not count: each added tag has one.
 */
export function isWanted(sql: Queryable) {
  return sql`exists (
    select from tags t where t.account = i.account and t.digest = i.digest and (
      t.wanted_at > now() - ${WANTED_DAYS} * interval '1 day'
      or (exists (
        select from subscriptions s
        where s.account = t.account and s.registry = t.registry and s.repository = t.repository
          and s.tag = t.tag and s.active and s.type in ('policy_eval', 'vuln_update'))
      and not exists (
        select from tags n
        where n.account = t.account and n.registry = t.registry and n.repository = t.repository
          and n.tag = t.tag and n.detected_at > t.detected_at))))`;
}
