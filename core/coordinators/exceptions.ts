/**
 * Warns before exceptions end.
 *
 * @module
 */
import { warnOfExceptions } from '../verdicts/exceptions.ts';
import { type Coordinator, resting } from './loop.ts';
import type { CoordinatorServices } from './services.ts';

const EVERY_MS = 60_000;

/** The coordinator of exceptions; undefined where nobody wants to be warned. */
export function exceptionsCoordinator(
  { sql, config }: CoordinatorServices,
): Coordinator | undefined {
  const days = config.exception_warning_days;
  if (days === 0) return undefined;
  return {
    name: 'exceptions',
    everyMs: EVERY_MS,
    round: resting(EVERY_MS, () => warnOfExceptions(sql, days)),
  };
}
