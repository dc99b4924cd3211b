/**
 * One pass over a layer: blob, decompression, digest of the archive, tar entries, whiteouts (OCI
 * image specification, "Image Layer Filesystem Changeset").
 *
 * @module
 */
import type { Buffer } from 'node:buffer';
import { type CollectorOptions, LayerCollector } from './collector.ts';
import type { LayerFiles } from './files.ts';
import { TarReader } from './tar.ts';
import { DirectUnpacker, type Unpacker } from './unpacker.ts';

/** How a blob is unpacked. */
interface UnpackOptions {
  /** Opens what unpacks the blob; the thread that reads it does so itself unless given. */
  readonly unpacker?: (() => Unpacker) | undefined;
  /** Is told how many more bytes of the blob were read. */
  readonly onBytes?: ((compressed: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The budget is shared by all layers of an image. */
export interface ReadLayerOptions<F, M = never> extends CollectorOptions<F, M>, UnpackOptions {}

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
  let size = 0;
  const sink = (output: Buffer): void => {
    size += output.length;
    budget.takeBytes(output.length);
    tar.push(output);
  };
  const digest = await unpack(blob, sink, options);
  signal?.throwIfAborted();
  tar.end();
  return { ...collector.files(), diffId: `sha256:${digest}`, size };
}

/** Passes the uncompressed bytes of a blob to the sink; returns their SHA-256 as hex. */
async function unpack(
  blob: AsyncIterable<Uint8Array>,
  sink: (output: Buffer) => void,
  { unpacker: open = () => new DirectUnpacker(), onBytes, signal }: UnpackOptions,
): Promise<string> {
  const unpacker = open();
  try {
    for await (const chunk of blob) {
      signal?.throwIfAborted();
      onBytes?.(chunk.length);
      const writing = unpacker.write(chunk, sink);
      // Waiting costs a turn of the event loop, so only where there is something to wait for.
      if (writing !== undefined) await writing;
    }
    return await unpacker.end(sink);
  } finally {
    unpacker.close();
  }
}
