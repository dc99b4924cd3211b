/**
 * What an account that is being deleted leaves behind goes piece by piece; what others share with it
 * stays theirs. Each step can be killed at any line and taken again.
 *
 * @module
 */
import type { Sql } from '../database/connection.ts';

const IMAGES_AT_ONCE = 200;
const ANALYSES_AT_ONCE = 50;
const ROWS_AT_ONCE = 5000;

/** Names of accounts that are being deleted. */
export async function removedAccounts(sql: Sql): Promise<string[]> {
  const rows = await sql<{ name: string }[]>`
    select name from accounts where state = 'deleting' order by updated_at, name`;
  return rows.map(({ name }) => name);
}

/** Tables whose rows name an account and do not go with it by themselves. */
const LOOSE = ['events', 'admissions', 'door_asks', 'notifications'] as const;

/**
 * Removes some of what an account has, in the end the account: `done`. It `waits` for analyses that
 * run under its name, and there is `more` to do otherwise.
 */
export async function removeSome(sql: Sql, account: string): Promise<'more' | 'waits' | 'done'> {
  // First: what is resolved later would bring images again.
  await sql`delete from requests where account = ${account}`;
  const images = await sql`
    delete from images where account = ${account} and digest in (
      select digest from images where account = ${account} limit ${IMAGES_AT_ONCE})
    returning 1`;
  if (images.length > 0) return 'more';
  if (await removeAnalyses(sql, account)) return 'more';
  for (const table of LOOSE) {
    const rows = await sql`
      delete from ${sql(table)} where ctid = any(array(
        select ctid from ${sql(table)} where account = ${account} limit ${ROWS_AT_ONCE}))
      returning 1`;
    if (rows.length > 0) return 'more';
  }
  return await finish(sql, account);
}

/**
 * Gives analyses of images that others have, too, to one of them, and removes those that nobody has.
 * False when there are none but those that run: a Job reads with its account's credentials.
 */
async function removeAnalyses(sql: Sql, account: string): Promise<boolean> {
  return await sql.begin(async (tx) => {
    // Locked before it is asked who has them: whoever adds one of them meanwhile waits here.
    const rows = await tx<{ digest: string }[]>`
      select digest from analyses where account = ${account} and state <> 'analyzing'
      limit ${ANALYSES_AT_ONCE} for update`;
    if (rows.length === 0) return false;
    const digests = rows.map(({ digest }) => digest);
    await tx`
      update analyses a set account = o.account, reference = coalesce(o.fulltag, o.digest),
        source = case when a.source->>'kind' = 'registry' and o.registry is not null
          then jsonb_build_object('kind', 'registry', 'registry', o.registry,
            'repository', o.repository)
          else a.source end
      from (
        select distinct on (i.digest) i.digest, i.account, t.registry, t.repository, t.fulltag
        from images i left join tags t using (account, digest)
        where i.digest = any(${digests}) and i.account <> ${account}
        order by i.digest, t.detected_at desc nulls last) o
      where a.digest = o.digest`;
    await tx`
      delete from analyses a where digest = any(${digests}) and account = ${account}
        and not exists (select from images i where i.digest = a.digest)`;
    return true;
  });
}

/** Removes the account itself, with what was written under its name in the last moment. */
async function finish(sql: Sql, account: string): Promise<'more' | 'waits' | 'done'> {
  return await sql.begin(async (tx) => {
    // Whoever is adding something to it has done so when the lock is there, and is seen then.
    const locked = await tx`
      select from accounts where name = ${account} and state = 'deleting' for update`;
    if (locked.length === 0) return 'done';
    const [row] = await tx<{ runs: boolean; owns: boolean }[]>`
      select exists (select from analyses where account = ${account}) as runs,
        exists (select from images where account = ${account}) as owns`;
    if (row?.owns === true) return 'more';
    if (row?.runs === true) return 'waits';
    await tx`delete from accounts where name = ${account}`;
    for (const table of LOOSE) await tx`delete from ${tx(table)} where account = ${account}`;
    return 'done';
  });
}
