/**
 * Groups of sources: what was loaded of each, and how it went.
 *
 * @module
 */
import type { Json, Queryable, Sql } from '../../database/connection.ts';
import { judgeNamespaces } from './changes.ts';

/** One part of a source that is loaded on its own. */
export interface FeedGroup {
  readonly id: number;
  readonly source: string;
  readonly name: string;
  readonly format: string;
  readonly enabled: boolean;
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

/** So long a group may be old before rules on the age of feeds look at it: a day is their least. */
const YOUNG_HOURS = 12;

/**
 * Notes that a group was found up to date. Verdicts on images whose feed was old until now are made
 * again.
 */
export async function noteChecked(sql: Sql, group: number, validators: Json): Promise<void> {
  await sql.begin(async (tx) => {
    const [before] = await tx<{ namespaces: string[]; isOld: boolean }[]>`
      select namespaces, checked_at is null
        or checked_at < now() - make_interval(hours => ${YOUNG_HOURS}) as "isOld"
      from feed_groups where id = ${group} for update`;
    await tx`
      update feed_groups
      set checked_at = now(), validators = ${tx.json(validators)}, state = 'idle',
        progress = null, error_code = null, error = null, updated_at = now()
      where id = ${group}`;
    if (before?.isOld === true) await judgeNamespaces(tx, before.namespaces);
  });
}

/** All groups, by source and name. */
export async function listGroups(sql: Queryable): Promise<FeedGroup[]> {
  return await sql<FeedGroup[]>`
    select id, source, name, format, enabled, generation, records, unreadable,
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
