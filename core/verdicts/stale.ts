/**
 * Which verdicts a change has made stale.
 *
 * @module
 */
import type { Queryable } from '../database/connection.ts';

export interface VerdictQuestion {
  readonly account: string;
  readonly digest: string;
  readonly fulltag: string;
}

/**
 * Tags of analysed images that have no fresh verdict of their account's active bundle: those that pods
 * wanted last come first, then who came first.
 */
export async function staleVerdicts(sql: Queryable, limit: number): Promise<VerdictQuestion[]> {
  return await sql<VerdictQuestion[]>`
    select t.account, t.digest, t.fulltag
    from tags t
    join images i using (account, digest)
    join analyses a using (digest)
    join bundles b on b.account = t.account and b.active
    left join verdicts v on v.account = t.account and v.digest = t.digest
      and v.fulltag = t.fulltag and v.bundle = b.id
    where a.head is not null
      and (v.digest is null or v.bundle_sha256 <> b.sha256 or v.image_revision <> i.revision
        or v.expires_at <= now())
    order by t.wanted_at desc nulls last, t.detected_at
    limit ${limit}`;
}
