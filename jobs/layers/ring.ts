/**
 * Memory that two threads share: one passes compressed pieces, the other what is in them. Nothing is
 * copied on its way back: each side counts the pieces that it has filled and emptied.
 *
 * @module
 */
import { Buffer } from 'node:buffer';
import { OUTPUT_BYTES } from './zlib-handle.ts';

/** Bytes of one compressed piece. */
export const INPUT_BYTES = 128 * 1024;
const INPUTS = 4;
const OUTPUTS = 8;

/** 1 while the reader sleeps until a message wakes it. */
const SLEEPS = 0;
/** 1 once the reader wants no more. */
const STOPPED = 1;
/** Bytes before the pieces: the integers, and the counters and lengths of both queues. */
const HEAD = 256;
const INPUT_STATE = 8;
const OUTPUT_STATE = 32;

/** Bytes of shared memory. */
export const RING_BYTES = HEAD + INPUTS * INPUT_BYTES + OUTPUTS * OUTPUT_BYTES;

/** The reader wants no more. */
export class RingStopped extends Error {}

/** Pieces on their way from one thread to the other. Counters may wrap around. */
class Queue {
  readonly #integers: Int32Array;
  readonly #pieces: readonly Buffer[];
  /** Indexes of the counters; the lengths of pieces follow. */
  readonly #filled: number;
  readonly #emptied: number;
  readonly #lengths: number;

  constructor(integers: Int32Array, at: number, pieces: readonly Buffer[]) {
    this.#integers = integers;
    this.#pieces = pieces;
    this.#filled = at;
    this.#emptied = at + 1;
    this.#lengths = at + 2;
  }

  /** The piece to fill next; undefined while all are filled. */
  free(): Buffer | undefined {
    const filled = Atomics.load(this.#integers, this.#filled);
    const depth = (filled - Atomics.load(this.#integers, this.#emptied)) >>> 0;
    return depth < this.#pieces.length ? this.#pieces[this.#slot(filled)] : undefined;
  }

  /** Passes on what was filled of the free piece. */
  pass(length: number): void {
    const slot = this.#slot(Atomics.load(this.#integers, this.#filled));
    Atomics.store(this.#integers, this.#lengths + slot, length);
    this.#count(this.#filled);
  }

  /** The piece to empty next; undefined while none is filled. */
  next(): Buffer | undefined {
    const emptied = Atomics.load(this.#integers, this.#emptied);
    if (Atomics.load(this.#integers, this.#filled) === emptied) return undefined;
    const slot = this.#slot(emptied);
    return this.#pieces[slot]?.subarray(0, Atomics.load(this.#integers, this.#lengths + slot));
  }

  giveBack(): void {
    this.#count(this.#emptied);
  }

  /** Blocks until there is a piece to fill. @throws RingStopped */
  waitFree(): Buffer {
    return this.#wait(this.#emptied, () => this.free());
  }

  /** Blocks until there is a piece to empty. @throws RingStopped */
  waitNext(): Buffer {
    return this.#wait(this.#filled, () => this.next());
  }

  /** Lets a thread that waits see that the reader has stopped. */
  disturb(): void {
    this.#count(this.#filled);
    this.#count(this.#emptied);
  }

  #wait(counter: number, get: () => Buffer | undefined): Buffer {
    for (;;) {
      const seen = Atomics.load(this.#integers, counter);
      if (Atomics.load(this.#integers, STOPPED) === 1) throw new RingStopped();
      const piece = get();
      if (piece !== undefined) return piece;
      Atomics.wait(this.#integers, counter, seen);
    }
  }

  #count(counter: number): void {
    Atomics.add(this.#integers, counter, 1);
    Atomics.notify(this.#integers, counter);
  }

  #slot(count: number): number {
    return (count >>> 0) % this.#pieces.length;
  }
}

/** One side's view of the memory. */
export class Ring {
  /** Compressed pieces; an empty one is the end of a blob. */
  readonly inputs: Queue;
  /** What is in them. */
  readonly outputs: Queue;
  readonly #integers: Int32Array;

  constructor(memory: SharedArrayBuffer) {
    this.#integers = new Int32Array(memory, 0, HEAD / 4);
    const pieces = (start: number, count: number, bytes: number) =>
      Array.from({ length: count }, (_, at) => Buffer.from(memory, start + at * bytes, bytes));
    this.inputs = new Queue(this.#integers, INPUT_STATE, pieces(HEAD, INPUTS, INPUT_BYTES));
    this.outputs = new Queue(
      this.#integers,
      OUTPUT_STATE,
      pieces(HEAD + INPUTS * INPUT_BYTES, OUTPUTS, OUTPUT_BYTES),
    );
  }

  /** The reader is about to sleep: from now on it is woken. */
  beginSleep(): void {
    Atomics.store(this.#integers, SLEEPS, 1);
  }

  /** Whether the reader has to be woken; told once for each sleep. */
  takeSleep(): boolean {
    return Atomics.exchange(this.#integers, SLEEPS, 0) === 1;
  }

  /** Ends whatever the other thread waits for. */
  stop(): void {
    Atomics.store(this.#integers, STOPPED, 1);
    this.inputs.disturb();
    this.outputs.disturb();
  }
}
