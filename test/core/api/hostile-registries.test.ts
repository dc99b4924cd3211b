import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ComposedImage, writeLayout } from 'oci-client/compose';
import { startTestCore, submitImage, type TestCore, untilAnalysed } from '../../support/core.ts';
import { startRegistry, type TestRegistry } from '../../support/registry.ts';
import { errorOf, image, layerOf, onlyImage } from './samples.ts';

async function analysed(core: TestCore, fulltag: string) {
  const { imageDigest } = await submitImage(core, fulltag);
  return { imageDigest, ...await untilAnalysed(core, imageDigest) };
}

describe('a registry that does not send', () => {
  let core: TestCore;
  let registry: TestRegistry;
  beforeAll(async () => {
    registry = await startRegistry();
    core = await startTestCore({
      environment: {
        TIDEWAITER_ANALYSIS_ATTEMPTS: '1',
        TIDEWAITER_ANALYSIS_DEADLINE_SECONDS: '3',
      },
    });
  });
  afterAll(async () => {
    registry.faults.reset();
    await core.stop();
    await registry.close();
  });

  const slow: [string, (composed: ComposedImage) => void][] = [
    ['hangs', (composed) => void registry.faults.hangBlob(layerOf(composed))],
    ['trickles', () => registry.faults.bytesPerSecond = 50],
  ];

  it.each(slow)(
    'and %s ends at the deadline; others go on, and it can be tried again',
    async (how, begin) => {
      const composed = image(`${how} `.repeat(3));
      registry.push(how, '1', composed);
      const { imageDigest } = await submitImage(core, `${registry.host}/${how}:1`);
      begin(composed);
      const start = Date.now();
      const failed = untilAnalysed(core, imageDigest);
      if (how === 'hangs') {
        registry.push('meanwhile', '1', image('meanwhile'));
        const other = await analysed(core, `${registry.host}/meanwhile:1`);
        expect(other.analysis_status).toBe('analyzed');
        expect(Date.now() - start).toBeLessThan(3000);
      }
      const { analysis_status, analysis_error } = await failed;
      expect(analysis_status).toBe('analysis_failed');
      expect(analysis_error?.code).toBe('analysis_deadline_exceeded');
      expect(analysis_error?.message).toMatch(
        /longer than 3 seconds.*TIDEWAITER_ANALYSIS_DEADLINE/,
      );
      expect(Date.now() - start).toBeLessThan(8000);
      registry.faults.reset();
      expect(await analysed(core, `${registry.host}/${how}:1`)).toMatchObject({
        analysis_status: 'analyzed',
        attempt: 2,
      });
    },
  );
});

describe('a registry that keeps its blobs elsewhere', () => {
  it('is read there, without its credentials', async () => {
    const registry = await startRegistry({
      redirectBlobs: true,
      auth: { kind: 'token', username: 'reader', password: 'secret-of-the-registry' },
    });
    const core = await startTestCore({
      environment: {
        TIDEWAITER_ANALYSIS_ATTEMPTS: '1',
        TIDEWAITER_REGISTRIES:
          `[{registry: "${registry.host}", username: reader, password: secret-of-the-registry}]`,
      },
    });
    try {
      const composed = image('elsewhere');
      registry.push('elsewhere', '1', composed);
      expect(await analysed(core, `${registry.host}/elsewhere:1`)).toMatchObject({
        analysis_status: 'analyzed',
        attempt: 1,
      });
      const elsewhere = registry.requests.filter(({ server }) => server === 'blobs');
      expect(elsewhere.some(({ path }) => path.includes(layerOf(composed)))).toBe(true);
      expect(elsewhere.every(({ headers }) => headers.authorization === undefined)).toBe(true);
      expect(core.log()).not.toContain('secret-of-the-registry');
    } finally {
      await core.stop();
      await registry.close();
    }
  });
});

