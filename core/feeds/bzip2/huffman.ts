/**
 * The prefix codes of a bzip2 block: up to six tables, one for each fifty symbols.
 *
 * @module
 */
import type { BitReader } from './bits.ts';

const MAX_LENGTH = 20;
const SYMBOLS_A_GROUP = 50;
/** What a block of 900,000 bytes can use; later ones are read and never needed. */
const MAX_SELECTORS = 18_002;

function damaged(what: string): Error {
  return new Error(`the bzip2 block is damaged: ${what}`);
}

/** A canonical code: codes of one length are consecutive, and shorter ones come first. */
class CodeTable {
  readonly #shortest: number;
  /** By length: the first code that is longer, as if all codes had the greatest length. */
  readonly #ends = new Int32Array(MAX_LENGTH + 2);
  /** By length: what to subtract from a code to have its place in the order of codes. */
  readonly #offsets = new Int32Array(MAX_LENGTH + 1);
  readonly #symbols: Uint16Array;

  constructor(lengths: Uint8Array) {
    const counts = new Int32Array(MAX_LENGTH + 1);
    for (const length of lengths) counts[length] = (counts[length] ?? 0) + 1;
    const places = new Int32Array(MAX_LENGTH + 2);
    let code = 0;
    let place = 0;
    for (let length = 1; length <= MAX_LENGTH; length += 1) {
      const count = counts[length] ?? 0;
      places[length] = place;
      this.#offsets[length] = code - place;
      code += count;
      place += count;
      this.#ends[length] = code << (MAX_LENGTH - length);
      code <<= 1;
    }
    this.#shortest = Math.max(1, counts.findIndex((count) => count > 0));
    this.#symbols = new Uint16Array(lengths.length);
    lengths.forEach((length, symbol) => {
      const next = places[length] ?? 0;
      this.#symbols[next] = symbol;
      places[length] = next + 1;
    });
  }

  read(bits: BitReader): number {
    const code = bits.peek(MAX_LENGTH);
    let length = this.#shortest;
    while (length <= MAX_LENGTH && code >= (this.#ends[length] ?? 0)) length += 1;
    if (length > MAX_LENGTH) throw damaged('a code that stands for nothing');
    bits.skip(length);
    const symbol = this.#symbols[
      (code >>> (MAX_LENGTH - length)) - (this.#offsets[length] ?? 0)
    ];
    if (symbol === undefined) throw damaged('a code that stands for nothing');
    return symbol;
  }
}

function readSelectors(bits: BitReader, tables: number): Uint8Array {
  const count = bits.read(15);
  if (count === 0) throw damaged('no table is chosen');
  const selectors = new Uint8Array(Math.min(count, MAX_SELECTORS));
  const recent = Uint8Array.from({ length: tables }, (_, table) => table);
  for (let at = 0; at < count; at += 1) {
    let index = 0;
    while (bits.read(1) === 1) {
      index += 1;
      if (index >= tables) throw damaged('a table that is not there');
    }
    const table = recent[index] ?? 0;
    recent.copyWithin(1, 0, index);
    recent[0] = table;
    if (at < selectors.length) selectors[at] = table;
  }
  return selectors;
}

function readTable(bits: BitReader, symbols: number): CodeTable {
  const lengths = new Uint8Array(symbols);
  let length = bits.read(5);
  for (let symbol = 0; symbol < symbols; symbol += 1) {
    for (;;) {
      if (length < 1 || length > MAX_LENGTH) throw damaged('the length of a code');
      if (bits.read(1) === 0) break;
      length += bits.read(1) === 0 ? 1 : -1;
    }
    lengths[symbol] = length;
  }
  return new CodeTable(lengths);
}

/** The symbols of a block, one after the other. */
export class SymbolReader {
  readonly #bits: BitReader;
  readonly #tables: readonly CodeTable[];
  readonly #selectors: Uint8Array;
  #table: CodeTable | undefined;
  #group = 0;
  #left = 0;

  /** Reads the tables of a block with this many symbols. */
  constructor(bits: BitReader, symbols: number) {
    this.#bits = bits;
    const tables = bits.read(3);
    if (tables < 2 || tables > 6) throw damaged('the number of its tables');
    this.#selectors = readSelectors(bits, tables);
    this.#tables = Array.from({ length: tables }, () => readTable(bits, symbols));
  }

  next(): number {
    if (this.#left === 0) {
      this.#table = this.#tables[this.#selectors[this.#group] ?? -1];
      this.#group += 1;
      this.#left = SYMBOLS_A_GROUP;
    }
    this.#left -= 1;
    if (this.#table === undefined) throw damaged('more symbols than tables are chosen for');
    return this.#table.read(this.#bits);
  }
}
