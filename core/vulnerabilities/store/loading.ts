/**
 * One loading of a group: records are staged beside the valid ones, and then replace them at once.
 *
 * @module
 */
import { createHash, randomUUID } from 'node:crypto';
import type { Json, Sql, Transaction } from '../../database/connection.ts';
import { TidewaiterError } from '../../errors.ts';
import type { FeedRecord } from '../advisory.ts';
import { FeedChange, judgeRenewed } from './changes.ts';
import type { UnreadableRecord } from './groups.ts';
import { storable, storableJson } from './text.ts';

/** Records and characters that are staged with one statement. */
const BATCH_RECORDS = 1000;
const BATCH_CHARACTERS = 4 * 1024 * 1024;
const HASH_BYTES = 16;
/** A source does not lose more than this part of its records from one day to the next. */
const LARGEST_LOSS = 0.3;
/** Below, a few records more or less are a large part. */
const SMALL_GROUP = 100;

export interface LoadingOptions {
  /** Whether only changes are told: what is not told stays. */
  readonly isPartial?: boolean;
  /** Whether a group may lose most of its records. */
  readonly mayShrink?: boolean;
  /** Whether all records are written anew, also those that are as they were. */
  readonly isAnew?: boolean;
}

/** What is noted with a loading that has become valid. */
export interface LoadedNotes {
  readonly validators: Json;
  readonly newest?: string | undefined;
  readonly unreadable: number;
  readonly unreadableExamples: readonly UnreadableRecord[];
}

/** What a loading has changed. */
export interface LoadedChange {
  readonly generation: number;
  readonly records: number;
  readonly changed: number;
  readonly removed: number;
  readonly unreadable: number;
}

/** Stages the records of one group. */
export class Loading {
  readonly #sql: Sql;
  readonly #feed: number;
  readonly #generation: number;
  readonly #options: LoadingOptions;
  readonly #load = randomUUID();
  /** Hashes of the valid records; those that were not seen again go. */
  readonly #missing: Map<string, string>;
  readonly #known: number;
  readonly #removed = new Set<string>();
  readonly #seen = new Set<string>();
  /** Pairs of a hash and a record, as JSON. */
  #batch: string[] = [];
  #characters = 0;
  #staged = 0;
  #added = 0;

  private constructor(
    sql: Sql,
    feed: number,
    generation: number,
    known: Map<string, string>,
    options: LoadingOptions,
  ) {
    this.#sql = sql;
    this.#feed = feed;
    this.#generation = generation;
    this.#missing = known;
    this.#known = known.size;
    this.#options = options;
  }

  static async begin(sql: Sql, feed: number, options: LoadingOptions = {}): Promise<Loading> {
    const [group] = await sql<{ generation: number }[]>`
      select generation from feed_groups where id = ${feed}`;
    const rows = await sql<{ key: string; hash: string }[]>`
      select key, encode(hash, 'hex') as hash from advisories where feed = ${feed}
      union all select key, encode(hash, 'hex') from feed_facts where feed = ${feed}`;
    // What a dead loading has left; one under way elsewhere finds out and fails.
    await sql`delete from feed_staging where feed = ${feed}`;
    // No record has the hash that is none.
    const known = new Map(rows.map(({ key, hash }) => [key, options.isAnew ? '' : hash]));
    return new Loading(sql, feed, group?.generation ?? 0, known, options);
  }

