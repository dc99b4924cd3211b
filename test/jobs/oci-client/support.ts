/**
 * What the tests of the registry client share.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

import { OciError } from '../../../jobs/oci-client/errors.ts';
import { createTransport, type Transport } from '../../../jobs/oci-client/transport.ts';
import type { TransportOptions } from '../../../jobs/oci-client/transport.ts';
import type { Digest } from '../../../jobs/oci-client/types.ts';

/** A seeded source of numbers between 0 and 1. */
export function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The `OciError` that a call throws. */
export function failureOf(call: () => unknown): OciError {
  try {
    call();
  } catch (error) {
    if (error instanceof OciError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

/** The `OciError` that a promise is rejected with. */
export async function rejectionOf(promise: Promise<unknown>): Promise<OciError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof OciError) return error;
    throw error;
  }
  throw new Error('the promise was fulfilled');
}

export function bytesOf(value: unknown): Uint8Array {
  return new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));
}

export function sha256(bytes: Uint8Array | string): Digest {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** Reads a stream to its end. */
export async function read(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString('latin1');
}

/** A server on a free port of 127.0.0.1 with what it was asked, closed when the test ends. */
export interface TestServer {
  readonly origin: string;
  readonly host: string;
  readonly requests: IncomingMessage[];
}

/** Starts a server that answers with `listener`; `make` may make it another kind of server. */
export async function serve(
  listener: RequestListener,
  make: (listener: RequestListener) => Server = createServer,
): Promise<TestServer> {
  const requests: IncomingMessage[] = [];
  const server = make((request, response) => {
    requests.push(request);
    listener(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  // An HTTP server listens on a port, not on a pipe, so its address is no string.
  const { port } = server.address() as AddressInfo;
  const scheme = make === createServer ? 'http' : 'https';
  return { origin: `${scheme}://127.0.0.1:${port}`, host: `127.0.0.1:${port}`, requests };
}

/** A transport that may ask anything unless told otherwise, closed when the test ends. */
export function openTransport(options: Partial<TransportOptions> = {}): Transport {
  const transport = createTransport({ allowAddress: () => true, ...options });
  onTestFinished(() => transport.close());
  return transport;
}
