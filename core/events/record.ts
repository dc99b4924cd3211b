/**
 * The log that users read: what changed, and why something failed.
 *
 * @module
 */
import type { Json, Queryable } from '../database/connection.ts';
import { escapeText } from '../log.ts';
import type { EventType } from './types.ts';

/** Messages and resources quote images, registries and feeds. */
const LONGEST = 2000;

export interface NewEvent {
  readonly account: string;
  /** `category.subcategory.event`, as the original names them. */
  readonly type: EventType;
  readonly level: 'info' | 'error';
  readonly resourceType:
    | 'image_digest'
    | 'image_reference'
    | 'repository'
    | 'policy_bundle'
    | 'registry'
    | 'feed'
    | 'account'
    | 'user'
    | 'webhook';
  readonly resource: string;
  /** One sentence. */
  readonly message: string;
  readonly details?: Readonly<Record<string, Json>> | undefined;
}

/** Foreign text as it may stand on a terminal, and no longer than that. */
function shown(text: string): string {
  const escaped = escapeText(text.slice(0, LONGEST).toWellFormed());
  return escaped.length > LONGEST ? `${escaped.slice(0, LONGEST)}…` : escaped;
}

/** Adds an event to an account's log. */
export async function recordEvent(sql: Queryable, event: NewEvent): Promise<void> {
  await sql`
    insert into events (account, type, level, resource_type, resource, message, details)
    values (${event.account}, ${event.type}, ${event.level}, ${event.resourceType},
      ${shown(event.resource)}, ${shown(event.message)}, ${sql.json(event.details ?? {})})`;
}

/** An event of an image. */
export interface NewImageEvent extends Omit<NewEvent, 'account' | 'resourceType' | 'message'> {
  /** What stands before and after the image's name. */
  readonly message: readonly [before: string, after: string];
}

/**
 * Adds an event for every account that has the image, each with its own name of it: what others call
 * it is not told.
 */
export async function recordImageEvent(
  sql: Queryable,
  { type, level, resource, message, details }: NewImageEvent,
): Promise<void> {
  const [before, after] = message;
  await sql`
    insert into events (account, type, level, resource_type, resource, message, details)
    select i.account, ${type}, ${level}, 'image_digest', i.digest,
      ${shown(before)}::text || coalesce((
        select fulltag from tags t where t.account = i.account and t.digest = i.digest
        order by detected_at desc limit 1), i.digest) || ${shown(after)}::text,
      ${sql.json(details ?? {})}
    from images i where i.digest = ${resource}`;
}
