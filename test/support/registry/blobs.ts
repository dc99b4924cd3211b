/**
 * Sends blobs: whole or in ranges (RFC 9110, section 14), throttled, and with the faults that a
 * test asked for.
 *
 * @module
 */

import { Buffer } from 'node:buffer';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Digest } from '../../../jobs/oci-client/types.ts';
import type { Faults } from './faults.ts';

/** What was sent so far. */
export class BlobCounters {
  /** Bytes of bodies handed to connections. */
  bytesSent = 0;
  readonly requests = new Map<Digest, number>();
}

/** One request for a blob that exists. */
export interface BlobRequest {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly digest: Digest;
  readonly blob: Uint8Array;
}

interface Range {
  readonly start: number;
  /** The byte after the last. */
  readonly end: number;
}

const CHUNK_BYTES = 64 * 1024;
const TICKS_PER_SECOND = 50;

/** Answers HEAD or GET for a blob. */
export async function sendBlob(
  { request, response, digest, blob }: BlobRequest,
  faults: Faults,
  counters: BlobCounters,
): Promise<void> {
  response.setHeader('Content-Type', 'application/octet-stream');
  response.setHeader('Docker-Content-Digest', digest);
  response.setHeader('Accept-Ranges', 'bytes');
  if (request.method === 'HEAD') {
    response.writeHead(200, { 'Content-Length': blob.length }).end();
    return;
  }
  counters.requests.set(digest, (counters.requests.get(digest) ?? 0) + 1);
  await faults.onBlob?.(digest);
  const range = parseRange(request.headers.range, blob.length);
  if (range === null) {
    response.writeHead(416, { 'Content-Range': `bytes */${blob.length}`, 'Content-Length': 0 })
      .end();
    return;
  }
  const { start, end } = range ?? { start: 0, end: blob.length };
  if (range !== undefined) {
    response.setHeader('Content-Range', `bytes ${start}-${end - 1}/${blob.length}`);
  }
  response.writeHead(range === undefined ? 200 : 206, { 'Content-Length': end - start });
  await sendBody(
    { request, response, digest, blob: blob.subarray(start, end), start },
    faults,
    counters,
  );
}

async function sendBody(
  { request, response, digest, blob, start }: BlobRequest & { readonly start: number },
  faults: Faults,
  counters: BlobCounters,
): Promise<void> {
  const fault = faults.takeBlobFault(digest);
  const body = fault.corrupt ? corrupted(blob) : blob;
  const cut = Math.max(0, (fault.truncateAt ?? Infinity) - start);
  const end = Math.min(cut, body.length);
  const half = fault.hang ? Math.min(end, Math.floor(body.length / 2)) : 0;
  const send = (from: number, to: number) =>
    sendBytes(response, body.subarray(from, to), faults, counters);
  response.flushHeaders();
  if (!await send(0, half)) return;
  if (fault.hang) await faults.waitForRelease(digest);
  if (!await send(half, end)) return;
  if (fault.truncateAt === undefined) response.end();
  else request.socket.destroy();
}

/** Writes at the asked rate; false when the client went away. */
async function sendBytes(
  response: ServerResponse,
  bytes: Uint8Array,
  faults: Faults,
  counters: BlobCounters,
): Promise<boolean> {
  for (let at = 0; at < bytes.length;) {
    if (response.destroyed) return false;
    const rate = faults.bytesPerSecond;
    const step = rate > 0 ? Math.max(1, Math.floor(rate / TICKS_PER_SECOND)) : CHUNK_BYTES;
    const chunk = bytes.subarray(at, at + Math.min(step, CHUNK_BYTES));
    if (!await write(response, chunk)) return false;
    counters.bytesSent += chunk.length;
    at += chunk.length;
    if (rate > 0) await sleep((chunk.length / rate) * 1000);
  }
  return !response.destroyed;
}

/** Hands over one chunk, and waits until the connection took it or broke. */
function write(response: ServerResponse, chunk: Uint8Array): Promise<boolean> {
  return new Promise((resolve) => {
    const closed = () => resolve(false);
    response.once('close', closed);
    response.write(chunk, (error) => {
      response.off('close', closed);
      resolve(!error);
    });
  });
}

function corrupted(blob: Uint8Array): Uint8Array {
  const copy = Buffer.from(blob);
  const middle = Math.floor(copy.length / 2);
  copy[middle] = (copy[middle] ?? 0) ^ 1;
  return copy;
}

/** A single range; undefined where there is none to honour, null where none can be satisfied. */
function parseRange(header: string | undefined, size: number): Range | null | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  const [, first = '', last = ''] = match ?? [];
  if (first === '' && last === '') return undefined;
  if (first === '') {
    const length = Math.min(Number(last), size);
    return length === 0 ? null : { start: size - length, end: size };
  }
  const start = Number(first);
  const end = last === '' ? size : Math.min(Number(last) + 1, size);
  if (last !== '' && Number(last) < start) return undefined;
  return start >= size ? null : { start, end };
}
