/**
 * From a blob's bytes to those of the archive in it, and their digest.
 *
 * @module
 */
import { createHash, type Hash } from 'node:crypto';
import { createInflater, detectCompression, type Inflater, MAGIC_BYTES } from './inflate.ts';
import type { Sink } from './stream-codec.ts';
import type { NextOutput } from './zlib-handle.ts';

const NOTHING = new Uint8Array(0);

/**
 * Unpacks one blob that is given in chunks of any size. The sink must copy what it keeps: it is
 * given the same memory again and again. A promise is returned only where one is needed. Malformed
 * input fails with a `LayerError`, an error of the sink is passed on.
 */
export interface Unpacker {
  write(chunk: Uint8Array, sink: Sink): void | Promise<void>;
  /** To be called after the last chunk. Returns the SHA-256 of all that the sink was given, as hex. */
  end(sink: Sink): string | Promise<string>;
  /** Frees memory outside the heap; the unpacker is of no use after. */
  close(): void;
}

/** Unpacks in the thread that reads. */
export class DirectUnpacker implements Unpacker {
  readonly #digest: Hash = createHash('sha256');
  readonly #output: NextOutput | undefined;
  #inflater: Inflater | undefined;
  /** What came before the compression is known. */
  #first: Uint8Array = NOTHING;

  /** @param output where the next output goes; memory of its own unless given */
  constructor(output?: NextOutput) {
    this.#output = output;
  }

  write(chunk: Uint8Array, sink: Sink): void | Promise<void> {
    let input = chunk;
    if (this.#inflater === undefined) {
      this.#first = input = joined(this.#first, chunk);
      if (input.length < MAGIC_BYTES) return;
      this.#open();
    }
    return this.#inflater?.write(input, this.#hashing(sink));
  }

  end(sink: Sink): string | Promise<string> {
    const writing = this.#inflater === undefined
      ? this.#open().write(this.#first, this.#hashing(sink))
      : undefined;
    return writing === undefined ? this.#finish(sink) : writing.then(() => this.#finish(sink));
  }

  close(): void {
    this.#inflater?.close();
  }

  #open(): Inflater {
    const output = this.#output;
    return this.#inflater = createInflater(detectCompression(this.#first), { output });
  }

  #hashing(sink: Sink): Sink {
    return (bytes) => {
      this.#digest.update(bytes);
      sink(bytes);
    };
  }

  #finish(sink: Sink): string | Promise<string> {
    const ending = this.#inflater?.end(this.#hashing(sink));
    return ending === undefined
      ? this.#digest.digest('hex')
      : ending.then(() => this.#digest.digest('hex'));
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  if (first.length === 0) return second;
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
