/**
 * What a change of the feeds touches: packages that were matched by what was said before are matched
 * again, and none else.
 *
 * @module
 */
import type { Queryable, Transaction } from '../../database/connection.ts';
import { coverageOf } from '../distributions.ts';
import { type Context, listContexts } from './contexts.ts';
import { loadedNamespaces } from './lookup.ts';

/** Fewer names than these are looked up one by one; with more, all findings are gone through. */
const FEW_NAMES = 2000;

/** One change of what groups say, in the transaction that makes it. */
export class FeedChange {
  readonly #sql: Transaction;
  readonly #feeds: readonly number[];
  /** Namespaces that were spoken of before. */
  readonly #before: ReadonlySet<string>;

  private constructor(sql: Transaction, feeds: readonly number[], before: ReadonlySet<string>) {
    this.#sql = sql;
    this.#feeds = feeds;
    this.#before = before;
  }

  /** Begins a change. The lists of what is touched end with the transaction. */
  static async begin(sql: Transaction, feeds: readonly number[]): Promise<FeedChange> {
    await sql`
      create temporary table touched_records (
        feed int not null,
        key text not null,
        primary key (feed, key)
      ) on commit drop`;
    await sql`
      create temporary table touched_keys (
        namespace text not null,
        package text not null,
        primary key (namespace, package)
      ) on commit drop`;
    await sql`create temporary table touched_names (name text primary key) on commit drop`;
    await sql`
      create temporary table touched_facts (
        kind text not null,
        name text not null,
        primary key (kind, name)
      ) on commit drop`;
    return new FeedChange(sql, feeds, await loadedNamespaces(sql));
  }

  /** Names records that change: those that a loading has staged, and some that go. */
  async touch(load: string, removed: readonly string[]): Promise<void> {
    const sql = this.#sql;
    await sql`
      insert into touched_records (feed, key)
      select feed, key from feed_staging where feed = any(${this.#ids()}::int[]) and load = ${load}
      union select feed, key
      from unnest(${this.#ids()}::int[]) as f(feed), unnest(${[...removed]}::text[]) as r(key)`;
    await sql`analyze touched_records`;
  }

  /** Names all records of the groups. */
  async touchAll(): Promise<void> {
    const sql = this.#sql;
    await sql`
      insert into touched_records (feed, key)
      select feed, key from advisories where feed = any(${this.#ids()}::int[])
      union select feed, key from feed_facts where feed = any(${this.#ids()}::int[])`;
    await sql`analyze touched_records`;
  }

  #ids(): number[] {
    return [...this.#feeds];
  }

  /**
   * Notes what the touched records say now: before the change what it takes, after it what it brings.
   * Each is looked up on its own: what has just come is in no statistics, and a join that is planned
   * without them may compare every row with every other. Planned anew each time (the simple protocol
   * does): a plan of before the change is one for tables that may have been empty.
   */
  async collect(): Promise<void> {
    const sql = this.#sql;
    const record = sql`
      touched_records t cross join lateral (
        select a.id, a.names from advisories a where a.feed = t.feed and a.key = t.key offset 0
      ) as a`;
    await sql`
      insert into touched_keys (namespace, package)
      select distinct s.namespace, s.package
      from ${record} cross join lateral (
        select s.namespace, s.package from statements s where s.advisory = a.id offset 0
      ) as s
      on conflict do nothing`.simple();
    await sql`
      insert into touched_names (name)
      select distinct n from ${record} cross join unnest(a.names) as n
      on conflict do nothing`.simple();
    await sql`
      insert into touched_facts (kind, name)
      select distinct f.kind, f.name
      from touched_records t cross join lateral (
        select f.kind, f.name from feed_facts f
        where f.feed = t.feed and f.key = t.key and f.kind in ('assessment', 'repository') offset 0
      ) as f
      on conflict do nothing`.simple();
  }

