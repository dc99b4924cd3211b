/**
 * Events of changes of accounts, users and credentials: in the log of the account they are about and
 * in that of the administrators, which outlives it. They say who did what, and hold no secret.
 *
 * @module
 */
import type { Context } from 'hono';
import { ADMIN } from '../accounts/accounts.ts';
import type { Queryable } from '../database/connection.ts';
import { type NewEvent, recordEvent } from '../events/record.ts';
import type { ApiEnv } from './context.ts';

/** What was changed. */
export type Change = Pick<NewEvent, 'account' | 'type' | 'resource' | 'message'> & {
  readonly resourceType: 'account' | 'user';
};

/** Records a change, in its transaction. */
export async function recordChange(
  tx: Queryable,
  c: Context<ApiEnv>,
  change: Change,
): Promise<void> {
  const { user, account } = c.get('identity');
  const details = { by: user, by_account: account, account: change.account };
  for (const log of new Set([change.account, ADMIN])) {
    await recordEvent(tx, { ...change, account: log, level: 'info', details });
  }
}
