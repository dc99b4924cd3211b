import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD, startTestCore, type TestCore } from '../../support/core.ts';
import { ask, basic, errorOf } from './samples.ts';

let core: TestCore;
beforeAll(async () => {
  core = await startTestCore({ environment: { TIDEWAITER_SERVICES: 'api' } });
});
afterAll(() => core.stop());

const admin = { headers: basic('admin', PASSWORD) };

describe('what is answered without a login', () => {
  it.each(['/', '/v1', '/v1/'])('the version of the API at %s', async (path) => {
    expect(await ask(core, path)).toMatchObject({ status: 200, body: 'v1' });
  });

  it.each(['/version', '/v1/version', '/version/'])('the versions at %s', async (path) => {
    expect(await ask(core, path)).toMatchObject({
      status: 200,
      body: {
        service: { version: expect.stringMatching(/^\d+\.\d+\.\d+/) as string },
        api: { version: 'v1' },
        db: { schema_version: '0.0.16' },
      },
    });
  });

  it.each(['/health', '/v1/health', '/health/'])('that it lives, at %s', async (path) => {
    expect(await ask(core, path)).toMatchObject({ status: 200, body: '' });
  });

  it('that it is ready', async () => {
    expect((await ask(core, '/ready')).status).toBe(200);
  });

  it.each(['/swagger.json', '/v1/swagger.json', '/openapi.json'])(
    'the description of the API at %s',
    async (path) => {
      const { status, body } = await ask(core, path);
      expect(status).toBe(200);
      expect(body).toMatchObject({
        openapi: expect.stringMatching(/^3\.1\./) as string,
        info: { version: '0.1.20' },
      });
      const { paths } = body as { paths: Record<string, Record<string, unknown>> };
      for (
        const route of [
          '/images',
          '/images/{digest}',
          '/images/by_id/{imageId}',
          '/images/{digest}/check',
          '/images/{digest}/content/{type}',
          '/policies/{policyId}',
          '/system',
          '/version',
        ]
      ) expect(Object.keys(paths)).toContain(route);
      expect(Object.keys(paths['/images'] ?? {}).toSorted()).toEqual(['delete', 'get', 'post']);
    },
  );
});

describe('what is answered with a login', () => {
  it.each(['/status', '/v1/status', '/v1/status/'])('the status at %s', async (path) => {
    expect(await ask(core, path, admin)).toMatchObject({
      status: 200,
      body: { available: true, busy: false, up: true, db_version: '0.0.16', detail: {} },
    });
    expect((await ask(core, path)).status).toBe(401);
  });

  it('the services that clients wait for', async () => {
    const { body } = await core.api('GET', '/system');
    const { service_states } = body as { service_states: Record<string, unknown>[] };
    expect(service_states.map(({ servicename }) => servicename).toSorted())
      .toEqual(['analyzer', 'apiext', 'catalog', 'policy_engine', 'simplequeue']);
    for (const service of service_states) {
      expect(service).toMatchObject({
        status: true,
        status_message: 'available',
        base_url: core.url,
        service_detail: { up: true, available: true },
      });
    }
    expect((await core.api('GET', '/system/services')).body).toEqual(service_states);
  });

  it('each service by its name and host', async () => {
    const path = '/system/services/catalog';
    const { body } = await core.api('GET', path);
    expect(body).toMatchObject([{ servicename: 'catalog', status: true }]);
    const [{ hostid }] = body as [{ hostid: string }];
    expect((await core.api('GET', `${path}/${hostid}`)).body).toEqual(body);
    for (const other of ['/system/services/none', `${path}/none`]) {
      expect(errorOf(await core.api('GET', other))).toMatchObject({ code: 'service_not_found' });
    }
    expect(errorOf(await core.api('DELETE', `${path}/${hostid}`)))
      .toMatchObject({ httpcode: 409, code: 'service_is_up' });
    expect((await core.api('DELETE', `${path}/none`)).status).toBe(404);
  });

  it('names of error codes', async () => {
    const { body } = await core.api('GET', '/system/error_codes');
    expect((body as { name: string }[]).map(({ name }) => name))
      .toEqual(expect.arrayContaining(['REGISTRY_PERMISSION_DENIED', 'OSARCH_MISMATCH']));
  });
});

