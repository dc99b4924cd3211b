/**
 * Sets of packages as they are kept: each with all of its members or not at all.
 *
 * @module
 */
import type { Json, Sql, Transaction } from '../database/connection.ts';
import { packageSets, type SetMember } from './package-sets.ts';

const BATCH = 2000;

/** Rows in such numbers that a statement takes. */
export function* batches<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < items.length; at += BATCH) yield items.slice(at, at + BATCH);
}

/** Keeps the pieces that are not there yet, each with all of its members or not at all. */
export async function keepSets(
  sql: Sql,
  members: readonly (SetMember & { readonly name: string })[],
): Promise<readonly number[]> {
  const sets = packageSets(members).sort((a, b) => Buffer.compare(a.key, b.key));
  const keys = sets.map(({ key }) => key.toString('hex'));
  for (;;) {
    const ids = await sql.begin(async (tx) => {
      // Who comes second waits for the first, whose rows then are there.
      const fresh = await tx<{ id: number; key: string }[]>`
        insert into package_sets (key)
        select decode(key, 'hex') from unnest(${keys}::text[]) as k(key)
        on conflict (key) do nothing
        returning id, encode(key, 'hex') as key`;
      const made = new Map(fresh.map(({ id, key }) => [key, id]));
      await putMembers(
        tx,
        sets.flatMap(({ key, members: own }) => {
          const set = made.get(key.toString('hex'));
          return set === undefined ? [] : own.map((member) => ({ set, ...member }));
        }),
      );
      // Whatever is used is young again: what nobody has is swept by its age.
      await tx`
        update package_sets set used_at = now()
        where id in (
          select id from package_sets
          where key in (select decode(key, 'hex') from unnest(${keys}::text[]) as k(key))
            and used_at < now() - interval '1 hour'
          order by key for no key update)`;
      return await tx<{ id: number }[]>`
        select s.id from unnest(${keys}::text[]) as k(key)
        join package_sets s on s.key = decode(k.key, 'hex')`;
    });
    // One may have been swept just now.
    if (ids.length === keys.length) return ids.map(({ id }) => id);
  }
}

async function putMembers(
  sql: Transaction,
  members: readonly (SetMember & { readonly set: number })[],
): Promise<void> {
  for (const batch of batches(members)) {
    await sql`
      insert into package_set_members (set, subject, location)
      select set, subject, location
      from jsonb_to_recordset(${sql.json(batch as unknown as Json)})
        as m(set int, subject int, location text)`;
  }
}
