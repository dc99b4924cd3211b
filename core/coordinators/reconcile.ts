/**
 * Keeps truth and launcher in step: leases of living runs are kept, runs whose attempt is over are
 * ended, images whose lease ended go back into the queue.
 *
 * @module
 */
import { messageOf } from '../errors.ts';
import {
  extendLeases,
  LEASE_SECONDS,
  releaseLost,
  runningProgress,
  wake,
} from '../queue/analyses.ts';
import type { Coordinator } from './loop.ts';
import type { CoordinatorServices } from './services.ts';

/** Shows people how far runs are, where the launcher can. */
async function show(services: CoordinatorServices, shown: Map<string, string>): Promise<void> {
  const { sql, launcher, log } = services;
  if (launcher.show === undefined) return;
  const running = await runningProgress(sql);
  const tasks = new Set(running.map(({ task }) => task));
  for (const task of shown.keys()) if (!tasks.has(task)) shown.delete(task);
  for (const { task, progress } of running) {
    const { phase, bytes, totalBytes, layers, totalLayers } = progress;
    const percent = totalBytes === 0 ? 0 : Math.floor((bytes / totalBytes) * 100);
    const text = `${phase} ${percent}% layer ${layers}/${totalLayers}`;
    if (shown.get(task) === text) continue;
    shown.set(task, text);
    await launcher.show(task, text).catch((error: unknown) => {
      log.debug('progress could not be shown', { task, error: messageOf(error) });
    });
  }
}

/** The coordinator of leases. */
export function reconcileCoordinator(services: CoordinatorServices): Coordinator {
  const { sql, launcher, launching, log, alone } = services;
  let first = true;
  const shown = new Map<string, string>();
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
      await launcher.tend?.();
      await show(services, shown);
      if (lost.length > 0) {
        log.warn('analyses were lost with their runs and begin anew', { images: lost.length });
        await wake(sql);
      }
      return false;
    },
  };
}
