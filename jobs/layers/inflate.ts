/**
 * A layer's compression. Media types lie, so the first bytes decide what it is.
 *
 * @module
 */
import { Buffer } from 'node:buffer';
import { LayerError } from './errors.ts';
import { StreamGunzip, SyncGunzip } from './gunzip.ts';
import type { Sink } from './stream-codec.ts';
import { StreamUnzstd, SyncUnzstd } from './unzstd.ts';
import { gunzipWorks, type NextOutput, unzstdWorks } from './zlib-handle.ts';

export type Compression = 'gzip' | 'zstd' | 'none';

/** `sync` is faster; `stream` is for runtimes without it. */
export type InflateMode = 'sync' | 'stream';

/**
 * Decompresses one blob that is given in chunks of any size. The sink must copy what it keeps: it
 * is given the same memory again and again. A promise is returned only where one is needed.
 * Malformed input fails with a `LayerError`, an error of the sink is passed on.
 */
export interface Inflater {
  write(chunk: Uint8Array, sink: Sink): void | Promise<void>;
  /** To be called after the last chunk: fails with `layer_truncated` if more should have come. */
  end(sink: Sink): void | Promise<void>;
  /** Frees memory outside the heap; the inflater is of no use after. */
  close(): void;
}

/** Bytes that {@link detectCompression} needs to be sure. */
export const MAGIC_BYTES = 6;

/**
 * Tells the compression by the blob's first bytes. Fails with `layer_unsupported_compression` on
 * formats that no container runtime reads either.
 */
export function detectCompression(first: Uint8Array): Compression {
  const [a, b, c, d] = first;
  if (a === 0x1f && b === 0x8b) return 'gzip';
  if (a === 0x28 && b === 0xb5 && c === 0x2f && d === 0xfd) return 'zstd';
  if (a !== undefined && (a & 0xf0) === 0x50 && b === 0x2a && c === 0x4d && d === 0x18) {
    return 'zstd';
  }
  const unsupported = unsupportedFormat(first);
  if (unsupported === undefined) return 'none';
  throw new LayerError(
    'layer_unsupported_compression',
    `The layer is compressed with ${unsupported}, but only gzip and zstd are read.`,
  );
}

function unsupportedFormat(first: Uint8Array): 'xz' | 'bzip2' | undefined {
  const text = Buffer.from(first.subarray(0, MAGIC_BYTES)).toString('latin1');
  if (text === '\xfd7zXZ\0') return 'xz';
  // A tar archive may begin with a file named BZh…, but hardly with `1AY` after that.
  if (/^BZh[1-9]1A/.test(text)) return 'bzip2';
  return undefined;
}

export interface InflaterOptions {
  /** Chosen by a self-test of the runtime unless given. */
  readonly mode?: InflateMode | undefined;
  /** Where output goes if the `sync` way makes it; memory of the inflater's own unless given. */
  readonly output?: NextOutput | undefined;
}

/** Opens a decompressor. */
export function createInflater(
  kind: Compression,
  { mode, output }: InflaterOptions = {},
): Inflater {
  if (kind === 'gzip') {
    return (mode ?? modeOf(gunzipWorks())) === 'sync' ? new SyncGunzip(output) : new StreamGunzip();
  }
  if (kind === 'zstd') {
    return (mode ?? modeOf(unzstdWorks())) === 'sync' ? new SyncUnzstd(output) : new StreamUnzstd();
  }
  return new PlainInflater();
}

function modeOf(works: boolean): InflateMode {
  return works ? 'sync' : 'stream';
}

class PlainInflater implements Inflater {
  write(chunk: Uint8Array, sink: Sink): void {
    sink(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
  }

  end(_sink: Sink): void {}

  close(): void {}
}
