/**
 * Tells subscribers that the analysis of an image has ended, in the transaction that ends it.
 *
 * @module
 */
import type { Queryable } from '../database/connection.ts';
import { enqueueNotification } from '../events/notifications.ts';
import { LANE, type Lane } from './lanes.ts';

/** How the analysis of an image has ended. */
export interface AnalysisEnd {
  readonly digest: string;
  readonly lane: Lane;
  readonly state: 'analyzed' | 'analysis_failed';
}

/**
 * Notifies whoever is subscribed to the analyses of a tag of the image. That newer analyzers have
 * looked at an image that was known is no news, unless they failed.
 */
export async function tellSubscribers(
  sql: Queryable,
  { digest, lane, state }: AnalysisEnd,
): Promise<void> {
  if (lane === LANE.reanalysis && state === 'analyzed') return;
  const subscribed = await sql<
    { account: string; key: string; annotations: Record<string, string> }[]
  >`
    select s.account, s.key, i.annotations
    from tags t
    join images i using (account, digest)
    join subscriptions s using (account, registry, repository, tag)
    where t.digest = ${digest} and s.type = 'analysis_update' and s.active`;
  for (const { account, key, annotations } of subscribed) {
    const evaluation = (status: string) => ({
      analysis_status: status,
      annotations,
      image_digest: digest,
    });
    await enqueueNotification(sql, {
      account,
      type: 'analysis_update',
      subscriptionKey: key,
      payload: {
        curr_eval: evaluation(state),
        last_eval: evaluation('analyzing'),
        annotations,
      },
    });
  }
}
