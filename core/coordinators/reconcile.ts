/**
 * Keeps truth and launcher in step: leases of living runs are kept, runs whose attempt is over are
 * ended, images whose lease ended go back into the queue.
 *
 * @module
 */
import { extendLeases, LEASE_SECONDS, releaseLost, wake } from '../queue/analyses.ts';
import type { Coordinator } from './loop.ts';
import type { CoordinatorServices } from './services.ts';

/** The coordinator of leases. */
export function reconcileCoordinator(services: CoordinatorServices): Coordinator {
  const { sql, launcher, launching, log, alone } = services;
  let first = true;
  return {
    name: 'reconcile',
    everyMs: LEASE_SECONDS * 1000 / 5,
    async round() {
      const gone = await extendLeases(sql, [...launching, ...launcher.running()]);
      for (const task of gone) launcher.cancel(task);
      const lost = await releaseLost(
        sql,
        first && alone && launcher.running().length === 0 ? launcher.name : undefined,
      );
      first = false;
      if (lost.length > 0) {
        log.warn('analyses were lost with their runs and begin anew', { images: lost.length });
        await wake(sql);
      }
      return false;
    },
  };
}
