/**
 * Sets of numbers of images, as bits: a hundred thousand of them are compared in less than a
 * millisecond. Pure.
 *
 * @module
 */
const NUMBER_BYTES = 4;
/** Numbers of a chunk; numbers far apart take no room for what is between them. */
const CHUNK_BITS = 16;
const WORDS = (1 << CHUNK_BITS) / 32;
const IN_CHUNK = (1 << CHUNK_BITS) - 1;

function bitsOf(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555);
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** A set of numbers from 0 to 2³¹ − 1. */
export class NumberSet {
  readonly #chunks = new Map<number, Int32Array>();

  /**
   * Reads numbers of four bytes each, the highest first, as `string_agg(int4send(…), '')` makes them, out
   * of one list or several.
   */
  static read(...lists: readonly (Buffer | null)[]): NumberSet {
    const set = new NumberSet();
    for (const bytes of lists) {
      const end = bytes?.length ?? 0;
      for (let at = 0; at < end; at += NUMBER_BYTES) set.add(bytes?.readInt32BE(at) ?? 0);
    }
    return set;
  }

  add(number: number): void {
    const at = number >>> CHUNK_BITS;
    let words = this.#chunks.get(at);
    if (words === undefined) this.#chunks.set(at, words = new Int32Array(WORDS));
    const place = number & IN_CHUNK;
    words[place >>> 5] = (words[place >>> 5] ?? 0) | 1 << (place & 31);
  }

  /** How many there are. */
  get size(): number {
    let size = 0;
    for (const words of this.#chunks.values()) {
      for (const word of words) size += bitsOf(word);
    }
    return size;
  }

  /** Those that are in the other set, too. */
  and(other: NumberSet): NumberSet {
    const both = new NumberSet();
    for (const [at, words] of this.#chunks) {
      const others = other.#chunks.get(at);
      if (others !== undefined) {
        both.#chunks.set(at, words.map((word, place) => word & (others[place] ?? 0)));
      }
    }
    return both;
  }

  /** Its numbers from a place on, in their order. */
  slice(offset: number, limit = Number.POSITIVE_INFINITY): number[] {
    const numbers: number[] = [];
    let before = 0;
    for (const [at, words] of [...this.#chunks].sort(([a], [b]) => a - b)) {
      for (const [place, word] of words.entries()) {
        const own = bitsOf(word);
        if (before + own > offset) {
          for (let rest = word, nth = before; rest !== 0; rest &= rest - 1, nth += 1) {
            if (nth < offset) continue;
            if (numbers.length >= limit) return numbers;
            numbers.push(at * (IN_CHUNK + 1) + place * 32 + 31 - Math.clz32(rest & -rest));
          }
        }
        before += own;
      }
    }
    return numbers;
  }
}
