/**
 * Decompression of .xz files (The .xz File Format 1.2) without native code: dictionaries up to
 * 64 MiB, checks up to CRC-64.
 *
 * @module
 */
import { Duplex } from 'node:stream';
import { ReadableStream } from 'node:stream/web';
import xz from 'xz-decompress';

/** How messages of the library end: with the codes of XZ Embedded (`enum xz_ret`). */
const TOO_MUCH_MEMORY = /code [34]$/;
const UNKNOWN_CHECK_OR_FILTER = /code [26]$/;

async function* decompressed(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = new xz.XzReadableStream(ReadableStream.from(source)).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((error: unknown) => {
        throw reasonOf(error);
      });
      if (done) return;
      yield value;
    }
  } finally {
    // All streams share one decoder, which is theirs until they have ended.
    await reader.cancel().catch(() => {});
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

/** A stream that takes .xz data, also several files in a row, and gives what is in it. */
export function createXzDecompress(): Duplex {
  return Duplex.from(decompressed);
}
