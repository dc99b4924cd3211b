/**
 * How many runs may be under way on a cluster that may be cold: few at first, so that a hundred
 * hosts do not pull the analyzer's image, and ask the same registry, in the same second. Pure.
 *
 * @module
 */

/** Runs at once before any has ended. */
const FIRST = 4;

export interface SlowStart {
  /** Runs that may be under way now. */
  most(): number;
  /** A run came to an end by itself: its host is warm, one more may start beside the next. */
  succeeded(): void;
  /** The cluster could not take or keep a run. */
  failed(): void;
}

/** Opens by one with each run that ends, so it doubles each round; halves when the cluster refuses. */
export function slowStart(underWay = 0): SlowStart {
  let window = Math.max(FIRST, underWay);
  return {
    most: () => window,
    succeeded() {
      window = Math.min(window + 1, Number.MAX_SAFE_INTEGER);
    },
    failed() {
      window = Math.max(FIRST, Math.floor(window / 2));
    },
  };
}
