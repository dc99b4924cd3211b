/**
 * The log that users read: what changed, and why something failed.
 *
 * @module
 */
import type { Json, Queryable } from '../database/connection.ts';

export interface NewEvent {
  readonly account: string;
  /** `category.subcategory.event`, as the original names them. */
  readonly type: string;
  readonly level: 'info' | 'error';
  readonly resourceType:
    | 'image_digest'
    | 'image_reference'
    | 'repository'
    | 'policy_bundle'
    | 'registry'
    | 'feed'
    | 'account'
    | 'user';
  readonly resource: string;
  /** One sentence. */
  readonly message: string;
  readonly details?: Readonly<Record<string, Json>> | undefined;
}

/** Adds an event to an account's log. */
export async function recordEvent(sql: Queryable, event: NewEvent): Promise<void> {
  await sql`
    insert into events (account, type, level, resource_type, resource, message, details)
    values (${event.account}, ${event.type}, ${event.level}, ${event.resourceType},
      ${event.resource}, ${event.message}, ${sql.json(event.details ?? {})})`;
}

/** Adds an event for every account that has the image. */
export async function recordImageEvent(
  sql: Queryable,
  event: Omit<NewEvent, 'account' | 'resourceType'>,
): Promise<void> {
  await sql`
    insert into events (account, type, level, resource_type, resource, message, details)
    select account, ${event.type}, ${event.level}, 'image_digest', digest, ${event.message},
      ${sql.json(event.details ?? {})}
    from images where digest = ${event.resource}`;
}