describe('a core that others can reach', () => {
  let core: TestCore;
  let registry: TestRegistry;
  let redirecting: Server;
  let redirectingHost: string;
  beforeAll(async () => {
    registry = await startRegistry();
    registry.push('inside', '1', image('inside'));
    redirecting = createServer((_, response) => {
      response.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data/' }).end();
    }).listen(0, '127.0.0.1');
    await new Promise((done) => redirecting.once('listening', done));
    redirectingHost = `127.0.0.1:${(redirecting.address() as AddressInfo).port}`;
    core = await startTestCore({ environment: { TIDEWAITER_HOST: '0.0.0.0' } });
  });
  afterAll(async () => {
    await core.stop();
    await registry.close();
    redirecting.close();
  });

  it.each([
    ['the metadata service', () => '169.254.169.254/latest:1'],
    ['a private address', () => '10.0.0.1/x:1'],
    ['IPv6 loopback', () => '[::1]:5000/x:1'],
    ['IPv4 in IPv6', () => `[::ffff:127.0.0.1]:${registry.host.split(':')[1]}/inside:1`],
    ['loopback', () => `${registry.host}/inside:1`],
    ['a name of loopback', () => `localhost:${registry.host.split(':')[1]}/inside:1`],
    ['loopback in one number', () => `0x7f.1:${registry.host.split(':')[1]}/inside:1`],
    ['this host', () => `0.0.0.0:${registry.host.split(':')[1]}/inside:1`],
  ])('does not ask %s', async (_, reference) => {
    const answer = await core.api('POST', '/images', { tag: reference() });
    expect(errorOf(answer)).toMatchObject({
      httpcode: 400,
      code: 'forbidden_address',
      detail: { error_codes: ['REGISTRY_NOT_ACCESSIBLE'] },
    });
    expect(registry.requests).toHaveLength(0);
  });

  it('does not read folders or files of its machine', async () => {
    for (
      const body of [
        { tag: 'oci:/etc' },
        { tag: 'oci-archive:/etc/passwd' },
        { source: { tag: { pullstring: 'docker-archive:/etc/passwd:x:1' } } },
        { source: { tag: { pullstring: 'oci:/etc' } } },
        { source: { digest: { pullstring: `oci:/etc@sha256:${'0'.repeat(64)}`, tag: 'x:1' } } },
        { tag: 'x:1', digest: `oci:/etc@sha256:${'0'.repeat(64)}` },
      ]
    ) {
      const error = errorOf(await core.api('POST', '/images', body));
      expect(error).toMatchObject({ httpcode: 403, code: 'layout_forbidden' });
    }
  });

  it('does not follow a configured registry to an address inside', async () => {
    const host = redirectingHost;
    const other = await startTestCore({
      environment: {
        TIDEWAITER_HOST: '0.0.0.0',
        TIDEWAITER_REGISTRIES: `[{"registry":"${host}"}]`,
      },
    });
    try {
      const error = errorOf(await other.api('POST', '/images', { tag: `${host}/x:1` }));
      expect(error).toMatchObject({ httpcode: 400, code: 'forbidden_address' });
      expect(error.message).toContain('169.254.169.254');
    } finally {
      await other.stop();
    }
  });
});

describe('a folder as a source', () => {
  it('is read for the administrator of a core on loopback, and for nobody else', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tw-layout-'));
    const core = await startTestCore();
    try {
      await writeLayout(folder, [{ name: 'one', image: image('layout') }]);
      const progress = await analysed(core, `oci:${folder}:one`);
      expect(progress.analysis_status).toBe('analyzed');
      const { image_detail } = onlyImage(await core.api('GET', `/images/${progress.imageDigest}`));
      expect(image_detail[0]?.fulltag).toMatch(/^layout\.invalid\/tw-layout-[a-z0-9-]+:one$/);
      const missing = errorOf(await core.api('POST', '/images', { tag: `oci:${folder}:two` }));
      expect(missing).toMatchObject({ httpcode: 404, code: 'image_not_found' });
      const nowhere = errorOf(await core.api('POST', '/images', { tag: `oci:${folder}/x:two` }));
      expect(nowhere).toMatchObject({ httpcode: 400, code: 'layout_invalid' });
    } finally {
      await core.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
