/**
 * The outbox of notifications: what subscribers are told, and has still to be delivered.
 *
 * @module
 */
import type { Json, Queryable } from '../database/connection.ts';

export type NotificationType =
  | 'policy_eval'
  | 'tag_update'
  | 'vuln_update'
  | 'analysis_update'
  | 'repo_update'
  | 'event_log'
  | 'error_event';

export interface NewNotification {
  readonly account: string;
  readonly type: NotificationType;
  /** The tag or repository, as subscribed. */
  readonly subscriptionKey: string;
  /** What changed: `curr_eval`, `last_eval`, `diff_vulnerability_result`, `imageDigest`… */
  readonly payload: Readonly<Record<string, Json>>;
}

/** Adds a notification to the outbox, in the caller's transaction; delivery and its retries are the notify coordinator's. */
export async function enqueueNotification(
  sql: Queryable,
  notification: NewNotification,
): Promise<void> {
  const { account, type, subscriptionKey, payload } = notification;
  await sql`
    insert into notifications (account, type, subscription_key, payload)
    values (${account}, ${type}, ${subscriptionKey}, ${sql.json(payload)})`;
}
