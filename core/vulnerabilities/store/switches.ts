/**
 * What counts for matching: switches of the whole feed, of sources and of groups, and the settings.
 *
 * A group counts if nothing says no. Of a source that the settings no longer have, or not that
 * group of it, the data stays but does not count: nobody keeps it up to date any more, and findings
 * of a state of years ago would look like those of today.
 *
 * @module
 */
import type { Queryable, Sql, Transaction } from '../../database/connection.ts';
import { changeGroups } from './changes.ts';
import { FEED } from './sources.ts';

/** The whole feed as clients of the original know it. */
export interface FeedSwitch {
  readonly switched: boolean;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export async function readFeed(sql: Queryable): Promise<FeedSwitch> {
  const [row] = await sql<FeedSwitch[]>`
    select switched, created_at as "createdAt", updated_at as "updatedAt"
    from feeds where name = ${FEED}`;
  return row ?? { switched: true, createdAt: new Date(0), updatedAt: new Date(0) };
}

/** Makes the switches count. */
async function apply(tx: Transaction): Promise<void> {
  const counts = tx`
    g.switched and g.configured
      and coalesce((select s.switched from feed_sources s where s.name = g.source), true)
      and (select f.switched from feeds f where f.name = ${FEED})`;
  const rows = await tx<{ id: number }[]>`
    select g.id from feed_groups g where g.enabled <> (${counts}) order by g.id for update of g`;
  const ids = rows.map(({ id }) => id);
  await changeGroups(tx, ids, () =>
    tx`
      update feed_groups set enabled = not enabled, updated_at = now()
      where id = any(${ids}::int[])`);
}

/** What is switched on is wanted soon; of all sources unless one is named. */
async function hurry(tx: Transaction, source?: string): Promise<void> {
  await tx`
    update feed_sources set ended_at = null
    where ${source ?? null}::text is null or name = ${source ?? null}`;
}

/** Switches all groups off or, as far as nothing else says no, on. */
export async function switchFeed(sql: Sql, enabled: boolean): Promise<void> {
  await sql.begin(async (tx) => {
    await tx`update feeds set switched = ${enabled}, updated_at = now() where name = ${FEED}`;
    if (enabled) await hurry(tx);
    await apply(tx);
  });
}

/** Switches a source. */
export async function switchSource(sql: Sql, name: string, enabled: boolean): Promise<void> {
  await sql.begin(async (tx) => {
    await tx`
      update feed_sources set switched = ${enabled}, updated_at = now() where name = ${name}`;
    if (enabled) await hurry(tx, name);
    await apply(tx);
  });
}

/** Switches a group. */
export async function switchGroup(sql: Sql, id: number, enabled: boolean): Promise<void> {
  await sql.begin(async (tx) => {
    const rows = await tx<{ source: string }[]>`
      update feed_groups set switched = ${enabled}, updated_at = now() where id = ${id}
      returning source`;
    for (const { source } of rows) if (enabled) await hurry(tx, source);
    await apply(tx);
  });
}

/** Notes which groups the settings have: these, and none of the others unless they stay. */
export async function configureGroups(
  sql: Sql,
  ids: readonly number[],
  { othersStay }: { readonly othersStay: boolean },
): Promise<void> {
  const wanted = [...ids];
  await sql.begin(async (tx) => {
    await tx`
      update feed_groups set configured = (id = any(${wanted}::int[]))
      where configured <> (id = any(${wanted}::int[]))
        and (id = any(${wanted}::int[]) or not ${othersStay})`;
    await apply(tx);
  });
}

/**
 * Removes the data of groups. What the settings no longer have is forgotten, else the group stays
 * with its switch.
 */
export async function deleteData(sql: Sql, ids: readonly number[]): Promise<void> {
  const wanted = [...ids];
  await sql.begin(async (tx) => {
    // Before the data go, so that a loading under way finds another generation and brings none back.
    await tx`
      update feed_groups
      set generation = generation + 1, records = 0, unreadable = 0, unreadable_examples = '[]',
        validators = '{}', newest = null, loaded_at = null, checked_at = null, state = 'idle',
        progress = null, error_code = null, error = null, updated_at = now()
      where id = any(${wanted}::int[])`;
    await changeGroups(tx, wanted, async () => {
      await tx`delete from advisories where feed = any(${wanted}::int[])`;
      await tx`delete from feed_facts where feed = any(${wanted}::int[])`;
      await tx`update feed_groups set namespaces = '{}' where id = any(${wanted}::int[])`;
    });
    await tx`
      delete from feed_groups g where g.id = any(${wanted}::int[]) and (not g.configured
        or exists (select from feed_sources s where s.name = g.source and not s.configured))`;
    await tx`
      delete from feed_sources s where not s.configured
        and not exists (select from feed_groups g where g.source = s.name)`;
  });
}
