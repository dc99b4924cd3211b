import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ComposedImage, composeImage, type TarEntry } from 'oci-client/compose';
import { openDatabase, type Sql } from '../../../core/database/connection.ts';
import { type Lease, lease } from '../../../core/queue/lease.ts';
import { startTestCore, submitImage, type TestCore, untilAnalysed } from '../../support/core.ts';
import { startRegistry, type TestRegistry } from '../../support/registry.ts';
import { withConfig } from '../../jobs/support.ts';
import { ask, layerOf } from '../api/samples.ts';

let registry: TestRegistry;
beforeAll(async () => {
  registry = await startRegistry();
});
afterAll(() => registry.close());

function npm(name: string): TarEntry {
  const content = JSON.stringify({ name, version: '1.0.0' });
  return { path: `app/node_modules/${name}/package.json`, content };
}

/** An image with a base that others have, too. */
function onBase(base: string, own: string): ComposedImage {
  return composeImage({
    layers: [[npm(base), { path: `etc/${base}`, content: base }], [npm(own)]],
  });
}

describe('images that share a layer', () => {
  let core: TestCore;
  beforeAll(async () => {
    core = await startTestCore();
  });
  afterAll(() => core.stop());

  async function analysed(repository: string, image: ComposedImage): Promise<unknown> {
    registry.push(repository, '1', image);
    const { imageDigest } = await submitImage(core, `${registry.host}/${repository}:1`);
    expect(await untilAnalysed(core, imageDigest)).toMatchObject({ analysis_status: 'analyzed' });
    return {
      npm: (await core.api('GET', `/images/${imageDigest}/content/npm`)).body,
      files: (await core.api('GET', `/images/${imageDigest}/content/files`)).body,
    };
  }

  it('are read without it once two have told the same of it, and hold it all the same', async () => {
    const layer = layerOf(onBase('base', 'one'), 0);
    await analysed('one/app', onBase('base', 'one'));
    await analysed('two/app', onBase('base', 'two'));
    expect(registry.blobRequests(layer)).toBe(2);
    const third = await analysed('three/app', onBase('base', 'three'));
    expect(registry.blobRequests(layer)).toBe(2);
    expect(third).toMatchObject({
      npm: { content: [{ package: 'base' }, { package: 'three' }] },
      files: {
        content: expect.arrayContaining([
          expect.objectContaining({ filename: '/etc/base', size: 4 }),
        ]) as unknown,
      },
    });
  });

  it('are all read with it where they are of one repository', async () => {
    const layer = layerOf(onBase('inside', 'one'), 0);
    for (const own of ['one', 'two', 'three']) await analysed('inside/app', onBase('inside', own));
    expect(registry.blobRequests(layer)).toBe(3);
  });

  it('are refused where one claims it for another blob', async () => {
    const honest = onBase('base', 'claim');
    // Its own first layer, under the diffID of the one that everybody knows.
    const forged = composeImage({ layers: [[npm('hidden')], [npm('claim')]] });
    const { rootfs } = JSON.parse(Buffer.from(honest.config).toString()) as { rootfs: unknown };
    const claimed = withConfig(forged, (config) => ({ ...config, rootfs }));
    registry.push('evil/app', '1', claimed);
    const { imageDigest } = await submitImage(core, `${registry.host}/evil/app:1`);
    expect(await untilAnalysed(core, imageDigest)).toMatchObject({
      analysis_status: 'analysis_failed',
      analysis_error: { code: 'diff_id_mismatch' },
    });
  });
});

describe('with the cache switched off', () => {
  it('each layer is read each time', async () => {
    const core = await startTestCore({ environment: { TIDEWAITER_LAYER_CACHE: 'false' } });
    try {
      for (const own of ['one', 'two', 'three']) {
        registry.push(`off/${own}`, '1', onBase('off', own));
        const { imageDigest } = await submitImage(core, `${registry.host}/off/${own}:1`);
        await untilAnalysed(core, imageDigest);
      }
      expect(registry.blobRequests(layerOf(onBase('off', 'one'), 0))).toBe(3);
    } finally {
      await core.stop();
    }
  });
});

describe('a Job that lies', () => {
  const KEY = 'f'.repeat(64);
  const base = layerOf(onBase('lied', 'x'), 0);
  let core: TestCore;
  let sql: Sql;
  beforeAll(async () => {
    // No coordinators: the tests are the launcher and its Jobs.
    core = await startTestCore({ environment: { TIDEWAITER_SERVICES: 'api,tasks' } });
    sql = openDatabase(core.databaseUrl ?? '', { max: 2 });
  });
  afterAll(async () => {
    await sql.end({ timeout: 1 });
    await core.stop();
  });

  async function newTask(repository: string, image: ComposedImage): Promise<Lease> {
    registry.push(repository, '1', image);
    await submitImage(core, `${registry.host}/${repository}:1`);
    return await lease(sql, 'test') ?? expect.fail('nothing waits');
  }

  async function asJob(task: Lease, method: string, path: string, body?: Uint8Array | string) {
    return await ask(core, `/tasks/${task.task}/layers/${path}?analyzers=${KEY}`, {
      method,
      headers: { authorization: `Bearer ${task.token}` },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : Buffer.from(body) }),
    });
  }

  const document = Buffer.from('a forged document');
  const hash = `sha256:${createHash('sha256').update(document).digest('hex')}`;
  const tell = (task: Lease, layer: string) =>
    asJob(task, 'POST', `${layer}/witness`, JSON.stringify({ document: hash }));

  it('cannot speak for a base layer above its own, nor can two of them', async () => {
    for (const own of ['first', 'second']) {
      const image = composeImage({
        layers: [[npm(own)], [npm('lied'), { path: 'etc/lied', content: 'lied' }]],
      });
      const task = await newTask(`forger-${own}/app`, image);
      expect(layerOf(image, 1)).toBe(base);
      expect(await asJob(task, 'GET', layerOf(image, 0)))
        .toMatchObject({ status: 404, body: { code: 'layer_unknown', told: true } });
      // What it read has taken it over: from here on it says what it likes.
      expect((await asJob(task, 'GET', base)).body).toMatchObject({ told: false });
      expect((await tell(task, base)).body).toEqual({ wanted: false });
      expect((await asJob(task, 'PUT', base, gzipSync(document))).status).toBe(204);
      expect((await asJob(task, 'GET', base)).status).toBe(404);
    }
  });

  it('cannot ask for or speak for layers of other images', async () => {
    const task = await newTask('stranger/app', onBase('strange', 'x'));
    expect((await asJob(task, 'GET', base)).body).not.toMatchObject({ code: 'layer_unknown' });
    expect((await tell(task, base)).body).toEqual({ wanted: false });
  });

  it.each([
    ['no gzip', Buffer.from('nothing')],
    ['cut off', gzipSync(document).subarray(0, 15)],
  ])('is refused a document that is %s', async (_, body) => {
    const task = await newTask(`refused-${body.length}/app`, onBase(`refused-${body.length}`, 'x'));
    expect(await asJob(task, 'PUT', base, body))
      .toMatchObject({ status: 400, body: { code: 'layer_document_malformed' } });
  });

  it('is told what is wrong with what it says', async () => {
    const task = await newTask('wrong/app', onBase('wrong', 'x'));
    const answer = await asJob(task, 'POST', `${base}/witness`, '{"document":"md5:1"}');
    expect(answer.status).toBe(400);
    expect((await asJob(task, 'GET', 'sha256:short')).status).toBe(404);
  });
});
