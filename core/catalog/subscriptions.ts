/**
 * Subscriptions: which tags and repositories an account wants to be told of.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import type { Json, Queryable } from '../database/connection.ts';
import { TidewaiterError } from '../errors.ts';
import { type ImageName, parseName } from './names.ts';

/** Kinds of subscriptions: four of a tag, one of a repository. */
export const SUBSCRIPTION_TYPES = [
  'policy_eval',
  'tag_update',
  'vuln_update',
  'analysis_update',
  'repo_update',
] as const;
export type SubscriptionType = (typeof SUBSCRIPTION_TYPES)[number];

/** What a subscription is of, in the spelling in which the catalog finds it. */
export interface Target {
  readonly registry: string;
  readonly repository: string;
  /** Empty for a repository. */
  readonly tag: string;
}

export interface SubscriptionRecord extends Target {
  readonly account: string;
  readonly id: string;
  readonly type: SubscriptionType;
  /** As it was given. */
  readonly key: string;
  readonly value: string | null;
  readonly active: boolean;
  /** Of a repository: the tags it had when it was last looked at. */
  readonly tags: readonly string[];
}

export interface NewSubscription extends Target {
  readonly account: string;
  readonly type: SubscriptionType;
  readonly key: string;
  readonly value: string | null;
  readonly active: boolean;
  /** What is known of it already. */
  readonly seen?: Json | undefined;
}

/** The id by which clients know a subscription. */
export function subscriptionId(account: string, key: string, type: SubscriptionType): string {
  return createHash('md5').update(`${account}${key}${type}`).digest('hex');
}

/**
 * What a key names: a tag, or for `repo_update` a repository.
 *
 * @throws OciError `invalid_reference`
 * @throws TidewaiterError `subscription_key_invalid` (400)
 */
export function targetOf(key: string, type: SubscriptionType): Target {
  const { registry, repository, tag, digest } = parseName(key);
  const isRepository = type === 'repo_update';
  if (digest !== undefined || (isRepository && key.lastIndexOf(':') > key.lastIndexOf('/'))) {
    throw new TidewaiterError(
      'subscription_key_invalid',
      400,
      isRepository
        ? 'A subscription of the type repo_update is to a whole repository: give it as registry/repository.'
        : 'A subscription is to a tag, not to a digest: give it as registry/repository:tag.',
    );
  }
  return { registry, repository, tag: isRepository ? '' : tag ?? 'latest' };
}

/** Which subscriptions are listed. */
export interface SubscriptionFilter {
  readonly id?: string | undefined;
  readonly type?: SubscriptionType | undefined;
  /** In either spelling. */
  readonly key?: string | undefined;
}

function targetsOf(key: string): Target[] {
  return SUBSCRIPTION_TYPES.flatMap((type) => {
    try {
      return [targetOf(key, type)];
    } catch {
      return [];
    }
  });
}

/** Subscriptions of an account, by key and type. */
export async function listSubscriptions(
  sql: Queryable,
  account: string,
  { id, type, key }: SubscriptionFilter = {},
): Promise<SubscriptionRecord[]> {
  const targets = key === undefined
    ? []
    : targetsOf(key).map((target) => [target.registry, target.repository, target.tag].join(' '));
  return await sql<SubscriptionRecord[]>`
    select account, id, type, key, registry, repository, tag, value, active,
      coalesce(seen->'tags', '[]') as tags
    from subscriptions
    where account = ${account} ${id === undefined ? sql`` : sql`and id = ${id}`}
      ${type === undefined ? sql`` : sql`and type = ${type}`}
      ${
    key === undefined
      ? sql``
      : sql`and (key = ${key} or concat_ws(' ', registry, repository, tag) = any(${targets}))`
  }
    order by key, type`;
}

/** Adds a subscription; false where the account has it, in whichever spelling. */
export async function insertSubscription(
  sql: Queryable,
  { account, type, key, registry, repository, tag, value, active, seen }: NewSubscription,
): Promise<boolean> {
  const rows = await sql`
    insert into subscriptions (account, id, type, key, registry, repository, tag, value, active,
      seen)
    values (${account}, ${subscriptionId(account, key, type)}, ${type}, ${key}, ${registry},
      ${repository}, ${tag}, ${value}, ${active},
      ${seen === undefined ? null : sql.json(seen)})
    on conflict do nothing returning id`;
  return rows.length > 0;
}

/** How a tag is subscribed to. */
interface TagOptions {
  /** Follow it when it moves. */
  readonly autosubscribe: boolean;
  /** The image it names, as far as that is known. */
  readonly digest?: string | undefined;
}

/**
 * Adds the subscriptions that a tag of an image has: those that are there stay as they are. To the
 * end of its analysis everybody is subscribed, to its moves who asks for it.
 */
export async function ensureSubscriptions(
  sql: Queryable,
  account: string,
  { registry, repository, tag, fulltag }: ImageName,
  { autosubscribe, digest }: TagOptions,
): Promise<void> {
  if (tag === undefined) return;
  const actives = {
    policy_eval: false,
    tag_update: autosubscribe,
    vuln_update: false,
    analysis_update: true,
  } as const;
  for (const type of SUBSCRIPTION_TYPES) {
    if (type === 'repo_update') continue;
    const active = actives[type];
    const target = { registry, repository, tag };
    await insertSubscription(sql, {
      account,
      type,
      key: fulltag,
      ...target,
      value: null,
      active,
      seen: type === 'tag_update' && digest !== undefined ? { digest } : undefined,
    });
  }
}

/**
 * Changes a subscription; false where there is none. One that is switched on begins anew: what
 * happened while it was off is no news, but for tags of a repository, which are still to be added.
 */
export async function updateSubscription(
  sql: Queryable,
  account: string,
  id: string,
  { active, value }: { readonly active: boolean | undefined; readonly value: string | undefined },
): Promise<boolean> {
  const starts = sql`${active === true} and not active`;
  const rows = await sql`
    update subscriptions set active = coalesce(${active ?? null}, active),
      value = coalesce(${value ?? null}, value), updated_at = now(),
      seen = case when ${starts} and type <> 'repo_update' then null else seen end,
      failure = case when ${starts} then null else failure end,
      checked_at = case when ${starts} then null else checked_at end
    where account = ${account} and id = ${id} returning id`;
  return rows.length > 0;
}

/** Removes a subscription; false where there is none. */
export async function deleteSubscription(
  sql: Queryable,
  account: string,
  id: string,
): Promise<boolean> {
  const rows = await sql`
    delete from subscriptions where account = ${account} and id = ${id} returning id`;
  return rows.length > 0;
}

/** Ids of the active subscriptions to tags that name an image now. */
export async function subscribedTags(
  sql: Queryable,
  account: string,
  digest: string,
): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`
    select s.id
    from tags t
    join subscriptions s using (account, registry, repository, tag)
    where t.account = ${account} and t.digest = ${digest} and s.active and t.tag <> ''
      and not exists (
        select from tags newer
        where newer.account = t.account and newer.registry = t.registry
          and newer.repository = t.repository and newer.tag = t.tag
          and newer.detected_at > t.detected_at)`;
  return rows.map(({ id }) => id);
}

/** Switches subscriptions off. */
export async function deactivateSubscriptions(
  sql: Queryable,
  account: string,
  ids: readonly string[],
): Promise<void> {
  await sql`
    update subscriptions set active = false, updated_at = now()
    where account = ${account} and id = any(${[...ids]}::text[])`;
}
