/**
 * One leader among all replicas of core: whoever holds an advisory lock in Postgres. The lock lives
 * as long as its connection, so a killed leader is replaced at once.
 *
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Sql } from '../database/connection.ts';
import { openDatabase } from '../database/connection.ts';
import type { Log } from '../log.ts';
import { messageOf } from '../errors.ts';

/** One lock for each kind of work that may have a leader of its own. */
export const LEADER_LOCKS = { coordinators: 8228_003, policy: 8228_004, feeds: 8228_005 } as const;
export type Leadership = keyof typeof LEADER_LOCKS;

const RETRY_MS = 1000;
const CHECK_MS = 1000;

/**
 * Runs `lead` whenever this process is the leader, until `signal` aborts. `lead` gets a signal of
 * its own, which aborts when the lock may be lost; it must end soon after.
 */
export async function runAsLeader(
  leadership: Leadership,
  databaseUrl: string,
  log: Log,
  signal: AbortSignal,
  lead: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  while (!signal.aborted) {
    const connection = openDatabase(databaseUrl, { max: 1, keep: true });
    try {
      if (await acquire(connection, leadership)) {
        log.info('leading: this core coordinates', { leadership });
        await hold(connection, leadership, signal, lead);
      }
    } catch (error) {
      if (!signal.aborted) log.warn('leadership interrupted', { error: messageOf(error) });
    } finally {
      await connection.end({ timeout: 0 }).catch(() => {});
    }
    await sleep(RETRY_MS, undefined, { signal }).catch(() => {});
  }
}

/** The backend that holds the lock, so that a silent reconnect is noticed. */
async function acquire(connection: Sql, leadership: Leadership): Promise<boolean> {
  const [row] = await connection<{ locked: boolean }[]>`
    select pg_try_advisory_lock(${LEADER_LOCKS[leadership]}) as locked`;
  return row?.locked === true;
}

async function stillHeld(connection: Sql, leadership: Leadership): Promise<boolean> {
  const [row] = await connection<{ held: boolean }[]>`
    select exists (
      select from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()
        and objid = ${LEADER_LOCKS[leadership]} and granted
    ) as held`;
  return row?.held === true;
}

async function hold(
  connection: Sql,
  leadership: Leadership,
  signal: AbortSignal,
  lead: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const term = new AbortController();
  const either = AbortSignal.any([signal, term.signal]);
  const leading = lead(either);
  // Who no longer works no longer leads; a failure is thrown below, at the end of the term.
  leading.catch(() => {}).finally(() => term.abort());
  try {
    while (!either.aborted) {
      await sleep(CHECK_MS, undefined, { signal: either }).catch(() => {});
      if (!either.aborted && !(await stillHeld(connection, leadership))) break;
    }
  } finally {
    term.abort();
    await leading;
  }
}
