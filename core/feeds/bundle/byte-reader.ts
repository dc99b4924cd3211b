/**
 * Bytes of a stream in pieces of a wanted length.
 *
 * @module
 */
import { malformedBundle } from './limits.ts';

/** Reads a stream once, from its begin to its end. */
export class ByteReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #left: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#chunks = source[Symbol.asyncIterator]();
  }

  /** At least one byte and at most so many; undefined at the end. */
  async #some(most: number): Promise<Buffer | undefined> {
    while (this.#left.length === 0) {
      const { done, value } = await this.#chunks.next();
      if (done === true) return undefined;
      this.#left = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    }
    const some = this.#left.subarray(0, most);
    this.#left = this.#left.subarray(some.length);
    return some;
  }

  /**
   * Exactly so many bytes, in memory.
   *
   * @throws TidewaiterError `feed_bundle_malformed` where there are fewer
   */
  async exactly(length: number): Promise<Buffer> {
    const bytes = Buffer.alloc(length);
    let at = 0;
    for await (const chunk of this.next(length)) {
      bytes.set(chunk, at);
      at += chunk.length;
    }
    return bytes;
  }

  /**
   * The same, as they come.
   *
   * @throws TidewaiterError `feed_bundle_malformed` where there are fewer
   */
  next(length: number): AsyncIterable<Uint8Array> {
    let missing = length;
    const next = async (): Promise<IteratorResult<Uint8Array>> => {
      if (missing === 0) return { done: true, value: undefined };
      const some = await this.#some(missing);
      if (some === undefined) throw malformedBundle('it is cut off');
      missing -= some.length;
      return { done: false, value: some };
    };
    // Whoever stops in the middle may go on later: this is no generator, which would then be over.
    return { [Symbol.asyncIterator]: () => ({ next }) };
  }

  /** All that follows. */
  async *rest(): AsyncGenerator<Uint8Array> {
    const some = () => this.#some(Number.MAX_SAFE_INTEGER);
    for (let next = await some(); next !== undefined; next = await some()) yield next;
  }

  /** Lets go of the stream. */
  async close(): Promise<void> {
    await this.#chunks.return?.();
  }
}
