/**
 * How sources are reached: redirects, logins, authorities, proxies.
 *
 * @module
 */
import { writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, request as ask } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { createAuthority, issueServerCertificate } from '../../../core/server/certificates.ts';
import { serve } from '../../jobs/oci-client/support.ts';
import { failureOf, openSource, QUICK, temporaryFolder, textAt } from './support.ts';

const PROXY_NAMES = ['http_proxy', 'https_proxy', 'no_proxy', 'HTTP_PROXY', 'HTTPS_PROXY'];
beforeEach(() => {
  for (const name of [...PROXY_NAMES, 'NO_PROXY']) vi.stubEnv(name, undefined);
});
afterEach(() => vi.unstubAllEnvs());

const BASIC = `Basic ${Buffer.from('me:hunter2').toString('base64')}`;

const NAMES = ['127.0.0.1', 'feeds.example'];

async function serveTls(listener: Parameters<typeof serve>[0]) {
  const authority = await createAuthority({ commonName: 'Test CA', days: 1 });
  const issued = await issueServerCertificate(authority, { names: NAMES, days: 1 });
  const options = { key: issued.key, cert: issued.certificate };
  const server = await serve(listener, (listener) => createTlsServer(options, listener));
  const caFile = join(temporaryFolder(), 'ca.pem');
  writeFileSync(caFile, authority.certificate);
  return { ...server, caFile };
}

describe('redirects', () => {
  it('are followed five times', async () => {
    const server = await serve((request, response) => {
      const left = Number(request.url?.slice(1));
      if (left === 0) response.end('found');
      else response.writeHead(302, { location: String(left - 1) }).end('elsewhere');
    });
    const files = await openSource(`${server.origin}/`);
    expect(await textAt(files, '5')).toBe('found');
    const failure = await failureOf(files.open('6'));
    expect(failure.message).toContain('redirects more than 5 times');
    expect(server.requests).toHaveLength(12);
  });

  it.each(['file:///etc/passwd', 'ftp://127.0.0.1/', 'http://', 'data:,x'])(
    'to %s are not followed',
    async (location) => {
      const server = await serve((_, response) => response.writeHead(301, { location }).end());
      const failure = await failureOf((await openSource(`${server.origin}/`)).open('a.json'));
      expect(failure).toMatchObject({ code: 'feed_unreachable' });
      expect(failure.message).toContain('no http or https URL');
      expect(server.requests).toHaveLength(1);
    },
  );

  it('lead from http to https, and not back', async () => {
    const secure = await serveTls((request, response) => {
      if (request.url === '/down.json') response.writeHead(302, { location: plain.origin });
      response.end('secure');
    });
    const plain = await serve((request, response) => {
      response.writeHead(308, { location: `${secure.origin}${request.url ?? ''}` }).end();
    });
    const options = { caFiles: [secure.caFile] };
    expect(await textAt(await openSource(`${plain.origin}/`, options), 'up.json')).toBe('secure');
    const failure = await failureOf(
      (await openSource(`${secure.origin}/`, options)).open('down.json'),
    );
    expect(failure.message).toContain(`plain http at ${plain.host}`);
  });
});

describe('a login', () => {
  it.each<[string, string, { username: string; password: string } | undefined]>([
    ['in the URL', 'me:hunter2@', undefined],
    ['of the settings', '', { username: 'me', password: 'hunter2' }],
    ['of the settings beside one in the URL', 'you:other@', {
      username: 'me',
      password: 'hunter2',
    }],
  ])('%s goes to its origin alone', async (_, userinfo, login) => {
    const other = await serve((_, response) => response.end('found'));
    const server = await serve((request, response) => {
      const isFirst = request.url === '/a.json';
      response.writeHead(isFirst ? 302 : 200, { location: `${other.origin}/b.json` }).end('own');
    });
    const url = server.origin.replace('//', `//${userinfo}`);
    const files = await openSource(`${url}/`, { login });
    expect(await textAt(files, 'a.json')).toBe('found');
    expect(await textAt(files, 'c.json')).toBe('own');
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual([BASIC, BASIC]);
    expect(other.requests.map(({ headers }) => headers.authorization)).toEqual([undefined]);
  });

  it('is not in any message', async () => {
    const server = await serve((_, response) => response.writeHead(403).end());
    const url = server.origin.replace('//', '//me:hunter2@');
    const failure = await failureOf(openSource(`${url}/a.json?key=hunter2`));
    expect(failure.message).toContain(server.host);
    const all = [failure.message, JSON.stringify(failure.detail), String(failure.cause)].join();
    expect(all).not.toContain('hunter2');
  });
});

