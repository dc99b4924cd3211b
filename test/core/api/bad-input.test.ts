import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ComposedImage, composeImage, composeIndex, digestOf } from 'oci-client/compose';
import { freePort } from '../../../core/cli/local-core.ts';
import { openDatabase, type Sql } from '../../../core/database/connection.ts';
import { startTestCore, submitImage, type TestCore, untilAnalysed } from '../../support/core.ts';
import { startRegistry, type TestRegistry } from '../../support/registry.ts';
import { errorOf, image, imagesOf } from './samples.ts';

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';

let core: TestCore;
let registry: TestRegistry;
let sql: Sql;
let untouched: string;
let refusedByToken: TestRegistry;
let refusedByPassword: TestRegistry;

beforeAll(async () => {
  [registry, refusedByToken, refusedByPassword] = await Promise.all([
    startRegistry(),
    startRegistry({ auth: { kind: 'token', username: 'u', password: 'p' } }),
    startRegistry({ auth: { kind: 'basic', username: 'u', password: 'p' } }),
  ]);
  core = await startTestCore({ environment: { TIDEWAITER_PLATFORM: 'linux/amd64' } });
  sql = openDatabase(core.databaseUrl ?? '', { max: 2 });
  registry.push('untouched', '1', image('untouched'));
  untouched = (await submitImage(core, `${registry.host}/untouched:1`)).imageDigest;
  await untilAnalysed(core, untouched);
});

afterEach(() => registry.faults.reset());

afterAll(async () => {
  await sql.end({ timeout: 1 });
  await core.stop();
  await Promise.all([registry, refusedByToken, refusedByPassword].map((one) => one.close()));
});

