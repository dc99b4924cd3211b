/**
 * Failures nobody waited for.
 *
 * @module
 */
import process from 'node:process';
import { isConnectionFailure } from './connection.ts';
import type { Log } from '../log.ts';

/**
 * A socket that breaks in the middle of a write leaves a rejection in the driver that nobody can
 * wait for; the statement itself fails where it was asked. Anything else is a mistake of ours, and
 * ends the process, or the thread in which it happens.
 */
export function outliveConnections(log: Log): void {
  process.on('unhandledRejection', (reason) => {
    log.error('a failure nobody waited for', { error: reason });
    if (!isConnectionFailure(reason)) process.exit(1);
  });
}
