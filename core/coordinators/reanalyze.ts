/**
 * Has images analysed again, in the last lane, that newer analyzers may find more in.
 *
 * @module
 */
import { queueOutdated } from '../queue/analyzers.ts';
import { type Coordinator, resting } from './loop.ts';
import type { CoordinatorServices } from './services.ts';

const EVERY_MS = 10_000;
/** So many wait at most: the queue stays short, and what is done shows what is next. */
const MOST_WAITING = 200;

/** The coordinator of analyses by older analyzers. */
export function reanalyzeCoordinator({ sql, log }: CoordinatorServices): Coordinator {
  return {
    name: 'reanalyze',
    everyMs: EVERY_MS,
    round: resting(EVERY_MS, async () => {
      const { seen, queued } = await queueOutdated(sql, MOST_WAITING);
      if (queued > 0) log.info('analysed again by newer analyzers', { images: queued });
      return seen > queued;
    }),
  };
}
