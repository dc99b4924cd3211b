/**
 * Sources of feeds: which of them are due, and how their syncs went.
 *
 * @module
 */
import type { Json, Queryable, Sql } from '../../database/connection.ts';

/** The feed that carries all groups, as clients of the original know it. */
export const FEED = 'vulnerabilities';

/** A source as this core's settings have it. */
export interface SourceToRegister {
  readonly name: string;
  readonly format: string;
  /** For people. */
  readonly url: string;
  /** Where it is another than before, nothing that was kept to ask for changes is of use. */
  readonly identity: string;
  readonly everyHours: number;
}

/** Why something failed. */
export interface Failure {
  readonly code: string;
  readonly message: string;
}

/** How one group fared in a sync. */
export interface GroupOutcome {
  readonly group: string;
  readonly status: 'unchanged' | 'loaded' | 'failed';
  /** Records it has, those added or changed, and those gone. */
  readonly records: number;
  readonly changed: number;
  readonly removed: number;
  readonly unreadable: number;
  readonly seconds: number;
  readonly failure?: Failure;
}

/** How one sync of a source went. */
export interface SyncOutcome {
  readonly seconds: number;
  readonly groups: readonly GroupOutcome[];
  /** Of the source itself, before or beside its groups. */
  readonly failure?: Failure;
}

