/**
 * The test registry itself: it answers as specified, and misbehaves as asked.
 *
 * @module
 */

import { Buffer } from 'node:buffer';
import * as https from 'node:https';

import { afterEach, describe, expect, it } from 'vitest';

import { createAuthority, issueServerCertificate } from '../../core/server/certificates.ts';
import { composeImage, composeIndex } from '../../jobs/oci-client/compose/index.ts';
import { type RegistryOptions, startRegistry, type TestRegistry } from './registry.ts';

const REPOSITORY = 'team/app';
const image = composeImage({ layers: [[{ path: 'a', content: 'x'.repeat(4000) }]] });
const [, [layer, layerBytes] = ['sha256:' as const, new Uint8Array()]] = [...image.blobs];
const digest = image.manifest.descriptor.digest;

let registry: TestRegistry | undefined;

afterEach(async () => {
  await registry?.close();
  registry = undefined;
});

async function start(options?: RegistryOptions): Promise<TestRegistry> {
  registry = await startRegistry(options);
  registry.push(REPOSITORY, '1.0', image);
  return registry;
}

function get({ origin }: TestRegistry, path: string, init?: RequestInit): Promise<Response> {
  return fetch(`${origin}/v2/${path}`, { redirect: 'manual', ...init });
}

function getBlob(from: TestRegistry, init?: RequestInit): Promise<Response> {
  return get(from, `${REPOSITORY}/blobs/${layer}`, { redirect: 'follow', ...init });
}

async function bytesOf(response: Response): Promise<Buffer> {
  return Buffer.from(await response.arrayBuffer());
}

async function statusOf(response: Promise<Response>): Promise<number> {
  const { status, body } = await response;
  await body?.cancel();
  return status;
}

