/**
 * The transport against real servers: addresses, redirects, credentials, limits.
 *
 * @module
 */
import { createServer as createTcpServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';

import { isForbiddenAddress } from '../../../jobs/oci-client/addresses.ts';
import { openTransport, read, rejectionOf, serve } from './support.ts';

const allowPublic = (_host: string, ip: string) => !isForbiddenAddress(ip);

describe('addresses', () => {
  it.each([
    ['an address', 'http://127.0.0.1:PORT/'],
    ['an odd spelling of an address', 'http://2130706433:PORT/'],
    ['a name that resolves to one', 'http://localhost:PORT/'],
  ])('refuses %s that is forbidden, before any connection', async (_what, text) => {
    const server = await serve((_request, response) => response.end());
    const url = new URL(text.replace('PORT', new URL(server.origin).port));
    const error = await rejectionOf(openTransport({ allowAddress: allowPublic }).fetch(url));
    expect(error).toMatchObject({ code: 'forbidden_address', temporary: false });
    expect(server.requests).toHaveLength(0);
  });

  it('refuses a redirect to a forbidden address', async () => {
    const inner = await serve((_request, response) => response.end('secret'));
    const outer = await serve((_request, response) => {
      response.writeHead(302, { location: inner.origin }).end();
    });
    const allowed = (_host: string, _ip: string) => inner.requests.length === 0;
    let asked = 0;
    const transport = openTransport({
      allowAddress: (host, ip) => asked++ === 0 && allowed(host, ip),
    });
    const error = await rejectionOf(transport.fetch(new URL(outer.origin)));
    expect(error.code).toBe('forbidden_address');
    expect(inner.requests).toHaveLength(0);
  });

  it('tells the check which name an address belongs to', async () => {
    const server = await serve((_request, response) => response.end('ok'));
    const asked: string[] = [];
    const transport = openTransport({
      allowAddress: (host, ip) => {
        asked.push(`${host} ${ip}`);
        return ip === '127.0.0.1';
      },
    });
    const url = new URL(server.origin.replace('127.0.0.1', 'localhost'));
    expect(await read((await transport.fetch(url)).body)).toBe('ok');
    expect(asked).toContain('localhost 127.0.0.1');
  });

  it('asks pinned hosts at their pins without DNS, and no others', async () => {
    const server = await serve((request, response) => response.end(request.headers.host));
    const { port } = new URL(server.origin);
    const transport = openTransport({ pins: { 'registry.invalid': ['127.0.0.1'] } });
    const response = await transport.fetch(new URL(`http://registry.invalid:${port}/`));
    expect(await read(response.body)).toBe(`registry.invalid:${port}`);
    for (const other of ['localhost', '127.0.0.1', 'toString', '__proto__.invalid']) {
      const error = await rejectionOf(transport.fetch(new URL(`http://${other}:${port}/`)));
      expect(error.code, other).toBe('forbidden_address');
    }
  });

  it('checks pins as well', async () => {
    const transport = openTransport({
      allowAddress: allowPublic,
      pins: { 'registry.invalid': ['127.0.0.1'] },
    });
    const error = await rejectionOf(transport.fetch(new URL('http://registry.invalid:1/')));
    expect(error.code).toBe('forbidden_address');
  });
});

describe('redirects', () => {
  it('are followed with the headers, but with Authorization only at its origin', async () => {
    const second = await serve((_request, response) => response.end('there'));
    const first = await serve((request, response) => {
      const location = request.url === '/a'
        ? '/b'
        : `http://user:word@${second.host}/c?signature=x`;
      response.writeHead(307, { location }).end('elsewhere');
    });
    const seen: string[] = [];
    const transport = openTransport({ onRedirect: (from, to) => seen.push(`${from} ${to}`) });
    const response = await transport.fetch(new URL(`${first.origin}/a`), {
      headers: { authorization: 'Bearer secret', accept: 'x/y' },
    });
    expect(await read(response.body)).toBe('there');
    expect(response.url.href).toBe(`${second.origin}/c?signature=x`);
    expect(first.requests.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer secret',
      'Bearer secret',
    ]);
    expect(second.requests[0]?.headers.authorization).toBeUndefined();
    expect(second.requests[0]?.headers.accept).toBe('x/y');
    expect(seen).toEqual([
      `${first.origin}/a ${first.origin}/b`,
      `${first.origin}/b ${second.origin}/c?signature=x`,
    ]);
  });

  it('that come back to the first origin do not bring Authorization back', async () => {
    const away = await serve((_request, response) => {
      response.writeHead(302, { location: `${home.origin}/back` }).end();
    });
    const home = await serve((request, response) => {
      if (request.url === '/back') response.end();
      else response.writeHead(302, { location: away.origin }).end();
    });
    const response = await openTransport().fetch(new URL(home.origin), {
      headers: { authorization: 'Bearer secret' },
    });
    response.discard();
    expect(home.requests.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer secret',
      undefined,
    ]);
  });

  it('in a circle end with too_many_redirects, without the query in the message', async () => {
    const server = await serve((request, response) => {
      response.writeHead(302, { location: request.url ?? '' }).end();
    });
    const url = new URL(`${server.origin}/round?token=secret`);
    const error = await rejectionOf(openTransport({ maxRedirections: 3 }).fetch(url));
    expect(error.code).toBe('too_many_redirects');
    expect(error.message).toContain(`${server.origin}/round `);
    expect(error.message).not.toContain('secret');
    expect(server.requests).toHaveLength(4);
  });

  it.each([
    ['file:///etc/passwd', 'forbidden_address'],
    ['javascript:alert(1)', 'forbidden_address'],
    ['http://[', 'registry_error'],
  ])('to %s are not followed', async (location, code) => {
    const server = await serve((_request, response) => response.writeHead(302, { location }).end());
    expect((await rejectionOf(openTransport().fetch(new URL(server.origin)))).code).toBe(code);
  });

  it('of a POST are returned, not followed', async () => {
    const server = await serve((_request, response) => {
      response.writeHead(307, { location: '/elsewhere' }).end();
    });
    const response = await openTransport().fetch(new URL(server.origin), {
      method: 'POST',
      body: 'x',
    });
    response.discard();
    expect(response.status).toBe(307);
    expect(server.requests).toHaveLength(1);
  });
});

