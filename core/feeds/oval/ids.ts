/**
 * Rows of numbers by OVAL ids: files have a million of them, and they come after what refers to
 * them.
 *
 * @module
 */
import { Buffer } from 'node:buffer';

/** Ids that do not look like the first one. */
const MAX_ODD = 100_000;
const PAGE_BITS = 15;
const PAGE_MASK = (1 << PAGE_BITS) - 1;

/**
 * A number for each id of one kind. Those of a file are alike but for their number
 * (`oval:com.oracle.elsa:tst:20070057001`), which then stands for the id.
 */
export class Ids {
  #prefix: string | undefined;
  readonly #odd = new Map<string, number>();

  /** The number of an id that has one. */
  find(id: string): number | undefined {
    const end = id.lastIndexOf(':') + 1;
    const digits = id.slice(end);
    if (id.slice(0, end) === this.#prefix && /^[1-9]\d{0,15}$/.test(digits)) {
      const number = Number(digits);
      if (Number.isSafeInteger(number)) return number;
    }
    return this.#odd.get(id);
  }

  /** @throws Error where a file has too many ids of other forms */
  numberOf(id: string): number {
    // Copies: a slice would keep the text that it comes from.
    this.#prefix ??= Buffer.from(id.slice(0, id.lastIndexOf(':') + 1)).toString();
    const known = this.find(id);
    if (known !== undefined) return known;
    if (this.#odd.size >= MAX_ODD) throw new Error('its ids have no common form');
    const odd = -1 - this.#odd.size;
    this.#odd.set(Buffer.from(id).toString(), odd);
    return odd;
  }
}

/** Numbers one after the other, in pages, so that growing copies none. */
class Numbers {
  readonly #pages: Float64Array[] = [];

  set(at: number, value: number): void {
    const page = at >>> PAGE_BITS;
    if (page === this.#pages.length) this.#pages.push(new Float64Array(1 << PAGE_BITS));
    const numbers = this.#pages[page];
    if (numbers !== undefined) numbers[at & PAGE_MASK] = value;
  }

  get(at: number): number {
    return this.#pages[at >>> PAGE_BITS]?.[at & PAGE_MASK] ?? NaN;
  }
}

/** Rows of some numbers each, found by a number. */
export class Rows {
  readonly #columns: number;
  readonly #limit: number;
  readonly #keys = new Numbers();
  readonly #values = new Numbers();
  #size = 0;
  #isSorted = true;
  /** Rows in the order of their keys, once they were asked for and are not in it. */
  #order: Uint32Array | undefined;

  constructor(columns: number, limit: number) {
    this.#columns = columns;
    this.#limit = limit;
  }

  /** @throws Error where there are too many rows */
  add(key: number, ...values: readonly number[]): void {
    const row = this.#size;
    if (row >= this.#limit) throw new Error(`it has more than ${this.#limit} parts of a kind`);
    this.#isSorted &&= row === 0 || this.#keys.get(row - 1) < key;
    this.#keys.set(row, key);
    for (let column = 0; column < this.#columns; column += 1) {
      this.#values.set(row * this.#columns + column, values[column] ?? 0);
    }
    this.#size += 1;
    this.#order = undefined;
  }

  /** The numbers of a row; one of those with the same key. */
  get(key: number): readonly number[] | undefined {
    const order = this.#isSorted ? undefined : this.#order ??= this.#sorted();
    let low = 0;
    let high = this.#size;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#keys.get(order?.[middle] ?? middle) < key) low = middle + 1;
      else high = middle;
    }
    const row = order?.[low] ?? low;
    if (low >= this.#size || this.#keys.get(row) !== key) return undefined;
    const start = row * this.#columns;
    return Array.from({ length: this.#columns }, (_, column) => this.#values.get(start + column));
  }

  #sorted(): Uint32Array {
    const keys = this.#keys;
    return Uint32Array.from({ length: this.#size }, (_, row) => row)
      .sort((a, b) => keys.get(a) - keys.get(b));
  }
}

/** A number for each of many equal things. */
export class Pool<T> {
  readonly #numbers = new Map<string, number>();
  readonly #things: T[] = [];

  /** @param key tells things apart */
  add(key: string, thing: () => T): number {
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = this.#things.length;
    this.#numbers.set(Buffer.from(key).toString(), number);
    this.#things.push(thing());
    return number;
  }

  get(number: number): T | undefined {
    return this.#things[number];
  }
}