describe('what is refused at once', () => {
  async function refused(tag: string) {
    const answer = await core.api('POST', '/images', { tag });
    return {
      status: answer.status,
      retryAfter: answer.headers.get('retry-after'),
      error: errorOf(answer),
    };
  }

  it.each([
    ['nothing', ''],
    ['white space', 'no such image'],
    ['upper case', 'docker.io/Upper:1'],
    ['two tags', 'repository:1:2'],
    ['a URL', 'https://docker.io/library/nginx:1'],
    ['a short digest', 'nginx@sha256:123'],
    ['an image id', 'a'.repeat(64)],
    ['control characters', 'nginx\u0000:1\u202e'],
    ['a text that is too long', `${'a/'.repeat(600)}a`],
    ['a port that cannot be', 'host.invalid:99999/x:1'],
    ['a layout without a path', 'oci:'],
    ['a layout whose path is not absolute', 'oci:image'],
    ['an archive without a path', 'oci-archive:'],
    ['an archive whose path is not absolute', 'docker-archive:image.tar:app:1'],
    ['an archive and no name after its colon', 'docker-archive:/image.tar:'],
  ])('a reference with %s', async (_, tag) => {
    const { status, error } = await refused(tag);
    expect({ status, code: error.code }).toEqual({ status: 400, code: 'invalid_reference' });
  });

  const ofPlatform = (os: string, architecture: string) =>
    composeImage({ platform: { os, architecture }, layers: [[{ path: os, content: 'x' }]] });
  const push = (repository: string, composed: ComposedImage) => {
    registry.push(repository, '1', composed);
    return `${registry.host}/${repository}:1`;
  };

  it.each<[string, () => Promise<string> | string, number, string, string, RegExp]>([
    [
      'a registry at a closed port',
      async () => `127.0.0.1:${await freePort()}/x:1`,
      502,
      'registry_unreachable',
      'REGISTRY_NOT_ACCESSIBLE',
      /127\.0\.0\.1:\d+/,
    ],
    [
      'a registry whose token service refuses the login',
      () => `${refusedByToken.host}/private:1`,
      400,
      'registry_refused_login',
      'REGISTRY_PERMISSION_DENIED',
      /credentials/,
    ],
    [
      'a registry that wants a password',
      () => `${refusedByPassword.host}/private:1`,
      400,
      'registry_refused_login',
      'REGISTRY_PERMISSION_DENIED',
      /credentials/,
    ],
    [
      'a tag that is not there',
      () => `${registry.host}/untouched:2`,
      404,
      'image_not_found',
      'REGISTRY_IMAGE_NOT_FOUND',
      /no image 2 in registry 127\.0\.0\.1:\d+, repository untouched/,
    ],
    [
      'a repository that is not there',
      () => `${registry.host}/nowhere:1`,
      404,
      'image_not_found',
      'REGISTRY_IMAGE_NOT_FOUND',
      /repository nowhere/,
    ],
    [
      'an image for another platform',
      () => push('arm', ofPlatform('linux', 'arm64')),
      400,
      'platform_not_found',
      'OSARCH_MISMATCH',
      /linux\/arm64, not for linux\/amd64/,
    ],
    [
      'an index without our platform',
      () => {
        const images = [ofPlatform('linux', 's390x'), ofPlatform('linux', 'arm64')];
        registry.push('other-index', '1', { index: composeIndex(images), images });
        return `${registry.host}/other-index:1`;
      },
      400,
      'platform_not_found',
      'OSARCH_MISMATCH',
      /linux\/amd64/,
    ],
    [
      'an image for Windows',
      () => push('windows', ofPlatform('windows', 'amd64')),
      400,
      'platform_unsupported',
      'OSARCH_MISMATCH',
      /Windows/,
    ],
    [
      'a manifest that is no JSON',
      () => {
        registry.pushManifest('nonsense', '1', MANIFEST, Buffer.from('nonsense'));
        return `${registry.host}/nonsense:1`;
      },
      502,
      'manifest_invalid',
      '',
      /manifest/,
    ],
    [
      'a manifest of the first schema',
      () => {
        const type = 'application/vnd.docker.distribution.manifest.v1+prettyjws';
        registry.pushManifest('old', '1', type, Buffer.from('{"schemaVersion":1}'));
        return `${registry.host}/old:1`;
      },
      400,
      'manifest_unsupported',
      'REGISTRY_NOT_SUPPORTED',
      /schema/i,
    ],
    [
      'a configuration that is not there',
      () => {
        const composed = image('without configuration');
        const reference = push('bare', composed);
        registry.remove('bare', digestOf(composed.config));
        return reference;
      },
      502,
      'blob_not_found',
      '',
      /missing/,
    ],
    [
      'a configuration with a flipped bit',
      () => {
        const composed = image('flipped');
        registry.faults.corruptBlob(digestOf(composed.config));
        return push('flipped', composed);
      },
      502,
      'digest_mismatch',
      '',
      /damaged or tampered/,
    ],
    [
      'a registry that only fails',
      () => {
        registry.faults.failNext(20, 500);
        return `${registry.host}/untouched:1`;
      },
      502,
      'registry_error',
      'SKOPEO_UNKNOWN_ERROR',
      /HTTP 500/,
    ],
  ])('%s', async (_, make, httpStatus, code, anchoreCode, message) => {
    const tag = await make();
    const { status, error } = await refused(tag);
    expect({ status, code: error.code }).toEqual({ status: httpStatus, code });
    expect(error.message).toMatch(message);
    expect(error.detail.error_codes).toEqual(anchoreCode === '' ? [] : [anchoreCode]);
    const events = await sql`
      select level, message, details from events
      where type = 'system.image_analysis.registry_lookup_failed' and resource = ${tag}`;
    expect(events).toEqual([{ level: 'error', message: error.message, details: { code } }]);
  });

  it('a manifest that is not the one its digest names', async () => {
    const bytes = image('served').manifest.bytes;
    const server = createServer((_, response) => {
      response.writeHead(200, { 'content-type': MANIFEST }).end(bytes);
    }).listen(0, '127.0.0.1');
    await new Promise((done) => server.once('listening', done));
    const { port } = server.address() as AddressInfo;
    try {
      const wanted = image('wanted').manifest.descriptor.digest;
      const { status, error } = await refused(`127.0.0.1:${port}/x@${wanted}`);
      expect({ status, code: error.code }).toEqual({ status: 502, code: 'digest_mismatch' });
      expect(error.message).toContain(wanted);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  it('a registry that throttles for too long, with the time it wants', async () => {
    registry.faults.failNext(20, 429, { 'retry-after': '1' });
    const { status, error, retryAfter } = await refused(`${registry.host}/untouched:1`);
    expect({ status, code: error.code }).toEqual({ status: 503, code: 'registry_rate_limited' });
    expect(retryAfter).toBe('1');
  });

  it('leaves no image behind', async () => {
    const images = imagesOf(await core.api('GET', '/images?image_status=all'));
    expect(images.map(({ imageDigest }) => imageDigest)).toEqual([untouched]);
  });

  it('and the next good image is analysed as usual', async () => {
    registry.push('good', '1', image('good'));
    const { imageDigest } = await submitImage(core, `${registry.host}/good:1`);
    expect(await untilAnalysed(core, imageDigest)).toMatchObject({
      analysis_status: 'analyzed',
      attempt: 1,
    });
  });
});

it('waits as long as a throttling registry asks, then goes on', async () => {
  registry.push('throttled', '1', image('throttled'));
  registry.faults.failNext(1, 429, { 'retry-after': '1' });
  const start = Date.now();
  const { imageDigest } = await submitImage(core, `${registry.host}/throttled:1`);
  expect(Date.now() - start).toBeGreaterThanOrEqual(1000);
  expect(await untilAnalysed(core, imageDigest)).toMatchObject({ analysis_status: 'analyzed' });
});
