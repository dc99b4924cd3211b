/**
 * Logging in: who gets credentials and tokens, and who does not.
 *
 * @module
 */
import type { IncomingMessage, RequestListener } from 'node:http';
import { describe, expect, it } from 'vitest';

import { openRegistry, type RegistryOptions } from '../../../jobs/oci-client/registry.ts';
import { openTransport, rejectionOf, serve, sha256 } from './support.ts';
import type { TestServer } from './support.ts';

const MANIFEST = JSON.stringify({
  schemaVersion: 2,
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  config: {
    mediaType: 'application/vnd.oci.image.config.v1+json',
    digest: sha256('{}'),
    size: 2,
  },
  layers: [],
});
const CREDENTIALS = { username: 'me', password: 'pä:ss' };
const BASIC = `Basic ${Buffer.from('me:pä:ss').toString('base64')}`;

function open(server: TestServer, options: Partial<RegistryOptions> = {}) {
  return openRegistry({
    registry: server.host,
    repository: 'team/app',
    plainHttp: true,
    transport: openTransport(),
    ...options,
  });
}

/** A registry that wants one of these values of `Authorization`. */
function guarded(challenge: () => string, accepted: () => readonly string[]): RequestListener {
  return (request, response) => {
    if (accepted().includes(request.headers.authorization ?? '')) response.end(MANIFEST);
    else response.writeHead(401, { 'www-authenticate': challenge() }).end();
  };
}

/** A token service that issues `token-1`, `token-2`..., and a registry that wants them. */
async function tokenRegistry(answer: (count: number) => object, challenge?: string) {
  const issued: string[] = [];
  const bodies: string[] = [];
  const realm = await serve((request, response) => {
    let body = '';
    request.on('data', (chunk) => body += chunk).on('end', () => {
      bodies.push(body);
      issued.push(`Bearer token-${issued.length + 1}`);
      response.end(JSON.stringify(answer(issued.length)));
    });
  });
  const header = challenge ?? `Bearer realm="${realm.origin}/token?a=b",service="the service"`;
  const server = await serve(guarded(() => header, () => issued));
  return { realm, server, issued, bodies };
}

function queryOf(request: IncomingMessage | undefined): Record<string, string> {
  return Object.fromEntries(new URL(request?.url ?? '', 'http://x').searchParams);
}

