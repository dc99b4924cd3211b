/**
 * Hosts that registries redirect blobs to, as core has seen them: a Job may ask these and no others.
 *
 * @module
 */
import type { Queryable } from '../database/connection.ts';

const REMEMBERED = '30 days';
const MOST = 20;

/** Notes the origin of a redirect's target. */
export async function keepBlobHost(
  sql: Queryable,
  registry: string,
  origin: string,
): Promise<void> {
  await sql`
    insert into blob_hosts (registry, host) values (${registry}, ${origin})
    on conflict (registry, host) do update set seen_at = now()
      where blob_hosts.seen_at < now() - interval '1 hour'`;
}

/** Origins seen lately, the newest first. */
export async function knownBlobHosts(sql: Queryable, registry: string): Promise<string[]> {
  const rows = await sql<{ host: string }[]>`
    select host from blob_hosts
    where registry = ${registry} and seen_at > now() - ${REMEMBERED}::interval
    order by seen_at desc limit ${MOST}`;
  return rows.map(({ host }) => host);
}
