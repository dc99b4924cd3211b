/**
 * Manifests and indexes (OCI image specification 1.1, "Image Manifest" and "Image Index"; Docker
 * image manifest version 2, schema 2).
 *
 * @module
 */

import { z } from 'zod';

import { isDigest, tooLarge } from './digest.ts';
import { OciError, printable, quoted } from './errors.ts';
import { firstIssue, JsonError, list, map, parseJson, struct } from './json.ts';
import {
  DOCKER_LIST,
  DOCKER_MANIFEST,
  essence,
  isConfigType,
  isIndexType,
  isManifestType,
  OCI_INDEX,
  OCI_MANIFEST,
} from './media-types.ts';
import type { Descriptor, Index, Manifest, Platform } from './types.ts';

/** Bytes that a manifest may have: what the distribution specification has registries accept. */
export const MAX_MANIFEST_BYTES = 4 * 1024 * 1024;

const MAX_MANIFESTS = 4096;
/** Layers that an image may have; runtimes mount far fewer. */
export const MAX_LAYERS = 1024;
const MAX_ANNOTATIONS = 10_000;

const ALL_TYPES: ReadonlySet<string> = new Set([
  OCI_INDEX,
  OCI_MANIFEST,
  DOCKER_LIST,
  DOCKER_MANIFEST,
]);

const text = z.string().nullish().transform((value) => value ?? '');
const digest = z.string().refine(isDigest, { error: 'is not a sha256 or sha512 digest' });
const annotations = map(z.string(), MAX_ANNOTATIONS).nullish();

const platform = struct({ os: text, architecture: text, variant: text }).nullish();

const descriptor = struct({
  mediaType: text,
  digest,
  size: z.int().nonnegative(),
  platform,
  annotations,
}).transform(toDescriptor);

const envelope = struct({
  schemaVersion: z.unknown().optional(),
  mediaType: text,
  manifests: z.unknown().optional(),
  layers: z.unknown().optional(),
  config: z.unknown().optional(),
  fsLayers: z.unknown().optional(),
});

const manifests = list(descriptor, MAX_MANIFESTS);
const image = z.object({ config: descriptor, layers: list(descriptor, MAX_LAYERS) });

interface RawDescriptor {
  readonly mediaType: string;
  readonly digest: Descriptor['digest'];
  readonly size: number;
  readonly platform?: Required<Platform> | null | undefined;
  readonly annotations?: Record<string, string> | null | undefined;
}

function toDescriptor(raw: RawDescriptor): Descriptor {
  const { mediaType, digest, size, platform, annotations } = raw;
  return {
    mediaType,
    digest,
    size,
    ...(platform && (platform.os !== '' || platform.architecture !== '')
      ? { platform: toPlatform(platform) }
      : {}),
    ...(annotations ? { annotations } : {}),
  };
}

function toPlatform({ os, architecture, variant }: Platform): Platform {
  return variant === '' ? { os, architecture } : { os, architecture, variant };
}

/**
 * Reads a manifest or an index. The `mediaType` inside wins over the type it was served as; either
 * must fit what the document looks like, so that nobody can take it for something else.
 *
 * @param mediaType the `Content-Type` it was served with, or the empty string.
 * @throws {OciError} `manifest_invalid`, `manifest_unsupported` or `body_too_large`.
 */
export function parseManifest(bytes: Uint8Array, mediaType: string): Manifest | Index {
  if (bytes.byteLength > MAX_MANIFEST_BYTES) throw tooLarge('The manifest', MAX_MANIFEST_BYTES);
  const outer = check(envelope, parseDocument(bytes));
  const served = essence(mediaType);
  const declared = outer.mediaType === '' ? served : outer.mediaType;
  refuseUnsupported(declared, outer);
  const listed = present(outer.manifests);
  const isImage = present(outer.layers) || present(outer.config);
  if (listed && isImage) {
    throw invalid('it is both an image and a list of images');
  }
  if (outer.schemaVersion !== 2) throw invalid('its schemaVersion is not 2');
  if (listed || (isIndexType(declared) && !isImage)) {
    const type = typeOf(declared, isIndexType, OCI_INDEX, 'a list of images');
    return { kind: 'index', mediaType: type, manifests: check(manifests, outer.manifests ?? []) };
  }
  const type = typeOf(declared, isManifestType, OCI_MANIFEST, 'an image');
  refuseArtifact(outer.config);
  const { config, layers } = check(image, { config: outer.config, layers: outer.layers ?? [] });
  if (layers.some((layer) => layer.mediaType === '')) throw invalid('a layer has no mediaType');
  return { kind: 'manifest', mediaType: type, config, layers };
}

function parseDocument(bytes: Uint8Array): unknown {
  try {
    return parseJson(bytes);
  } catch (error) {
    if (error instanceof JsonError) throw invalid(error.message, error);
    throw error;
  }
}

function check<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw invalid(firstIssue(result.error));
}

function invalid(problem: string, cause?: unknown): OciError {
  return new OciError(
    'manifest_invalid',
    `The manifest is invalid: ${printable(problem)}; push the image again with a current tool.`,
    { cause },
  );
}

function present(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** The type of a document whose shape is known, or a failure if it claims to be another one. */
function typeOf(
  declared: string,
  fits: (type: string) => boolean,
  standard: string,
  shape: string,
): string {
  if (fits(declared)) return declared;
  if (ALL_TYPES.has(declared)) throw invalid(`it looks like ${shape} but claims to be ${declared}`);
  return standard;
}

function refuseUnsupported(
  declared: string,
  outer: { readonly schemaVersion?: unknown; readonly fsLayers?: unknown },
): void {
  const isSchema1 = declared.startsWith('application/vnd.docker.distribution.manifest.v1+') ||
    outer.schemaVersion === 1 || present(outer.fsLayers);
  if (isSchema1) {
    throw new OciError(
      'manifest_unsupported',
      'The image has a Docker schema 1 manifest, which container runtimes no longer run; push it again with a current tool.',
    );
  }
  if (declared === 'application/vnd.oci.artifact.manifest.v1+json') {
    throw new OciError(
      'manifest_unsupported',
      'The reference names an OCI artifact, not a container image; name an image.',
    );
  }
}

const configType = z.object({ config: struct({ mediaType: text }) });

function refuseArtifact(config: unknown): void {
  const { mediaType } = check(configType, { config }).config;
  if (isConfigType(mediaType)) return;
  throw new OciError(
    'manifest_unsupported',
    `The reference names an artifact of type ${
      quoted(mediaType, 120)
    }, not a container image; name an image.`,
  );
}
