/**
 * Bodies that are refused before they are read. An answer that comes while the other side still
 * sends is often lost with the connection, and a Job that does not hear its refusal tries again:
 * so what is left is read and thrown away first.
 *
 * @module
 */

/** Whoever sends more than that is not waited for. */
const MOST_DRAINED = 256 * 1024 * 1024;

/** A body that can be read in part. */
export interface PartlyRead extends AsyncIterable<Uint8Array> {
  /** Reads what is left, up to a bound. */
  drain(): Promise<void>;
}

/** Opens a body so that giving up on it does not end its connection. */
export function partlyRead(body: ReadableStream<Uint8Array>): PartlyRead {
  const reader = body.getReader();
  return {
    async *[Symbol.asyncIterator]() {
      for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
    },
    async drain() {
      let bytes = 0;
      try {
        for (let next = await reader.read(); !next.done; next = await reader.read()) {
          bytes += next.value.length;
          if (bytes > MOST_DRAINED) return await reader.cancel();
        }
      } catch {
        // The other side has gone: there is nobody left to answer.
      }
    },
  };
}

/** Reads a body that nobody has begun to read. */
export async function drain(body: ReadableStream<Uint8Array> | null): Promise<void> {
  if (body !== null && !body.locked) await partlyRead(body).drain();
}
