/**
 * Verdicts by a content of the active bundle that does not count yet: beside those that do.
 *
 * @module
 */
import type { BundleRecord } from '../catalog/bundles.ts';
import type { Sql } from '../database/connection.ts';
import type { Made, Stored } from './keep.ts';
import type { Judged } from './make.ts';

/** Keeps one until its bundle counts. */
export async function putPrepared(sql: Sql, made: Made, revision: number): Promise<void> {
  const { account, digest, fulltag, bundle, action, result, evaluatedAt, expiresAt } = made;
  await sql`
    insert into prepared_verdicts (account, digest, fulltag, bundle_sha256, image_revision, action,
      result, evaluated_at, expires_at)
    select ${account}, ${digest}, ${fulltag}, ${bundle.sha256}, ${revision}, ${action}, ${result},
      ${evaluatedAt}, ${expiresAt}::timestamptz
    where exists (select from images where account = ${account} and digest = ${digest})
    on conflict do nothing`;
}

/** A verdict that was made ahead, if it still says what would be said now. */
export async function preparedVerdict(
  sql: Sql,
  { account, digest, fulltag }: Judged,
  bundle: BundleRecord,
): Promise<{ readonly made: Made; readonly revision: number } | undefined> {
  const [row] = await sql<(Stored & { revision: number })[]>`
    delete from prepared_verdicts p using images i
    where p.account = ${account} and p.digest = ${digest} and p.fulltag = ${fulltag}
      and p.bundle_sha256 = ${bundle.sha256}
      and i.account = p.account and i.digest = p.digest and i.revision = p.image_revision
      and (p.expires_at is null or p.expires_at > now())
    returning p.action, p.evaluated_at as "evaluatedAt", p.expires_at as "expiresAt", p.result,
      p.image_revision as revision`;
  if (row === undefined) return undefined;
  const { revision, ...stored } = row;
  return { made: { account, digest, fulltag, bundle, ...stored }, revision };
}

/** Forgets what was made for a content that never counted, or was not asked for since. */
export async function forgetPrepared(sql: Sql, account: string): Promise<void> {
  await sql`delete from prepared_verdicts where account = ${account}`;
}
