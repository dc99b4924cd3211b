/**
 * How much of an image may be read: one budget for all its layers.
 *
 * @module
 */
import { LayerError } from './errors.ts';

/** The bounds of a task (`Limits` of the contract). */
export interface LayerLimits {
  /** Uncompressed bytes of all layers together. */
  readonly uncompressedBytes: number;
  /** Tar entries of all layers together. */
  readonly entries: number;
  /** Bytes of one file that is held. */
  readonly fileBytes: number;
  /** Bytes of all files held in one layer. */
  readonly heldBytes: number;
}

/** All layers together may hold so many times what one may: half of the memory of an analysis. */
const HELD_LAYERS = 2;

/** Bytes of all paths and link targets: real images stay far below, only bombs reach it. */
const NAME_BYTES = 256 * 1024 * 1024;

/** What is left of the bounds. Taking more than is left throws `image_limit_exceeded`. */
export class Budget {
  readonly limits: LayerLimits;
  #bytes: number;
  #entries: number;
  #nameBytes = NAME_BYTES;
  #held: number;

  constructor(limits: LayerLimits) {
    this.limits = limits;
    this.#held = limits.heldBytes * HELD_LAYERS;
    this.#bytes = limits.uncompressedBytes;
    this.#entries = limits.entries;
  }

  takeBytes(count: number): void {
    this.#bytes -= count;
    if (this.#bytes < 0) throw exceeded(`${this.limits.uncompressedBytes} uncompressed bytes`);
  }

  /** Returns a function that gives back what was taken since: for a layer that is read again. */
  mark(): () => void {
    const bytes = this.#bytes;
    const entries = this.#entries;
    const nameBytes = this.#nameBytes;
    const held = this.#held;
    return () => {
      this.#bytes = bytes;
      this.#entries = entries;
      this.#nameBytes = nameBytes;
      this.#held = held;
    };
  }

  /** Takes the bytes of what is held of a file to the end. */
  takeHeld(count: number): void {
    this.#held -= count;
    if (this.#held < 0) {
      throw exceeded(`${this.limits.heldBytes * HELD_LAYERS} bytes of files that must be held`);
    }
  }

  takeEntry(nameBytes: number): void {
    this.#entries--;
    if (this.#entries < 0) throw exceeded(`${this.limits.entries} files`);
    this.#nameBytes -= nameBytes;
    if (this.#nameBytes < 0) throw exceeded(`${NAME_BYTES} bytes of file names`);
  }
}

function exceeded(bound: string): LayerError {
  return new LayerError(
    'image_limit_exceeded',
    `The image's layers hold more than ${bound}; raise the limit of the analysis to read it.`,
  );
}
