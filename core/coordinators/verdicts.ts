/**
 * Computes verdicts ahead: for each tag of each analysed image whose verdict is missing or stale.
 *
 * @module
 */
import { staleVerdicts } from '../verdicts/stale.ts';
import { verdictOf } from '../verdicts/verdict.ts';
import type { Coordinator } from './loop.ts';
import type { CoordinatorServices } from './services.ts';

const AT_ONCE = 50;

/** The coordinator of verdicts. */
export function verdictCoordinator(services: CoordinatorServices): Coordinator {
  const { sql } = services;
  return {
    name: 'verdicts',
    everyMs: 5000,
    async round(signal) {
      const stale = await staleVerdicts(sql, AT_ONCE);
      for (const question of stale) {
        if (signal.aborted) return false;
        await verdictOf(sql, question);
      }
      return stale.length === AT_ONCE;
    },
  };
}
