import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ComposedImage, composeImage, composeIndex, packTar } from 'oci-client/compose';
import { analyze } from '../../jobs/analyze.ts';
import type { Limits, Progress, Task } from '../../jobs/contract/index.ts';
import { startRegistry, type TestRegistry } from '../support/registry.ts';
import { MIXED, npmFile } from './samples.ts';
import {
  layerDigests,
  layoutOf,
  LIMITS,
  openTask,
  reportOf,
  reportOfImage,
  taskOf,
  withConfig,
} from './support.ts';

async function failureCode(image: ComposedImage, limits: Limits = LIMITS): Promise<string> {
  const task = taskOf(image.manifest.descriptor.digest, await layoutOf(image), limits);
  return await codeOf(analyze(task, openTask(task), { onProgress: () => {} }));
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(() => undefined, (error: unknown) => error);
  return error instanceof Error && 'code' in error ? String(error.code) : `no code: ${error}`;
}

describe('images that are not what they claim', () => {
  it('refuses a layer that the configuration knows otherwise', async () => {
    const image = withConfig(MIXED, (config) => ({
      ...config,
      rootfs: {
        type: 'layers',
        diff_ids: (config['rootfs'] as { diff_ids: string[] }).diff_ids.toReversed(),
      },
    }));
    const task = taskOf(image.manifest.descriptor.digest, await layoutOf(image));
    await expect(analyze(task, openTask(task), { onProgress: () => {} })).rejects.toMatchObject({
      code: 'diff_id_mismatch',
      temporary: false,
      message: expect.stringContaining(`Layer 1 of 2 (${layerDigests(image)[0]})`),
    });
  });

  it('refuses a digest that leads to another one: an index is no image', async () => {
    const image = composeImage({ layers: [[{ path: 'a' }]] });
    const registry = await startRegistry();
    try {
      const images = [image];
      const digest = registry.push('app', '1', { index: composeIndex(images), images });
      const task = registryTask(registry, digest);
      expect(await codeOf(analyze(task, openTask(task), { onProgress: () => {} })))
        .toBe('digest_mismatch');
    } finally {
      await registry.close();
    }
  });

  const tar = packTar([{ path: 'a', content: 'a'.repeat(2000) }]);
  it.each<[string, string, ComposedImage, Partial<Limits>]>([
    [
      'no archive',
      'layer_malformed',
      composeImage({ layers: [{ tar: Buffer.alloc(1024, 'no tar ') }] }),
      {},
    ],
    [
      'a cut archive',
      'layer_truncated',
      composeImage({ layers: [{ tar: tar.subarray(0, 1200) }] }),
      {},
    ],
    ['more bytes than allowed', 'image_limit_exceeded', MIXED, { uncompressedBytes: 2000 }],
    ['more entries than allowed', 'image_limit_exceeded', MIXED, { entries: 6 }],
    [
      'a link target of 70,000 characters',
      'layer_malformed',
      composeImage({ layers: [[{ path: 'l', type: 'symlink', link: 'x'.repeat(70_000) }]] }),
      {},
    ],
  ])('refuses %s with %s', async (_, code, image, limits) => {
    expect(await failureCode(image, { ...LIMITS, ...limits })).toBe(code);
  });
});

function registryTask(registry: TestRegistry, digest: string, limits?: Limits): Task {
  return taskOf(digest, {
    kind: 'registry',
    origin: registry.origin,
    repository: 'app',
    hosts: { '127.0.0.1': ['127.0.0.1'] },
    viaCore: false,
  }, limits);
}

describe('the analysis of an image in a registry', () => {
  let registry: TestRegistry;
  beforeAll(async () => {
    registry = await startRegistry();
    registry.push('app', 'mixed', MIXED);
  });
  afterAll(() => registry.close());

  it('finds the same as in a layout', async () => {
    const task = registryTask(registry, MIXED.manifest.descriptor.digest);
    expect((await reportOf(task)).lines).toEqual((await reportOfImage(MIXED)).lines);
  });

  it('goes on with a layer whose stream broke; bytes count once', async () => {
    const noise = createHash('shake256', { outputLength: 200_000 }).update('noise').digest();
    const image = composeImage({
      layers: [[{ path: 'noise', content: noise }], [npmFile('left-pad')]],
    });
    const digest = registry.push('app', 'breaks', image);
    const [broken = 'sha256:'] = layerDigests(image);
    const exact = (await reportOfImage(image)).head.size;
    registry.faults.truncateBlob(broken, 150_000, 1);
    const said: Progress[] = [];
    const task = registryTask(registry, digest, {
      ...LIMITS,
      uncompressedBytes: exact,
      entries: 2,
    });
    const { packages } = await reportOf(task, openTask(task), (progress) => said.push(progress));
    const ranges = registry.requests.filter(({ path }) => path.includes(broken))
      .map(({ headers }) => headers.range);
    expect(ranges).toEqual([undefined, 'bytes=150000-']);
    expect(packages).toHaveLength(1);
    const totalBytes = layerDigests(image)
      .reduce((sum, layer) => sum + (image.blobs.get(layer)?.length ?? 0), 0);
    const mostOfFirst = Math.max(...said.filter(({ layers }) => layers === 0).map((p) => p.bytes));
    expect(mostOfFirst).toBe(image.blobs.get(broken)?.length);
    expect(said.at(0)).toEqual({
      phase: 'reading',
      bytes: 0,
      totalBytes,
      layers: 0,
      totalLayers: 2,
    });
    expect(said.at(-1)).toEqual({
      phase: 'reporting',
      bytes: totalBytes,
      totalBytes,
      layers: 2,
      totalLayers: 2,
    });
  });

  it('gives up a layer that breaks every time, and leaves it to another attempt', async () => {
    const image = composeImage({ layers: [[npmFile('never')]] });
    const digest = registry.push('app', 'never', image);
    const [broken = 'sha256:'] = layerDigests(image);
    registry.faults.truncateBlob(broken, 50);
    const task = registryTask(registry, digest);
    await expect(analyze(task, openTask(task), { onProgress: () => {} })).rejects.toMatchObject({
      code: 'registry_unreachable',
      temporary: true,
    });
    // Three times from the beginning, and each time three times from where it broke.
    expect(registry.blobRequests(broken)).toBe(12);
  });

  it('does not read a damaged layer again', async () => {
    const image = composeImage({
      layers: [{ compression: 'none', tar: packTar([{ path: 'a', content: 'a'.repeat(4096) }]) }],
    });
    const digest = registry.push('app', 'damaged', image);
    const [damaged = 'sha256:'] = layerDigests(image);
    registry.faults.corruptBlob(damaged);
    const task = registryTask(registry, digest);
    expect(await codeOf(analyze(task, openTask(task), { onProgress: () => {} })))
      .toBe('digest_mismatch');
    expect(registry.blobRequests(damaged)).toBe(1);
  });

  it('ends at once when its signal fires', async () => {
    const task = registryTask(registry, MIXED.manifest.descriptor.digest);
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(analyze(task, openTask(task), { onProgress: () => {}, signal }))
      .rejects.toMatchObject({ code: 'aborted' });
  });
});
