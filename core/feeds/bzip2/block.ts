/**
 * One block of a bzip2 stream: prefix codes, move-to-front, the Burrows-Wheeler transform and runs
 * are undone, and the sum is checked.
 *
 * @module
 */
import type { BitReader } from './bits.ts';
import { SymbolReader } from './huffman.ts';

const OUTPUT_BYTES = 64 * 1024;
/** Equal bytes in a row after which a byte tells how many more there are. */
const RUN = 4;
const NOTHING = -1;

/** CRC-32 with the highest bit first, as bzip2 has it. */
const CRC_TABLE = Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 24;
  for (let bit = 0; bit < 8; bit += 1) crc = (crc << 1) ^ (crc < 0 ? 0x04c11db7 : 0);
  return crc;
});

function damaged(what: string): Error {
  return new Error(`the bzip2 block is damaged: ${what}`);
}

/** The bytes that occur in the block, in their order. */
function readAlphabet(bits: BitReader): Uint8Array {
  const rows = bits.read(16);
  const found: number[] = [];
  for (let row = 0; row < 16; row += 1) {
    if ((rows & (0x8000 >>> row)) === 0) continue;
    const columns = bits.read(16);
    for (let column = 0; column < 16; column += 1) {
      if ((columns & (0x8000 >>> column)) !== 0) found.push(row * 16 + column);
    }
  }
  if (found.length === 0) throw damaged('it has no bytes');
  return Uint8Array.from(found);
}

/** Reads a block, then gives its bytes piece by piece. */
export class Block {
  /** The sum that the stream tells of the block. */
  readonly crc: number;
  /** Sorted bytes in the lowest eight bits, and where the next one stands in the others. */
  readonly #entries: Uint32Array;
  #left: number;
  #next: number;
  #previous = NOTHING;
  #run = 0;
  #repeats = 0;
  #sum = -1;

  /**
   * @param entries room for the block, which may be used again after it
   * @throws Error what is wrong with the bits
   */
  constructor(bits: BitReader, entries: Uint32Array) {
    this.#entries = entries;
    this.crc = bits.readWord();
    if (bits.read(1) === 1) throw new Error('the bzip2 block is randomised, as before 1995');
    const origin = bits.read(24);
    const counts = new Int32Array(256);
    this.#left = this.#readBytes(bits, counts);
    if (origin >= this.#left) throw damaged('it begins outside of itself');
    const starts = new Int32Array(256);
    for (let byte = 1; byte < 256; byte += 1) {
      starts[byte] = (starts[byte - 1] ?? 0) + (counts[byte - 1] ?? 0);
    }
    for (let at = 0; at < this.#left; at += 1) {
      const byte = (entries[at] ?? 0) & 0xff;
      const place = starts[byte] ?? 0;
      starts[byte] = place + 1;
      entries[place] = (entries[place] ?? 0) | (at << 8);
    }
    this.#next = (entries[origin] ?? 0) >>> 8;
  }

  /** Fills the entries with bytes; returns how many. */
  #readBytes(bits: BitReader, counts: Int32Array): number {
    const entries = this.#entries;
    const recent = readAlphabet(bits);
    const end = recent.length + 1;
    const symbols = new SymbolReader(bits, recent.length + 2);
    let length = 0;
    let run = 0;
    let weight = 1;
    for (;;) {
      const symbol = symbols.next();
      if (symbol <= 1) {
        // A run's length comes in digits of 1 and 2, the lowest first.
        run += weight << symbol;
        weight <<= 1;
        if (run > entries.length) throw damaged('it is longer than its stream allows');
        continue;
      }
      if (length + run + 1 > entries.length + (symbol === end ? 1 : 0)) {
        throw damaged('it is longer than its stream allows');
      }
      if (run > 0) {
        const byte = recent[0] ?? 0;
        entries.fill(byte, length, length + run);
        counts[byte] = (counts[byte] ?? 0) + run;
        length += run;
        run = 0;
        weight = 1;
      }
      if (symbol === end) return length;
      const index = symbol - 1;
      const byte = recent[index] ?? 0;
      recent.copyWithin(1, 0, index);
      recent[0] = byte;
      entries[length] = byte;
      length += 1;
      counts[byte] = (counts[byte] ?? 0) + 1;
    }
  }

  /** All bytes of the block; throws at the end where they do not have its sum. */
  *bytes(): Generator<Uint8Array> {
    while (this.#left > 0 || this.#repeats > 0) {
      const output = new Uint8Array(OUTPUT_BYTES);
      yield output.subarray(0, this.#fill(output));
    }
    if (~this.#sum !== this.crc) throw new Error('the bzip2 block does not have the sum it tells');
  }

  #fill(output: Uint8Array): number {
    const entries = this.#entries;
    let [next, left, previous, run] = [this.#next, this.#left, this.#previous, this.#run];
    let [repeats, sum, length] = [this.#repeats, this.#sum, 0];
    while (length < output.length && (left > 0 || repeats > 0)) {
      if (repeats > 0) {
        repeats -= 1;
      } else {
        const entry = entries[next] ?? 0;
        const byte = entry & 0xff;
        next = entry >>> 8;
        left -= 1;
        if (run === RUN) {
          repeats = byte;
          run = 0;
          continue;
        }
        run = byte === previous ? run + 1 : 1;
        previous = byte;
      }
      output[length] = previous;
      length += 1;
      sum = (sum << 8) ^ (CRC_TABLE[(sum >>> 24) ^ previous] ?? 0);
    }
    [this.#next, this.#left, this.#previous, this.#run] = [next, left, previous, run];
    [this.#repeats, this.#sum] = [repeats, sum];
    return length;
  }
}