  /** Takes a record; false for a key that came before, which is passed over. */
  async add(record: FeedRecord): Promise<boolean> {
    const key = storable(record.key);
    if (this.#seen.has(key)) return false;
    this.#seen.add(key);
    const text = storableJson(JSON.stringify(record));
    const hash = createHash('sha256').update(text).digest('hex').slice(0, 2 * HASH_BYTES);
    const before = this.#missing.get(key);
    this.#missing.delete(key);
    if (before === hash) return true;
    if (before === undefined) this.#added += 1;
    this.#staged += 1;
    this.#batch.push(`["${hash}",${text}]`);
    this.#characters += text.length;
    const isFull = this.#batch.length >= BATCH_RECORDS || this.#characters >= BATCH_CHARACTERS;
    if (isFull) await this.#stage();
    return true;
  }

  /** Takes that a record is gone. */
  remove(key: string): void {
    const known = storable(key);
    if (this.#missing.has(known)) this.#removed.add(known);
  }

  async #stage(): Promise<void> {
    if (this.#batch.length === 0) return;
    const batch = this.#batch;
    this.#batch = [];
    this.#characters = 0;
    // One document of all: the elements of an array of texts would each be escaped and parsed twice.
    await this.#sql`
      insert into feed_staging (feed, load, key, hash, record)
      select ${this.#feed}, ${this.#load}, r->1->>'key', decode(r->>0, 'hex'), r->1
      from jsonb_array_elements(${`[${batch.join(',')}]`}::text::jsonb) as r`;
  }

  /** Forgets what was staged. */
  async abandon(): Promise<void> {
    await this.#sql`delete from feed_staging where feed = ${this.#feed} and load = ${this.#load}`;
  }

  /**
   * Makes what was read valid, all at once.
   *
   * @throws TidewaiterError `feed_shrunken`, `feed_loaded_meanwhile`, `feed_loading_lost`
   */
  async finish(notes: LoadedNotes): Promise<LoadedChange> {
    await this.#stage();
    const removed = [...this.#options.isPartial ? this.#removed : this.#missing.keys()];
    const records = this.#known + this.#added - removed.length;
    this.#checkSize(records);
    return await this.#sql.begin(async (sql) => {
      // A plan that is kept may be of a time when there was little to read.
      await sql`set local plan_cache_mode = force_custom_plan`;
      const [group] = await sql<{ generation: number }[]>`
        select generation from feed_groups where id = ${this.#feed} for update`;
      if (group?.generation !== this.#generation) throw loadedMeanwhile();
      await this.#checkStaged(sql);
      const isChanged = this.#staged + removed.length > 0;
      if (isChanged) await this.#replace(sql, removed);
      const generation = this.#generation + (isChanged || this.#generation === 0 ? 1 : 0);
      await judgeRenewed(sql, [this.#feed]);
      await sql`
        update feed_groups
        set generation = ${generation}, records = ${records}, unreadable = ${notes.unreadable},
          unreadable_examples = ${sql.json([...notes.unreadableExamples] as unknown as Json)},
          validators = ${sql.json(notes.validators)},
          newest = (select least(n, now())
            from coalesce(${notes.newest ?? null}::timestamptz, newest) as n where n is not null),
          loaded_at = now(), checked_at = now(), updated_at = now(),
          state = 'idle', progress = null, error_code = null, error = null
        where id = ${this.#feed}`;
      await sql`delete from feed_staging where feed = ${this.#feed}`;
      const changed = { changed: this.#staged, removed: removed.length };
      return { generation, records, ...changed, unreadable: notes.unreadable };
    });
  }

  #checkSize(records: number): void {
    const { mayShrink = false, isPartial = false } = this.#options;
    const isShrunken = this.#known >= SMALL_GROUP && records < this.#known * (1 - LARGEST_LOSS);
    if (!isShrunken || mayShrink || isPartial) return;
    throw new TidewaiterError(
      'feed_shrunken',
      502,
      `The feed has ${records} records where it had ${this.#known}: the data from before stays; ` +
        'look at the source, and load it with shrinking allowed if that is right.',
    );
  }

  /** Another leader sweeps what is staged, and a database that has crashed forgets it. */
  async #checkStaged(sql: Transaction): Promise<void> {
    const [staged] = await sql<{ records: number }[]>`
      select count(*)::int as records from feed_staging
      where feed = ${this.#feed} and load = ${this.#load}`;
    if (staged?.records === this.#staged) return;
    throw new TidewaiterError(
      'feed_loading_lost',
      503,
      'What was read of the feed was lost before it became valid: the data from before stays, ' +
        'and the next sync reads it again.',
    );
  }

  /** Puts what was staged in the place of what was valid, and marks what that is about. */
  async #replace(sql: Transaction, removed: readonly string[]): Promise<void> {
    const own = sql`s.feed = ${this.#feed} and s.load = ${this.#load}`;
    const change = await FeedChange.begin(sql, [this.#feed]);
    await change.touch(this.#load, removed);
    await change.collect();
    // What is staged is looked up row by row: no statistics tell of what has just come, and a join
    // that is planned without them compares every row with every other.
    await sql`
      delete from statements where advisory = any(array(
        select (select a.id from advisories a where a.feed = s.feed and a.key = s.key)
        from feed_staging s where ${own}))`;
    await sql`
      delete from advisories where feed = ${this.#feed} and key = any(${[...removed]}::text[])`;
    await sql`
      delete from feed_facts where feed = ${this.#feed} and key = any(${[...removed]}::text[])`;
    await this.#putAdvisories(sql);
    await this.#putFacts(sql);
    await sql`
      update feed_groups set namespaces = coalesce((
        select array_agg(distinct s.namespace)
        from advisories a cross join lateral (
          select s.namespace from statements s where s.advisory = a.id offset 0
        ) as s
        where a.feed = ${this.#feed}), '{}')
      where id = ${this.#feed}`;
    await change.collect();
    await change.mark();
  }

  async #putAdvisories(sql: Transaction): Promise<void> {
    const own = sql`s.feed = ${this.#feed} and s.load = ${this.#load}`;
    await sql`
      insert into advisories (feed, key, vulnerability, names, hash, body)
      select s.feed, s.key, s.record->>'id',
        array(select distinct n from unnest(array[s.record->>'id'] ||
          array(select jsonb_array_elements_text(s.record->'aliases'))) as n),
        s.hash, s.record - 'statements' - 'kind' - 'key'
      from feed_staging s
      where ${own} and s.record->>'kind' = 'advisory'
      on conflict (feed, key) do update
      set vulnerability = excluded.vulnerability, names = excluded.names, hash = excluded.hash,
        body = excluded.body`;
    await sql`
      insert into statements (advisory, namespace, package, body)
      select r.advisory, t->>'namespace', t->>'package', t - 'namespace' - 'package'
      from (
        select s.record->'statements' as statements,
          (select a.id from advisories a where a.feed = s.feed and a.key = s.key) as advisory
        from feed_staging s
        where ${own} and s.record->>'kind' = 'advisory'
        -- Keeps the look-up to one for each record.
        offset 0) as r
      cross join jsonb_array_elements(r.statements) as t`;
  }

  async #putFacts(sql: Transaction): Promise<void> {
    await sql`
      insert into feed_facts (feed, key, kind, name, hash, body)
      select s.feed, s.key, s.record->>'kind',
        coalesce(s.record->>'id', s.record->>'product', s.key), s.hash,
        s.record - 'kind' - 'key'
      from feed_staging s
      where s.feed = ${this.#feed} and s.load = ${this.#load} and s.record->>'kind' <> 'advisory'
      on conflict (feed, key) do update
      set kind = excluded.kind, name = excluded.name, hash = excluded.hash, body = excluded.body`;
  }
}

function loadedMeanwhile(): TidewaiterError {
  return new TidewaiterError(
    'feed_loaded_meanwhile',
    409,
    'Another core has loaded the feed meanwhile: what it has loaded is valid.',
  );
}
