/**
 * Computes verdicts ahead: for each tag of each analysed image whose verdict is missing or stale.
 *
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { attempt } from '../verdicts/attempt.ts';
import { staleVerdicts } from '../verdicts/stale.ts';
import { verdictOf } from '../verdicts/verdict.ts';
import type { Coordinator } from './loop.ts';
import type { CoordinatorServices } from './services.ts';

/** Looking reads all tags: the more of them at once, the less of it for each. */
const AT_ONCE = 200;
/** In a large catalog, where everybody rings, it rests so many times as long. */
const REST = 10;

/** The coordinator of verdicts. One that cannot be made does not hold up the others. */
export function verdictCoordinator(
  services: Pick<CoordinatorServices, 'sql' | 'log'>,
): Coordinator {
  const { sql, log } = services;

  let restUntil = -Infinity;

  async function look(signal: AbortSignal) {
    const rest = restUntil - performance.now();
    if (rest > 0) await sleep(rest, undefined, { signal }).catch(() => {});
    const start = performance.now();
    const stale = await staleVerdicts(sql, AT_ONCE);
    const took = performance.now() - start;
    // What was found may be but the beginning.
    restUntil = stale.length === AT_ONCE ? -Infinity : performance.now() + REST * took;
    return stale;
  }

  return {
    name: 'verdicts',
    everyMs: 5000,
    async round(signal) {
      const stale = await look(signal);
      let made = 0;
      for (const question of stale) {
        if (signal.aborted) return false;
        if (await attempt(log, question.fulltag, () => verdictOf(sql, question))) made += 1;
      }
      return made === AT_ONCE;
    },
  };
}
