/**
 * What only the administrator may do.
 *
 * @module
 */
import type { Identity } from '../accounts/users.ts';
import { TidewaiterError } from '../errors.ts';

/** @throws TidewaiterError `admin_only` */
export function adminOnly({ isAdmin }: Identity): void {
  if (isAdmin) return;
  throw new TidewaiterError('admin_only', 403, 'Only the administrator may do that.');
}