  /**
   * Marks the subjects that are touched, and ends what others have read before. To be called last:
   * whoever has something to write that was matched waits for the end of the transaction then.
   */
  async mark(): Promise<void> {
    const sql = this.#sql;
    const changed = this.#before.symmetricDifference(await loadedNamespaces(sql));
    // Whether a distribution has a feed at all decides who speaks for the parts of its packages.
    await sql`
      insert into touched_keys (namespace, package)
      select namespace, '' from unnest(${[...changed]}::text[]) as n(namespace)
      on conflict do nothing`;
    await judgeNamespaces(sql, [...changed]);
    await sql`update feed_epoch set epoch = epoch + 1`;
    await sql`analyze touched_keys, touched_names`;
    await sql`
      update subjects set stale = true
      where not stale and id in (
        select k.subject from subject_keys k join touched_keys using (namespace, package))`;
    await this.#markNamed();
    await this.#markReleased();
    await this.#judgeAssessed();
    await sql`drop table touched_records, touched_keys, touched_names, touched_facts`;
    await sql`select pg_notify('tidewaiter', 'feeds')`;
  }

  /** What other records say of a vulnerability is part of a finding: its severity, scores, names. */
  async #markNamed(): Promise<void> {
    const sql = this.#sql;
    const [count] = await sql<{ names: number }[]>`
      select count(*)::int as names from touched_names`;
    const found = (count?.names ?? 0) <= FEW_NAMES
      ? sql`
        select f.subject from findings f
        where f.names && (select coalesce(array_agg(name), '{}') from touched_names)`
      : sql`
        select f.subject from findings f cross join unnest(f.names) as n
        join touched_names t on t.name = n`;
    await sql`update subjects set stale = true where not stale and id in (${found})`;
  }

  /** The products that repositories belong to decide which advisories are about their packages. */
  async #markReleased(): Promise<void> {
    await this.#sql`
      update subjects set stale = true
      where not stale and context in (
        select c.id from contexts c
        where jsonb_typeof(c.distribution) = 'object' and exists (
          select from touched_facts t
          where t.kind = 'repository' and c.distribution->'repositories' ? t.name))`;
  }

  /** Assessments count when findings are read: nothing is matched, but verdicts are old. */
  async #judgeAssessed(): Promise<void> {
    await this.#sql`
      insert into images_to_judge (image)
      select distinct i.image
      from touched_facts t
      join findings f on f.names @> array[t.name]
      join package_set_members m on m.subject = f.subject
      join image_sets i on i.set = m.set
      where t.kind = 'assessment'
      order by i.image
      on conflict (image) do update set notes = images_to_judge.notes + 1`;
  }
}

/** Has all images judged again whose packages these namespaces are of. */
export async function judgeNamespaces(
  sql: Queryable,
  namespaces: readonly string[],
): Promise<void> {
  if (namespaces.length === 0) return;
  const isMeant = ({ distribution }: Context) =>
    coverageOf(distribution)?.scopes.some(({ namespace }) => namespaces.includes(namespace));
  const contexts = (await listContexts(sql)).filter(isMeant).map(({ id }) => id);
  await sql`
    insert into images_to_judge (image)
    select distinct i.image
    from subjects s
    join package_set_members m on m.subject = s.id
    join image_sets i on i.set = m.set
    where s.context = any(${contexts}::int[])
    order by i.image
    on conflict (image) do update set notes = images_to_judge.notes + 1`;
}

/** So long a feed may be old before rules on its age look at it: a day is their least. */
const YOUNG_HOURS = 12;

/** Has images judged again whose feed was old and is not any more: before that is noted. */
export async function judgeRenewed(sql: Queryable, feeds: readonly number[]): Promise<void> {
  const rows = await sql<{ namespace: string }[]>`
    select distinct unnest(namespaces) as namespace from feed_groups
    where id = any(${[...feeds]}::int[])
      and checked_at < now() - make_interval(hours => ${YOUNG_HOURS})`;
  await judgeNamespaces(sql, rows.map(({ namespace }) => namespace));
}

/** Makes a change to groups as a whole: switches them, or removes what they have. */
export async function changeGroups(
  sql: Transaction,
  feeds: readonly number[],
  change: () => Promise<unknown>,
): Promise<void> {
  if (feeds.length === 0) return;
  const changing = await FeedChange.begin(sql, feeds);
  await changing.touchAll();
  await changing.collect();
  await change();
  await changing.mark();
}
