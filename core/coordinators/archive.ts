/**
 * Applies the rules of the archive, account by account and some images at a time: what they take goes
 * from the working set into the archive, or from there.
 *
 * @module
 */
import { ruledAccounts } from '../archive/candidates.ts';
import { runningDigests } from '../archive/in-use.ts';
import { applyRules } from '../archive/transitions.ts';
import { type Coordinator, resting } from './loop.ts';
import type { CoordinatorServices } from './services.ts';

/** Images of one account in one round: a round ends soon, so that a leader can be stopped. */
const BATCH = 100;

/** The coordinator of the archive. */
export function archiveCoordinator({ sql, log, config }: CoordinatorServices): Coordinator {
  const everyMs = config.archive_rules_seconds * 1000;
  return {
    name: 'archive',
    everyMs,
    round: resting(everyMs, async (signal) => {
      let more = false;
      const running = await runningDigests(sql);
      for (const account of await ruledAccounts(sql)) {
        if (signal.aborted) return false;
        const { archived, deleted, failed } = await applyRules(
          sql,
          account,
          running,
          BATCH,
          signal,
        );
        // What fails does so again: it waits for the next time.
        more ||= archived + deleted >= BATCH;
        if (archived + deleted + failed === 0) continue;
        log.info('rules of the archive', { account, archived, deleted, failed });
      }
      return more;
    }),
  };
}
