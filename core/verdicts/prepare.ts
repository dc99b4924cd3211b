/**
 * Verdicts by a bundle that is about to count: when it does, the door has those on what pods want at
 * hand, instead of making them all while they wait.
 *
 * @module
 */
import type { BundleRecord } from '../catalog/bundles.ts';
import { WANTED_DAYS } from '../catalog/tags.ts';
import type { Sql } from '../database/connection.ts';
import type { Log } from '../log.ts';
import { attempt } from './attempt.ts';
import { judge, type Judged } from './make.ts';
import { forgetPrepared, putPrepared } from './prepared.ts';
import { verdictOf } from './verdict.ts';

/** Whoever changes a bundle waits so long at most. */
const MOST_MS = 10_000;
const MOST_TAGS = 2000;

/**
 * Makes verdicts by a bundle ahead, in the order in which pods wanted the images last; what is not
 * made in time is made when it is asked for. They count when the bundle does.
 *
 * @param bundle one that is not active, or the active one with the content that it is to have
 */
export async function prepareVerdicts(
  { sql, log }: { readonly sql: Sql; readonly log: Log },
  bundle: BundleRecord,
): Promise<void> {
  const { account, active } = bundle;
  const start = performance.now();
  if (active) await forgetPrepared(sql, account);
  const wanted = await sql<Judged[]>`
    select t.account, t.digest, t.fulltag
    from tags t join images i using (account, digest) join analyses a using (digest)
    where t.account = ${account} and t.wanted_at > now() - ${WANTED_DAYS} * interval '1 day'
      and a.head is not null
    order by t.wanted_at desc limit ${MOST_TAGS}`;
  const make = async (request: Judged) => {
    if (!active) {
      await verdictOf(sql, { ...request, bundleId: bundle.id });
      return;
    }
    const found = await judge(sql, request, bundle);
    if (found !== undefined) await putPrepared(sql, found.made, found.revision);
  };
  for (const request of wanted) {
    if (performance.now() - start > MOST_MS) return;
    await attempt(log, request.fulltag, () => make(request));
  }
}
