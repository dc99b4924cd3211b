/**
 * Removes accounts that are being deleted, with all they have.
 *
 * @module
 */
import { ADMIN } from '../accounts/accounts.ts';
import { removedAccounts, removeSome } from '../accounts/removal.ts';
import { recordEvent } from '../events/record.ts';
import type { Coordinator } from './loop.ts';
import type { CoordinatorServices } from './services.ts';

const EVERY_MS = 10_000;

/** The coordinator of accounts. */
export function accountsCoordinator({ sql, log }: CoordinatorServices): Coordinator {
  return {
    name: 'accounts',
    everyMs: EVERY_MS,
    async round() {
      let more = false;
      for (const account of await removedAccounts(sql)) {
        const state = await removeSome(sql, account, (tx) =>
          recordEvent(tx, {
            account: ADMIN,
            type: 'user.account.removed',
            level: 'info',
            resourceType: 'account',
            resource: account,
            message: `Nothing is left of the account ${account}.`,
          }));
        more ||= state === 'more';
        if (state === 'done') log.info('an account is deleted', { account });
      }
      return more;
    },
  };
}
