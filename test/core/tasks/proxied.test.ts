import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { get } from 'node:http';
import type { Digest } from 'oci-client';
import { composeImage, packTar } from 'oci-client/compose';
import { openDatabase, type Sql } from '../../../core/database/connection.ts';
import { type Lease, lease } from '../../../core/queue/lease.ts';
import { startTestCore, submitImage, type TestCore, untilAnalysed } from '../../support/core.ts';
import { startRegistry, type TestRegistry } from '../../support/registry.ts';
import { ask, basic, image, layerOf } from '../api/samples.ts';

const USER = 'reader';
const SECRET = 'secret-of-the-registry';

function startGuarded(): Promise<TestRegistry> {
  return startRegistry({ auth: { kind: 'basic', username: USER, password: SECRET } });
}

function setting(registry: TestRegistry, asJson = false): string {
  const entry = { registry: registry.host, username: USER, password: SECRET, plain_http: true };
  return asJson
    ? JSON.stringify([entry])
    : `[{registry: "${registry.host}", username: ${USER}, password: ${SECRET}, plain_http: true}]`;
}

describe.each([
  ['on loopback', '127.0.0.1', false],
  ['on all addresses', '0.0.0.0', true],
])('an image of a registry that knows passwords only, and a core %s', (_, host, asJson) => {
  let core: TestCore;
  let registry: TestRegistry;
  beforeAll(async () => {
    registry = await startGuarded();
    core = await startTestCore({
      environment: {
        TIDEWAITER_HOST: host,
        TIDEWAITER_REGISTRIES: setting(registry, asJson),
        TIDEWAITER_ANALYSIS_ATTEMPTS: '1',
      },
    });
  });
  afterAll(async () => {
    await core.stop();
    await registry.close();
  });

  it('is analysed, read by core for the Job', async () => {
    const composed = composeImage({
      layers: [[{ path: 'one', content: 'one' }], [{ path: 'two', content: 'x'.repeat(300_000) }]],
    });
    registry.push('team/private', '1', composed);
    const { imageDigest } = await submitImage(core, `${registry.host}/team/private:1`);
    expect(await untilAnalysed(core, imageDigest)).toMatchObject({
      analysis_status: 'analyzed',
      attempt: 1,
      analysis_error: null,
    });
    for (const index of [0, 1]) expect(registry.blobRequests(layerOf(composed, index))).toBe(1);
    const withPassword = registry.requests.filter(({ headers }) => headers.authorization);
    expect(withPassword.length).toBeGreaterThan(0);
    for (const { headers } of withPassword) {
      expect(headers.authorization).toBe(basic(USER, SECRET).authorization);
    }
    // Whoever asked without was asked for a password: nobody but core, before its first login.
    const without = registry.requests.length - withPassword.length;
    expect(without).toBeLessThanOrEqual(1);
    expect(core.log()).not.toContain(SECRET);
  });

  it('whose layer is damaged fails with the cause', async () => {
    const tar = packTar([{ path: 'damaged', content: `at ${host}`.repeat(500) }]);
    const composed = composeImage({ layers: [{ tar, compression: 'none' }] });
    registry.push('damaged', '1', composed);
    registry.faults.corruptBlob(layerOf(composed));
    const { imageDigest } = await submitImage(core, `${registry.host}/damaged:1`);
    const { analysis_status, analysis_error } = await untilAnalysed(core, imageDigest);
    expect(analysis_status).toBe('analysis_failed');
    expect(analysis_error?.code).toBe('digest_mismatch');
    expect((await ask(core, '/ready')).status).toBe(200);
  });

  it('whose layer is not there fails with the cause', async () => {
    const composed = image(`missing at ${host}`);
    registry.push('missing', '1', composed);
    registry.remove('missing', layerOf(composed));
    const { imageDigest } = await submitImage(core, `${registry.host}/missing:1`);
    expect(await untilAnalysed(core, imageDigest)).toMatchObject({
      analysis_status: 'analysis_failed',
      analysis_error: {
        code: 'blob_not_found',
        message: expect.stringContaining('repository missing') as string,
      },
    });
  });
});

