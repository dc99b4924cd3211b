/**
 * Notices transfers that stand still, or that come so slowly that they might as well.
 *
 * @module
 */

/** Bytes that must come between two looks. */
const FEWEST_BYTES = 1024;

/** Aborts its signal when too little comes. */
export class Watchdog {
  readonly #controller = new AbortController();
  readonly #ms: number;
  #timer: ReturnType<typeof setInterval> | undefined;

  /** `received` grows with each byte that comes; it is looked at every `ms` milliseconds. */
  constructor(ms: number, received: () => number) {
    this.#ms = ms;
    this.follow(received);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Looks at another count from now on. */
  follow(received: () => number): void {
    this.stop();
    let before = received();
    this.#timer = setInterval(() => {
      const now = received();
      if (now - before < FEWEST_BYTES) this.#controller.abort();
      before = now;
    }, this.#ms);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
