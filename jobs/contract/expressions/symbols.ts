/**
 * Symbols: characters that no set of an expression tells apart are one symbol to its automata.
 *
 * @module
 */
import { type CharacterSet, has } from './characters.ts';

/** Symbols of characters, numbered from 0. */
export class Symbols {
  /** How many there are; the number of the end of the text is the next one. */
  readonly count: number;
  /** Symbols of the first 256 characters. */
  readonly low: Uint16Array;
  /** Where intervals of one symbol begin, ascending, the first at 0. */
  readonly #starts: readonly number[];
  readonly #symbols: readonly number[];
  /** A character of each symbol. */
  readonly #samples: readonly number[];
  readonly #held = new Map<CharacterSet, Uint8Array>();

  constructor(sets: readonly CharacterSet[]) {
    const cuts = new Set([0]);
    for (const set of sets) {
      for (const [index, bound] of set.entries()) cuts.add(index % 2 === 0 ? bound : bound + 1);
    }
    this.#starts = [...cuts].sort((a, b) => a - b);
    this.#symbols = grouped(this.#starts, sets);
    const samples: number[] = [];
    for (const [index, symbol] of this.#symbols.entries()) {
      samples[symbol] ??= this.#starts[index] ?? 0;
    }
    this.#samples = samples;
    this.count = samples.length;
    this.low = Uint16Array.from({ length: 256 }, (_, character) => this.#find(character));
  }

  of(character: number): number {
    return character < 256 ? this.low[character] ?? 0 : this.#find(character);
  }

  /** Which symbols a set holds, as ones. */
  heldBy(set: CharacterSet): Uint8Array {
    const known = this.#held.get(set);
    if (known !== undefined) return known;
    const held = Uint8Array.from(this.#samples, (sample) => has(set, sample) ? 1 : 0);
    this.#held.set(set, held);
    return held;
  }

  #find(character: number): number {
    let low = 0;
    let high = this.#starts.length;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if ((this.#starts[middle] ?? 0) <= character) low = middle;
      else high = middle;
    }
    return this.#symbols[low] ?? 0;
  }
}

/** A number for each interval; the same one where all sets hold both or neither. */
function grouped(starts: readonly number[], sets: readonly CharacterSet[]): readonly number[] {
  let groups = starts.map(() => 0);
  for (const set of sets) {
    const numbers = new Map<number, number>();
    groups = groups.map((group, index) => {
      const key = 2 * group + (has(set, starts[index] ?? 0) ? 1 : 0);
      const number = numbers.get(key) ?? numbers.size;
      numbers.set(key, number);
      return number;
    });
  }
  return groups;
}
