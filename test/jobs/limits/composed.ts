/**
 * Images that go beyond one bound each.
 *
 * @module
 */
import { Buffer } from 'node:buffer';
import { type ComposedImage, composeImage, digestOf, type TarEntry } from 'oci-client/compose';
import { item, paxText, tar } from '../layers/tars.ts';
import { withConfig } from '../support.ts';
import type { Pieces } from './streams.ts';

/** One layer for each list of pieces. */
export function pieces(...layers: readonly Pieces[]): ComposedImage {
  return composeImage({
    layers: layers.map((make) => ({ tar: Buffer.concat([...make()]), compression: 'none' })),
  });
}

/** Names in a hundred folders. */
export function nameIn(prefix: string): (index: number) => string {
  return (index) => `d${index % 100}/${prefix}${index}`;
}

export function layer(entries: readonly TarEntry[]): ComposedImage {
  return composeImage({ layers: [{ entries, compression: 'none' }] });
}

export function archive(bytes: Buffer): ComposedImage {
  return composeImage({ layers: [{ tar: bytes, compression: 'none' }] });
}

export function file(path: string, content: Buffer | string): ComposedImage {
  return layer([{ path, content }]);
}

export function paxPath(keyword: string, value: string, type = '0'): ComposedImage {
  const data = paxText([[keyword, value]]);
  return archive(tar(item({ name: 'pax', type: 'x', data }), { name: 'f', type, link: 'x' }));
}

/** An image whose manifest names one layer again and again. */
export function manyLayers(count: number): ComposedImage {
  const first = composeImage({ layers: [[{ path: 'a' }]] });
  const manifest = JSON.parse(Buffer.from(first.manifest.bytes).toString('utf8'));
  const config = JSON.parse(Buffer.from(first.config).toString('utf8'));
  const repeat = (list: unknown[]) => Array.from({ length: count }, () => list[0]);
  const image = withConfig(first, () => ({
    ...config,
    rootfs: { type: 'layers', diff_ids: repeat(config.rootfs.diff_ids) },
  }));
  const { config: pointer } = JSON.parse(Buffer.from(image.manifest.bytes).toString('utf8'));
  const bytes = Buffer.from(
    JSON.stringify({ ...manifest, config: pointer, layers: repeat(manifest.layers) }),
  );
  const descriptor = { ...image.manifest.descriptor, digest: digestOf(bytes), size: bytes.length };
  return { ...image, manifest: { bytes, descriptor } };
}

/** A configuration as raw text in place of the image's. */
export function configText(text: string): ComposedImage {
  const image = composeImage({ layers: [] });
  const config = Buffer.from(text);
  const manifest = JSON.parse(Buffer.from(image.manifest.bytes).toString('utf8'));
  const pointer = { ...manifest.config, digest: digestOf(config), size: config.length };
  const bytes = Buffer.from(JSON.stringify({ ...manifest, config: pointer }));
  const descriptor = { ...image.manifest.descriptor, digest: digestOf(bytes), size: bytes.length };
  const blobs = new Map(image.blobs).set(digestOf(config), config);
  return { ...image, config, blobs, manifest: { bytes, descriptor } };
}

export function history(count: number, text: string): ComposedImage {
  return withConfig(composeImage({ layers: [[{ path: 'a' }]] }), (config) => ({
    ...config,
    history: Array.from({ length: count }, () => ({ created_by: text, empty_layer: true })),
  }));
}
