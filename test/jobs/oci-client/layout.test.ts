/**
 * OCI layouts in directories, whole and damaged.
 *
 * @module
 */
import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

import { openLayout } from '../../../jobs/oci-client/layout.ts';
import { resolveImage } from '../../../jobs/oci-client/resolve.ts';
import { bytesOf, read, rejectionOf, sha256 } from './support.ts';

const OCI = 'application/vnd.oci.image';
const AMD64 = { os: 'linux', architecture: 'amd64' };
const LAYER = 'layer'.repeat(200_000);

const root = await mkdtemp(join(tmpdir(), 'layout-'));
afterAll(() => rm(root, { recursive: true, force: true }));
let directories = 0;

/** A layout that can be damaged. */
class TestLayout {
  readonly directory = join(root, String(directories++));

  path(digest: string): string {
    return join(this.directory, 'blobs', ...digest.split(':'));
  }

  async write(value: unknown, mediaType: string) {
    const bytes = bytesOf(value);
    const digest = sha256(bytes);
    await writeFile(this.path(digest), bytes);
    return { mediaType, digest, size: bytes.byteLength };
  }

  async index(manifests: readonly object[]): Promise<void> {
    await writeFile(
      join(this.directory, 'index.json'),
      JSON.stringify({ schemaVersion: 2, manifests }),
    );
  }

  async image() {
    const config = await this.write({
      ...AMD64,
      rootfs: { type: 'layers', diff_ids: [sha256(LAYER)] },
    }, `${OCI}.config.v1+json`);
    const layers = [await this.write(LAYER, `${OCI}.layer.v1.tar`)];
    return await this.write({ schemaVersion: 2, config, layers }, `${OCI}.manifest.v1+json`);
  }
}

