/**
 * gzip (RFC 1952): any number of members, then nothing but zeros.
 *
 * @module
 */
import { Buffer } from 'node:buffer';
import { constants, createGunzip } from 'node:zlib';
import { LayerError } from './errors.ts';
import { type Sink, StreamCodec } from './stream-codec.ts';
import {
  CodecError,
  type NextOutput,
  openGunzip,
  OUTPUT_BYTES,
  type SyncCodec,
} from './zlib-handle.ts';

const EMPTY = Buffer.alloc(0);

/** The fast way: each chunk is inflated before `write` returns. */
export class SyncGunzip {
  readonly #codec: SyncCodec;
  #padding = false;

  constructor(output?: NextOutput) {
    this.#codec = openGunzip(output);
  }

  write(chunk: Uint8Array, sink: Sink): void {
    if (this.#padding) return checkPadding(chunk, 0);
    const codec = this.#codec;
    let left = chunk.length;
    let full = left > 0;
    while (full) {
      const offset = chunk.length - left;
      try {
        codec.step(constants.Z_NO_FLUSH, chunk, offset, left);
      } catch (error) {
        throw explain(error);
      }
      left = codec.left;
      const { produced } = codec;
      if (produced > 0) sink(codec.output.subarray(0, produced));
      full = produced === OUTPUT_BYTES;
    }
    if (left === 0) return;
    this.#padding = true;
    checkPadding(chunk, chunk.length - left);
  }

  end(sink: Sink): void {
    if (this.#padding) return;
    const codec = this.#codec;
    try {
      codec.step(constants.Z_FINISH, EMPTY, 0, 0);
    } catch (error) {
      throw explain(error);
    }
    if (codec.produced > 0) sink(codec.output.subarray(0, codec.produced));
  }

  close(): void {
    this.#codec.close();
  }
}

/** The way of runtimes without the synchronous call. */
export class StreamGunzip {
  readonly #codec = new StreamCodec(createGunzip({ chunkSize: OUTPUT_BYTES }));
  #given = 0;

  async write(chunk: Uint8Array, sink: Sink): Promise<void> {
    if (this.#codec.ended) return checkPadding(chunk, 0);
    this.#given += chunk.length;
    await this.#codec.write(chunk, sink).catch(rethrow);
    if (!this.#codec.ended) return;
    checkPadding(chunk, chunk.length - (this.#given - this.#codec.consumed));
  }

  async end(sink: Sink): Promise<void> {
    if (!this.#codec.ended) await this.#codec.end(sink).catch(rethrow);
  }

  close(): void {
    this.#codec.close();
  }
}

function checkPadding(chunk: Uint8Array, from: number): void {
  for (let i = from; i < chunk.length; i++) {
    if (chunk[i] !== 0) throw malformed('something else follows its last member');
  }
}

function rethrow(error: unknown): never {
  throw explain(error);
}

function explain(error: unknown): unknown {
  const errno = error instanceof CodecError || (error instanceof Error && 'errno' in error)
    ? error.errno
    : undefined;
  if (errno === undefined || !(error instanceof Error)) return error;
  if (errno === constants.Z_BUF_ERROR) {
    return new LayerError('layer_truncated', 'The layer ends in the middle of its gzip stream.');
  }
  return malformed(error.message);
}

function malformed(cause: string): LayerError {
  return new LayerError('layer_malformed', `The layer is not valid gzip: ${cause}.`);
}
