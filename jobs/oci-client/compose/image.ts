/**
 * Composes images in memory: layers, configuration, manifest and index as the OCI image
 * specification 1.1 or Docker's image manifest version 2, schema 2 describe them. Equal input
 * gives equal digests on one runtime; another version of its zlib may compress differently.
 *
 * @module
 */

import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';

import type { Descriptor, Digest, HistoryEntry, Platform } from '../types.ts';
import { compress, type Compression } from './compress.ts';
import { packTar, type TarEntry } from './tar.ts';
import type { TarFormat } from './tar-header.ts';

/** How a layer's blob is made from its archive. */
interface LayerOptions {
  /** `gzip` unless told otherwise. */
  readonly compression?: Compression | undefined;
  /** In place of the media type that follows from the compression. */
  readonly mediaType?: string | undefined;
}

/** A layer whose archive is there already. */
export interface TarLayer extends LayerOptions {
  readonly tar: Uint8Array;
}

/** A layer whose archive is packed from entries. */
export interface EntriesLayer extends LayerOptions {
  readonly entries: readonly TarEntry[];
  /** `pax` unless told otherwise. */
  readonly format?: TarFormat | undefined;
}

/** A layer with its compression. */
export type LayerSpec = TarLayer | EntriesLayer;

/** A layer ready for any number of images. */
export interface ComposedLayer {
  readonly descriptor: Descriptor;
  readonly blob: Uint8Array;
  /** Digest of the archive before it was compressed. */
  readonly diffId: Digest;
}

/** The `config` object of an image configuration; what it does not name is written as given. */
export interface RuntimeConfig {
  readonly User?: string | undefined;
  readonly Env?: readonly string[] | undefined;
  readonly Entrypoint?: readonly string[] | undefined;
  readonly Cmd?: readonly string[] | undefined;
  readonly WorkingDir?: string | undefined;
  /** `8080/tcp`; written as the keys of an object. */
  readonly ExposedPorts?: readonly string[] | undefined;
  /** Paths; written as the keys of an object. */
  readonly Volumes?: readonly string[] | undefined;
  readonly Labels?: Readonly<Record<string, string>> | undefined;
  readonly [key: string]: unknown;
}

/** What an image is made of. */
export interface ComposeOptions {
  /** `linux/amd64` unless told otherwise. */
  readonly platform?: Platform | undefined;
  /** Bottom layer first. */
  readonly layers: readonly (readonly TarEntry[] | LayerSpec | ComposedLayer)[];
  readonly config?: RuntimeConfig | undefined;
  /** One entry per layer unless given; not compared with the layers. */
  readonly history?: readonly HistoryEntry[] | undefined;
  /** Docker's media types in place of OCI's. */
  readonly docker?: boolean | undefined;
  /** RFC 3339; the first second of 1970 unless told otherwise. */
  readonly created?: string | undefined;
}

/** A document with the descriptor that points to it. */
export interface ComposedDocument {
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array;
}

/** An image for one platform, ready to be pushed or written. */
export interface ComposedImage {
  readonly manifest: ComposedDocument;
  /** The bytes of the image configuration. */
  readonly config: Uint8Array;
  /** Configuration and layers. */
  readonly blobs: ReadonlyMap<Digest, Uint8Array>;
  readonly platform: Platform;
}

const EPOCH = '1970-01-01T00:00:00Z';

const OCI = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  index: 'application/vnd.oci.image.index.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layers: {
    none: 'application/vnd.oci.image.layer.v1.tar',
    gzip: 'application/vnd.oci.image.layer.v1.tar+gzip',
    'gzip-members': 'application/vnd.oci.image.layer.v1.tar+gzip',
    zstd: 'application/vnd.oci.image.layer.v1.tar+zstd',
  },
} as const;

const DOCKER = {
  manifest: 'application/vnd.docker.distribution.manifest.v2+json',
  index: 'application/vnd.docker.distribution.manifest.list.v2+json',
  config: 'application/vnd.docker.container.image.v1+json',
  layers: {
    none: 'application/vnd.docker.image.rootfs.diff.tar',
    gzip: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
    'gzip-members': 'application/vnd.docker.image.rootfs.diff.tar.gzip',
    zstd: 'application/vnd.docker.image.rootfs.diff.tar.zstd',
  },
} as const;

