/**
 * Whole pulls: composed images, from a guarded registry and from a layout, to the last layer.
 *
 * @module
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';

import { composeImage, composeIndex, writeLayout } from '../../../jobs/oci-client/compose/index.ts';
import {
  digestOf,
  type ImageSource,
  openLayout,
  openRegistry,
  resolveImage,
} from '../../../jobs/oci-client/index.ts';
import { startRegistry } from '../../support/registry.ts';
import { openTransport } from './support.ts';

const amd64 = composeImage({
  layers: [[{ path: 'a', content: 'x'.repeat(300_000) }], [{ path: 'b', content: 'b' }]],
});
const arm64 = composeImage({
  platform: { os: 'linux', architecture: 'arm64', variant: 'v8' },
  layers: [[{ path: 'c', content: 'c' }]],
  docker: true,
});
const index = composeIndex([amd64, arm64]);

async function expectBoth(source: ImageSource, tag: string): Promise<void> {
  for (const image of [amd64, arm64]) {
    const resolved = await resolveImage(source, tag, image.platform);
    expect(resolved).toMatchObject({
      digest: image.manifest.descriptor.digest,
      parentDigest: index.descriptor.digest,
      config: { architecture: image.platform.architecture },
    });
    for (const layer of resolved.manifest.layers) {
      const chunks: Uint8Array[] = [];
      for await (const chunk of source.blob(layer)) chunks.push(chunk);
      expect(digestOf(Buffer.concat(chunks))).toBe(layer.digest);
    }
  }
}

describe('every platform of an index is pulled', () => {
  it.each([true, false])(
    'from a registry, docker types in part, redirects %s',
    async (redirects) => {
      const credentials = { username: 'me', password: 'secret' };
      const registry = await startRegistry({
        auth: { kind: 'token', ...credentials, realmElsewhere: true },
        redirectBlobs: redirects,
      });
      onTestFinished(() => registry.close());
      registry.push('team/app', 'v1', { index, images: [amd64, arm64] });
      const source = openRegistry({
        registry: registry.host,
        repository: 'team/app',
        plainHttp: true,
        credentials,
        transport: openTransport(),
      });
      await expectBoth(source, 'v1');
      registry.expireTokens();
      registry.faults.failNext(1, 503);
      expect((await source.head('v1')).digest).toBe(index.descriptor.digest);
      expect(registry.requests.filter(({ server }) => server === 'realm')).toHaveLength(2);
    },
  );

  it('from a layout', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'pull-'));
    onTestFinished(() => rm(directory, { recursive: true }));
    await writeLayout(directory, [{ name: 'v1', index, images: [amd64, arm64] }]);
    await expectBoth(openLayout(directory), 'v1');
  });
});
