import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type ComposedImage, composeImage } from 'oci-client/compose';
import { startTestCore, submitImage, type TestCore, untilAnalysed } from '../support/core.ts';
import { type RegistryOptions, startRegistry, type TestRegistry } from '../support/registry.ts';
import { layerDigests } from './support.ts';

/** Two layers that are in no other test's image, each with a package. */
function imageOf(name: string): ComposedImage {
  const layer = (n: number) => [{
    path: `node_modules/${name}-${n}/package.json`,
    content: JSON.stringify({ name: `${name}-${n}`, version: '1.0.0' }),
  }];
  return composeImage({ layers: [layer(1), layer(2)] });
}

async function registryWith(options: RegistryOptions): Promise<TestRegistry> {
  const registry = await startRegistry(options);
  onTestFinished(() => registry.close());
  return registry;
}

describe('a confined analysis, started by core', () => {
  let core: TestCore;
  beforeAll(async () => {
    core = await startTestCore();
  });
  afterAll(() => core.stop());

  async function packagesOf(digest: string): Promise<string[]> {
    const progress = await untilAnalysed(core, digest);
    expect(progress).toMatchObject({ analysis_status: 'analyzed', analysis_error: null });
    expect(progress.attempt).toBe(1);
    const { body } = await core.api('GET', `/images/${digest}/content/npm`);
    return (body as { content: { package: string }[] }).content.map((found) => found.package);
  }

  it('reads its task again when the token of the registry has expired', async () => {
    const registry = await registryWith({ auth: { kind: 'token', expiresIn: 60 } });
    const image = imageOf('token');
    registry.push('app', '1', image);
    const [first = 'sha256:', second = 'sha256:'] = layerDigests(image);
    const reached = registry.faults.hangBlob(first);
    const { imageDigest } = await submitImage(core, `${registry.host}/app:1`);
    await reached;
    registry.expireTokens();
    registry.faults.release(first);
    expect(await packagesOf(imageDigest)).toEqual(['token-1', 'token-2']);
    const shown = registry.requests
      .filter(({ method, path }) => method === 'GET' && path.endsWith(second))
      .map(({ headers }) => headers.authorization);
    expect(shown).toHaveLength(2);
    expect(new Set(shown).size).toBe(2);
  });

  it('reads blobs where the registry redirects it to, without its token', async () => {
    const registry = await registryWith({
      auth: { kind: 'token', expiresIn: 60 },
      redirectBlobs: true,
    });
    const image = imageOf('moved');
    registry.push('app', '1', image);
    const { imageDigest } = await submitImage(core, `${registry.host}/app:1`);
    expect(await packagesOf(imageDigest)).toEqual(['moved-1', 'moved-2']);
    const asked = registry.requests.filter(({ server }) => server === 'blobs');
    expect(asked.length).toBeGreaterThan(0);
    expect(new Set(asked.map(({ headers }) => headers.authorization))).toEqual(
      new Set([undefined]),
    );
    for (const digest of layerDigests(image)) expect(registry.blobRequests(digest)).toBe(1);
  });

  it('gets no password: what only a password opens, core reads for it', async () => {
    const auth = { kind: 'basic', username: 'puller', password: 'not-for-jobs' } as const;
    const registry = await registryWith({ auth });
    const registries = JSON.stringify([{ registry: registry.host, ...auth, kind: undefined }]);
    const own = await startTestCore({ environment: { TIDEWAITER_REGISTRIES: registries } });
    try {
      const image = imageOf('basic');
      registry.push('app', '1', image);
      const { imageDigest } = await submitImage(own, `${registry.host}/app:1`);
      expect(await untilAnalysed(own, imageDigest)).toMatchObject({
        analysis_status: 'analyzed',
        attempt: 1,
      });
      for (const digest of layerDigests(image)) expect(registry.blobRequests(digest)).toBe(1);
    } finally {
      await own.stop();
    }
  });
});
