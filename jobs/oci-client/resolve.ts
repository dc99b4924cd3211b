/**
 * From a tag or digest to the one image that runs on a platform, with its configuration.
 *
 * @module
 */

import { MAX_CONFIG_BYTES, parseConfig } from './config.ts';
import { collect, tooLarge } from './digest.ts';
import { OciError } from './errors.ts';
import { choosePlatform, formatPlatform, isSameArchitecture } from './platform.ts';
import type {
  Descriptor,
  Digest,
  Fetched,
  ImageConfig,
  ImageSource,
  Index,
  Manifest,
  Platform,
  ResolvedImage,
} from './types.ts';

/** Indexes may name indexes; real ones do so once. */
const MAX_INDEX_DEPTH = 3;

interface Found {
  readonly fetched: Fetched;
  readonly manifest: Manifest;
  /** The index that was asked for, where it was one. */
  readonly parentDigest: Digest | undefined;
  readonly index: Index | undefined;
  /** What an index says the image is for. */
  readonly platform: Platform | undefined;
}

/**
 * Finds the image for a platform, and reads and checks its manifest and configuration.
 *
 * @param reference a tag or a digest.
 * @throws {OciError} those of the source and of `choosePlatform`, `platform_unsupported` for
 * Windows, `manifest_invalid` when manifest and configuration do not fit each other.
 */
export async function resolveImage(
  source: ImageSource,
  reference: string,
  platform: Platform,
  signal?: AbortSignal,
): Promise<ResolvedImage> {
  const found = await find(source, reference, platform, signal);
  const { fetched, manifest, parentDigest, index } = found;
  const configBytes = await readConfig(source, manifest.config, signal);
  const config = parseConfig(configBytes);
  checkConfig(config, manifest);
  if (found.platform === undefined) checkPlatform(config, platform);
  return {
    digest: fetched.descriptor.digest,
    ...(parentDigest === undefined ? {} : { parentDigest, index }),
    manifest,
    manifestBytes: fetched.bytes,
    config,
    configBytes,
  };
}

async function find(
  source: ImageSource,
  reference: string,
  wanted: Platform,
  signal: AbortSignal | undefined,
): Promise<Found> {
  let fetched = await source.manifest(reference, signal);
  let parentDigest: Digest | undefined;
  let index: Index | undefined;
  let platform: Platform | undefined;
  for (let depth = 0; depth <= MAX_INDEX_DEPTH; depth += 1) {
    const { document } = fetched;
    if (document.kind === 'manifest') {
      return { fetched, manifest: document, parentDigest, index, platform };
    }
    parentDigest ??= fetched.descriptor.digest;
    index ??= document;
    const chosen = choosePlatform(document, wanted);
    platform = chosen.platform;
    fetched = await source.manifest(chosen.digest, signal);
  }
  throw new OciError(
    'manifest_invalid',
    `The image's indexes are nested more than ${MAX_INDEX_DEPTH} deep; push it as one index.`,
  );
}

async function readConfig(
  source: ImageSource,
  descriptor: Descriptor,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const what = "The image's configuration";
  if (descriptor.size > MAX_CONFIG_BYTES) throw tooLarge(what, MAX_CONFIG_BYTES);
  return await collect(source.blob(descriptor, { signal }), MAX_CONFIG_BYTES, what);
}

function checkConfig(config: ImageConfig, manifest: Manifest): void {
  if (config.os.toLowerCase() === 'windows') {
    throw new OciError(
      'platform_unsupported',
      'The image is built for Windows, whose images are not analysed; admit it by an exception of the policy.',
    );
  }
  if (config.diffIds.length !== manifest.layers.length) {
    throw new OciError(
      'manifest_invalid',
      `The manifest has ${manifest.layers.length} layers but the configuration names ${config.diffIds.length}; push the image again.`,
    );
  }
}

/** Old builders left the platform out; runtimes then run the image wherever it is asked for. */
function checkPlatform(config: ImageConfig, wanted: Platform): void {
  const { os, architecture } = config;
  const built = { os: os || wanted.os, architecture: architecture || wanted.architecture };
  if (isSameArchitecture(built, wanted)) return;
  throw new OciError(
    'platform_not_found',
    `The image is built for ${formatPlatform({ ...built, variant: config.variant })}, not for ${
      formatPlatform(wanted)
    }; build it for that platform too or ask for the other one.`,
  );
}