describe('Bearer', () => {
  it.each([
    ['token', (count: number) => ({ token: `token-${count}` })],
    ['access_token', (count: number) => ({ access_token: `token-${count}`, token: null })],
    ['odd lifetimes', (count: number) => ({ token: `token-${count}`, expires_in: '300' })],
  ])('fetches a token for pulling once, for all requests (%s)', async (_what, answer) => {
    const { realm, server } = await tokenRegistry(answer);
    const source = open(server);
    await source.manifest('v1');
    await source.manifest('v1');
    expect(realm.requests).toHaveLength(1);
    expect(queryOf(realm.requests[0])).toEqual({
      a: 'b',
      service: 'the service',
      scope: 'repository:team/app:pull',
    });
    expect(realm.requests[0]?.headers.authorization).toBeUndefined();
    expect(server.requests).toHaveLength(3);
    expect(source.authorizationKind).toBe('bearer');
    expect(await source.authorization()).toBe('Bearer token-1');
  });

  it('shares one token request among concurrent requests', async () => {
    const { realm, server } = await tokenRegistry((count) => ({ token: `token-${count}` }));
    const source = open(server);
    await Promise.all(Array.from({ length: 8 }, () => source.manifest('v1')));
    expect(realm.requests).toHaveLength(1);
  });

  it('sends the credentials to the realm only', async () => {
    const { realm, server } = await tokenRegistry((count) => ({ token: `token-${count}` }));
    await open(server, { credentials: CREDENTIALS }).manifest('v1');
    expect(realm.requests[0]?.headers.authorization).toBe(BASIC);
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual([
      undefined,
      'Bearer token-1',
    ]);
  });

  it('exchanges an identity token by POST', async () => {
    const { realm, server, bodies } = await tokenRegistry((n) => ({ access_token: `token-${n}` }));
    await open(server, { credentials: { username: '<token>', password: 'identity' } }).manifest(
      'v1',
    );
    expect(realm.requests[0]).toMatchObject({ method: 'POST' });
    expect(realm.requests[0]?.headers.authorization).toBeUndefined();
    expect(Object.fromEntries(new URLSearchParams(bodies[0]))).toMatchObject({
      grant_type: 'refresh_token',
      refresh_token: 'identity',
      service: 'the service',
      scope: 'repository:team/app:pull',
    });
  });

  it('renews a token shortly before it expires', async () => {
    const { realm, server } = await tokenRegistry((n) => ({ token: `token-${n}`, expires_in: 9 }));
    const source = open(server);
    await source.manifest('v1');
    await source.manifest('v1');
    expect(realm.requests).toHaveLength(2);
    expect(server.requests.at(-1)?.headers.authorization).toBe('Bearer token-2');
  });

  it('renews a token that the registry no longer takes, once', async () => {
    const { realm, server, issued } = await tokenRegistry((n) => ({ token: `token-${n}` }));
    const source = open(server);
    await source.manifest('v1');
    issued[0] = 'revoked';
    await source.manifest('v1');
    expect(realm.requests).toHaveLength(2);
    const refusing = await serve(
      guarded(() => `Bearer realm="${realm.origin}/token"`, () => []),
    );
    const error = await rejectionOf(open(refusing).manifest('v1'));
    expect(error).toMatchObject({ code: 'registry_refused_login', status: 401, temporary: false });
    expect(refusing.requests).toHaveLength(2);
  });

  it.each<[what: string, answer: object]>([
    ['no token', {}],
    ['a token that breaks the header', { token: 'a\r\nx: y' }],
    ['no object', []],
    ['more than 64 KiB', { token: 'x'.repeat(70_000) }],
  ])('fails when the realm answers with %s', async (_what, answer) => {
    const { server } = await tokenRegistry(() => answer);
    expect((await rejectionOf(open(server).manifest('v1'))).code)
      .toMatch(/^(registry_error|body_too_large)$/);
    expect(server.requests).toHaveLength(1);
  });

  it.each([
    [401, 'registry_refused_login'],
    [403, 'registry_denied'],
    [404, 'registry_error'],
  ])('fails when the realm answers with HTTP %i as %s', async (status, code) => {
    const realm = await serve((_request, response) => response.writeHead(status).end());
    const server = await serve(guarded(() => `Bearer realm="${realm.origin}"`, () => []));
    const error = await rejectionOf(open(server, { credentials: CREDENTIALS }).manifest('v1'));
    expect(error).toMatchObject({ code, status });
    expect(error.message).not.toContain('ss');
  });

  it('keeps the password from where the realm redirects to', async () => {
    const thief = await serve((_request, response) => response.end('{"token":"token-1"}'));
    const realm = await serve((_request, response) => {
      response.writeHead(302, { location: thief.origin }).end();
    });
    const server = await serve(
      guarded(() => `Bearer realm="${realm.origin}"`, () => ['Bearer token-1']),
    );
    await open(server, { credentials: CREDENTIALS }).manifest('v1');
    expect(realm.requests[0]?.headers.authorization).toBe(BASIC);
    expect(thief.requests[0]?.headers.authorization).toBeUndefined();
  });

  it('checks the address of the realm like any other', async () => {
    const { realm, server } = await tokenRegistry((count) => ({ token: `token-${count}` }));
    let allowed = 1;
    const transport = openTransport({ allowAddress: () => allowed-- > 0 });
    const error = await rejectionOf(open(server, { transport }).manifest('v1'));
    expect(error.code).toBe('forbidden_address');
    expect(realm.requests).toHaveLength(0);
  });

  it.each([
    ['a file', 'file:///etc/passwd'],
    ['no URL', '/token'],
    ['nothing', ''],
  ])('fails when the realm is %s', async (_what, realm) => {
    const server = await serve(guarded(() => `Bearer realm="${realm}"`, () => []));
    const error = await rejectionOf(open(server).manifest('v1'));
    expect(error.code).toBe('registry_error');
    expect(error.message).toContain('not an HTTPS URL');
  });

  it('one caller may give up without the others', async () => {
    const realm = await serve((_request, response) => {
      setTimeout(() => response.end('{"token":"token-1"}'), 150);
    });
    const server = await serve(
      guarded(() => `Bearer realm="${realm.origin}"`, () => ['Bearer token-1']),
    );
    const source = open(server);
    const hasty = rejectionOf(source.manifest('v1', AbortSignal.timeout(75)));
    const patient = source.manifest('v1');
    expect((await hasty).code).toBe('timeout');
    expect((await patient).document.kind).toBe('manifest');
    expect(realm.requests).toHaveLength(1);
  });
});

