/**
 * Archives of images in the forms that tools write.
 *
 * @module
 */
import { type ComposedImage, composeImage, packTar, type TarEntry } from 'oci-client/compose';
import { bytesOf, sha256 } from './support.ts';

/** An image of two plain layers, as `docker save` used to write them. */
export const PLAIN = composeImage({
  layers: [
    { entries: [{ path: 'a', content: 'a'.repeat(3000) }], compression: 'none' },
    { entries: [{ path: 'b', content: 'b' }], compression: 'none' },
  ],
});

/** An image with each kind of compression. */
export const MIXED = composeImage({
  layers: (['gzip', 'zstd', 'none'] as const).map((compression) => ({
    entries: [{ path: compression, content: compression }],
    compression,
  })),
});

export const hexOf = (digest: string) => digest.slice('sha256:'.length);

/** The parts of an image's manifest that archives are written from. */
export function partsOf(image: ComposedImage) {
  const manifest = JSON.parse(Buffer.from(image.manifest.bytes).toString()) as {
    config: { digest: `sha256:${string}` };
    layers: { digest: `sha256:${string}`; mediaType: string; size: number }[];
  };
  return { config: manifest.config.digest, layers: manifest.layers };
}

function blobOf(image: ComposedImage, digest: `sha256:${string}`): Uint8Array {
  const blob = image.blobs.get(digest);
  if (blob === undefined) throw new Error(`the image has no ${digest}`);
  return blob;
}

/** Entries of an OCI layout, folders first, with the index as given. */
export function layoutEntries(image: ComposedImage, manifests: readonly object[]): TarEntry[] {
  const blobs = new Map(image.blobs)
    .set(image.manifest.descriptor.digest as `sha256:${string}`, image.manifest.bytes);
  return [
    { path: 'blobs', type: 'directory' },
    { path: 'blobs/sha256', type: 'directory' },
    ...[...blobs].map(([digest, content]) => ({ path: `blobs/sha256/${hexOf(digest)}`, content })),
    { path: 'index.json', content: bytesOf({ schemaVersion: 2, manifests }) },
    { path: 'oci-layout', content: '{"imageLayoutVersion":"1.0.0"}' },
  ];
}

/** A descriptor under a name, and maybe under the whole name that BuildKit adds. */
export function named(image: ComposedImage, name?: string, whole?: string): object {
  return {
    ...image.manifest.descriptor,
    annotations: {
      ...(name === undefined ? {} : { 'org.opencontainers.image.ref.name': name }),
      ...(whole === undefined ? {} : { 'io.containerd.image.name': whole }),
    },
  };
}

export interface Saved {
  readonly image: ComposedImage;
  readonly tags?: readonly string[] | null;
}

function listEntry(images: readonly object[]): TarEntry {
  return { path: 'manifest.json', content: bytesOf(images) };
}

/** The old form of `docker save`: a folder for each layer; a layer that is there is linked to. */
export function oldSave(
  images: readonly Saved[],
  link: 'symlink' | 'hardlink' = 'symlink',
): TarEntry[] {
  const entries: TarEntry[] = [];
  const folders = new Map<string, string>();
  const list = images.map(({ image, tags = null }) => {
    const { config, layers } = partsOf(image);
    entries.push({ path: `${hexOf(config)}.json`, content: image.config });
    const Layers = layers.map(({ digest }, index) => {
      const id = hexOf(sha256(`${config} ${index}`));
      const path = `${id}/layer.tar`;
      const first = folders.get(digest);
      entries.push(
        { path: id, type: 'directory' },
        { path: `${id}/VERSION`, content: '1.0' },
        { path: `${id}/json`, content: '{}' },
        first === undefined
          ? { path, content: blobOf(image, digest) }
          : { path, type: link, link: link === 'symlink' ? `../${first}` : first },
      );
      folders.set(digest, first ?? path);
      return path;
    });
    return { Config: `${hexOf(config)}.json`, RepoTags: tags, Layers };
  });
  return [...entries, listEntry(list), { path: 'repositories', content: '{}' }];
}

/** What skopeo and podman write: layers beside the list, and links for old readers. */
export function flatSave({ image, tags = null }: Saved): TarEntry[] {
  const { config, layers } = partsOf(image);
  const names = layers.map(({ digest }) => `${hexOf(digest)}.tar`);
  return [
    ...layers.flatMap(({ digest }, index): TarEntry[] => [
      { path: `${hexOf(digest)}.tar`, content: blobOf(image, digest) },
      { path: `${index}/layer.tar`, type: 'symlink', link: `../${hexOf(digest)}.tar` },
    ]),
    { path: `${hexOf(config)}.json`, content: image.config },
    listEntry([{ Config: `${hexOf(config)}.json`, RepoTags: tags, Layers: names }]),
  ];
}

/** The newer form of `docker save`: an OCI layout with the list beside it. */
export function newSave({ image, tags = null }: Saved): TarEntry[] {
  const { config, layers } = partsOf(image);
  const path = (digest: string) => `blobs/sha256/${hexOf(digest)}`;
  const Layers = layers.map(({ digest }) => path(digest));
  return [
    ...layoutEntries(image, [named(image)]),
    listEntry([{ Config: path(config), RepoTags: tags, Layers, LayerSources: {} }]),
  ];
}

/** The archive of entries with one of them replaced by what `change` makes of it. */
export function packWith(
  entries: readonly TarEntry[],
  change: (entry: TarEntry) => TarEntry | undefined,
): Buffer {
  return packTar(entries.flatMap((entry) => change(entry) ?? []));
}
