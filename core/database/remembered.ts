/**
 * Rows that never change while they are there, remembered: images share most of what they have.
 *
 * @module
 */
import type { Queryable } from './connection.ts';

export interface ReadRow<K, V> {
  readonly key: K;
  readonly value: V;
  /** Bytes of its text. */
  readonly size: number;
}

interface Memory<K, V> {
  /** The one that was not asked for longest is first. */
  readonly rows: Map<K, ReadRow<K, V>>;
  size: number;
}

/**
 * Rows by keys that name one content for ever: a hash of it, or a number that is given once. Of each
 * pool some are kept, those that were asked for last.
 */
export class RememberedRows<K, V> {
  readonly #memories = new WeakMap<Queryable, Memory<K, V>>();
  readonly #read: (sql: Queryable, keys: readonly K[]) => Promise<readonly ReadRow<K, V>[]>;
  readonly #most: number;

  /** @param most bytes of text that are kept of a pool */
  constructor(
    most: number,
    read: (sql: Queryable, keys: readonly K[]) => Promise<readonly ReadRow<K, V>[]>,
  ) {
    this.#most = most;
    this.#read = read;
  }

  /** Rows of keys; none where there is none any more. Who gets one shares it, and changes nothing in it. */
  async of(sql: Queryable, keys: Iterable<K>): Promise<ReadonlyMap<K, V>> {
    const memory = this.#memories.get(sql) ?? { rows: new Map(), size: 0 };
    this.#memories.set(sql, memory);
    const found = new Map<K, V>();
    const missing: K[] = [];
    for (const key of new Set(keys)) {
      const known = memory.rows.get(key);
      if (known === undefined) missing.push(key);
      else {
        memory.rows.delete(key);
        memory.rows.set(key, known);
        found.set(key, known.value);
      }
    }
    for (const row of missing.length === 0 ? [] : await this.#read(sql, missing)) {
      found.set(row.key, row.value);
      if (!memory.rows.has(row.key)) memory.size += row.size;
      memory.rows.set(row.key, row);
    }
    for (const [key, { size }] of memory.rows) {
      if (memory.size <= this.#most) break;
      memory.rows.delete(key);
      memory.size -= size;
    }
    return found;
  }
}
