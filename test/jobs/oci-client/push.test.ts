/**
 * Pushing to registries that behave and that do not.
 *
 * @module
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { composeImage, composeIndex } from '../../../jobs/oci-client/compose/index.ts';
import { openRegistry } from '../../../jobs/oci-client/registry.ts';
import { pushImages, type PushOptions } from '../../../jobs/oci-client/push.ts';
import { resolveImage } from '../../../jobs/oci-client/resolve.ts';
import { startRegistry, type TestRegistry } from '../../support/registry.ts';
import { openTransport, read, rejectionOf, serve } from './support.ts';

const SHARED = [{ path: 'shared', content: 'in both' }];
const IMAGES = ['amd64', 'arm64'].map((architecture) =>
  composeImage({
    platform: { os: 'linux', architecture },
    layers: [SHARED, [{ path: 'own', content: architecture }]],
  })
);
const INDEX = { index: composeIndex(IMAGES), images: IMAGES };
const [IMAGE = composeImage({ layers: [] })] = IMAGES;
const LOGIN = { username: 'robin', password: 'secret' };

const registries: Record<string, TestRegistry> = {};
const kinds = {
  open: {},
  basic: { auth: { kind: 'basic', ...LOGIN } },
  tokens: { auth: { kind: 'token', ...LOGIN } },
} as const;

beforeAll(async () => {
  for (const [name, options] of Object.entries(kinds)) {
    registries[name] = await startRegistry(options);
  }
});

afterAll(async () => {
  for (const registry of Object.values(registries)) await registry.close();
});

function registryOf(kind: keyof typeof kinds): TestRegistry {
  const registry = registries[kind];
  if (registry === undefined) throw new Error(`the registry ${kind} does not run`);
  return registry;
}

function push(host: string, options: Partial<PushOptions> = {}) {
  return pushImages({
    registry: host,
    repository: 'team/app',
    tag: 'v1',
    content: INDEX,
    plainHttp: true,
    transport: openTransport(),
    ...options,
  });
}

describe('a push', () => {
  it.each(['open', 'basic', 'tokens'] as const)(
    'of an index can be pulled again from a registry that is %s',
    async (kind) => {
      const { host } = registryOf(kind);
      const credentials = kind === 'open' ? undefined : LOGIN;
      const pushed = await push(host, { credentials, repository: 'team/index' });
      expect(pushed.digest).toBe(INDEX.index.descriptor.digest);
      const source = openRegistry({
        registry: host,
        repository: 'team/index',
        plainHttp: true,
        credentials,
        transport: openTransport(),
      });
      expect((await source.head('v1')).digest).toBe(pushed.digest);
      for (const architecture of ['amd64', 'arm64']) {
        const { manifest, parentDigest } = await resolveImage(source, 'v1', {
          os: 'linux',
          architecture,
        });
        expect(parentDigest).toBe(pushed.digest);
        for (const layer of manifest.layers) await read(source.blob(layer));
      }
    },
  );

  it('of one image has its tag name it', async () => {
    const { host } = registryOf('open');
    const { digest } = await push(host, { content: IMAGE, tag: 'single' });
    expect(digest).toBe(IMAGE.manifest.descriptor.digest);
  });

  it('sends each blob once, and none that is there', async () => {
    const { host, requests } = registryOf('open');
    const first = await push(host, { repository: 'team/twice' });
    const blobs = new Map(IMAGES.flatMap((image) => [...image.blobs]));
    const size = [...blobs.values()].reduce((sum, { byteLength }) => sum + byteLength, 0);
    expect(first.uploadedBytes).toBe(size);
    requests.length = 0;
    const second = await push(host, { repository: 'team/twice' });
    expect(second).toEqual({ digest: first.digest, uploadedBytes: 0 });
    expect(requests.filter(({ method }) => method === 'POST')).toEqual([]);
  });

  it('asks for one token, of the right to push', async () => {
    const { host, requests } = registryOf('tokens');
    requests.length = 0;
    await push(host, { credentials: LOGIN, repository: 'team/scope' });
    const asked = requests.filter(({ server }) => server === 'realm').map(({ path }) =>
      new URL(path, 'http://realm').searchParams.get('scope')
    );
    expect(asked).toEqual(['repository:team/scope:pull,push']);
  });

  it('is made again where the registry stumbles', async () => {
    const { host, faults } = registryOf('open');
    faults.failNext(2, 503);
    const { digest } = await push(host, { repository: 'team/stumble' });
    expect(digest).toBe(INDEX.index.descriptor.digest);
  });

  it.each(
    [
      ['registry_refused_login', 'basic', {}, /add credentials/],
      ['registry_refused_login', 'basic', {
        credentials: { ...LOGIN, password: 'wrong' },
      }, /refuses the credentials/],
      ['registry_refused_login', 'tokens', {}, /Login was refused/],
      ['invalid_reference', 'open', { tag: 'no tag' }, /"no tag" cannot be a tag/],
      ['invalid_reference', 'open', { repository: '../x' }, /cannot be the name of a repository/],
    ] as const,
  )('fails with %s at the registry %s given %j', async (code, kind, options, sentence) => {
    const error = await rejectionOf(push(registryOf(kind).host, options));
    expect(error).toMatchObject({ code, temporary: false });
    expect(error.message).toMatch(sentence);
  });

  it.each(
    [
      [403, 'registry_denied', /Pushing is denied .* right to push/],
      [404, 'registry_error', /create the repository there first/],
      [413, 'registry_error', /HTTP 413/],
    ] as const,
  )('that is refused with %i fails with %s', async (status, code, sentence) => {
    const server = await serve((request, response) => {
      response.writeHead(request.method === 'HEAD' ? 404 : status).end();
    });
    const error = await rejectionOf(push(server.host));
    expect(error).toMatchObject({ code, status });
    expect(error.message).toMatch(sentence);
  });
});

describe('where a registry wants a blob', () => {
  it.each([['relative', ''], ['absolute', 'http://']])(
    'is followed with its query when it is %s',
    async (_, scheme) => {
      const server = await serve(({ method, url, headers }, response) => {
        const place = '/put/here?state=a%2Fb%20~c&x=1';
        const location = scheme === '' ? place : `${scheme}${headers.host}${place}`;
        if (method === 'HEAD') response.writeHead(404).end();
        else if (method === 'POST') response.writeHead(202, { location }).end();
        else response.writeHead(url?.includes('/put/') ? 201 : 418).end();
      });
      await rejectionOf(push(server.host));
      const puts = server.requests.filter(({ method }) => method === 'PUT').map(({ url }) => url);
      expect(puts[0]).toMatch(/^\/put\/here\?state=a%2Fb%20~c&x=1&digest=sha256%3A[0-9a-f]{64}$/);
    },
  );

  it('gets no login when it is another server', async () => {
    const store = await serve((_, response) => response.writeHead(201).end());
    const server = await serve(({ method, headers }, response) => {
      if (headers.authorization === undefined) {
        response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
      } else if (method === 'HEAD') response.writeHead(404).end();
      else if (method === 'POST') {
        response.writeHead(202, { location: `${store.origin}/bucket?sig=1` }).end();
      } else response.writeHead(201).end();
    });
    await push(server.host, { credentials: LOGIN });
    expect(store.requests.length).toBeGreaterThan(0);
    expect(store.requests.map(({ headers }) => headers.authorization).filter(Boolean)).toEqual([]);
  });

  it.each([undefined, '', 'ftp://127.0.0.1/x', 'http://['])(
    'is not followed to %j',
    async (location) => {
      const server = await serve(({ method }, response) => {
        if (method === 'HEAD') response.writeHead(404).end();
        else response.writeHead(202, location === undefined ? {} : { location }).end();
      });
      const error = await rejectionOf(push(server.host));
      expect(error.code).toBe('registry_error');
      expect(error.message).toMatch(/wants a blob to be sent to .*, which is no address of HTTP/);
      expect(server.requests.some(({ method }) => method === 'PUT')).toBe(false);
    },
  );
});