async function makeLayout(): Promise<TestLayout> {
  const layout = new TestLayout();
  await mkdir(join(layout.directory, 'blobs', 'sha256'), { recursive: true });
  await writeFile(join(layout.directory, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  return layout;
}

function named<T extends object>(descriptor: T, name: string) {
  return { ...descriptor, annotations: { 'org.opencontainers.image.ref.name': name } };
}

describe('openLayout', () => {
  it('finds images by name and by digest, and streams their verified blobs', async () => {
    const layout = await makeLayout();
    const image = await layout.image();
    await layout.index([named(image, 'v1')]);
    const source = openLayout(layout.directory);
    for (const reference of ['v1', image.digest]) {
      expect(await source.head(reference)).toEqual(image);
      const resolved = await resolveImage(source, reference, AMD64);
      expect(resolved.digest).toBe(image.digest);
      const [layer] = resolved.manifest.layers;
      expect(layer && await read(source.blob(layer))).toBe(LAYER);
    }
    await source.close();
  });

  it('finds images in indexes, also by a digest that index.json does not list', async () => {
    const layout = await makeLayout();
    const image = await layout.image();
    const inner = await layout.write(
      { schemaVersion: 2, manifests: [{ ...image, platform: AMD64 }] },
      `${OCI}.index.v1+json`,
    );
    await layout.index([named(inner, 'v1')]);
    const source = openLayout(layout.directory);
    expect(await resolveImage(source, 'v1', AMD64)).toMatchObject({
      digest: image.digest,
      parentDigest: inner.digest,
    });
    expect((await source.manifest(image.digest)).descriptor.digest).toBe(image.digest);
  });

  it('takes its only image for latest, if that has no name', async () => {
    const layout = await makeLayout();
    const image = await layout.image();
    const source = openLayout(layout.directory);
    await layout.index([image]);
    expect((await source.head('latest')).digest).toBe(image.digest);
    expect((await rejectionOf(source.head('v1'))).code).toBe('image_not_found');
    await layout.index([named(image, 'v1')]);
    const error = await rejectionOf(source.head('latest'));
    expect(error.code).toBe('image_not_found');
    expect(error.message).toContain('v1');
    await layout.index([image, image]);
    expect((await rejectionOf(source.head('latest'))).code).toBe('image_not_found');
  });

  it.each<[what: string, damage: (layout: TestLayout) => Promise<unknown>]>([
    ['no directory', (layout) => rm(layout.directory, { recursive: true })],
    ['no oci-layout', (layout) => rm(join(layout.directory, 'oci-layout'))],
    [
      'another version',
      (layout) => writeFile(join(layout.directory, 'oci-layout'), '{"imageLayoutVersion":"2.0.0"}'),
    ],
    ['a broken oci-layout', (layout) => writeFile(join(layout.directory, 'oci-layout'), '{')],
    ['no index.json', (layout) => rm(join(layout.directory, 'index.json'))],
    ['a broken index.json', (layout) => writeFile(join(layout.directory, 'index.json'), '[]')],
    ['an index.json that is a link', async (layout) => {
      await rm(join(layout.directory, 'index.json'));
      await symlink('oci-layout', join(layout.directory, 'index.json'));
    }],
    ['an index.json that is a directory', async (layout) => {
      await rm(join(layout.directory, 'index.json'));
      await mkdir(join(layout.directory, 'index.json'));
    }],
  ])('fails with layout_invalid for %s', async (_what, damage) => {
    const layout = await makeLayout();
    await layout.index([named(await layout.image(), 'v1')]);
    await damage(layout);
    const error = await rejectionOf(openLayout(layout.directory).head('v1'));
    expect(error.code).toBe('layout_invalid');
    expect(error.message).toContain(layout.directory);
  });

  it('fails with body_too_large for a large oci-layout or index.json', async () => {
    const layout = await makeLayout();
    await layout.index([]);
    const source = openLayout(layout.directory);
    for (const name of ['index.json', 'oci-layout']) {
      await truncate(join(layout.directory, name), 5 * 1024 * 1024);
      expect((await rejectionOf(source.head('v1'))).code).toBe('body_too_large');
    }
  });

  it.each<[what: string, damage: (path: string) => Promise<unknown>, code: string]>([
    ['missing', (path) => rm(path), 'blob_not_found'],
    ['changed', (path) => writeFile(path, 'LAYER'.repeat(200_000)), 'digest_mismatch'],
    ['shorter', (path) => truncate(path, 10), 'size_mismatch'],
    ['longer', (path) => truncate(path, 2_000_000), 'size_mismatch'],
    ['a link', async (path) => {
      await rm(path);
      await writeFile(`${path}.target`, LAYER);
      await symlink(`${path}.target`, path);
    }, 'layout_invalid'],
  ])('fails for a blob that is %s', async (_what, damage, code) => {
    const layout = await makeLayout();
    await layout.index([named(await layout.image(), 'v1')]);
    const digest = sha256(LAYER);
    await damage(layout.path(digest));
    const blob = openLayout(layout.directory).blob({
      mediaType: `${OCI}.layer.v1.tar`,
      digest,
      size: LAYER.length,
    });
    expect((await rejectionOf(read(blob))).code).toBe(code);
  });

  it('does not serve a manifest whose file was changed', async () => {
    const layout = await makeLayout();
    const image = await layout.image();
    await layout.index([named(image, 'v1')]);
    await writeFile(layout.path(image.digest), ' '.repeat(image.size));
    const source = openLayout(layout.directory);
    expect((await rejectionOf(source.manifest('v1'))).code).toBe('digest_mismatch');
    await layout.index([]);
    expect((await rejectionOf(source.manifest(image.digest))).code).toBe('digest_mismatch');
    await rm(layout.path(image.digest));
    expect((await rejectionOf(source.manifest(image.digest))).code).toBe('image_not_found');
  });

  it('stops reading when its signal fires', async () => {
    const layout = await makeLayout();
    const image = await layout.image();
    await layout.index([named(image, 'v1')]);
    const signal = AbortSignal.abort();
    expect((await rejectionOf(openLayout(layout.directory).manifest('v1', signal))).code)
      .toBe('aborted');
  });
});
