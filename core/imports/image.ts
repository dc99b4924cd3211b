/**
 * The image of an import: manifest and configuration are known by their digests, so that they are what
 * a registry would serve, whoever has uploaded them. Pure.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import {
  guessDockerfile,
  type Index,
  type Manifest,
  OciError,
  parseConfig,
  parseManifest,
  type ResolvedImage,
} from 'oci-client';
import { boundedText, historyOf, ReportHead } from '../../jobs/contract/index.ts';
import { TidewaiterError } from '../errors.ts';
import type { Layers } from './artifacts.ts';
import type { ImportedPackages } from './packages.ts';

/** What was uploaded of an image. */
export interface UploadedImage {
  readonly digest: string;
  readonly manifest: Uint8Array;
  readonly config: Uint8Array;
  /** The index that the image is of. */
  readonly parent?: { readonly digest: string; readonly bytes: Uint8Array } | undefined;
}

/** Says what is wrong with an import. */
export function invalidImport(message: string): TidewaiterError {
  return new TidewaiterError('import_invalid', 400, message);
}

function digestOf(bytes: Uint8Array): `sha256:${string}` {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/**
 * The image that was uploaded, once everything fits together.
 *
 * @throws TidewaiterError `import_invalid` (400)
 */
export function uploadedImage(uploaded: UploadedImage): ResolvedImage {
  try {
    return readImage(uploaded);
  } catch (error) {
    // No registry has served it: the mistake is whose who has uploaded it.
    throw error instanceof OciError ? invalidImport(error.message) : error;
  }
}

function readImage(uploaded: UploadedImage): ResolvedImage {
  const digest = digestOf(uploaded.manifest);
  if (digest !== uploaded.digest) {
    throw invalidImport(
      `The manifest has the digest ${digest}, not that of the image: upload its exact bytes.`,
    );
  }
  const manifest = parseManifest(uploaded.manifest, '');
  if (manifest.kind !== 'manifest') {
    throw invalidImport('The manifest is of several images: upload it as parent_manifest.');
  }
  checkConfig(manifest, uploaded.config);
  const config = parseConfig(uploaded.config);
  if (config.diffIds.length !== manifest.layers.length) {
    throw invalidImport(
      `The configuration tells of ${config.diffIds.length} layers, the manifest of ${manifest.layers.length}: check that the image is whole.`,
    );
  }
  const index = uploaded.parent === undefined ? undefined : indexOf(uploaded.parent, digest);
  return {
    digest,
    ...(index === undefined || uploaded.parent === undefined
      ? {}
      : { parentDigest: digestOf(uploaded.parent.bytes), index }),
    manifest,
    manifestBytes: uploaded.manifest,
    config,
    configBytes: uploaded.config,
  };
}

function checkConfig({ config }: Manifest, bytes: Uint8Array): void {
  if (digestOf(bytes) === config.digest && bytes.byteLength === config.size) return;
  throw invalidImport(
    `The configuration is not the one of the manifest, ${config.digest}: upload its exact bytes.`,
  );
}

function indexOf(parent: NonNullable<UploadedImage['parent']>, digest: string): Index {
  if (digestOf(parent.bytes) !== parent.digest) {
    throw invalidImport('The parent manifest has another digest than "parent_digest" says.');
  }
  const index = parseManifest(parent.bytes, '');
  if (index.kind === 'index' && index.manifests.some((one) => one.digest === digest)) return index;
  throw invalidImport('The parent manifest does not tell of the image.');
}

/** The layers of an image by the digests that packages tell them by. */
export function layersOf({ manifest, config }: ResolvedImage): Layers {
  const digests = manifest.layers.map(({ digest }) => digest as ReportHead['digest']);
  return {
    byDiffId: new Map(
      config.diffIds.flatMap((diffId, at) => {
        const digest = digests[at];
        return digest === undefined ? [] : [[diffId as string, digest] as const];
      }),
    ),
    fallback: digests.at(-1) ?? manifest.config.digest as ReportHead['digest'],
  };
}

/** The head of the report that a Job would have sent. It names no analyzer: none has looked. */
export function importedHead(
  { digest, manifest, config }: ResolvedImage,
  { distribution, size, sizes }: ImportedPackages,
): ReportHead {
  const layers = manifest.layers.map((layer, at) => ({
    digest: layer.digest,
    diffId: config.diffIds[at] ?? layer.digest,
    compressedSize: layer.size,
    size: sizes.get(config.diffIds[at] ?? '') ?? 0,
  })) as ReportHead['layers'];
  return ReportHead.parse({
    kind: 'head',
    version: 1,
    digest,
    analyzers: {},
    isImported: true,
    architecture: boundedText(config.architecture),
    os: boundedText(config.os),
    distribution,
    size: size ?? layers.reduce((sum, layer) => sum + layer.size, 0),
    layers,
    history: historyOf(config.history, layers),
    dockerfile: guessDockerfile(config),
  });
}
