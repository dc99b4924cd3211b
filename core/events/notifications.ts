/**
 * The outbox of notifications: what webhooks are to be told, at least once and in order for each
 * account, type and key.
 *
 * @module
 */
import type { NotificationType } from '../config/webhook-settings.ts';
import type { Json, Queryable, Sql } from '../database/connection.ts';
import { eventColumns, type EventRecord } from './read.ts';
import { recordEvent } from './record.ts';

export type { NotificationType };

export interface NewNotification {
  readonly account: string;
  readonly type: NotificationType;
  /** The tag or repository, as subscribed. */
  readonly subscriptionKey: string;
  /** What changed: `curr_eval`, `last_eval`, `diff_vulnerability_result`, `imageDigest`, `annotations`… */
  readonly payload: Readonly<Record<string, Json>>;
}

/** One that waits in the outbox. */
export interface Notification extends NewNotification {
  readonly number: number;
  readonly id: string;
  /** Attempts that have failed. */
  readonly tries: number;
  /** Of the account. */
  readonly email: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

const MOST_EVENTS = 500;
const FIRST_PAUSE_SECONDS = 5;
const LONGEST_PAUSE_SECONDS = 900;
const LONGEST_ERROR = 500;
/** Giving these up is told of in no webhook: that would be given up again and again. */
const UNTOLD = 'system.notification.dropped';

/** Adds a notification to the outbox, in the caller's transaction; delivery and its retries are the notify coordinator's. */
export async function enqueueNotification(
  sql: Queryable,
  { account, type, subscriptionKey, payload }: NewNotification,
): Promise<void> {
  await sql`
    insert into notifications (account, type, key, payload)
    values (${account}, ${type}, ${subscriptionKey}, ${sql.json(payload)})`;
  await sql`select pg_notify('tidewaiter', 'notifications')`;
}

/** The oldest of each account, type and key that are due now: what comes after one waits for it. */
export async function dueNotifications(
  sql: Queryable,
  types: readonly NotificationType[],
  limit: number,
): Promise<Notification[]> {
  return await sql<Notification[]>`
    select h.number, h.id, h.account, h.type, h.key as "subscriptionKey", h.payload, h.tries,
      a.email, h.created_at as "createdAt", h.updated_at as "updatedAt"
    from (
      select distinct on (type, account, key) * from notifications
      where state = 'pending' and type = any(${[...types]})
      order by type, account, key, number) h
    left join accounts a on a.name = h.account
    where h.run_after <= now()
    order by h.run_after, h.number limit ${limit}`;
}

/** Marks one that its receiver has taken. */
export async function noteSent(sql: Queryable, number: number): Promise<void> {
  await sql`
    update notifications set state = 'sent', error = null, updated_at = clock_timestamp()
    where number = ${number} and state = 'pending'`;
}

/** Has one that its receiver has not taken wait, longer after each try. */
export async function noteUnsent(
  sql: Queryable,
  { number, tries }: Pick<Notification, 'number' | 'tries'>,
  error: string,
): Promise<void> {
  const pause = Math.min(FIRST_PAUSE_SECONDS * 2 ** tries, LONGEST_PAUSE_SECONDS);
  await sql`
    update notifications set tries = tries + 1, error = ${error.slice(0, LONGEST_ERROR)},
      run_after = now() + ${pause} * interval '1 second', updated_at = clock_timestamp()
    where number = ${number} and state = 'pending'`;
}

/**
 * Gives up what a receiver that fails has not taken in time, with one event for each account and
 * type; how many. What was never tried goes with the rest: its receiver was away all that time.
 *
 * @param only the number of the one that may be given up; any unless given
 */
export async function dropOverdue(
  sql: Sql,
  types: readonly NotificationType[],
  seconds: number,
  error: string,
  only?: number,
): Promise<number> {
  return await sql.begin(async (tx) => {
    const dropped = await tx<{ account: string; type: string; count: number }[]>`
      with gone as (
        update notifications set state = 'dropped', updated_at = clock_timestamp()
        where state = 'pending' and type = any(${[...types]})
          and created_at < now() - ${seconds} * interval '1 second'
          ${only === undefined ? tx`` : tx`and number = ${only}`}
        returning account, type)
      select account, type, count(*) as count from gone group by account, type`;
    for (const { account, type, count } of dropped) {
      await recordEvent(tx, {
        account,
        type: UNTOLD,
        level: 'error',
        resourceType: 'webhook',
        resource: type,
        message: `${count} notifications of ${type} are given up, since their webhook has not ` +
          `taken them within ${seconds} seconds: ${error}`,
        details: { count, type },
      });
    }
    return dropped.reduce((sum, { count }) => sum + count, 0);
  });
}

/** Removes what no webhook is there for. */
export async function discardUnwanted(
  sql: Queryable,
  wanted: readonly NotificationType[],
): Promise<void> {
  await sql`
    delete from notifications where state = 'pending' and type <> all(${[...wanted]})`;
}

/** Puts new events into the outbox where webhooks want them; true if there may be more. */
export async function takeEvents(
  sql: Sql,
  wanted: { readonly all: boolean; readonly errors: boolean },
): Promise<boolean> {
  return await sql.begin(async (tx) => {
    const events = await tx<EventRecord[]>`
      with fresh as (
        update events set told = true where id = any(array(
          select id from events where not told order by created_at limit ${MOST_EVENTS}
          for update skip locked))
        returning *)
      select ${eventColumns(tx)} from fresh order by created_at, id`;
    for (const { createdAt, ...event } of events) {
      if (event.type === UNTOLD) continue;
      const { account, resource, resourceType, ...rest } = event;
      const payload = {
        event: {
          ...rest,
          resource: { user_id: account, id: resource, type: resourceType },
          timestamp: createdAt.toISOString(),
        },
      };
      const types: NotificationType[] = [
        ...(wanted.all ? ['event_log' as const] : []),
        ...(wanted.errors && event.level === 'error' ? ['error_event' as const] : []),
      ];
      for (const type of types) {
        await enqueueNotification(tx, { account, type, subscriptionKey: event.type, payload });
      }
    }
    return events.length === MOST_EVENTS;
  });
}

/** Forgets what was sent or given up; how many. */
export async function forgetNotifications(sql: Queryable, days: number): Promise<number> {
  const rows = await sql`
    delete from notifications where number = any(array(
      select number from notifications where state <> 'pending'
        and updated_at < now() - ${days} * interval '1 day' limit 10000))
    returning 1`;
  return rows.length;
}
