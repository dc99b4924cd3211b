/**
 * The transport over TLS: trust, names, downgrades.
 *
 * @module
 */
import { createServer as createTlsServer } from 'node:https';
import { describe, expect, it } from 'vitest';

import { createAuthority, issueServerCertificate } from '../../../core/server/certificates.ts';
import { openTransport, read, rejectionOf, serve } from './support.ts';

describe('TLS', () => {
  async function serveTls() {
    const authority = await createAuthority({ commonName: 'Test CA', days: 1 });
    const names = ['localhost', '127.0.0.1'];
    const issued = await issueServerCertificate(authority, { names, days: 1 });
    const server = await serve(
      (request, response) => {
        if (request.url === '/down') response.writeHead(302, { location: plain.origin });
        response.end('secure');
      },
      (listener) => createTlsServer({ key: issued.key, cert: issued.certificate }, listener),
    );
    const plain = await serve((_request, response) => response.end('plain'));
    return { server, plain, cert: authority.certificate };
  }

  it('refuses a certificate of unknown origin with registry_tls_failed and the next step', async () => {
    const { server } = await serveTls();
    const error = await rejectionOf(openTransport().fetch(new URL(server.origin)));
    expect(error).toMatchObject({ code: 'registry_tls_failed', temporary: false });
    expect(error.message).toContain("issuer's CA certificate");
  });

  it('trusts a CA it is given, by name and by address', async () => {
    const { server, cert } = await serveTls();
    const transport = openTransport({ ca: cert });
    const named = server.origin.replace('127.0.0.1', 'localhost');
    for (const origin of [server.origin, named]) {
      expect(await read((await transport.fetch(new URL(origin))).body)).toBe('secure');
    }
  });

  it('checks the name also where the address is pinned', async () => {
    const { server, cert } = await serveTls();
    const pins = { 'other.invalid': ['127.0.0.1'], localhost: ['127.0.0.1'] };
    const transport = openTransport({ ca: cert, pins });
    const other = new URL(server.origin.replace('127.0.0.1', 'other.invalid'));
    expect((await rejectionOf(transport.fetch(other))).code).toBe('registry_tls_failed');
    const named = new URL(server.origin.replace('127.0.0.1', 'localhost'));
    expect(await read((await transport.fetch(named)).body)).toBe('secure');
  });

  it('does not follow a redirect to plain HTTP, unless that origin is allowed', async () => {
    const { server, plain, cert } = await serveTls();
    const url = new URL(`${server.origin}/down`);
    const error = await rejectionOf(openTransport({ ca: cert }).fetch(url));
    expect(error.code).toBe('forbidden_address');
    expect(plain.requests).toHaveLength(0);
    const lenient = openTransport({ ca: cert, plainHttpOrigins: [plain.origin] });
    expect(await read((await lenient.fetch(url)).body)).toBe('plain');
  });

  it('recognises a server that speaks plain HTTP', async () => {
    const server = await serve((_request, response) => response.end());
    const url = new URL(server.origin.replace('http:', 'https:'));
    const error = await rejectionOf(openTransport().fetch(url));
    expect(error.code).toBe('registry_tls_failed');
    expect(error.message).toContain('plain HTTP');
  });
});