describe('GET /v2/tasks/{task}/…', () => {
  let core: TestCore;
  let registry: TestRegistry;
  let sql: Sql;
  let task: Lease;
  const composed = image('proxied');
  const own = layerOf(composed);
  beforeAll(async () => {
    registry = await startGuarded();
    core = await startTestCore({
      environment: {
        TIDEWAITER_HOST: '0.0.0.0',
        TIDEWAITER_PUBLIC_URL: 'http://localhost:8228',
        TIDEWAITER_SERVICES: 'api,tasks',
        TIDEWAITER_REGISTRIES: setting(registry),
      },
    });
    sql = openDatabase(core.databaseUrl ?? '', { max: 2 });
    registry.push('proxied', '1', composed);
    registry.push('proxied', 'other', image('other'));
    await submitImage(core, `${registry.host}/proxied:1`);
    const next = await lease(sql, 'test');
    if (next === undefined) throw new Error('nothing waits');
    task = next;
    await sql`
      update analyses set access = ${sql.json({ viaCore: true, hosts: {} })}
      where digest = ${task.digest}`;
  });
  afterAll(async () => {
    await sql.end({ timeout: 1 });
    await core.stop();
    await registry.close();
  });

  const read = (path: string, token = task.token) =>
    fetch(`${core.url}${path}`, { headers: { authorization: `Bearer ${token}` } });
  const blob = (digest: Digest | string, token?: string) =>
    read(`/v2/tasks/${task.task}/blobs/${digest}`, token);

  it('is what the task says, without the password', async () => {
    const answer = await read(`/tasks/${task.task}`);
    const text = await answer.text();
    expect(JSON.parse(text)).toMatchObject({
      source: {
        kind: 'registry',
        origin: core.url,
        repository: `tasks/${task.task}`,
        viaCore: true,
        hosts: { '127.0.0.1': ['127.0.0.1'] },
      },
    });
    for (const secret of [SECRET, USER, basic(USER, SECRET).authorization.slice(6)]) {
      expect(text).not.toContain(secret);
    }
    expect(text).not.toContain('"authorization"');
  });

  it('names the addresses of core by the name it is known by, and looks up no other', async () => {
    const hostsFor = async (name: string) => {
      const { hostname, port } = new URL(core.url);
      const text = await new Promise<string>((done, fail) => {
        const headers = { host: `${name}:${port}`, authorization: `Bearer ${task.token}` };
        get({ hostname, port, path: `/tasks/${task.task}`, headers }, async (answer) => {
          done(Buffer.concat(await Array.fromAsync(answer as AsyncIterable<Buffer>)).toString());
        }).on('error', fail);
      });
      return (JSON.parse(text) as { source: { hosts: Record<string, string[]> } }).source.hosts;
    };
    expect((await hostsFor('localhost'))['localhost']).toContain('127.0.0.1');
    expect(await hostsFor('secret.example.invalid')).toEqual({ 'secret.example.invalid': [] });
  });

  it('gives manifest, configuration and layers as they are', async () => {
    const manifest = await read(`/v2/tasks/${task.task}/manifests/${task.digest}`);
    expect(manifest.headers.get('content-type')).toBe(composed.manifest.descriptor.mediaType);
    expect(new Uint8Array(await manifest.arrayBuffer())).toEqual(
      new Uint8Array(composed.manifest.bytes),
    );
    for (const [digest, bytes] of composed.blobs) {
      const answer = await blob(digest);
      expect(answer.headers.get('content-length')).toBe(String(bytes.length));
      expect(new Uint8Array(await answer.arrayBuffer())).toEqual(new Uint8Array(bytes));
    }
  });

  it.each<[string, () => Promise<Response>, number]>([
    ['a wrong token', () => blob(own, 'wrong'), 401],
    ['a blob of another image of the repository', () => blob(layerOf(image('other'))), 404],
    ['what is no digest', () => blob('..%2f..%2fsecret'), 404],
    ['another manifest', () => read(`/v2/tasks/${task.task}/manifests/other`), 404],
    ['another task', () => read(`/v2/tasks/other/blobs/${own}`), 410],
    ['the base', () => read('/v2/'), 401],
  ])('refuses %s, and does not ask the registry', async (_, question, status) => {
    const before = registry.requests.length;
    expect((await question()).status).toBe(status);
    expect(registry.requests).toHaveLength(before);
  });

  it('breaks off where the registry does, and core lives on', async () => {
    registry.faults.truncateBlob(own, 20);
    const broken = await blob(own).then((answer) => answer.arrayBuffer()).then(
      () => 'whole',
      () => 'broken',
    );
    expect(broken).toBe('broken');
    registry.faults.reset();
    registry.faults.corruptBlob(own, 1);
    await blob(own).then((answer) => answer.arrayBuffer()).catch(() => undefined);
    registry.faults.reset();
    expect((await blob(own)).status).toBe(200);
  });

  it('stops reading from the registry when the Job goes away', async () => {
    void registry.faults.hangBlob(own);
    const stop = new AbortController();
    const reading = fetch(`${core.url}/v2/tasks/${task.task}/blobs/${own}`, {
      headers: { authorization: `Bearer ${task.token}` },
      signal: stop.signal,
    }).then((answer) => answer.arrayBuffer()).catch(() => 'gone');
    setTimeout(() => stop.abort(), 200);
    expect(await reading).toBe('gone');
    registry.faults.reset();
    expect((await blob(own)).status).toBe(200);
  });

  it.each([
    [404, 'blob_not_found', () => registry.remove('proxied', own)],
    [429, 'registry_rate_limited', () => registry.faults.failNext(4, 429, { 'retry-after': '0' })],
    [403, 'registry_denied', () => registry.faults.failNext(1, 403)],
    [500, 'registry_error', () => registry.faults.failNext(3, 500)],
  ])('fails with the status %d of the registry', async (status, code, begin) => {
    begin();
    const answer = await blob(own);
    const body: unknown = await answer.json();
    registry.faults.reset();
    registry.pushBlob('proxied', composed.blobs.get(own) ?? new Uint8Array());
    expect(answer.status).toBe(status);
    expect(answer.headers.get('retry-after')).toBe(status === 429 ? '0' : null);
    expect(body).toMatchObject({ code, errors: [{ code }] });
    expect(JSON.stringify(body)).not.toContain(SECRET);
  });
});