describe('hosts that cannot be reached', () => {
  it.each<[string, string]>([
    ['http://127.0.0.1:9/', '127.0.0.1:9: the connection is refused'],
    ['http://feeds.invalid/', 'feeds.invalid: '],
  ])('%s', async (url, words) => {
    const failure = await failureOf((await openSource(url)).open('a.json'));
    expect(failure).toMatchObject({ code: 'feed_unreachable', status: 502 });
    expect(failure.message).toContain(words);
  });
});

describe('authorities', () => {
  it('of the source are trusted beside the public ones', async () => {
    const server = await serveTls((_, response) => response.end('secure'));
    const other = await serveTls(() => {});
    const files = await openSource(`${server.origin}/`, {
      caFiles: [other.caFile, server.caFile],
    });
    expect(await textAt(files, 'a.json')).toBe('secure');
  });

  it('of nobody are not', async () => {
    const server = await serveTls((_, response) => response.end('secure'));
    const failure = await failureOf((await openSource(`${server.origin}/`)).open('a.json'));
    expect(failure.message).toContain('CA file');
    expect(server.requests).toHaveLength(0);
  });

  it('do not help where no TLS is spoken', async () => {
    const server = await serve((_, response) => response.end());
    const url = server.origin.replace('http:', 'https:');
    const failure = await failureOf((await openSource(`${url}/`)).open('a.json'));
    expect(failure.message).toContain('speaks no TLS');
  });

  it('must be there', async () => {
    const folder = temporaryFolder();
    const key = join(folder, 'key.pem');
    writeFileSync(key, 'no certificate');
    for (const file of [join(folder, 'none.pem'), key]) {
      const failure = await failureOf(openSource('https://127.0.0.1:9/', { caFiles: [file] }));
      expect(failure).toMatchObject({ code: 'invalid_configuration' });
      expect(failure.message).toContain(file);
    }
  });
});