describe('Basic', () => {
  const challenge = () => 'Basic realm="Registry"';

  it('sends the credentials once they are asked for', async () => {
    const server = await serve(guarded(challenge, () => [BASIC]));
    const source = open(server, { credentials: CREDENTIALS });
    await source.manifest('v1');
    await source.manifest('v1');
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual([
      undefined,
      BASIC,
      BASIC,
    ]);
    expect(source.authorizationKind).toBe('basic');
  });

  it.each([
    ['there are none', undefined, 1, 'add credentials'],
    ['they are wrong', { username: 'me', password: 'wrong' }, 2, 'check'],
    [
      'there is only an identity token',
      { username: '<token>', password: 'x' },
      1,
      'add credentials',
    ],
  ])('fails with registry_refused_login where %s', async (_what, credentials, count, says) => {
    const server = await serve(guarded(challenge, () => [BASIC]));
    const error = await rejectionOf(open(server, { credentials }).manifest('v1'));
    expect(error).toMatchObject({ code: 'registry_refused_login', status: 401 });
    expect(error.message).toContain(says);
    expect(error.message).toContain(server.host);
    expect(error.message).not.toContain('wrong');
    expect(server.requests).toHaveLength(count);
  });

  it('fails where nothing known is offered', async () => {
    const server = await serve(guarded(() => 'Negotiate', () => []));
    const error = await rejectionOf(open(server, { credentials: CREDENTIALS }).manifest('v1'));
    expect(error.code).toBe('registry_refused_login');
    expect(error.message).toContain('neither Bearer nor Basic');
  });
});

describe('a supplied authorization', () => {
  it('is asked for once, and again after a refusal', async () => {
    let count = 0;
    let accepted = 'Bearer 1';
    const server = await serve(guarded(() => 'Bearer realm="http://unused"', () => [accepted]));
    const source = open(server, { authorization: () => Promise.resolve(`Bearer ${++count}`) });
    await source.manifest('v1');
    await source.manifest('v1');
    expect(count).toBe(1);
    accepted = 'Bearer 2';
    await Promise.all([source.manifest('v1'), source.manifest('v1')]);
    expect(count).toBe(2);
    accepted = 'none';
    const error = await rejectionOf(source.manifest('v1'));
    expect(error.code).toBe('registry_refused_login');
    expect(count).toBe(3);
  });

  it('that cannot be obtained is a failure, and is asked for again next time', async () => {
    let count = 0;
    const server = await serve(guarded(() => '', () => ['Bearer x']));
    const authorization = () => {
      count += 1;
      return count <= 3 ? Promise.reject(new Error('down')) : Promise.resolve('Bearer x');
    };
    const source = open(server, { authorization });
    const error = await rejectionOf(source.manifest('v1'));
    expect(error).toMatchObject({ code: 'registry_refused_login', temporary: true });
    expect((await source.manifest('v1')).document.kind).toBe('manifest');
  });
});
