/**
 * An HTTP answer whose body is bounded, never left hanging, and fails with `OciError`s only.
 *
 * @module
 */

import type { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';

import { collect, tooLarge } from './digest.ts';
import { networkError } from './network-errors.ts';

const MAX_DRAINED = 64 * 1024;

/** What a server answered. One of `body`, `bytes` and `discard` must be used, once. */
export interface Response {
  readonly status: number;
  /** Where the answer came from: the last of the redirects. */
  readonly url: URL;
  /** The first value of a header, by its lower-case name; repeated ones are joined by commas. */
  header(name: string): string | undefined;
  /** The body as it arrives. Leaving the loop early ends the connection. */
  readonly body: AsyncIterable<Uint8Array>;
  /** The whole of a small body; `body_too_large` beyond `limit` bytes. */
  bytes(limit: number, what: string): Promise<Uint8Array>;
  /** Frees the connection without reading the body. */
  discard(): void;
}

/** Wraps undici's answer to a request for `url`. */
export function toResponse(
  answer: Dispatcher.ResponseData,
  url: URL,
  options: { readonly signal: AbortSignal | undefined; readonly maxBytes: number | undefined },
): Response {
  // A body that breaks before anyone reads it would otherwise end the process.
  answer.body.on('error', () => {});
  const body = guarded(answer.body, url, options.signal, options.maxBytes);
  return {
    status: answer.statusCode,
    url,
    header: (name) => headerOf(answer.headers, name),
    body,
    bytes: (limit, what) => collect(body, limit, what),
    discard: () => discard(answer.body),
  };
}

/** Reads the rest of a short body, so that its connection can be used again, or ends a long one. */
function discard(body: Dispatcher.ResponseData['body']): void {
  if (!body.destroyed) body.dump({ limit: MAX_DRAINED }).catch(() => body.destroy());
}

function headerOf(headers: Dispatcher.ResponseData['headers'], name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}

async function* guarded(
  body: Readable,
  url: URL,
  signal: AbortSignal | undefined,
  maxBytes = Number.POSITIVE_INFINITY,
): AsyncGenerator<Uint8Array, void, undefined> {
  let read = 0;
  try {
    // undici's bodies carry bytes only.
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      read += chunk.byteLength;
      if (read > maxBytes) throw tooLarge(`The answer of ${url.host}`, maxBytes);
      yield chunk;
    }
  } catch (error) {
    throw networkError(error, url, signal);
  }
}