export interface SourceState {
  readonly name: string;
  readonly format: string;
  readonly url: string;
  readonly configured: boolean;
  readonly switched: boolean;
  readonly state: 'idle' | 'loading' | 'failed';
  readonly progress: Json;
  readonly failures: number;
  readonly errorCode: string | null;
  readonly error: string | null;
  readonly endedAt: Date | null;
  readonly checkedAt: Date | null;
  readonly asked: number;
  readonly answered: number;
  readonly outcome: SyncOutcome | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** All sources there are or were, by name. */
export async function listSources(sql: Queryable): Promise<SourceState[]> {
  return await sql<SourceState[]>`
    select name, format, url, configured, switched, state, progress, failures,
      error_code as "errorCode", error, ended_at as "endedAt", checked_at as "checkedAt",
      asked, answered, outcome, created_at as "createdAt", updated_at as "updatedAt"
    from feed_sources order by name`;
}

/**
 * Makes known which sources the settings have. What a leader was loading that is no more is due
 * again: at once the first time, for it may have been stopped; later after a pause, as what ends
 * whoever loads it would do so for ever.
 */
export async function registerSources(
  sql: Sql,
  sources: readonly SourceToRegister[],
): Promise<void> {
  const column = (of: (source: SourceToRegister) => string) => sources.map(of);
  await sql.begin(async (tx) => {
    await tx`
      update feed_groups set validators = '{}', newest = null
      from unnest(${column(({ name }) => name)}::text[],
        ${column(({ identity }) => identity)}::text[]) as c(name, identity)
      join feed_sources s using (name)
      where source = s.name and s.identity <> c.identity`;
    await tx`
      insert into feed_sources (name, format, url, identity)
      select * from unnest(${column(({ name }) => name)}::text[],
        ${column(({ format }) => format)}::text[], ${column(({ url }) => url)}::text[],
        ${column(({ identity }) => identity)}::text[])
      on conflict (name) do update
      set format = excluded.format, url = excluded.url, identity = excluded.identity,
        configured = true, updated_at = now(),
        -- Of another place nothing is known yet.
        ended_at = case when feed_sources.identity = excluded.identity
          then feed_sources.ended_at end,
        checked_at = case when feed_sources.identity = excluded.identity
          then feed_sources.checked_at end,
        failures = case when feed_sources.identity = excluded.identity
          then feed_sources.failures else 0 end`;
    await tx`
      update feed_sources set configured = false, updated_at = now()
      where configured and name <> all(${column(({ name }) => name)}::text[])`;
    await tx`
      update feed_sources
      set state = 'failed', progress = null, error_code = 'feed_sync_lost',
        error = 'The core that loaded the feed has ended meanwhile: the next sync begins anew.',
        ended_at = case when failures > 1 then now() end, updated_at = now()
      where state = 'loading'`;
    await tx`
      delete from feed_staging
      where feed in (select id from feed_groups where state = 'loading')`;
    await tx`
      update feed_groups
      set state = case when error_code is null then 'idle' else 'failed' end, progress = null
      where state = 'loading'`;
  });
}

/**
 * The source that is to be synced next, if any: those that somebody waits for come first, then
 * those whose time has come. One that has failed is tried again after a minute, then after twice as
 * long each time, and never later than it would be anyway.
 */
export async function nextSource(
  sql: Queryable,
  sources: readonly Pick<SourceToRegister, 'name' | 'everyHours'>[],
  isAutomatic: boolean,
): Promise<string | undefined> {
  const [row] = await sql<{ name: string }[]>`
    select s.name
    from feed_sources s
    join unnest(${sources.map(({ name }) => name)}::text[],
      ${sources.map(({ everyHours }) => everyHours)}::float[]) as c(name, hours) using (name)
    join feeds f on f.name = ${FEED} and f.switched
    where s.switched and (s.asked > s.answered or (${isAutomatic} and (s.ended_at is null or
      s.ended_at + case when s.failures = 0 then c.hours * interval '1 hour'
        else least(c.hours * interval '1 hour',
          interval '1 minute' * power(2, least(s.failures, 20) - 1)) end <= now())))
      -- What has ended who loaded it, again and again, waits even if it is asked for.
      and (s.error_code is distinct from 'feed_sync_lost' or s.ended_at is null
        or s.ended_at + interval '1 minute' <= now())
    order by s.asked > s.answered desc, s.ended_at nulls first, s.name
    limit 1`;
  return row?.name;
}

/** A sync that has begun: what was asked for, and why the one before failed. */
export interface BegunSync {
  readonly asked: number;
  readonly isAnew: boolean;
  readonly mayShrink: boolean;
  readonly before: Failure | undefined;
}

/** Notes that a source is being synced. It counts as failed until it has ended well. */
export async function beginSync(sql: Queryable, name: string): Promise<BegunSync> {
  const [row] = await sql<
    {
      asked: number;
      isAnew: boolean;
      mayShrink: boolean;
      code: string | null;
      message: string | null;
    }[]
  >`
    update feed_sources
    set state = 'loading', progress = null, failures = failures + 1, began_at = now(),
      updated_at = now()
    where name = ${name}
    returning asked, asked_anew as "isAnew", asked_shrink as "mayShrink",
      error_code as code, error as message`;
  const { asked = 0, isAnew = false, mayShrink = false, code, message } = row ?? {};
  const failed = typeof code === 'string' && typeof message === 'string';
  return { asked, isAnew, mayShrink, before: failed ? { code, message } : undefined };
}

/** How far a source is whose groups are not known yet. */
export async function noteSourceProgress(
  sql: Queryable,
  name: string,
  progress: Json,
): Promise<void> {
  await sql`
    update feed_sources set progress = ${sql.json(progress)}, updated_at = now()
    where name = ${name} and state = 'loading'`;
}

/** Notes how a sync ended; `failure` is of the source or of one of its groups. */
export async function endSync(
  sql: Queryable,
  name: string,
  { asked }: BegunSync,
  outcome: SyncOutcome,
  failure: Failure | undefined,
): Promise<void> {
  const hasFailed = failure !== undefined;
  await sql`
    update feed_sources
    set state = ${hasFailed ? 'failed' : 'idle'}, progress = null, ended_at = now(),
      checked_at = case when ${hasFailed} then checked_at else now() end,
      failures = case when ${hasFailed} then failures else 0 end,
      error_code = ${failure?.code ?? null}, error = ${failure?.message ?? null},
      answered = ${asked}, asked_anew = asked_anew and asked > ${asked},
      asked_shrink = asked_shrink and asked > ${asked},
      outcome = ${sql.json(outcome as unknown as Json)}, updated_at = now()
    where name = ${name}`;
}

/** Notes that a sync was broken off by this core itself: whoever leads next begins it again. */
export async function leaveSync(sql: Queryable, name: string): Promise<void> {
  await sql`
    update feed_sources
    set state = case when error_code is null then 'idle' else 'failed' end, progress = null,
      failures = greatest(0, failures - 1), updated_at = now()
    where name = ${name} and state = 'loading'`;
}

export interface SyncOrder {
  readonly isAnew: boolean;
  readonly mayShrink: boolean;
  /** One source; all that are enabled unless given. */
  readonly source?: string | undefined;
}

/** Asks the leader for a sync. By source, the number that tells when it is done. */
export async function askForSync(
  sql: Sql,
  { isAnew, mayShrink, source }: SyncOrder,
): Promise<Map<string, number>> {
  const rows = await sql<{ name: string; asked: number }[]>`
    with asked as (
      update feed_sources s
      set asked = s.asked + 1, asked_anew = s.asked_anew or ${isAnew},
        asked_shrink = s.asked_shrink or ${mayShrink}, updated_at = now()
      from feeds f
      where f.name = ${FEED} and f.switched and s.configured and s.switched
        and (${source ?? null}::text is null or s.name = ${source ?? null})
      returning s.name, s.asked
    ), told as (select pg_notify('tidewaiter', 'feeds'))
    select asked.name, asked.asked from asked, told`;
  return new Map(rows.map(({ name, asked }) => [name, asked]));
}