describe('failures', () => {
  it('names a host that refuses connections, without user information and query', async () => {
    const server = createTcpServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    // A TCP server listens on a port, so its address is no string.
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const url = new URL(`http://user:word@127.0.0.1:${port}/v2/?token=secret`);
    const error = await rejectionOf(openTransport().fetch(url));
    expect(error).toMatchObject({ code: 'registry_unreachable', temporary: true });
    expect(error.message).toContain(`127.0.0.1:${port}`);
    expect(error.message).not.toMatch(/word|secret/);
  });

  it('says that a host does not exist', async () => {
    const error = await rejectionOf(openTransport().fetch(new URL('http://registry.invalid/')));
    expect(error.code).toBe('registry_unreachable');
  });

  it.each([
    ['headers', { headers: 50 }, ''],
    ['a body', { body: 50 }, 'begun'],
  ])('waits for %s only so long', async (_what, timeouts, begun) => {
    const server = await serve((_request, response) => {
      if (begun !== '') response.write(begun);
    });
    const transport = openTransport({ timeouts });
    const asked = transport.fetch(new URL(server.origin)).then(({ body }) => read(body));
    expect(await rejectionOf(asked)).toMatchObject({ code: 'timeout', temporary: true });
  });

  it('is cancelled by its signal, before and during the body', async () => {
    const server = await serve((_request, response) => void response.write('begun'));
    const transport = openTransport();
    const url = new URL(server.origin);
    const aborted = await rejectionOf(transport.fetch(url, { signal: AbortSignal.abort() }));
    expect(aborted.code).toBe('aborted');
    expect(server.requests).toHaveLength(0);
    const controller = new AbortController();
    const response = await transport.fetch(url, { signal: controller.signal });
    const reading = read(response.body);
    controller.abort();
    expect((await rejectionOf(reading)).code).toBe('aborted');
    const late = transport.fetch(url, { signal: AbortSignal.timeout(50) });
    expect((await rejectionOf(late.then(({ body }) => read(body)))).code).toBe('timeout');
  });

  it('cuts bodies at maxBytes', async () => {
    const server = await serve((_request, response) => {
      const timer = setInterval(() => response.write('x'.repeat(1000)), 1);
      response.on('close', () => clearInterval(timer));
    });
    const response = await openTransport().fetch(new URL(server.origin), { maxBytes: 5000 });
    expect((await rejectionOf(read(response.body))).code).toBe('body_too_large');
  });

  it('reports a connection that breaks off in the body as temporary', async () => {
    const server = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('some', () => response.destroy());
    });
    const response = await openTransport().fetch(new URL(server.origin));
    expect(await rejectionOf(read(response.body))).toMatchObject({
      code: 'registry_unreachable',
      temporary: true,
    });
  });

  it('does not end the process when a body nobody reads breaks off', async () => {
    const server = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('some', () => setTimeout(() => response.destroy(), 10));
    });
    const response = await openTransport().fetch(new URL(server.origin));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect((await rejectionOf(read(response.body))).code).toBe('registry_unreachable');
  });

  it('cannot be used after it was closed', async () => {
    const transport = openTransport();
    await transport.close();
    const error = await rejectionOf(transport.fetch(new URL('http://127.0.0.1:1/')));
    expect(error).toMatchObject({ code: 'registry_unreachable', temporary: false });
  });
});

it('discarded answers leave their connection to the next request', async () => {
  const server = await serve((_request, response) => response.end('x'.repeat(1000)));
  const sockets = new Set<unknown>();
  const transport = openTransport();
  for (let round = 0; round < 5; round++) {
    const response = await transport.fetch(new URL(server.origin));
    response.discard();
    sockets.add(server.requests.at(-1)?.socket.remotePort);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  expect(sockets.size).toBe(1);
});
