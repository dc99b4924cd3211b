/**
 * References that somebody wants and nobody has resolved to a digest yet. The door never calls a
 * registry: it leaves a request, a coordinator resolves it.
 *
 * @module
 */
import type { Queryable } from '../database/connection.ts';
import { backoffSeconds, wake } from './analyses.ts';
import type { Lane } from './lanes.ts';

export interface ReferenceRequest {
  readonly id: number;
  readonly account: string;
  readonly reference: string;
  readonly lane: Lane;
  readonly attempts: number;
}

export interface RequestState {
  readonly state: 'pending' | 'resolved' | 'failed';
  readonly error: string | null;
  readonly errorCode: string | null;
  /** 1 is next; images that wait for their analysis count. Null unless pending. */
  readonly position: number | null;
  /** Seconds since it ended or changed. */
  readonly age: number;
}

/** Leaves a request; one that waits already moves forward to a lower lane. */
export async function requestReference(
  sql: Queryable,
  account: string,
  reference: string,
  lane: Lane,
): Promise<void> {
  const rows = await sql`
    insert into requests (account, reference, lane) values (${account}, ${reference}, ${lane})
    on conflict (account, reference) where state = 'pending'
      do update set lane = excluded.lane where excluded.lane < requests.lane
    returning id`;
  if (rows.length > 0) await wake(sql);
}

/** The newest request for a reference. */
export async function requestState(
  sql: Queryable,
  account: string,
  reference: string,
): Promise<RequestState | undefined> {
  const [row] = await sql<RequestState[]>`
    select r.state, r.error, r.error_code as "errorCode",
      extract(epoch from now() - r.updated_at)::float as age,
      case when r.state = 'pending' then (
        select count(*)::int from requests b
        where b.state = 'pending' and (b.lane, b.id) <= (r.lane, r.id)
      ) + (
        select count(*)::int from analyses a
        where a.state = 'analyzing' or (a.state = 'not_analyzed' and a.lane <= r.lane)
      ) end as position
    from requests r
    where r.account = ${account} and r.reference = ${reference}
    order by r.id desc limit 1`;
  return row;
}

/**
 * Requests that are due and whose registry does not pause, urgent ones first: `limit` in all and
 * `each` of a registry, so that a slow one does not keep the others waiting. Those that are `asked`
 * about already count, and are not returned.
 */
export async function dueRequests(
  sql: Queryable,
  limit: number,
  each = limit,
  asked: readonly number[] = [],
): Promise<ReferenceRequest[]> {
  const ids = [...asked];
  return await sql<ReferenceRequest[]>`
    with underway as (
      select split_part(reference, '/', 1) as registry, count(*)::int as count
      from requests where id = any(${ids}::bigint[]) group by 1),
    due as (
      select r.id, r.account, r.reference, r.lane, r.attempts,
        row_number() over (partition by split_part(r.reference, '/', 1) order by r.lane, r.id)
          + coalesce(u.count, 0) as place
      from requests r left join underway u on u.registry = split_part(r.reference, '/', 1)
      where r.state = 'pending' and r.run_after <= now() and r.id <> all(${ids}::bigint[])
        and not exists (
          select from registry_pauses p
          where p.registry = split_part(r.reference, '/', 1) and p.paused_until > now()))
    select id, account, reference, lane, attempts from due
    where place <= ${each} order by lane, id limit ${Math.max(0, limit - ids.length)}`;
}

/** Ends a request whose image is now in the catalog. */
export async function resolveRequest(sql: Queryable, id: number, digest: string): Promise<void> {
  await sql`
    update requests set state = 'resolved', digest = ${digest}, error = null, error_code = null,
      updated_at = now()
    where id = ${id} and state = 'pending'`;
}

/** Notes a failure: tried again later if that may help, else the request has failed. */
export async function failRequest(
  sql: Queryable,
  request: ReferenceRequest,
  failure: {
    readonly code: string;
    readonly message: string;
    readonly temporary: boolean;
    readonly retryAfter?: number | undefined;
  },
  attempts: number,
): Promise<void> {
  const again = failure.temporary && request.attempts + 1 < attempts;
  const wait = Math.max(failure.retryAfter ?? 0, backoffSeconds(request.attempts + 1));
  await sql`
    update requests set attempts = attempts + 1, error_code = ${failure.code},
      error = ${failure.message}, state = ${again ? 'pending' : 'failed'},
      run_after = now() + ${wait} * interval '1 second', updated_at = now()
    where id = ${request.id} and state = 'pending'`;
}
