/**
 * Verdicts by a bundle that is about to count: when it does, the door has those on what pods want at
 * hand, instead of making them all while they wait.
 *
 * @module
 */
import type { BundleRecord } from '../catalog/bundles.ts';
import { WANTED_DAYS } from '../catalog/tags.ts';
import type { Sql } from '../database/connection.ts';
import type { Made, Stored } from './keep.ts';
import { judge, type Judged } from './make.ts';

/** Whoever changes a bundle waits so long at most. */
const MOST_MS = 5000;
const MOST_TAGS = 2000;

/**
 * Makes verdicts by a bundle ahead, in the order in which pods wanted the images last. What is not made in time is
 * made when it is asked for. They count when the bundle does.
 */
export async function prepareVerdicts(sql: Sql, bundle: BundleRecord): Promise<void> {
  const { account } = bundle;
  const start = performance.now();
  await sql`delete from prepared_verdicts where account = ${account}`;
  const wanted = await sql<Judged[]>`
    select t.account, t.digest, t.fulltag
    from tags t join images i using (account, digest) join analyses a using (digest)
    where t.account = ${account} and t.wanted_at > now() - ${WANTED_DAYS} * interval '1 day'
      and a.head is not null
    order by t.wanted_at desc limit ${MOST_TAGS}`;
  for (const request of wanted) {
    if (performance.now() - start > MOST_MS) return;
    const found = await judge(sql, request, bundle);
    if (found !== undefined) await keep(sql, found.made, found.revision);
  }
}

async function keep(sql: Sql, made: Made, revision: number): Promise<void> {
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
