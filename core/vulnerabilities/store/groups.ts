/**
 * Groups of sources: what was loaded of each, and how it went.
 *
 * @module
 */
import type { Json, Queryable } from '../../database/connection.ts';
import { judgeRenewed } from './changes.ts';

/** One part of a source that is loaded on its own. */
export interface FeedGroup {
  readonly id: number;
  readonly source: string;
  readonly name: string;
  readonly format: string;
  /** Whether it counts for matching. */
  readonly enabled: boolean;
  /** Whether an administrator has left it on. */
  readonly switched: boolean;
  /** How often its content has changed; 0 while nothing was loaded. */
  readonly generation: number;
  readonly records: number;
  readonly unreadable: number;
  readonly unreadableExamples: readonly UnreadableRecord[];
  readonly validators: Json;
  readonly newest: Date | null;
  readonly loadedAt: Date | null;
  readonly checkedAt: Date | null;
  readonly state: 'idle' | 'loading' | 'failed';
  readonly progress: Json;
  readonly errorCode: string | null;
  readonly error: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** A record that was left out. */
export interface UnreadableRecord {
  readonly record: string;
  readonly reason: string;
}

/** All groups, by source and name. */
export async function listGroups(sql: Queryable): Promise<FeedGroup[]> {
  return await sql<FeedGroup[]>`
    select id, source, name, format, enabled, switched, generation, records, unreadable,
      unreadable_examples as "unreadableExamples", validators, newest, loaded_at as "loadedAt",
      checked_at as "checkedAt", state, progress, error_code as "errorCode", error,
      created_at as "createdAt", updated_at as "updatedAt"
    from feed_groups order by source, name`;
}

/** Makes the groups of a source known; those that are known keep all they have. Returns their ids. */
export async function ensureGroups(
  sql: Queryable,
  source: string,
  format: string,
  names: readonly string[],
): Promise<Map<string, number>> {
  const rows = await sql<{ id: number; name: string }[]>`
    insert into feed_groups (source, name, format)
    select ${source}, name, ${format} from unnest(${[...names]}::text[]) as n(name)
    on conflict (source, name) do update set format = excluded.format
    returning id, name`;
  return new Map(rows.map(({ id, name }) => [name, id]));
}

/** A group is being loaded. */
export async function noteLoading(sql: Queryable, id: number): Promise<void> {
  await sql`
    update feed_groups set state = 'loading', progress = null, updated_at = now() where id = ${id}`;
}

/** How far a group is that is being loaded. */
export async function noteGroupProgress(
  sql: Queryable,
  id: number,
  progress: Json,
): Promise<void> {
  await sql`
    update feed_groups set progress = ${sql.json(progress)}, updated_at = now()
    where id = ${id} and state = 'loading'`;
}

/** Groups are as they are at their source. */
export async function noteUnchanged(sql: Queryable, ids: readonly number[]): Promise<void> {
  await judgeRenewed(sql, ids);
  await sql`
    update feed_groups
    set state = 'idle', progress = null, error_code = null, error = null, checked_at = now(),
      updated_at = now()
    where id = any(${[...ids]}::int[])`;
}

/** Keeps what tells changes the next time. */
export async function keepValidators(sql: Queryable, id: number, validators: Json): Promise<void> {
  await sql`update feed_groups set validators = ${sql.json(validators)} where id = ${id}`;
}

/** A group could not be loaded; what was loaded before stays. */
export async function noteFailed(
  sql: Queryable,
  id: number,
  { code, message }: { readonly code: string; readonly message: string },
): Promise<void> {
  await sql`
    update feed_groups
    set state = 'failed', progress = null, error_code = ${code}, error = ${message},
      updated_at = now()
    where id = ${id}`;
}
