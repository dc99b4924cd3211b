/**
 * A map of bounded size whose entries carry tags and can be dropped by them. The entry that was set
 * first goes first. Pure.
 *
 * @module
 */

interface Entry<T> {
  readonly value: T;
  readonly tags: readonly string[];
}

export class Tagged<T> {
  readonly #entries = new Map<string, Entry<T>>();
  readonly #byTag = new Map<string, Set<string>>();
  readonly #most: number;

  /** Keeps `most` entries. */
  constructor(most: number) {
    this.#most = most;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): T | undefined {
    return this.#entries.get(key)?.value;
  }

  set(key: string, value: T, tags: readonly string[]): void {
    this.delete(key);
    if (this.#entries.size >= this.#most) {
      const [oldest] = this.#entries.keys();
      if (oldest !== undefined) this.delete(oldest);
    }
    this.#entries.set(key, { value, tags });
    for (const tag of tags) {
      const keys = this.#byTag.get(tag) ?? new Set();
      keys.add(key);
      this.#byTag.set(tag, keys);
    }
  }

  delete(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    for (const tag of entry.tags) {
      const keys = this.#byTag.get(tag);
      keys?.delete(key);
      if (keys?.size === 0) this.#byTag.delete(tag);
    }
  }

  /** Drops all entries with a tag. */
  drop(tag: string): void {
    for (const key of [...this.#byTag.get(tag) ?? []]) this.delete(key);
  }

  clear(): void {
    this.#entries.clear();
    this.#byTag.clear();
  }
}
