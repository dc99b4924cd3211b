/**
 * Which images a cluster has asked for that it had to wait for: holds are counted from the first
 * ask, and a namespace may ask for so many unknown ones within an hour.
 *
 * @module
 */
import type { Queryable } from '../database/connection.ts';
import type { Viewer } from '../config/door-rules.ts';

/** Notes the ask for a reference; false where the namespace has asked for `most` others already. */
export async function mayAskFor(
  sql: Queryable,
  { cluster, namespace, policy }: Viewer,
  reference: string,
  most: number,
): Promise<boolean> {
  const within = Number.isFinite(most)
    ? sql`where (
        select count(*) from door_asks
        where cluster = ${cluster} and namespace = ${namespace}
          and first_asked_at > now() - interval '1 hour') < ${most}`
    : sql``;
  const rows = await sql`
    with added as (
      insert into door_asks (cluster, account, reference, namespace)
      select ${cluster}, ${policy.account}, ${reference}, ${namespace} ${within}
      on conflict do nothing
      returning reference)
    select from added
    union all
    select from door_asks
    where cluster = ${cluster} and account = ${policy.account} and reference = ${reference}`;
  return rows.length > 0;
}
