/**
 * From a reference to one image, over a source in memory.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';

import { OciError } from '../../../jobs/oci-client/errors.ts';
import { parseManifest } from '../../../jobs/oci-client/manifest.ts';
import { resolveImage } from '../../../jobs/oci-client/resolve.ts';
import type { Descriptor, Digest, ImageSource } from '../../../jobs/oci-client/types.ts';
import { bytesOf, rejectionOf, sha256 } from './support.ts';

const OCI = 'application/vnd.oci.image';
const AMD64 = { os: 'linux', architecture: 'amd64' };
const DIFF_ID = sha256('layer');

/** Documents by digest or tag. */
class MemorySource implements ImageSource {
  readonly #contents = new Map<string, Uint8Array>();

  /** Stores a document and returns its descriptor. */
  add(mediaType: string, value: unknown, tag?: string): Descriptor {
    const bytes = bytesOf(value);
    const digest = sha256(bytes);
    this.#contents.set(digest, bytes);
    if (tag !== undefined) this.#contents.set(tag, bytes);
    return { mediaType, digest, size: bytes.byteLength };
  }

  addImage(config: object, tag?: string, layers = 1): Descriptor {
    const layer = { mediaType: `${OCI}.layer.v1.tar`, digest: DIFF_ID, size: 5 };
    return this.add(`${OCI}.manifest.v1+json`, {
      schemaVersion: 2,
      config: this.add(`${OCI}.config.v1+json`, config),
      layers: Array(layers).fill(layer),
    }, tag);
  }

  addIndex(manifests: readonly object[], tag?: string): Descriptor {
    return this.add(`${OCI}.index.v1+json`, { schemaVersion: 2, manifests }, tag);
  }

  async head(reference: string) {
    return (await this.manifest(reference)).descriptor;
  }

  async manifest(reference: string) {
    const bytes = this.#contents.get(reference);
    if (bytes === undefined) throw new OciError('image_not_found', 'There is none.');
    const document = parseManifest(bytes, '');
    const { mediaType } = document;
    return {
      descriptor: { mediaType, digest: sha256(bytes), size: bytes.length },
      bytes,
      document,
    };
  }

  async *blob(descriptor: Descriptor) {
    yield this.#contents.get(descriptor.digest) ?? bytesOf('');
  }

  async close() {}
}

function configFor(os: string, architecture: string): object {
  return { os, architecture, rootfs: { type: 'layers', diff_ids: [DIFF_ID] } };
}

describe('resolveImage', () => {
  it('gives the image of a tag', async () => {
    const source = new MemorySource();
    const { digest } = source.addImage(configFor('linux', 'amd64'), 'v1');
    const resolved = await resolveImage(source, 'v1', AMD64);
    expect(resolved).toMatchObject({
      digest,
      config: { architecture: 'amd64', diffIds: [DIFF_ID] },
    });
    expect(resolved.parentDigest).toBeUndefined();
    expect(sha256(resolved.manifestBytes)).toBe(digest);
    expect(sha256(resolved.configBytes)).toBe(resolved.manifest.config.digest);
  });

  it('chooses from an index and remembers it', async () => {
    const source = new MemorySource();
    const amd64 = source.addImage(configFor('linux', 'amd64'));
    const arm64 = source.addImage(configFor('linux', 'arm64'));
    const index = source.addIndex([
      { ...arm64, platform: { os: 'linux', architecture: 'arm64', variant: 'v8' } },
      { ...amd64, platform: AMD64 },
    ], 'v1');
    for (const reference of ['v1', index.digest]) {
      expect(await resolveImage(source, reference, AMD64)).toMatchObject({
        digest: amd64.digest,
        parentDigest: index.digest,
      });
    }
  });

  it('follows an index within an index, and remembers the outer one', async () => {
    const source = new MemorySource();
    const image = source.addImage(configFor('linux', 'amd64'));
    const inner = source.addIndex([{ ...image, platform: AMD64 }]);
    const outer = source.addIndex([inner], 'v1');
    expect(await resolveImage(source, 'v1', AMD64)).toMatchObject({
      digest: image.digest,
      parentDigest: outer.digest,
    });
  });

  it('gives up on indexes nested four deep', async () => {
    const source = new MemorySource();
    let entry = source.addImage(configFor('linux', 'amd64'));
    for (let depth = 0; depth < 4; depth++) entry = source.addIndex([entry]);
    const error = await rejectionOf(resolveImage(source, entry.digest, AMD64));
    expect(error.code).toBe('manifest_invalid');
    expect(error.message).toContain('nested');
  });

  it.each<[what: string, config: object, layers: number, code: string, says: string]>([
    [
      'another architecture',
      configFor('linux', 'arm64'),
      1,
      'platform_not_found',
      'built for linux/arm64',
    ],
    [
      'another system',
      configFor('freebsd', 'amd64'),
      1,
      'platform_not_found',
      'built for freebsd/amd64',
    ],
    ['Windows', configFor('windows', 'amd64'), 1, 'platform_unsupported', 'Windows'],
    [
      'more layers than diff ids',
      configFor('linux', 'amd64'),
      2,
      'manifest_invalid',
      'has 2 layers',
    ],
    ['fewer layers than diff ids', configFor('linux', 'amd64'), 0, 'manifest_invalid', 'names 1'],
  ])('refuses an image with %s', async (_what, config, layers, code, says) => {
    const source = new MemorySource();
    source.addImage(config, 'v1', layers);
    const error = await rejectionOf(resolveImage(source, 'v1', AMD64));
    expect(error.code).toBe(code);
    expect(error.message).toContain(says);
  });

  it('takes an image that does not say what it is for', async () => {
    const source = new MemorySource();
    source.addImage({ rootfs: { diff_ids: [DIFF_ID] } }, 'v1');
    expect((await resolveImage(source, 'v1', AMD64)).config.os).toBe('');
  });

  it('checks the configuration where the index does not say what its image is for', async () => {
    const source = new MemorySource();
    source.addIndex([source.addImage(configFor('linux', 'arm64'))], 'v1');
    expect((await rejectionOf(resolveImage(source, 'v1', AMD64))).code).toBe('platform_not_found');
  });

  it('does not read a configuration that is too large', async () => {
    const source = new MemorySource();
    const config: { mediaType: string; digest: Digest; size: number } = {
      mediaType: `${OCI}.config.v1+json`,
      digest: sha256('x'),
      size: 2 ** 40,
    };
    source.add(`${OCI}.manifest.v1+json`, { schemaVersion: 2, config, layers: [] }, 'v1');
    expect((await rejectionOf(resolveImage(source, 'v1', AMD64))).code).toBe('body_too_large');
  });
});
