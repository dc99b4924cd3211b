/**
 * Decompression of .xz files (The .xz File Format 1.2) without native code: dictionaries up to
 * 64 MiB, checks up to CRC-64. One after the other: all streams of the library share one decoder.
 *
 * @module
 */
import { ReadableStream } from 'node:stream/web';
import xz from 'xz-decompress';

/** How messages of the library end: with the codes of XZ Embedded (`enum xz_ret`). */
const TOO_MUCH_MEMORY = /code [34]$/;
const UNKNOWN_CHECK_OR_FILTER = /code [26]$/;

/** Those that wait for the decoder, each for the one before it to let go of it. */
class Turns {
  #last: Promise<void> = Promise.resolve();

  /** Comes when it is the caller's turn, with what ends it. */
  async take(): Promise<() => void> {
    const before = this.#last;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#last = promise;
    await before;
    return resolve;
  }
}

const DECODER = new Turns();

/**
 * What is in .xz data, also in several files in a row. Whoever stops before the end must say so
 * (`return`, as `for await` does): the next one waits for it.
 *
 * @throws Error whose message says in short what is wrong
 */
export async function* decompressXz(
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const endTurn = await DECODER.take();
  const reader = new xz.XzReadableStream(ReadableStream.from(source)).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } catch (error) {
    throw reasonOf(error);
  } finally {
    reader.cancel().catch(() => {});
    endTurn();
  }
}

function reasonOf(error: unknown): Error {
  const message = String(error);
  if (TOO_MUCH_MEMORY.test(message)) return new Error('its xz dictionary is larger than 64 MiB');
  if (UNKNOWN_CHECK_OR_FILTER.test(message)) {
    return new Error('its xz check or filter is of an unknown kind');
  }
  return new Error('its xz data is damaged or cut off', { cause: error });
}
