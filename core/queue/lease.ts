/**
 * Which image comes next, and the right to analyse it.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import type { Queryable } from '../database/connection.ts';
import type { AnalysisSource } from '../registries/types.ts';
import { LEASE_SECONDS, tokenHash } from './analyses.ts';
import type { Lane } from './lanes.ts';

/** A row that a launcher works on now. */
export interface Lease {
  readonly digest: string;
  readonly attempt: number;
  readonly task: string;
  /** Who asked for it, whose credentials it is read with. */
  readonly account: string;
  readonly reference: string;
  readonly source: AnalysisSource;
  readonly failures: number;
  /** Attempts before it that ended for want of memory. */
  readonly memoryShortages: number;
  readonly lane: Lane;
  readonly compressedSize: number;
  /** What the Job shows to core; only its hash is stored. */
  readonly token: string;
}

/** How many images of one registry are analysed at once. */
export interface RegistryLimits {
  /** For registries that have none of their own; unlimited unless given. */
  readonly each?: number | undefined;
  readonly of: Readonly<Record<string, number>>;
}

const UNLIMITED: RegistryLimits = { of: {} };
const MANY = 1_000_000;

/**
 * Takes the next image: lowest lane first; within it accounts take turns, and each account's oldest
 * comes first. Images of registries that pause, or that have as many analyses as they may, wait.
 */
export async function lease(
  sql: Queryable,
  launcher: string,
  limits: RegistryLimits = UNLIMITED,
): Promise<Lease | undefined> {
  const token = randomBytes(32).toString('base64url');
  const [row] = await sql<Omit<Lease, 'token'>[]>`
    with recursive closed as materialized (
      select registry from registry_pauses where paused_until > now()
      union
      select registry from analyses where state = 'analyzing' and registry <> ''
      group by registry
      having count(*) >= coalesce(
        (${sql.json(limits.of)}::jsonb ->> registry)::int, ${limits.each ?? MANY})
    ), queues as (
      -- Each lane, account and registry that has images waiting: hops from one to the next in the
      -- index, so that a long queue costs no more than a short one.
      (select lane, account, registry from analyses where state = 'not_analyzed'
        order by lane, account, registry limit 1)
      union all
      select following.* from queues, lateral (
        select lane, account, registry from analyses
        where state = 'not_analyzed' and (lane, account, registry) >
          (queues.lane, queues.account, queues.registry)
        order by lane, account, registry limit 1
      ) following
    ), next as (
      select head.digest
      from queues,
      lateral (select max(started_at) as last from analyses s where s.account = queues.account) turn,
      lateral (
        select digest, queued_at from analyses q
        where q.state = 'not_analyzed' and q.run_after <= now() and q.lane = queues.lane
          and q.account = queues.account and q.registry = queues.registry
        order by queued_at limit 1
      ) head
      where queues.registry not in (select registry from closed)
      order by queues.lane, turn.last nulls first, head.queued_at
      limit 1
    )
    update analyses a set state = 'analyzing', attempt = attempt + 1, launcher = ${launcher},
      token_hash = ${tokenHash(token)}, started_at = clock_timestamp(),
      task = substr(split_part(a.digest, ':', 2), 1, 32) || '-' || (attempt + 1),
      lease_until = now() + ${LEASE_SECONDS} * interval '1 second',
      progress = null, first_read = null, updated_at = now()
    from next, manifests m
    where a.digest = next.digest and m.digest = a.digest and a.state = 'not_analyzed'
    returning a.digest, a.attempt, a.task, a.account, a.reference, a.source, a.failures, a.lane,
      a.memory_shortages as "memoryShortages",
      m.compressed_size as "compressedSize"`;
  return row === undefined ? undefined : { ...row, token };
}