describe('routes', () => {
  it.each(['', '/v1'])('answer with and without a slash at the end, under "%s"', async (prefix) => {
    for (const path of ['/images', '/images/', '/policies', '/policies/', '/system/']) {
      expect((await ask(core, `${prefix}${path}`, admin)).status, path).toBe(200);
    }
  });

  it.each([
    ['GET', '/nothing'],
    ['GET', '/v1/nothing'],
    ['GET', '/v2'],
    ['GET', '/v1/v1/images'],
  ])('that do not exist answer 404: %s %s', async (method, path) => {
    const error = errorOf(await ask(core, path, { method, ...admin }));
    expect(error).toMatchObject({ httpcode: 404, code: 'route_not_found' });
    expect(error.message).toContain(`${method} ${path}`);
  });

  it.each<[string, string, string, RequestInit]>([
    ['PATCH', '/v1/images', 'GET, HEAD, POST, DELETE', admin],
    ['PUT', '/images/', 'GET, HEAD, POST, DELETE', admin],
    ['POST', '/v1/images/sha256:0/check', 'GET, HEAD', admin],
    ['OPTIONS', '/v1/oauth/token', 'POST', {}],
    ['DELETE', '/v1/version', 'GET, HEAD', {}],
    ['POST', '/health', 'GET, HEAD', {}],
    ['POST', '/openapi.json', 'GET, HEAD', {}],
  ])('name the methods that they have instead of %s %s', async (method, path, methods, init) => {
    const answer = await ask(core, path, { ...init, method });
    expect(errorOf(answer)).toMatchObject({ httpcode: 405, code: 'method_not_allowed' });
    expect(answer.headers.get('allow')).toBe(methods);
  });

  it('say nothing of their methods to who has not logged in', async () => {
    expect((await ask(core, '/v1/images', { method: 'PATCH' })).status).toBe(401);
  });

  it.each([
    ['/policies?detail=1', 'detail'],
    ['/policies?detail=', 'detail'],
    ['/policies?detail=true&detail=false', 'detail'],
    ['/images?limit=0x10', 'limit'],
    ['/images?limit=1.5', 'limit'],
    ['/images?limit=', 'limit'],
  ])('take no value that is none: %s', async (path, name) => {
    expect(await core.api('GET', path)).toMatchObject({
      status: 400,
      body: { code: 'invalid_request', message: expect.stringContaining(`'${name}'`) as string },
    });
  });

  it.each([
    '/policies/%0A%E2%80%AE',
    '/admissions/%1B',
    '/events/%1B',
    '/accounts/admin/users/%07',
    '/nothing%0Aelse',
  ])('repeat no control characters: %s', async (path) => {
    expect(errorOf(await core.api('GET', path)).httpcode).toBe(404);
  });

  it('take no body of another type than they say', async () => {
    const answer = await core.api('POST', '/policies', '{}', { 'content-type': 'text/plain' });
    expect(errorOf(answer)).toMatchObject({ httpcode: 415, code: 'unsupported_media_type' });
  });

  it('of Jobs and of the door are not there when this core does not run them', async () => {
    expect((await ask(core, '/tasks/x', { headers: { authorization: 'Bearer x' } })).status)
      .toBe(401);
    expect((await ask(core, '/imagepolicy', { method: 'POST', body: '{}', ...admin })).status)
      .toBe(404);
  });

  it('refuse a body beyond any use, said or not', async () => {
    const body = 'x'.repeat(1024 * 1024);
    const stream = () => {
      let pieces = 40;
      return new ReadableStream<Uint8Array>({
        async pull(controller) {
          // Gives the client time to see that its connection is cut.
          await sleep(1);
          if (pieces-- > 0) controller.enqueue(new TextEncoder().encode(body));
          else controller.close();
        },
      });
    };
    for (const path of ['/images', '/policies']) {
      const headers = { 'content-type': 'application/json', ...admin.headers };
      const said = await ask(core, path, { method: 'POST', headers, body: body.repeat(40) });
      expect(errorOf(said)).toMatchObject({ httpcode: 413, code: 'body_too_large' });
      const unsaid = await fetch(core.url + path, {
        method: 'POST',
        headers,
        body: stream(),
        duplex: 'half',
      } as RequestInit).catch(() => undefined);
      // The connection may be cut before the answer is read: the core must only be done with it.
      if (unsaid !== undefined) expect(unsaid.status).toBe(413);
      await unsaid?.body?.cancel();
    }
    expect((await ask(core, '/health')).status).toBe(200);
  });

  it('read JSON that is said to be JSON, and nothing else', async () => {
    const body = JSON.stringify({ tag: 'NO' });
    for (const type of ['application/json', 'application/json; charset=utf-8']) {
      const headers = { ...admin.headers, 'content-type': type };
      const error = errorOf(await ask(core, '/images', { method: 'POST', headers, body }));
      expect(error.code).toBe('invalid_reference');
    }
    const headers = { ...admin.headers, 'content-type': 'text/plain' };
    const plain = await ask(core, '/images', { method: 'POST', headers, body });
    expect(errorOf(plain)).toMatchObject({ httpcode: 415 });
  });
});
