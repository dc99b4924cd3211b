/**
 * How often somebody may ask who has not shown who it is: so many questions a second, by address.
 * Pure but for the clock it is given.
 *
 * @module
 */

const MOST_ADDRESSES = 10_000;

interface Bucket {
  tokens: number;
  at: number;
}

export class Rate {
  readonly #perSecond: number;
  readonly #burst: number;
  readonly #buckets = new Map<string, Bucket>();

  constructor(perSecond: number, burst: number) {
    this.#perSecond = perSecond;
    this.#burst = burst;
  }

  /** Takes one; false if there is none. `now` in milliseconds. */
  take(address: string, now: number): boolean {
    const bucket = this.#buckets.get(address) ?? { tokens: this.#burst, at: now };
    const grown = bucket.tokens + ((now - bucket.at) / 1000) * this.#perSecond;
    bucket.tokens = Math.min(this.#burst, grown);
    bucket.at = now;
    this.#buckets.delete(address);
    this.#buckets.set(address, bucket);
    if (this.#buckets.size > MOST_ADDRESSES) {
      const [oldest] = this.#buckets.keys();
      if (oldest !== undefined) this.#buckets.delete(oldest);
    }
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }
}
