/**
 * One pass over a layer: blob, decompression, digest of the archive, tar entries, whiteouts (OCI
 * image specification, "Image Layer Filesystem Changeset").
 *
 * @module
 */
import type { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { type CollectorOptions, LayerCollector } from './collector.ts';
import type { LayerFiles } from './files.ts';
import { createInflater, detectCompression, type Inflater, MAGIC_BYTES } from './inflate.ts';
import { TarReader } from './tar.ts';

/** The budget is shared by all layers of an image. */
export interface ReadLayerOptions<F, M = never> extends CollectorOptions<F, M> {
  /** Is told how many more bytes of the blob were read. */
  readonly onBytes?: ((compressed: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface LayerContent<F, M = never> extends LayerFiles<F, M> {
  /** Digest of the uncompressed archive; the caller compares it with the configuration's. */
  readonly diffId: `sha256:${string}`;
  /** Bytes of the uncompressed archive. */
  readonly size: number;
}

/**
 * Reads a layer's blob to its end. Fails with a `LayerError`, with the signal's reason, or with
 * the error of the blob's stream.
 */
export async function readLayer<F, M = never>(
  blob: AsyncIterable<Uint8Array>,
  options: ReadLayerOptions<F, M>,
): Promise<LayerContent<F, M>> {
  const { budget, signal } = options;
  const collector = new LayerCollector(options);
  const tar = new TarReader(collector);
  const digest = createHash('sha256');
  let size = 0;
  const sink = (output: Buffer): void => {
    size += output.length;
    budget.takeBytes(output.length);
    digest.update(output);
    tar.push(output);
  };
  await inflate(blob, sink, options);
  signal?.throwIfAborted();
  tar.end();
  return { ...collector.files(), diffId: `sha256:${digest.digest('hex')}`, size };
}

/** Passes the uncompressed bytes of a blob to the sink. */
async function inflate(
  blob: AsyncIterable<Uint8Array>,
  sink: (output: Buffer) => void,
  { onBytes, signal }: Pick<ReadLayerOptions<unknown>, 'onBytes' | 'signal'>,
): Promise<void> {
  let inflater: Inflater | undefined;
  let first: Uint8Array = new Uint8Array(0);
  try {
    for await (const chunk of blob) {
      signal?.throwIfAborted();
      onBytes?.(chunk.length);
      let input = chunk;
      if (inflater === undefined) {
        first = input = joined(first, chunk);
        if (input.length < MAGIC_BYTES) continue;
        inflater = createInflater(detectCompression(input));
      }
      const writing = inflater.write(input, sink);
      // Waiting costs a turn of the event loop, so only where there is something to wait for.
      if (writing !== undefined) await writing;
    }
    if (inflater === undefined) {
      inflater = createInflater(detectCompression(first));
      await inflater.write(first, sink);
    }
    await inflater.end(sink);
  } finally {
    inflater?.close();
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  if (first.length === 0) return second;
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
