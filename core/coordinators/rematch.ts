/**
 * Matches again what a change of the feeds has touched, in batches: no image is pulled, and a package
 * that many images have is matched once. Images in which something else is found then get new
 * verdicts.
 *
 * @module
 */
import { renewSome } from '../verdicts/renew.ts';
import { isEnded } from '../vulnerabilities/ask.ts';
import { matchSubjects, SUBJECTS_AT_ONCE } from '../vulnerabilities/rematch.ts';
import { changeEnd, listContexts } from '../vulnerabilities/store/contexts.ts';
import { staleSubjects } from '../vulnerabilities/store/subjects.ts';
import type { Coordinator } from './loop.ts';
import type { CoordinatorServices } from './services.ts';

const LIVES_EVERY_MS = 3_600_000;

/** The coordinator of re-matching. */
export function rematchCoordinator(
  { sql, log }: Pick<CoordinatorServices, 'sql' | 'log'>,
): Coordinator {
  let livesAt = -Infinity;

  /** Releases end by the calendar, without a change of any feed. */
  async function lookAtLives(): Promise<void> {
    if (performance.now() - livesAt < LIVES_EVERY_MS) return;
    for (const { id, distribution, ended } of await listContexts(sql)) {
      const is = await isEnded(sql, distribution);
      if (is !== ended) await changeEnd(sql, id, is);
    }
    livesAt = performance.now();
  }

  return {
    name: 'rematch',
    everyMs: 10_000,
    async round(signal) {
      await lookAtLives();
      const stale = await staleSubjects(sql, SUBJECTS_AT_ONCE);
      if (stale.length > 0) {
        const changed = await matchSubjects(sql, stale);
        log.info('packages are matched again', { packages: stale.length, changed });
        return true;
      }
      return await renewSome(sql, signal) > 0;
    },
  };
}