function basic(credentials: string): RequestInit {
  return { headers: { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` } };
}

/** Reads the challenge of a 401 and asks its realm for a token. */
async function fetchToken(refused: Response, init?: RequestInit): Promise<Response> {
  await refused.body?.cancel();
  const challenge = refused.headers.get('www-authenticate') ?? '';
  const parameters = new Map([...challenge.matchAll(/(\w+)="([^"]*)"/g)].map((m) => [m[1], m[2]]));
  const query = new URLSearchParams({ service: parameters.get('service') ?? '' });
  const scope = parameters.get('scope');
  if (scope !== undefined) query.set('scope', scope);
  return await fetch(`${parameters.get('realm')}?${query}`, init);
}

async function bearer(issued: Response): Promise<RequestInit> {
  const answer: unknown = await issued.json();
  expect(answer).toMatchObject({ token: expect.any(String), expires_in: expect.any(Number) });
  const token = typeof answer === 'object' && answer !== null && 'token' in answer && answer.token;
  return { headers: { authorization: `Bearer ${token}` } };
}

describe('startRegistry', () => {
  it.each(['1.0', digest])('serves a manifest by %s', async (reference) => {
    const path = `${REPOSITORY}/manifests/${reference}`;
    for (const method of ['GET', 'HEAD']) {
      const response = await get(await start(), path, { method });
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toBe(image.manifest.descriptor.mediaType);
      expect(response.headers.get('docker-content-digest')).toBe(digest);
      expect(response.headers.get('content-length')).toBe(`${image.manifest.bytes.length}`);
      const expected = method === 'GET' ? image.manifest.bytes : [];
      expect(await bytesOf(response)).toEqual(Buffer.from(expected));
      await registry?.close();
    }
  });

  it('serves an index and the images below it', async () => {
    const running = await start();
    const index = composeIndex([image]);
    const pushed = running.push(REPOSITORY, 'multi', { index, images: [image] });
    const response = await get(running, `${REPOSITORY}/manifests/multi`);
    expect(pushed).toBe(index.descriptor.digest);
    expect(await bytesOf(response)).toEqual(Buffer.from(index.bytes));
  });

  it.each<[string, string | undefined, number, number, number]>([
    ['whole', undefined, 200, 0, layerBytes.length],
    ['from a byte on', 'bytes=10-', 206, 10, layerBytes.length],
    ['between two bytes', 'bytes=10-19', 206, 10, 20],
    ['from the end', 'bytes=-5', 206, layerBytes.length - 5, layerBytes.length],
    ['beyond its end', `bytes=5-${layerBytes.length + 9}`, 206, 5, layerBytes.length],
    ['after its end', `bytes=${layerBytes.length}-`, 416, 0, 0],
  ])('serves a blob %s', async (_, range, status, from, to) => {
    const running = await start();
    const response = await getBlob(running, range === undefined ? {} : { headers: { range } });
    expect(response.status).toBe(status);
    const sent = status === 416 ? '*' : `${from}-${to - 1}`;
    const contentRange = status === 200 ? null : `bytes ${sent}/${layerBytes.length}`;
    expect(response.headers.get('content-range')).toBe(contentRange);
    expect(await bytesOf(response)).toEqual(Buffer.from(layerBytes.subarray(from, to)));
    expect(running.blobBytesSent).toBe(to - from);
    expect(running.blobRequests(layer)).toBe(1);
  });

  it('lists tags, also by pages', async () => {
    const running = await start();
    for (const tag of ['b', 'a', 'c']) running.tag(REPOSITORY, tag, digest);
    const all = await get(running, `${REPOSITORY}/tags/list`);
    expect(await all.json()).toEqual({ name: REPOSITORY, tags: ['1.0', 'a', 'b', 'c'] });
    const page = await get(running, `${REPOSITORY}/tags/list?n=2&last=1.0`);
    expect(await page.json()).toEqual({ name: REPOSITORY, tags: ['a', 'b'] });
    expect(page.headers.get('link')).toBe(`</v2/${REPOSITORY}/tags/list?n=2&last=b>; rel="next"`);
  });

  it.each([
    ['a repository', 'no/such/manifests/1.0', 'NAME_UNKNOWN'],
    ['a tag', `${REPOSITORY}/manifests/2.0`, 'MANIFEST_UNKNOWN'],
    ['a blob', `${REPOSITORY}/blobs/sha256:00`, 'BLOB_UNKNOWN'],
    ['a removed tag', `${REPOSITORY}/manifests/gone`, 'MANIFEST_UNKNOWN'],
  ])('answers 404 in the specified form for %s', async (_, path, code) => {
    const running = await start();
    running.tag(REPOSITORY, 'gone', digest);
    running.remove(REPOSITORY, 'gone');
    const response = await get(running, path);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ errors: [{ code }] });
  });

  it('moves a tag and logs the requests', async () => {
    const running = await start();
    const moved = running.push(REPOSITORY, '1.0', composeImage({ layers: [] }));
    const path = `${REPOSITORY}/manifests/1.0`;
    const response = await get(running, path, { method: 'HEAD', headers: { accept: 'a/b' } });
    expect(response.headers.get('docker-content-digest')).toBe(moved);
    expect(running.requests).toMatchObject([
      { server: 'registry', method: 'HEAD', path: `/v2/${path}`, headers: { accept: 'a/b' } },
    ]);
  });

  it('redirects blobs to a server that refuses credentials and forged addresses', async () => {
    const running = await start({ redirectBlobs: true });
    const redirect = await get(running, `${REPOSITORY}/blobs/${layer}`);
    const location = redirect.headers.get('location') ?? '';
    expect(redirect.status).toBe(307);
    expect(new URL(location).origin).toBe(running.blobOrigin);
    expect(await bytesOf(await fetch(location))).toEqual(Buffer.from(layerBytes));
    expect(await statusOf(fetch(location, basic('a:b')))).toBe(400);
    expect(await statusOf(fetch(location.replace(/\?.*/, '?signature=forged')))).toBe(403);
  });

  it('serves HTTPS', async () => {
    const authority = await createAuthority({ commonName: 'test', days: 1 });
    const request = { names: ['127.0.0.1'], days: 1 };
    const { certificate, key } = await issueServerCertificate(authority, request);
    const running = await start({ tls: { key, cert: certificate } });
    const options = { ca: authority.certificate, agent: false };
    const status = await new Promise((resolve, reject) => {
      const request = https.get(`${running.origin}/v2/`, options, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      request.once('error', reject);
    });
    expect(running.origin).toMatch(/^https:/);
    expect(status).toBe(200);
  });
});

describe('authentication', () => {
  it('asks for a name and a password', async () => {
    const running = await start({ auth: { kind: 'basic', username: 'u', password: 'p' } });
    const refused = await get(running, '');
    expect(refused.status).toBe(401);
    expect(refused.headers.get('www-authenticate')).toMatch(/^Basic realm=/);
    expect(await refused.json()).toMatchObject({ errors: [{ code: 'UNAUTHORIZED' }] });
    expect(await statusOf(get(running, '', basic('u:wrong')))).toBe(401);
    expect(await statusOf(get(running, '', basic('u:p')))).toBe(200);
  });

  it.each([false, true])('issues tokens (realm elsewhere: %s)', async (realmElsewhere) => {
    const running = await start({ auth: { kind: 'token', realmElsewhere } });
    const path = `${REPOSITORY}/manifests/1.0`;
    const refused = await get(running, path);
    expect(refused.status).toBe(401);
    const authorized = await bearer(await fetchToken(refused));
    expect(await statusOf(get(running, path, authorized))).toBe(200);
    const realm = running.requests.find(({ server }) => server === 'realm');
    expect(realm?.headers.host === running.host).toBe(!realmElsewhere);
  });

  it('issues tokens only for the right credentials', async () => {
    const auth = { kind: 'token', username: 'u', password: 'p' } as const;
    const running = await start({ auth });
    expect((await fetchToken(await get(running, ''))).status).toBe(401);
    expect((await fetchToken(await get(running, ''), basic('u:p'))).status).toBe(200);
  });

  it('honours the scope and the expiry of tokens', async () => {
    const running = await start({ auth: { kind: 'token', expiresIn: 0.2 } });
    running.push('other', '1.0', image);
    const path = `${REPOSITORY}/manifests/1.0`;
    const authorized = await bearer(await fetchToken(await get(running, path)));
    const outside = await get(running, 'other/manifests/1.0', authorized);
    expect(outside.status).toBe(401);
    expect(outside.headers.get('www-authenticate')).toContain('insufficient_scope');
    expect(await statusOf(get(running, path, authorized))).toBe(200);
    await new Promise((resolve) => setTimeout(resolve, 250));
    expect(await statusOf(get(running, path, authorized))).toBe(401);
  });

  it('forgets tokens on demand', async () => {
    const running = await start({ auth: { kind: 'token' } });
    const authorized = await bearer(await fetchToken(await get(running, '')));
    expect(await statusOf(get(running, '', authorized))).toBe(200);
    running.expireTokens();
    expect(await statusOf(get(running, '', authorized))).toBe(401);
  });
});
