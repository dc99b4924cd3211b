/**
 * Decompression through a stream of `node:zlib`, for runtimes without the synchronous call.
 *
 * @module
 */
import type { Buffer } from 'node:buffer';
import type { Transform } from 'node:stream';

export type Sink = (output: Buffer) => void;

/** A zlib stream that is written to chunk by chunk, with what it makes handed to a sink. */
export class StreamCodec {
  /** The stream has read all it wants: what follows is not part of the format. */
  ended = false;
  readonly #stream: Transform & { readonly bytesWritten: number };
  #sink: Sink = () => {};
  /** The first error, the sink's or the stream's. */
  #failure: { readonly error: unknown } | undefined;
  #wake: () => void = () => {};

  constructor(stream: Transform & { readonly bytesWritten: number }) {
    this.#stream = stream;
    stream.on('data', (output: Buffer) => this.#pass(output));
    stream.on('end', () => {
      this.ended = true;
      this.#wake();
    });
    stream.on('error', (error: unknown) => this.#fail(error));
  }

  /** Bytes of input that were used. */
  get consumed(): number {
    return this.#stream.bytesWritten;
  }

  /** Resolves once the chunk is used up, rejects with the sink's or the stream's error. */
  write(chunk: Uint8Array, sink: Sink): Promise<void> {
    // The caller may use its chunk again; the stream holds on to what it was given.
    return this.#run(sink, (done) => this.#stream.write(chunk.slice(), done));
  }

  /** Resolves once all output was handed over. */
  end(sink: Sink): Promise<void> {
    return this.#run(sink, () => this.#stream.end());
  }

  close(): void {
    this.#stream.destroy();
  }

  #run(sink: Sink, start: (done: () => void) => void): Promise<void> {
    this.#sink = sink;
    return new Promise<void>((resolve, reject) => {
      this.#wake = () => {
        if (this.#failure === undefined) resolve();
        else reject(this.#failure.error);
      };
      if (this.#failure !== undefined || this.ended) this.#wake();
      else start(this.#wake);
    });
  }

  #pass(output: Buffer): void {
    try {
      if (this.#failure === undefined) this.#sink(output);
    } catch (error) {
      this.#fail(error);
      this.#stream.destroy();
    }
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#wake();
  }
}
