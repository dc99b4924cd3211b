/**
 * Runs one hostile image through the whole analysis and judges how that ended.
 *
 * @module
 */
import process from 'node:process';
import { setImmediate } from 'node:timers/promises';
import { OciError, parseManifest, verified } from 'oci-client';
import type { Descriptor, Fetched, ImageSource } from 'oci-client';
import type { ComposedImage } from 'oci-client/compose';
import { analyze } from '../../../jobs/analyze.ts';
import {
  type Inspections,
  type Limits,
  SecretSearchSettings,
} from '../../../jobs/contract/index.ts';
import { AnalysisError } from '../../../jobs/errors.ts';
import { LayerError } from '../../../jobs/layers/index.ts';
import { reportLines } from '../../../jobs/report.ts';
import { asCoreReads, NO_SEARCH, sorted, taskOf } from '../support.ts';

const MIB = 1024 * 1024;

const LIMITS: Limits = {
  uncompressedBytes: 8 * MIB,
  entries: 2000,
  fileBytes: MIB,
  heldBytes: 2 * MIB,
};

/** All that files are looked at for. */
const INSPECTIONS: Inspections = {
  secrets: SecretSearchSettings.parse({}),
  content: NO_SEARCH,
  retrieved: { paths: ['/etc/os-release', '/lib64/a', '/etc/secret'], maxFileSize: 1000 },
  verification: true,
  hints: true,
};

/** How a case ended that ended as it may. */
export interface Outcome {
  /** `report`, or the code of the error. */
  readonly end: string;
  readonly packages: number;
  readonly unreadable: number;
}

/** An image in memory as a source. */
export function sourceOf(image: ComposedImage): ImageSource {
  const { bytes, descriptor } = image.manifest;
  const manifest = (): Fetched => ({
    descriptor,
    bytes,
    document: parseManifest(bytes, descriptor.mediaType),
  });
  return {
    head: () => Promise.resolve(descriptor),
    manifest: async () => await Promise.resolve().then(manifest),
    blob: (wanted) => verified(chunksOf(image, wanted), wanted),
    close: () => Promise.resolve(),
  };
}

async function* chunksOf(
  { blobs }: ComposedImage,
  { digest }: Descriptor,
): AsyncGenerator<Uint8Array> {
  const blob = blobs.get(digest);
  if (blob === undefined) throw new OciError('blob_not_found', `There is no ${digest}.`);
  // As everything that comes from outside does: the runtime tidies up in turns of its event loop.
  await setImmediate();
  // Blocks that come in pieces are read otherwise than whole ones.
  const size = blob.length % 2 === 0 ? 700 : 65_536;
  for (let at = 0; at < blob.length; at += size) yield blob.subarray(at, at + size);
}

/**
 * Analyses an image. What comes of it is a report that core would take, or an error with a code;
 * everything else is thrown.
 */
export async function outcomeOf(image: ComposedImage, limits: Limits = LIMITS): Promise<Outcome> {
  const { source, ...task } = taskOf(
    image.manifest.descriptor.digest,
    { kind: 'layout', path: 'none' },
    limits,
    INSPECTIONS,
  );
  try {
    const analysed = await analyze({ ...task, source }, sourceOf(image), { onProgress: () => {} });
    const { packages, files, unreadable, end } = sorted(
      Array.from(reportLines(analysed), asCoreReads),
    );
    if (end.packages !== packages.length || end.files !== files.length) {
      throw new Error('the report says other numbers than it has');
    }
    if (new Set(files.map(({ path }) => path)).size !== files.length) {
      throw new Error('the report has a path twice');
    }
    return { end: 'report', packages: packages.length, unreadable: unreadable.length };
  } catch (error) {
    const isCoded = error instanceof OciError || error instanceof LayerError ||
      error instanceof AnalysisError;
    if (!isCoded || error.message === '') throw error;
    return { end: error.code, packages: 0, unreadable: 0 };
  }
}

/** Milliseconds of this process's time that a piece of work took. */
export async function cpuOf<T>(work: () => Promise<T>): Promise<{ result: T; ms: number }> {
  const before = process.cpuUsage();
  const result = await work();
  const { user, system } = process.cpuUsage(before);
  return { result, ms: (user + system) / 1000 };
}
