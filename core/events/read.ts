/**
 * Reading and clearing the log of an account.
 *
 * @module
 */
import type { Json, Queryable, Sql } from '../database/connection.ts';
import { type EventType, typesLike } from './types.ts';

export interface EventRecord {
  readonly id: string;
  readonly account: string;
  readonly type: string;
  readonly level: 'info' | 'error';
  readonly resourceType: string;
  readonly resource: string;
  readonly message: string;
  readonly details: Readonly<Record<string, Json>>;
  readonly createdAt: Date;
}

/** Which events are meant; what is not given is any. */
export interface EventFilter {
  readonly account: string;
  /** With `*` for any text. */
  readonly type?: string | undefined;
  readonly source?: string | undefined;
  readonly level?: 'info' | 'error' | undefined;
  readonly resourceType?: string | undefined;
  readonly resource?: string | undefined;
  readonly since?: Date | undefined;
  readonly before?: Date | undefined;
}

const DELETED_AT_ONCE = 5000;

/** The types that a filter asks for; undefined for all. */
function typesOf({ type, source }: EventFilter): EventType[] | undefined {
  return type === undefined && source === undefined ? undefined : typesLike(type ?? '*', source);
}

function matching(sql: Queryable, filter: EventFilter) {
  const { account, level, resourceType, resource, since, before } = filter;
  const types = typesOf(filter);
  return sql`
    account = ${account}
    ${types === undefined ? sql`` : sql`and type = any(${types})`}
    ${level === undefined ? sql`` : sql`and level = ${level}`}
    ${resourceType === undefined ? sql`` : sql`and resource_type = ${resourceType}`}
    ${resource === undefined ? sql`` : sql`and resource = ${resource}`}
    ${since === undefined ? sql`` : sql`and created_at >= ${since}`}
    ${before === undefined ? sql`` : sql`and created_at < ${before}`}`;
}

/** Columns as they are read. */
export function eventColumns(sql: Queryable) {
  return sql`id, account, type, level, resource_type as "resourceType", resource, message, details,
    created_at as "createdAt"`;
}

/** Events, the newest first. */
export async function listEvents(
  sql: Queryable,
  filter: EventFilter,
  { offset, limit }: { readonly offset: number; readonly limit: number },
): Promise<EventRecord[]> {
  // What is passed over is counted in the index alone.
  return await sql<EventRecord[]>`
    select ${eventColumns(sql)} from events where id = any(array(
      select id from events where ${matching(sql, filter)}
      order by created_at desc, id desc offset ${offset} limit ${limit}))
    order by created_at desc, id desc`;
}

/** One event of an account. */
export async function findEvent(
  sql: Queryable,
  account: string,
  id: string,
): Promise<EventRecord | undefined> {
  const [row] = await sql<EventRecord[]>`
    select ${eventColumns(sql)} from events where id = ${id} and account = ${account}`;
  return row;
}

/** Deletes one event; false if there is none. */
export async function deleteEvent(sql: Queryable, account: string, id: string): Promise<boolean> {
  const rows = await sql`
    delete from events where id = ${id} and account = ${account} returning id`;
  return rows.length > 0;
}

/** Deletes events piece by piece; the ids of at most `most`, the oldest first. */
export async function deleteEvents(sql: Sql, filter: EventFilter, most: number): Promise<string[]> {
  const deleted: string[] = [];
  while (deleted.length < most) {
    const rows = await sql<{ id: string }[]>`
      delete from events where id = any(array(
        select id from events where ${matching(sql, filter)}
        order by created_at, id limit ${Math.min(DELETED_AT_ONCE, most - deleted.length)}))
      returning id`;
    if (rows.length === 0) break;
    deleted.push(...rows.map(({ id }) => id));
  }
  return deleted;
}
