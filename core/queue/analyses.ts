/**
 * The queue: one row per digest, whoever asks and however often. A row's attempt number fences
 * everything a Job says; its lease tells whether somebody still works on it.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import type { Failure, Progress } from '../../jobs/contract/index.ts';
import type { AnalysisState } from '../catalog/states.ts';
import type { Queryable, Sql } from '../database/connection.ts';
import { recordImageEvent } from '../events/record.ts';
import { isThrottled, throttledSeconds } from '../registries/pauses.ts';
import type { AnalysisSource } from '../registries/types.ts';
import { tellSubscribers } from './ends.ts';
import type { Lane } from './lanes.ts';

export interface NewAnalysis {
  readonly digest: string;
  readonly lane: Lane;
  readonly account: string;
  /** For messages. */
  readonly reference: string;
  readonly source: AnalysisSource;
  /** Analyse again what is analysed already. */
  readonly force?: boolean;
  /** Try again what failed. */
  readonly retry?: boolean;
}

/** What an image says whose analysis nobody wants any more; whoever does has it tried again. */
export const CANCELLED_CODE = 'analysis_cancelled';

/** Puts an image into the queue, or moves it forward there; returns the state it has then. */
export async function enqueue(sql: Queryable, analysis: NewAnalysis): Promise<AnalysisState> {
  const { digest, lane, account, reference, source } = analysis;
  const [row] = await sql<
    { state: AnalysisState; code: string | null; imported: boolean }[]
  >`
    insert into analyses (digest, lane, account, reference, source)
    values (${digest}, ${lane}, ${account}, ${reference}, ${sql.json(source)})
    on conflict (digest) do update set
      lane = case when analyses.state = 'not_analyzed'
        then least(analyses.lane, excluded.lane) else analyses.lane end
    returning state, error_code as code, imported_by is not null as imported`;
  const isRetried = analysis.retry === true || row?.code === CANCELLED_CODE;
  // What was brought from elsewhere gives way to what a Job finds.
  const again = (row?.state === 'analysis_failed' && isRetried) ||
    (row?.state === 'analyzed' && (analysis.force === true || row.imported));
  if (again) {
    await sql`
      update analyses set state = 'not_analyzed', lane = ${lane}, account = ${account},
        reference = ${reference}, source = ${sql.json(source)}, queued_at = clock_timestamp(),
        run_after = now(), failures = 0, losses = 0, memory_shortages = 0, error = null,
        error_code = null, progress = null, updated_at = now()
      where digest = ${digest} and state in ('analysis_failed', 'analyzed')`;
  }
  await wake(sql);
  return again ? 'not_analyzed' : row?.state ?? 'not_analyzed';
}

/** Tells the coordinators of every core that there is something to do. */
export async function wake(sql: Queryable): Promise<void> {
  await sql`select pg_notify('tidewaiter', 'queue')`;
}

/** Seconds a lease lasts unless it is extended. */
export const LEASE_SECONDS = 15;

