/**
 * Images whose layers are made while they are read, so that they may be larger than the memory.
 *
 * @module
 */
import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import process from 'node:process';
import type { Descriptor, ImageSource } from 'oci-client';
import { type ComposedImage, composeImage } from 'oci-client/compose';
import { analyze } from '../../../jobs/analyze.ts';
import type { Limits } from '../../../jobs/contract/index.ts';
import { reportLines } from '../../../jobs/report.ts';
import { sourceOf } from '../fuzz/run.ts';
import { asCoreReads, taskOf } from '../support.ts';

/** A layer as its pieces, from the first each time it is asked for. */
export type Pieces = () => Iterable<Uint8Array>;

/** An image that exists only while it is read. */
export interface StreamedImage {
  readonly image: ComposedImage;
  readonly source: ImageSource;
  /** Bytes of the layer that were asked for so far. */
  readonly read: () => number;
}

/**
 * An image of one layer.
 *
 * @param diffId of the layer's archive; without it that of the pieces, which then are the archive.
 */
export function streamedImage(pieces: Pieces, diffId = digestOf(pieces)): StreamedImage {
  const layer: Descriptor = {
    mediaType: 'application/vnd.oci.image.layer.v1.tar',
    digest: diffId,
    size: 1,
  };
  const image = composeImage({ layers: [{ descriptor: layer, blob: Buffer.of(), diffId }] });
  let read = 0;
  async function* layerBytes(): AsyncGenerator<Uint8Array> {
    for (const piece of pieces()) {
      read += piece.length;
      yield piece;
    }
  }
  const composed = sourceOf(image);
  const source: ImageSource = {
    head: (...given) => composed.head(...given),
    manifest: (...given) => composed.manifest(...given),
    close: () => composed.close(),
    // The size is not told the truth, so it is not verified either.
    blob: (wanted, ...more) =>
      wanted.digest === diffId ? layerBytes() : composed.blob(wanted, ...more),
  };
  return { image, source, read: () => read };
}

function digestOf(pieces: Pieces): Descriptor['digest'] {
  const hash = createHash('sha256');
  for (const piece of pieces()) hash.update(piece);
  return `sha256:${hash.digest('hex')}`;
}

/** How an analysis ended, and what it cost. */
export interface Ending {
  /** `report`, or the code of the error. */
  readonly code: string;
  readonly message: string;
  /** Lines of the report by their kind. */
  readonly lines: Readonly<Record<string, number>>;
  /** Reasons of what could not be read, each once. */
  readonly reasons: ReadonlySet<string>;
  /** Milliseconds of processor time. */
  readonly ms: number;
  /** Bytes by which the process grew, garbage included. */
  readonly growth: number;
}

/** Analyses an image from a source; every line of the report meets its schema, and is let go. */
export async function endingOf(
  { image, source }: Pick<StreamedImage, 'image' | 'source'>,
  limits: Limits,
): Promise<Ending> {
  const task = taskOf(
    image.manifest.descriptor.digest,
    { kind: 'layout', path: 'none' },
    limits,
  );
  const lines: Record<string, number> = {};
  const reasons = new Set<string>();
  let code = 'report';
  let message = '';
  const memory = process.memoryUsage().rss;
  const before = process.cpuUsage();
  try {
    for (const line of reportLines(await analyze(task, source, { onProgress: () => {} }))) {
      const { kind } = asCoreReads(line);
      lines[kind] = (lines[kind] ?? 0) + 1;
      if (line.kind === 'unreadable') reasons.add(line.reason);
    }
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error;
    code = String(error.code);
    message = error.message;
  }
  const { user, system } = process.cpuUsage(before);
  const growth = process.memoryUsage().rss - memory;
  return { code, message, lines, reasons, ms: (user + system) / 1000, growth };
}
