/**
 * bzip2: any number of streams, one after the other, and nothing else.
 *
 * Written here because no library does it in bounded memory: those of JavaScript hold what a block
 * of a hundred bytes says that it repeats. The format is that of bzip2 1.0, without the blocks that
 * were randomised before it.
 *
 * @module
 */
import { Duplex } from 'node:stream';
import { BitReader } from './bits.ts';
import { Block } from './block.ts';

/** More than any block takes: nine hundred thousand symbols of twenty bits, and its tables. */
const BLOCK_BYTES = 2_400_000;
const BYTES_A_LEVEL = 100_000;
const STREAM = 0x425a68;
/** The digits of pi before a block, and of its root before the end. */
const BLOCK = [0x314159, 0x265359] as const;
const END = [0x177245, 0x385090] as const;

class Decoder {
  readonly #bits = new BitReader();
  /** Room for a block; none between streams. */
  #entries: Uint32Array | undefined;
  #crc = 0;
  #streams = 0;

  /** What is surely there after this chunk. */
  *write(chunk: Uint8Array): Generator<Uint8Array> {
    this.#bits.add(chunk);
    while (this.#bits.left >= BLOCK_BYTES) yield* this.#step();
  }

  *end(): Generator<Uint8Array> {
    while (this.#bits.left > 0 || this.#entries !== undefined || this.#streams === 0) {
      yield* this.#step();
    }
  }

  *#step(): Generator<Uint8Array> {
    const bits = this.#bits;
    if (this.#entries === undefined) {
      this.#entries = this.#begin();
      return;
    }
    const [high, low] = [bits.read(24), bits.read(24)];
    if (high === BLOCK[0] && low === BLOCK[1]) {
      const block = new Block(bits, this.#entries);
      yield* block.bytes();
      this.#crc = ((this.#crc << 1) | (this.#crc >>> 31)) ^ block.crc;
    } else if (high === END[0] && low === END[1]) {
      if (bits.readWord() !== this.#crc) {
        throw new Error('the bzip2 stream does not have the sum it tells');
      }
      bits.align();
      this.#entries = undefined;
      this.#streams += 1;
    } else {
      throw new Error('the bzip2 stream is damaged: neither a block nor its end');
    }
  }

  #begin(): Uint32Array {
    const level = this.#bits.read(24) === STREAM ? this.#bits.read(8) - 0x30 : 0;
    if (level < 1 || level > 9) throw new Error('the bzip2 stream does not begin like one');
    this.#crc = 0;
    return new Uint32Array(level * BYTES_A_LEVEL);
  }
}

/** Decompresses bzip2; fails where it is damaged or ends early. */
export function createBunzip2(): Duplex {
  return Duplex.from(async function* (source: AsyncIterable<Uint8Array>) {
    const decoder = new Decoder();
    for await (const chunk of source) yield* decoder.write(chunk);
    yield* decoder.end();
  });
}