/** Hash of a Job's token as it is stored. */
export function tokenHash(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** Whether an attempt is the one whose report was stored. */
export async function isAnalyzedBy(
  sql: Queryable,
  digest: string,
  attempt: number,
): Promise<boolean> {
  const rows = await sql`
    select from analyses where digest = ${digest} and attempt = ${attempt} and state = 'analyzed'`;
  return rows.length > 0;
}

/** How far the running tasks are that have said so. */
export async function runningProgress(
  sql: Queryable,
): Promise<{ task: string; progress: Progress }[]> {
  return await sql<{ task: string; progress: Progress }[]>`
    select task, progress from analyses where state = 'analyzing' and progress is not null`;
}

/** How many images are being analysed. */
export async function countRunning(sql: Queryable): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select count(*)::int as count from analyses where state = 'analyzing'`;
  return row?.count ?? 0;
}

/** Keeps the leases of running tasks; returns the tasks that are no longer theirs. */
export async function extendLeases(sql: Queryable, tasks: readonly string[]): Promise<string[]> {
  if (tasks.length === 0) return [];
  const rows = await sql<{ task: string }[]>`
    update analyses set lease_until = now() + ${LEASE_SECONDS} * interval '1 second'
    where task in ${sql(tasks)} and state = 'analyzing' returning task`;
  const kept = new Set(rows.map(({ task }) => task));
  return tasks.filter((task) => !kept.has(task));
}

/** Notes how far a running task is. */
export async function noteProgress(
  sql: Queryable,
  task: string,
  progress: Progress,
): Promise<void> {
  await sql`
    update analyses set progress = ${sql.json(progress)}, updated_at = now(),
      lease_until = greatest(lease_until, now() + ${LEASE_SECONDS} * interval '1 second')
    where task = ${task} and state = 'analyzing'`;
}

/** Back-off after a failure: 1, 2, 4 … seconds, a minute at most, with a little chance in it. */
export function backoffSeconds(failures: number): number {
  return Math.min(60, 2 ** Math.max(0, failures - 1)) * (0.8 + 0.4 * Math.random());
}

/** Ends after which the next attempt gets twice the memory. */
const SHORTAGES = new Set(['analysis_out_of_memory', 'analysis_killed']);

/**
 * Ends an attempt that failed: back into the queue if another one may succeed, else for good. An
 * attempt that its registry throttled counts as lost, not as failed. Without effect when the
 * attempt is no longer the current one.
 */
export async function failAttempt(
  sql: Sql,
  digest: string,
  attempt: number,
  failure: Failure,
  attempts: number,
): Promise<'retried' | 'failed' | 'superseded'> {
  const throttled = isThrottled(failure);
  const wait = throttled ? throttledSeconds(failure, 'core') : 0;
  return await sql.begin(async (tx) => {
    const [row] = await tx<{ state: AnalysisState; lane: Lane }[]>`
      update analyses set failures = failures + ${throttled ? 0 : 1},
        losses = losses + ${throttled ? 1 : 0},
        memory_shortages = memory_shortages + ${SHORTAGES.has(failure.code) ? 1 : 0},
        error_code = ${failure.code},
        error = ${failure.message}, task = null, token_hash = null, lease_until = null, access = null,
        updated_at = now(),
        -- As backoffSeconds says.
        run_after = now() + interval '1 second' *
          greatest(${wait}::float, least(60, power(2, failures)) * (0.8 + 0.4 * random())),
        state = case
          when ${throttled} and losses < ${MOST_LOSSES} then 'not_analyzed'
          when ${failure.temporary && !throttled} and failures + 1 < ${attempts} then 'not_analyzed'
          else 'analysis_failed' end
      where digest = ${digest} and attempt = ${attempt} and state = 'analyzing'
      returning state, lane`;
    if (row === undefined) return 'superseded';
    if (row.state === 'not_analyzed') return 'retried';
    // In one with the state: nobody sees the one without the other, and none is lost.
    await tellFailure(tx, { digest, attempt, ...row }, failure);
    return 'failed';
  });
}

/** Puts an image back whose attempt was ended by core itself; no failure is counted. */
export async function releaseAttempt(
  sql: Queryable,
  digest: string,
  attempt: number,
  waitSeconds = 0,
): Promise<void> {
  await sql`
    update analyses set state = 'not_analyzed', task = null, token_hash = null, lease_until = null,
      access = null, progress = null, updated_at = now(),
      run_after = now() + ${waitSeconds} * interval '1 second'
    where digest = ${digest} and attempt = ${attempt} and state = 'analyzing'`;
  await wake(sql);
}

/** How often an image may be lost through no fault of its own (core or its database was killed). */
const MOST_LOSSES = 100;
const LOST: Failure = {
  code: 'analysis_lost',
  message: 'Core was lost again and again while it analysed this image.',
  temporary: false,
};

/**
 * Puts back what was lost with its launcher; no failure is counted. Returns the digests, also of
 * those that were lost so often that they have failed.
 */
export async function releaseLost(sql: Sql, launcher?: string): Promise<string[]> {
  return await sql.begin(async (tx) => {
    const rows = await tx<
      { digest: string; lane: Lane; attempt: number; given: boolean }[]
    >`
      update analyses set task = null, token_hash = null, lease_until = null, access = null,
        progress = null, updated_at = now(), losses = losses + 1,
        state = case when losses >= ${MOST_LOSSES} then 'analysis_failed' else 'not_analyzed' end,
        error_code = case when losses >= ${MOST_LOSSES} then ${LOST.code} else error_code end,
        error = case when losses >= ${MOST_LOSSES} then ${LOST.message} else error end
      where state = 'analyzing'
        and ${launcher === undefined ? tx`lease_until < now()` : tx`launcher = ${launcher}`}
      returning digest, lane, attempt, state = 'analysis_failed' as given`;
    for (const row of rows.filter(({ given }) => given)) await tellFailure(tx, row, LOST);
    return rows.map(({ digest }) => digest);
  });
}

interface EndedAttempt {
  readonly digest: string;
  readonly lane: Lane;
  readonly attempt: number;
}

/** Tells accounts and whoever waits that an image has failed. */
async function tellFailure(
  sql: Queryable,
  { digest, lane, attempt }: EndedAttempt,
  { code, message }: Failure,
): Promise<void> {
  await recordImageEvent(sql, {
    type: 'user.image.analysis.failed',
    level: 'error',
    resource: digest,
    message: ['The analysis of ', ` failed: ${message}`],
    details: { code, attempt },
  });
  await tellSubscribers(sql, { digest, lane, state: 'analysis_failed' });
  await sql`select pg_notify('tidewaiter', ${`image:${digest}`})`;
}

/** Where an image stands. */
export interface QueueState {
  readonly state: AnalysisState;
  /** 1 is next; running ones count. Null when the image does not wait. */
  readonly position: number | null;
  readonly progress: Progress | null;
  readonly error: string | null;
  readonly errorCode: string | null;
  readonly attempt: number;
}

/** State, place in the queue and progress of one digest. */
export async function queueState(sql: Queryable, digest: string): Promise<QueueState | undefined> {
  return (await queueStates(sql, [digest])).get(digest);
}

/** The same of several digests, by digest. */
export async function queueStates(
  sql: Queryable,
  digests: readonly string[],
): Promise<Map<string, QueueState>> {
  const rows = await sql<(QueueState & { digest: string })[]>`
    select a.digest, a.state, a.progress, a.error, a.error_code as "errorCode", a.attempt,
      case when a.state = 'not_analyzed' then (
        select count(*)::int + 1 from analyses b
        where b.state = 'analyzing'
          or (b.state = 'not_analyzed' and (b.lane, b.queued_at) < (a.lane, a.queued_at))
      ) end as position
    from analyses a where a.digest = any(${[...digests]})`;
  return new Map(rows.map(({ digest, ...state }) => [digest, state]));
}

/** How many images are in each state and lane, for metrics and the operator. */
export async function queueDepth(
  sql: Queryable,
): Promise<{ state: AnalysisState; lane: Lane; count: number }[]> {
  return await sql<{ state: AnalysisState; lane: Lane; count: number }[]>`
    select state, lane, count(*)::int as count from analyses group by state, lane`;
}

/** Seconds that the oldest image that may be analysed, and the oldest reference, have waited. */
export async function queueAge(
  sql: Queryable,
): Promise<{ readonly analysis: number; readonly request: number }> {
  const [row] = await sql<{ analysis: number; request: number }[]>`
    select
      coalesce(extract(epoch from now() - (
        select min(queued_at) from analyses where state = 'not_analyzed')), 0)::float as analysis,
      coalesce(extract(epoch from now() - (
        select min(created_at) from requests where state = 'pending')), 0)::float as request`;
  return row ?? { analysis: 0, request: 0 };
}
