/**
 * zstd (RFC 8878): any number of frames, skippable ones among them.
 *
 * @module
 */
import { constants, createZstdDecompress } from 'node:zlib';
import { LayerError } from './errors.ts';
import { type Sink, StreamCodec } from './stream-codec.ts';
import {
  CodecError,
  type NextOutput,
  openUnzstd,
  OUTPUT_BYTES,
  type SyncCodec,
} from './zlib-handle.ts';
import { FRAME_START, FrameWalker } from './zstd-frames.ts';

/** The fast way: each chunk is decompressed before `write` returns. */
export class SyncUnzstd {
  readonly #codec: SyncCodec;
  readonly #frames = new FrameWalker();

  constructor(output?: NextOutput) {
    this.#codec = openUnzstd(output);
  }

  write(chunk: Uint8Array, sink: Sink): void {
    for (const part of this.#frames.parts(chunk)) {
      if (part.first) this.#decode(FRAME_START, 0, FRAME_START.length, sink);
      this.#decode(chunk, part.start, part.end, sink);
    }
  }

  end(_sink: Sink): void {
    checkComplete(this.#frames);
  }

  close(): void {
    this.#codec.close();
  }

  #decode(chunk: Uint8Array, start: number, end: number, sink: Sink): void {
    const codec = this.#codec;
    let left = end - start;
    let full = left > 0;
    while (full) {
      const before = left;
      try {
        codec.step(constants.ZSTD_e_continue, chunk, end - left, left);
      } catch (error) {
        throw explain(error);
      }
      left = codec.left;
      const { produced } = codec;
      if (produced > 0) sink(codec.output.subarray(0, produced));
      full = produced === OUTPUT_BYTES || (left > 0 && left < before);
    }
    if (left > 0) throw malformed('a frame ends before its last block');
  }
}

/** The way of runtimes without the synchronous call: their streams read one frame each. */
export class StreamUnzstd {
  #codec: StreamCodec | undefined;
  readonly #frames = new FrameWalker();

  async write(chunk: Uint8Array, sink: Sink): Promise<void> {
    for (const part of this.#frames.parts(chunk)) {
      const codec = this.#codec ??= openStream();
      if (part.first) await codec.write(FRAME_START, sink).catch(rethrow);
      await codec.write(chunk.subarray(part.start, part.end), sink).catch(rethrow);
      if (!part.last) continue;
      await codec.end(sink).catch(rethrow);
      this.close();
    }
  }

  async end(_sink: Sink): Promise<void> {
    checkComplete(this.#frames);
  }

  close(): void {
    this.#codec?.close();
    this.#codec = undefined;
  }
}

function openStream(): StreamCodec {
  return new StreamCodec(createZstdDecompress({ chunkSize: OUTPUT_BYTES }));
}

function checkComplete(frames: FrameWalker): void {
  if (frames.complete) return;
  throw new LayerError('layer_truncated', 'The layer ends in the middle of its zstd stream.');
}

function rethrow(error: unknown): never {
  throw explain(error);
}

function explain(error: unknown): unknown {
  if (error instanceof LayerError || !(error instanceof Error)) return error;
  const ofLibrary = error instanceof CodecError || 'errno' in error || 'code' in error ||
    error.message.startsWith('Zstd');
  return ofLibrary ? malformed(error.message) : error;
}

function malformed(cause: string): LayerError {
  return new LayerError('layer_malformed', `The layer is not valid zstd: ${cause}.`);
}
