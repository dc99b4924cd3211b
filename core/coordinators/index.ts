/**
 * The coordinators: loops that run in one core at a time, the leader.
 *
 * @module
 */
import { dispatchCoordinator } from './dispatch.ts';
import { runAsLeader } from './leader.ts';
import { Bell, type Coordinator, runLoop } from './loop.ts';
import { reconcileCoordinator } from './reconcile.ts';
import { resolveCoordinator } from './resolve.ts';
import type { Launcher } from '../queue/launchers/types.ts';
import type { Log } from '../log.ts';
import type { Sql } from '../database/connection.ts';
import type { CoordinatorServices } from './services.ts';
import { verdictCoordinator } from './verdicts.ts';

/** What a leader is made from: a launcher lives as long as a term. */
export interface LeaderServices extends Omit<CoordinatorServices, 'launcher' | 'launching'> {
  readonly makeLauncher: () => Launcher;
}

type PolicyServices = Pick<CoordinatorServices, 'sql' | 'log'>;

const COORDINATORS: readonly ((services: CoordinatorServices) => Coordinator)[] = [
  reconcileCoordinator,
  resolveCoordinator,
  dispatchCoordinator,
];

const POLICY_ENGINE: readonly ((services: PolicyServices) => Coordinator)[] = [
  verdictCoordinator,
];

/** Runs coordinators beside each other until the signal aborts. */
async function runLoops(
  coordinators: readonly Coordinator[],
  bell: Bell,
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  await Promise.all(coordinators.map((coordinator) => runLoop(coordinator, bell, log, signal)));
}

/** A bell that rings at each notification, while `work` is under way. */
async function withBell(sql: Sql, work: (bell: Bell) => Promise<void>): Promise<void> {
  const bell = new Bell();
  const ring = () => bell.ring();
  // Rung at each new connection, too: what was said in between was not heard.
  const { unlisten } = await sql.listen('tidewaiter', ring, ring);
  try {
    await work(bell);
  } finally {
    await unlisten().catch(() => {});
  }
}

/** Runs all coordinators while this core is the leader, until the signal aborts. */
export async function runCoordinators(
  leader: LeaderServices,
  databaseUrl: string,
  signal: AbortSignal,
): Promise<void> {
  const { makeLauncher, ...rest } = leader;
  const { sql, log } = rest;
  await withBell(
    sql,
    (bell) =>
      runAsLeader('coordinators', databaseUrl, log, signal, async (term) => {
        const launcher = makeLauncher();
        const services: CoordinatorServices = { ...rest, launcher, launching: new Set() };
        await runLoops(COORDINATORS.map((make) => make(services)), bell, log, term);
        await launcher.stop();
      }),
  );
}

/** Computes verdicts ahead while this core leads the policy engine, until the signal aborts. */
export async function runPolicyEngine(
  services: PolicyServices,
  databaseUrl: string,
  signal: AbortSignal,
): Promise<void> {
  const { sql, log } = services;
  await withBell(
    sql,
    (bell) =>
      runAsLeader(
        'policy',
        databaseUrl,
        log,
        signal,
        (term) => runLoops(POLICY_ENGINE.map((make) => make(services)), bell, log, term),
      ),
  );
}
