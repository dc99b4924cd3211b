/**
 * Subscriptions that are due to be looked at, and what is seen of each. Whoever notes something says
 * which row it has read: one that was changed meanwhile is looked at again instead.
 *
 * @module
 */
import type { Json, Queryable } from '../database/connection.ts';
import type { SubscriptionRecord, SubscriptionType } from './subscriptions.ts';

/** A subscription with what was last seen. */
export interface Watch extends SubscriptionRecord {
  readonly seen: unknown;
  readonly failure: string | null;
  /** Which row was read. */
  readonly version: string;
}

/** With the image that its tag names now. */
export interface ImageWatch extends Watch {
  readonly digest: string;
  readonly fulltag: string;
  readonly revision: number;
  readonly annotations: Readonly<Record<string, string>>;
}

function columns(sql: Queryable) {
  return sql`s.account, s.id, s.type, s.key, s.registry, s.repository, s.tag, s.value, s.active,
    s.seen, s.failure, s.xmin::text as version`;
}

/** Of accounts that are in use. */
function active(sql: Queryable, type: SubscriptionType) {
  return sql`s.active and s.type = ${type}
    and exists (select from accounts where name = s.account and state = 'enabled')`;
}

function isDue(sql: Queryable, everySeconds: number) {
  return sql`(s.checked_at is null
    or s.checked_at < now() - ${everySeconds} * interval '1 second')`;
}

/** The newest image of a tag. */
function newest(sql: Queryable) {
  return sql`
    select t.digest, t.fulltag, i.revision, i.annotations, a.head is not null as judged
    from tags t
    join images i using (account, digest)
    left join analyses a using (digest)
    where t.account = s.account and t.registry = s.registry and t.repository = s.repository
      and t.tag = s.tag and i.status = 'active'
    order by t.detected_at desc limit 1`;
}

/** Subscriptions that were not looked at for a while, and whose registry does not pause. */
export async function dueWatches(
  sql: Queryable,
  type: SubscriptionType,
  everySeconds: number,
  limit: number,
): Promise<Watch[]> {
  return await sql<Watch[]>`
    select ${columns(sql)} from subscriptions s
    where ${active(sql, type)} and ${isDue(sql, everySeconds)}
      and not exists (
        select from registry_pauses p where p.registry = s.registry and p.paused_until > now())
    order by s.checked_at nulls first limit ${limit}`;
}

/** Those of them whose tag names an image that was analysed. */
export async function dueImageWatches(
  sql: Queryable,
  type: SubscriptionType,
  everySeconds: number,
  limit: number,
): Promise<ImageWatch[]> {
  return await sql<ImageWatch[]>`
    select ${columns(sql)}, n.digest, n.fulltag, n.revision, n.annotations
    from subscriptions s join lateral (${newest(sql)}) n on n.judged
    where ${active(sql, type)} and ${isDue(sql, everySeconds)}
    order by s.checked_at nulls first limit ${limit}`;
}

/** Followed tags that name another image than was seen last. */
export async function movedWatches(sql: Queryable, limit: number): Promise<ImageWatch[]> {
  return await sql<ImageWatch[]>`
    select ${columns(sql)}, n.digest, n.fulltag, n.revision, n.annotations
    from subscriptions s join lateral (${newest(sql)}) n on true
    where ${active(sql, 'tag_update')} and s.seen->>'digest' is distinct from n.digest
    limit ${limit}`;
}

/** Notes what was seen; false if the subscription was changed meanwhile, and nothing is noted. */
export async function noteSeen(
  sql: Queryable,
  { account, id, version }: Watch,
  seen: Json,
): Promise<boolean> {
  const rows = await sql`
    update subscriptions set seen = ${sql.json(seen)}, checked_at = now(), failure = null
    where account = ${account} and id = ${id} and xmin::text = ${version} returning id`;
  return rows.length > 0;
}

/** Notes what was seen in the catalog alone: the registry is asked when it would have been. */
export async function noteMoved(
  sql: Queryable,
  { account, id, version }: Watch,
  seen: Json,
): Promise<boolean> {
  const rows = await sql`
    update subscriptions set seen = ${sql.json(seen)}
    where account = ${account} and id = ${id} and xmin::text = ${version} returning id`;
  return rows.length > 0;
}

/** Notes that it was looked at, without anything new. */
export async function noteLooked(sql: Queryable, { account, id }: Watch): Promise<void> {
  await sql`
    update subscriptions set checked_at = now(), failure = null
    where account = ${account} and id = ${id}`;
}

/** So long a registry that is away is left alone. */
const AWAY_SECONDS = 60;

/** Leaves all that is watched of a registry which is away for later: those of others come first. */
export async function postponeRegistry(
  sql: Queryable,
  { registry, type }: Watch,
  everySeconds: number,
): Promise<void> {
  const at = sql`now() - ${Math.max(0, everySeconds - AWAY_SECONDS)} * interval '1 second'`;
  await sql`
    update subscriptions set checked_at = ${at}
    where active and type = ${type} and registry = ${registry}
      and (checked_at is null or checked_at < ${at})`;
}

/** Notes why it could not be looked at; true for the first failure of a streak. */
export async function noteFailure(
  sql: Queryable,
  { account, id, version, failure }: Watch,
  why: string,
): Promise<boolean> {
  const rows = await sql`
    update subscriptions set checked_at = now(), failure = ${why}
    where account = ${account} and id = ${id} and xmin::text = ${version} returning id`;
  return rows.length > 0 && failure === null;
}
