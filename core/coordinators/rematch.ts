/**
 * Matches again what a change of the feeds has touched, in batches: no image is pulled, and a package
 * that many images have is matched once. Images in which something else is found then get new
 * verdicts.
 *
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { renewals } from '../verdicts/renew.ts';
import { isEnded } from '../vulnerabilities/ask.ts';
import { matchSubjects, SUBJECTS_AT_ONCE } from '../vulnerabilities/rematch.ts';
import { changeEnd, listContexts } from '../vulnerabilities/store/contexts.ts';
import { staleSubjects } from '../vulnerabilities/store/subjects.ts';
import type { Coordinator } from './loop.ts';
import type { CoordinatorServices } from './services.ts';

const LIVES_EVERY_MS = 3_600_000;
const STEPS_OF_A_ROUND = 100;
/** Every notification rings, most of them about something else; a new image is matched by who asks. */
const LOOK_MS = 1000;

/** Works, and then leaves the processor and the database to others for as long: the door needs both. */
async function atEase<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  const start = performance.now();
  const result = await work();
  await sleep(performance.now() - start, undefined, { signal }).catch(() => {});
  return result;
}

/** The coordinator of re-matching. */
export function rematchCoordinator(
  { sql, log }: Pick<CoordinatorServices, 'sql' | 'log'>,
): Coordinator {
  let livesAt = -Infinity;
  let lookedAt = -Infinity;
  let matched = 0;
  let found = 0;

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
    everyMs: LOOK_MS,
    async round(signal) {
      if (performance.now() - lookedAt < LOOK_MS) return false;
      await lookAtLives();
      const stale = await staleSubjects(sql, SUBJECTS_AT_ONCE);
      if (stale.length > 0) {
        const changed = await atEase(signal, () => matchSubjects(sql, stale));
        matched += stale.length;
        found += changed;
        return true;
      }
      if (matched > 0) log.info('packages were matched', { packages: matched, changed: found });
      matched = 0;
      found = 0;
      const renewing = renewals(sql);
      // A change that comes meanwhile is matched first.
      for (let step = 0; step < STEPS_OF_A_ROUND && !signal.aborted; step += 1) {
        if ((await atEase(signal, () => renewing.next())).done !== true) continue;
        lookedAt = performance.now();
        return false;
      }
      return true;
    },
  };
}
