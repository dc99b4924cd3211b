/**
 * New verdicts on images in which something else is found than before. Each is made before the one
 * that it replaces counts no longer: nobody who asks meanwhile waits for it.
 *
 * @module
 */
import type { Sql } from '../database/connection.ts';
import { renewVerdicts } from './verdict.ts';

/** Images without a verdict that are revised with one statement. */
const UNJUDGED_AT_ONCE = 1000;
/** Images whose verdicts are made in one round. */
const JUDGED_AT_ONCE = 50;

interface Waiting {
  readonly image: number;
  readonly notes: number;
  readonly digest: string;
}

/** Images that nobody has judged need no more than a revision; how many there were. */
async function reviseUnjudged(sql: Sql): Promise<number> {
  const rows = await sql`
    with taken as (
      delete from images_to_judge where image in (
        select j.image from images_to_judge j join analyses a on a.number = j.image
        where not exists (select from verdicts v where v.digest = a.digest)
        limit ${UNJUDGED_AT_ONCE})
      returning image
    )
    update images set revision = revision + 1
    from taken join analyses a on a.number = taken.image
    where images.digest = a.digest
    returning 1`;
  return rows.length;
}

/** Those that pods want come first. */
async function nextImages(sql: Sql): Promise<readonly Waiting[]> {
  const wanted = await sql<Waiting[]>`
    select j.image, j.notes, a.digest
    from images_to_judge j join analyses a on a.number = j.image
    where exists (select from tags t where t.digest = a.digest and t.wanted_at is not null)
    order by j.image limit ${JUDGED_AT_ONCE}`;
  return wanted.length > 0 ? wanted : await sql<Waiting[]>`
    select j.image, j.notes, a.digest
    from images_to_judge j join analyses a on a.number = j.image
    order by j.image limit ${JUDGED_AT_ONCE}`;
}

/** Renews some verdicts; the number of images that were looked at, 0 where none waits any more. */
export async function renewSome(sql: Sql, signal: AbortSignal): Promise<number> {
  const unjudged = await reviseUnjudged(sql);
  if (unjudged > 0) return unjudged;
  const images = await nextImages(sql);
  for (const { image, notes, digest } of images) {
    if (signal.aborted) break;
    await renewVerdicts(sql, digest);
    await sql`delete from images_to_judge where image = ${image} and notes = ${notes}`;
  }
  return images.length;
}
