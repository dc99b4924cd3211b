/**
 * Numbers of all images that an account has: of a hundred thousand they are remembered, and believed
 * only where Postgres says in the same moment that none came or went.
 *
 * @module
 */
import type { Queryable } from '../../database/connection.ts';
import { NumberSet } from './number-set.ts';

interface Remembered {
  /** Of all changes that the list knows of. */
  readonly changes: string;
  readonly images: NumberSet;
}

/** Accounts of a pool whose images are remembered. */
const REMEMBERED = 100;
/** Changes are told apart for so long; who forgot them reads the list again. */
const CHANGES_KEPT = '10 minutes';

const memories = new WeakMap<Queryable, Map<string, Remembered>>();

/** For a statement: which changes are committed. Those under way make it another one later. */
function changesOf(sql: Queryable, account: string) {
  return sql`(
    select count(*) || ':' || coalesce(sum(id), 0) from image_changes where account = ${account})`;
}

/** Numbers of an account's images. */
export async function ownImages(sql: Queryable, account: string): Promise<NumberSet> {
  const memory = memories.get(sql) ?? new Map<string, Remembered>();
  memories.set(sql, memory);
  const known = memory.get(account);
  if (known !== undefined) {
    const [now] = await sql<{ changes: string }[]>`
      select ${changesOf(sql, account)} as changes`;
    if (now?.changes === known.changes) return known.images;
  }
  // One statement: both are of the same moment.
  const [row] = await sql<{ changes: string; images: Buffer | null }[]>`
    select ${changesOf(sql, account)} as changes, (
      select string_agg(int4send(number), '') from images where account = ${account}) as images`;
  const images = NumberSet.read(row?.images ?? null);
  if (memory.size >= REMEMBERED) memory.clear();
  if (row !== undefined) memory.set(account, { changes: row.changes, images });
  return images;
}

/**
 * Forgets changes that are of no use any more. That they are forgotten is a change, too: what is left
 * must not look like what was there before them.
 */
export async function forgetChanges(sql: Queryable): Promise<void> {
  await sql`
    with gone as (
      delete from image_changes
      where changed_at < now() - ${CHANGES_KEPT}::interval
        and account in (select account from image_changes group by account having count(*) > 1)
      returning account)
    insert into image_changes (account) select distinct account from gone`;
}
