/**
 * Waits for a database that may still be starting, as in a cluster where all starts at once.
 *
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf, TidewaiterError } from '../errors.ts';
import type { Log } from '../log.ts';
import { isConnectionFailure, type Sql } from './connection.ts';

const RETRY_MS = 500;

/**
 * Returns when the database answers.
 *
 * @throws TidewaiterError `database_unreachable` after `seconds`, or at once when it refuses the
 * login or does not exist, or when `signal` aborts
 */
export async function untilReachable(
  sql: Sql,
  url: string,
  log: Log,
  seconds: number,
  signal: AbortSignal,
): Promise<void> {
  const { hostname, port, pathname, username } = new URL(url);
  const deadline = Date.now() + seconds * 1000;
  for (let said = false;; said = true) {
    try {
      await sql`select 1`;
      return;
    } catch (error) {
      const mayCome = isConnectionFailure(error) && Date.now() < deadline && !signal.aborted;
      if (!mayCome) {
        throw new TidewaiterError(
          'database_unreachable',
          500,
          `The database ${pathname.slice(1)} at ${hostname}:${
            port || 5432
          } cannot be used as ${username}: ${
            messageOf(error)
          }. Check DATABASE_URL or the ANCHORE_DB_* variables.`,
          { cause: error },
        );
      }
      if (!said) log.warn('waiting for the database', { host: hostname, error: messageOf(error) });
      await sleep(RETRY_MS, undefined, { signal }).catch(() => {});
    }
  }
}
