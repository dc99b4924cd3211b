/**
 * The queue as one account sees it: its images that wait or are being analysed. A row of the queue
 * belongs to all accounts that have the image; each can give its wish up, and the last one ends it.
 *
 * @module
 */
import type { AnalysisState } from '../catalog/states.ts';
import type { Queryable, Sql } from '../database/connection.ts';
import { CANCELLED_CODE, wake } from './analyses.ts';
import type { Lane } from './lanes.ts';

/** An image that an account waits for. */
export interface Wish {
  readonly digest: string;
  /** As this account calls it. */
  readonly reference: string;
  readonly state: Extract<AnalysisState, 'not_analyzed' | 'analyzing'>;
  readonly lane: Lane;
  /** 1 is next, running ones count; null for those. */
  readonly position: number | null;
  readonly attempt: number;
  readonly since: Date;
  readonly startedAt: Date | null;
  /** Microseconds since 1970 at which it came into the queue, for pages. */
  readonly micros: number;
}

/** Where a wish is in the list. */
export type WishPosition = Pick<Wish, 'state' | 'lane' | 'micros' | 'digest'>;

/** Which of an account's wishes a list shows. */
export interface WishFilter {
  readonly digest?: string | undefined;
  readonly after?: WishPosition | undefined;
  readonly limit?: number | undefined;
}

/** Whether an account still wants its image `i`, whose analysis is `a`. */
function isWanted(sql: Queryable) {
  return sql`i.status = 'active' and (i.cancelled_at is null or i.cancelled_at < a.queued_at)`;
}

/** An account's images that are being analysed, then those that wait, the next ones first. */
export async function listWishes(
  sql: Queryable,
  account: string,
  { digest, after, limit }: WishFilter = {},
): Promise<Wish[]> {
  const later = after === undefined ? sql`` : sql`
    and (a.state = 'not_analyzed', a.lane, a.queued_at, a.digest) >
      (${after.state === 'not_analyzed'}, ${after.lane},
        timestamptz 'epoch' + ${after.micros}::bigint * interval '1 microsecond', ${after.digest})`;
  return await sql<Wish[]>`
    with places as materialized (
      select digest, row_number() over (
        order by state = 'not_analyzed', lane, queued_at, digest)::int as place
      from analyses where state in ('not_analyzed', 'analyzing'))
    select a.digest, a.state, a.lane, a.attempt,
      greatest(a.queued_at, i.created_at) as since,
      case when a.state = 'analyzing' then a.started_at end as "startedAt",
      case when a.state = 'not_analyzed' then p.place end as position,
      (extract(epoch from a.queued_at) * 1000000)::bigint as micros,
      case when a.account = i.account then a.reference else coalesce((
        select t.fulltag from tags t where t.account = i.account and t.digest = i.digest
        order by t.detected_at desc limit 1), i.digest) end as reference
    from analyses a
    join images i using (digest)
    join places p using (digest)
    where i.account = ${account} and ${isWanted(sql)}
      ${digest === undefined ? sql`` : sql`and a.digest = ${digest}`} ${later}
    order by a.state = 'not_analyzed', a.lane, a.queued_at, a.digest
    ${limit === undefined ? sql`` : sql`limit ${limit}`}`;
}

/** What images say that nobody waits for any more. */
const CANCELLED = {
  code: CANCELLED_CODE,
  message: 'The analysis was cancelled: submit the image again to have it analysed.',
} as const;

/**
 * Gives up an account's wish for an analysis. If nobody else has one the image leaves the queue and
 * whoever works on it loses its lease; what was known of the image before stays. False if it neither
 * waits nor runs. Runs in a transaction of its own with `told`.
 */
export async function cancelWish(
  sql: Sql,
  account: string,
  digest: string,
  told: (tx: Queryable) => Promise<void>,
): Promise<boolean> {
  return await sql.begin(async (tx) => {
    // Locked in the order in which they are added; whoever does so meanwhile queues it anew.
    await tx`select from images where account = ${account} and digest = ${digest} for update`;
    const queued = await tx`
      select from analyses where digest = ${digest} and state in ('not_analyzed', 'analyzing')
      for update`;
    if (queued.length === 0) return false;
    const given = await tx`
      update images i set cancelled_at = clock_timestamp() from analyses a
      where i.account = ${account} and i.digest = ${digest} and a.digest = i.digest
        and ${isWanted(tx)}
      returning 1`;
    if (given.length === 0) return false;
    const others = await tx`
      select from images i join analyses a using (digest)
      where i.digest = ${digest} and ${isWanted(tx)} limit 1`;
    if (others.length === 0) await end(tx, digest);
    else await handOver(tx, account, digest);
    await told(tx);
    return true;
  });
}

async function end(tx: Queryable, digest: string): Promise<void> {
  // What its Job says from now on is not heard, and the launcher ends it for want of a lease.
  await tx`
    update analyses set
      state = case when head is null then 'analysis_failed' else 'analyzed' end,
      error_code = case when head is null then ${CANCELLED.code} end,
      error = case when head is null then ${CANCELLED.message} end,
      attempt = attempt + (state = 'analyzing')::int,
      task = null, token_hash = null, lease_until = null, access = null, progress = null,
      updated_at = now()
    where digest = ${digest}`;
  await tx`select pg_notify('tidewaiter', ${`image:${digest}`})`;
  await wake(tx);
}

/** One that waits is read with the credentials of somebody who still wants it. */
async function handOver(tx: Queryable, account: string, digest: string): Promise<void> {
  await tx`
    update analyses a set account = o.account, reference = coalesce(o.fulltag, o.digest),
      source = case when a.source->>'kind' = 'registry' and o.registry is not null
        then jsonb_build_object('kind', 'registry', 'registry', o.registry,
          'repository', o.repository)
        else a.source end
    from (
      select i.digest, i.account, t.registry, t.repository, t.fulltag
      from images i join analyses a on a.digest = i.digest
        left join tags t on t.account = i.account and t.digest = i.digest
      where i.digest = ${digest} and i.account <> ${account} and ${isWanted(tx)}
      order by i.created_at, t.detected_at desc nulls last limit 1) o
    where a.digest = o.digest and a.account = ${account} and a.state = 'not_analyzed'`;
}

/** An image that somebody looks at. */
export interface Watched {
  readonly account: string;
  readonly digest: string;
}

/** Which of these images their accounts still have, in the order that they are given in. */
export async function stillThere(sql: Queryable, watched: readonly Watched[]): Promise<boolean[]> {
  const rows = await sql<{ there: boolean }[]>`
    select exists (
      select from images i join accounts o on o.name = i.account and o.state = 'enabled'
      where i.account = w.account and i.digest = w.digest) as there
    from unnest(${watched.map(({ account }) => account)}::text[],
      ${watched.map(({ digest }) => digest)}::text[]) with ordinality as w (account, digest, place)
    order by w.place`;
  return rows.map(({ there }) => there);
}
