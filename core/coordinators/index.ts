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
import type { CoordinatorServices } from './services.ts';
import { verdictCoordinator } from './verdicts.ts';

/** What a leader is made from: a launcher lives as long as a term. */
export interface LeaderServices extends Omit<CoordinatorServices, 'launcher' | 'launching'> {
  readonly makeLauncher: () => Promise<Launcher>;
}

const COORDINATORS: readonly ((services: CoordinatorServices) => Coordinator)[] = [
  reconcileCoordinator,
  resolveCoordinator,
  dispatchCoordinator,
  verdictCoordinator,
];

/** Runs all coordinators while this core is the leader, until the signal aborts. */
export async function runCoordinators(
  leader: LeaderServices,
  databaseUrl: string,
  signal: AbortSignal,
): Promise<void> {
  const { makeLauncher, ...rest } = leader;
  const { sql, log } = rest;
  const bell = new Bell();
  const ring = () => bell.ring();
  // Rung at each new connection, too: what was said in between was not heard.
  const { unlisten } = await sql.listen('tidewaiter', ring, ring);
  try {
    await runAsLeader(databaseUrl, log, signal, async (term) => {
      const launcher = await makeLauncher();
      const services: CoordinatorServices = { ...rest, launcher, launching: new Set() };
      await Promise.all(
        COORDINATORS.map((make) => runLoop(make(services), bell, log, term)),
      );
      await launcher.stop();
    });
  } finally {
    await unlisten().catch(() => {});
  }
}
