/**
 * Work on bundles that takes long: one at a time, and with a sign of life for whoever waits.
 *
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { TidewaiterError } from '../errors.ts';

/** So often something is said: what lies between must not take a connection for dead. */
const ALIVE_MS = 10_000;

/** Refuses what begins while something else goes on: each takes much of disk and database. */
export class Turn {
  #isTaken = false;

  /**
   * Begins; what is returned has to be called at the end.
   *
   * @throws TidewaiterError `feed_bundle_busy`
   */
  begin(): () => void {
    if (this.#isTaken) {
      throw new TidewaiterError(
        'feed_bundle_busy',
        409,
        'Another bundle of feeds is being exported or imported: try again when that is done.',
      );
    }
    this.#isTaken = true;
    return () => {
      this.#isTaken = false;
    };
  }
}

/** Items, and something to do when all were taken or nobody wants more of them. */
export async function* ending<T>(
  items: AsyncIterable<T>,
  end: () => Promise<void>,
): AsyncGenerator<T> {
  try {
    yield* items;
  } finally {
    await end();
  }
}

/** What comes, and undefined again and again while nothing does. */
export async function* alive<T>(items: AsyncGenerator<T>): AsyncGenerator<T | undefined> {
  try {
    for (let next = items.next();; next = items.next()) {
      let result: IteratorResult<T> | undefined;
      do {
        const waiting = new AbortController();
        const silence = sleep(ALIVE_MS, undefined, { signal: waiting.signal, ref: false })
          .catch(() => undefined);
        try {
          result = await Promise.race([next, silence]);
        } finally {
          waiting.abort();
        }
        if (result === undefined) yield undefined;
      } while (result === undefined);
      if (result.done === true) return;
      yield result.value;
    }
  } finally {
    await items.return(undefined);
  }
}