/** A proxy that lets all through: by CONNECT, whatever the name of the host, and by whole URLs. */
async function startProxy(refusal?: number) {
  const seen: string[] = [];
  const logins = new Set<string | undefined>();
  const note = ({ method, url, headers }: IncomingMessage) => {
    seen.push(`${method} ${url}`);
    logins.add(headers['proxy-authorization']);
  };
  const server = createServer((request, response) => {
    note(request);
    if (refusal !== undefined) {
      response.writeHead(refusal).end();
      return;
    }
    const { method, headers: { 'proxy-authorization': _, ...headers } } = request;
    request.pipe(ask(request.url ?? '', { method: method ?? 'GET', headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    }));
  });
  server.on('connect', (request, socket) => {
    note(request);
    if (refusal !== undefined) {
      socket.end(`HTTP/1.1 ${refusal} No\r\n\r\n`);
      return;
    }
    const [, port] = (request.url ?? '').split(':');
    const target = connect(Number(port), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      target.pipe(socket).pipe(target);
    });
    for (const end of [target, socket]) {
      end.on('error', () => {});
      end.on('close', () => void [target, socket].map((either) => either.destroy()));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { host: `127.0.0.1:${address.port}`, seen, logins };
}

describe('proxies', () => {
  it('of the environment are used, but for hosts without one', async () => {
    const proxy = await startProxy();
    const plain = await serve((_, response) => response.end('plain'));
    const secure = await serveTls((_, response) => response.end('secure'));
    vi.stubEnv('HTTP_PROXY', `http://${proxy.host}`);
    vi.stubEnv('HTTPS_PROXY', proxy.host);
    const options = { proxy: undefined, caFiles: [secure.caFile] };
    expect(await textAt(await openSource(`${plain.origin}/`, options), 'a b')).toBe('plain');
    expect(await textAt(await openSource(`${secure.origin}/`, options), 'a.json')).toBe('secure');
    const seen = [`GET ${plain.origin}/a%20b`, `CONNECT ${secure.host}`];
    expect(proxy.seen).toEqual(seen);
    vi.stubEnv('NO_PROXY', 'feeds.example,127.0.0.1');
    expect(await textAt(await openSource(`${plain.origin}/`, options), 'a.json')).toBe('plain');
    vi.stubEnv('NO_PROXY', undefined);
    const none = { ...options, proxy: 'none' };
    expect(await textAt(await openSource(`${secure.origin}/`, none), 'a.json')).toBe('secure');
    expect(proxy.seen).toEqual(seen);
  });

  it('of the settings count first, with their login', async () => {
    const proxy = await startProxy();
    const server = await serve((_, response) => response.end('plain'));
    vi.stubEnv('HTTP_PROXY', 'http://127.0.0.1:9');
    vi.stubEnv('NO_PROXY', '*');
    const options = { proxy: `http://me:hunter2@${proxy.host}` };
    const files = await openSource(`${server.origin}/`, options);
    expect(await textAt(files, 'a.json')).toBe('plain');
    expect(await textAt(files, 'b.json')).toBe('plain');
    expect(proxy.seen).toHaveLength(2);
    expect([...proxy.logins]).toEqual([BASIC]);
    expect(server.requests[0]?.headers['proxy-authorization']).toBeUndefined();
  });

  it('do not see the login of a source over TLS', async () => {
    const proxy = await startProxy();
    const server = await serveTls((_, response) => response.end('secure'));
    const files = await openSource(`${server.origin}/`, {
      proxy: `http://${proxy.host}`,
      caFiles: [server.caFile],
      login: { username: 'me', password: 'hunter2' },
    });
    expect(await textAt(files, 'a.json')).toBe('secure');
    expect(server.requests[0]?.headers.authorization).toBe(BASIC);
    expect([...proxy.logins]).toEqual([undefined]);
  });

  it('resolve the names of hosts, whose certificates are checked all the same', async () => {
    const proxy = await startProxy();
    const server = await serveTls((_, response) => response.end('secure'));
    const options = { proxy: `http://${proxy.host}`, caFiles: [server.caFile] };
    const url = (host: string) => `${server.origin.replace('127.0.0.1', host)}/`;
    expect(await textAt(await openSource(url('feeds.example'), options), 'a')).toBe('secure');
    const other = await openSource(url('other.example'), options);
    expect((await failureOf(other.open('a.json'))).message).toContain('is not trusted');
    expect(server.requests).toHaveLength(1);
  });

  it('that never answer do not hold anybody for ever', async () => {
    const silent = createServer().on('connect', () => {});
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const address = silent.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const sockets = new Set<Socket>();
    silent.on('connection', (socket) => sockets.add(socket));
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy();
      silent.close();
    });
    const files = await openSource('https://feeds.invalid/', {
      proxy: `http://127.0.0.1:${port}`,
      settings: { ...QUICK, stallMs: 150, attempts: 2 },
    });
    expect((await failureOf(files.open('a.json'))).message).toContain('stands still');
  });

  it.each<[number, string, string]>([
    [407, 'http', 'the proxy wants a login (407)'],
    [407, 'https', 'the proxy wants a login (407)'],
    [403, 'https', 'the proxy does not let it through (403)'],
    [502, 'https', 'the proxy cannot reach it (502)'],
  ])('that answer %i for %s are named', async (status, scheme, words) => {
    const proxy = await startProxy(status);
    const options = { proxy: `http://me:hunter2@${proxy.host}` };
    const files = await openSource(`${scheme}://feeds.invalid/`, options);
    const failure = await failureOf(files.open('a.json'));
    expect(failure.message).toContain(words);
    expect(`${failure.message} ${String(failure.cause)}`).not.toContain('hunter2');
    expect(proxy.seen).toHaveLength(status === 502 ? 5 : 1);
  });

  it('that are not there are told of', async () => {
    for (const scheme of ['http', 'https']) {
      const files = await openSource(`${scheme}://feeds.invalid/`, { proxy: '127.0.0.1:9' });
      const failure = await failureOf(files.open('a.json'));
      expect(failure.message).toContain('connection is refused');
      expect(failure.message).toContain('proxy');
    }
  });

  it.each(['socks9://me:hunter2@proxy', 'http://me:hunter2@:x', 'http://me%:hunter2@proxy'])(
    '%s is none, and is not repeated',
    async (text) => {
      vi.stubEnv('HTTPS_PROXY', text);
      for (const proxy of [text, undefined]) {
        const failure = await failureOf(openSource('http://127.0.0.1:9/', { proxy }));
        expect(failure).toMatchObject({ code: 'invalid_configuration' });
        expect(`${failure.message} ${String(failure.cause)}`).not.toContain('hunter2');
      }
    },
  );
});
