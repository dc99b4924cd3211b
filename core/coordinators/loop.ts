/**
 * A coordinator: work that is done again whenever there may be some, and never stops for an error.
 *
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { isConnectionFailure } from '../database/connection.ts';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';

/** One coordinator: a name, how long it sleeps unless woken, and one round of its work. */
export interface Coordinator {
  readonly name: string;
  readonly everyMs: number;
  /** Does what there is to do; true if there may be more at once. */
  round(signal: AbortSignal): Promise<boolean>;
  /** Lets go of what it follows. */
  stop?(): Promise<void>;
}

/**
 * A round that rests for some time when nothing was left to do: every notification wakes all
 * coordinators, and some have no use for that.
 */
export function resting(restMs: number, round: Coordinator['round']): Coordinator['round'] {
  let doneAt = -Infinity;
  return async (signal) => {
    if (performance.now() - doneAt < restMs) return false;
    if (await round(signal)) return true;
    doneAt = performance.now();
    return false;
  };
}

/** Wakes all who sleep: called for each notification. */
export class Bell {
  #waiting = new Set<() => void>();
  #rings = 0;

  /** How often it has rung. */
  get rings(): number {
    return this.#rings;
  }

  ring(): void {
    this.#rings += 1;
    for (const wake of this.#waiting) wake();
  }

  /**
   * Ends at the next ring after those that were `heard`, after `ms`, or when the signal aborts.
   */
  async wait(ms: number, signal: AbortSignal, heard: number = this.#rings): Promise<void> {
    if (heard !== this.#rings) return;
    const timer = new AbortController();
    const rung = new Promise<void>((done) => {
      const wake = () => {
        this.#waiting.delete(wake);
        done();
      };
      this.#waiting.add(wake);
      timer.signal.addEventListener('abort', wake, { once: true });
    });
    const slept = sleep(ms, undefined, { signal: AbortSignal.any([signal, timer.signal]) })
      .catch(() => {});
    await Promise.race([rung, slept]);
    timer.abort();
  }
}

const PAUSE_AFTER_ERROR_MS = 500;

/** Runs a coordinator until the signal aborts. */
export async function runLoop(
  coordinator: Coordinator,
  bell: Bell,
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    // What is rung during a round may tell of something the round did not see yet.
    const heard = bell.rings;
    try {
      if (await coordinator.round(signal)) continue;
      await bell.wait(coordinator.everyMs, signal, heard);
    } catch (error) {
      if (signal.aborted) return;
      const level = isConnectionFailure(error) ? 'debug' : 'error';
      log[level]('a coordinator failed and tries again', {
        coordinator: coordinator.name,
        error: messageOf(error),
      });
      await sleep(PAUSE_AFTER_ERROR_MS, undefined, { signal }).catch(() => {});
    }
  }
}