/** The `sha256:` digest of bytes. */
export function digestOf(bytes: Uint8Array): Digest {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/**
 * Composes an image for one platform.
 *
 * @throws {ComposeError} `tar_entry_invalid` for an entry that no archive can hold.
 */
export function composeImage(options: ComposeOptions): ComposedImage {
  const types = options.docker === true ? DOCKER : OCI;
  const platform = options.platform ?? { os: 'linux', architecture: 'amd64' };
  const layers = options.layers.map((layer) =>
    'diffId' in layer ? layer : composeLayer(layer, options)
  );
  const config = composeConfig(options, platform, layers);
  const manifest = composeDocument(types.manifest, {
    schemaVersion: 2,
    mediaType: types.manifest,
    config: describe(types.config, config),
    layers: layers.map(({ descriptor }) => descriptor),
  });
  const blobs = new Map<Digest, Uint8Array>([[digestOf(config), config]]);
  for (const { descriptor, blob } of layers) blobs.set(descriptor.digest, blob);
  return { manifest, config, blobs, platform };
}

/** Composes the list that offers one image per platform. */
export function composeIndex(
  images: readonly ComposedImage[],
  options: { readonly docker?: boolean | undefined } = {},
): ComposedDocument {
  const mediaType = (options.docker === true ? DOCKER : OCI).index;
  const manifests = images.map(({ manifest, platform }) => ({ ...manifest.descriptor, platform }));
  return composeDocument(mediaType, { schemaVersion: 2, mediaType, manifests });
}

/**
 * Composes a layer that several images share, so that it is packed and compressed once.
 *
 * @throws {ComposeError} `tar_entry_invalid` for an entry that no archive can hold.
 */
export function composeLayer(
  input: readonly TarEntry[] | LayerSpec,
  options: { readonly docker?: boolean | undefined } = {},
): ComposedLayer {
  const mediaTypes = (options.docker === true ? DOCKER : OCI).layers;
  const spec = 'length' in input ? { entries: input } : input;
  const tar = 'tar' in spec ? spec.tar : packTar(spec.entries, { format: spec.format });
  const compression = spec.compression ?? 'gzip';
  const blob = compress(tar, compression);
  const descriptor = describe(spec.mediaType ?? mediaTypes[compression], blob);
  return { descriptor, blob, diffId: digestOf(tar) };
}

function composeConfig(
  options: ComposeOptions,
  platform: Platform,
  layers: readonly ComposedLayer[],
): Uint8Array {
  const created = options.created ?? EPOCH;
  const { ExposedPorts, Volumes, ...config } = options.config ?? {};
  return encode({
    created,
    architecture: platform.architecture,
    os: platform.os,
    variant: platform.variant,
    config: { ...config, ExposedPorts: keySet(ExposedPorts), Volumes: keySet(Volumes) },
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
    history: options.history ?? layers.map((layer) => defaultHistory(layer, created)),
  });
}

function defaultHistory({ diffId }: ComposedLayer, created: string): HistoryEntry {
  const hex = diffId.slice(diffId.indexOf(':') + 1);
  return { created, created_by: `/bin/sh -c #(nop) ADD file:${hex} in / ` };
}

/** A set as Go's JSON writes it: an object whose values are empty objects. */
function keySet(keys: readonly string[] | undefined): Record<string, object> | undefined {
  return keys && Object.fromEntries(keys.map((key) => [key, {}]));
}

function composeDocument(mediaType: string, document: object): ComposedDocument {
  const bytes = encode(document);
  return { descriptor: describe(mediaType, bytes), bytes };
}

function describe(mediaType: string, bytes: Uint8Array): Descriptor {
  return { mediaType, digest: digestOf(bytes), size: bytes.length };
}

function encode(document: object): Uint8Array {
  return Buffer.from(JSON.stringify(document));
}
