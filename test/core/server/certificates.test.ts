/**
 * Certificates in real TLS: who is let in, who is refused, and when renewal is due.
 *
 * @module
 */

import { createPrivateKey, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { createServer, request as httpsRequest, type Server } from 'node:https';
import { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  certificateDates,
  type CertificateWithKey,
  createAuthority,
  issueClientCertificate,
  issueServerCertificate,
  renewalDue,
} from '../../../core/server/certificates.ts';
import { loadX509 } from '../../../core/server/x509.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

let authority: CertificateWithKey;
let foreign: CertificateWithKey;

beforeAll(async () => {
  authority = await createAuthority({ commonName: 'Tidewaiter test authority', days: 30 });
  foreign = await createAuthority({ commonName: 'Tidewaiter test authority', days: 30 });
});

/** Object identifiers of the extended key usage. The runtimes' own readers disagree in their form. */
async function purposesOf(certificate: string): Promise<readonly string[] | undefined> {
  const x509 = await loadX509();
  const usage = new x509.X509Certificate(certificate).getExtension(x509.ExtendedKeyUsageExtension);
  return usage?.usages.map(String);
}

async function namesOf(certificate: string): Promise<string[]> {
  const x509 = await loadX509();
  const extension = new x509.X509Certificate(certificate)
    .getExtension(x509.SubjectAlternativeNameExtension);
  return (extension?.names.toJSON() ?? []).map(({ type, value }) => `${type} ${String(value)}`);
}

describe('a server that requires client certificates', () => {
  let server: Server;

  beforeAll(async () => {
    const { certificate, key } = await issueServerCertificate(authority, {
      names: ['tidewaiter.example.svc', '*.wild.example', '127.0.0.1'],
      days: 7,
    });
    server = createServer(
      {
        cert: certificate,
        key,
        ca: authority.certificate,
        requestCert: true,
        rejectUnauthorized: true,
      },
      (incoming, outgoing) => {
        const peer = incoming.socket instanceof TLSSocket
          ? incoming.socket.getPeerCertificate().subject
          : undefined;
        outgoing.end(`hello ${String(peer?.CN)}`);
      },
    );
    // A refused client ends in an error event on its connection, which is what these tests want.
    server.on('tlsClientError', () => {});
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });

  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  interface Call {
    readonly client?: CertificateWithKey;
    readonly trusted?: string;
    readonly servername?: string;
  }

  /** The body of the answer; rejects with the TLS error where there is none. */
  function call({ client, trusted = authority.certificate, servername }: Call): Promise<string> {
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    return new Promise((resolve, reject) => {
      const outgoing = httpsRequest({
        host: '127.0.0.1',
        port,
        agent: false,
        ca: trusted,
        ...(servername === undefined ? {} : { servername }),
        ...(client === undefined ? {} : { cert: client.certificate, key: client.key }),
      }, (incoming) => {
        let body = '';
        incoming.setEncoding('utf8');
        incoming.on('data', (chunk: string) => body += chunk);
        incoming.on('end', () => resolve(body));
        incoming.on('error', reject);
      });
      outgoing.on('error', reject);
      outgoing.end();
    });
  }

  it('knows a client by the common name of its certificate', async () => {
    const client = await issueClientCertificate(authority, { commonName: 'door', days: 1 });
    expect(await call({ client })).toBe('hello door');
  });

  it.each(['tidewaiter.example.svc', 'any.wild.example'])(
    'is trusted as %s',
    async (servername) => {
      const client = await issueClientCertificate(authority, { commonName: 'door', days: 1 });
      expect(await call({ client, servername })).toBe('hello door');
    },
  );

  it('is not trusted under another name', async () => {
    const client = await issueClientCertificate(authority, { commonName: 'door', days: 1 });
    await expect(call({ client, servername: 'other.example' })).rejects.toThrow();
  });

  it('is not trusted by a client of another authority', async () => {
    const client = await issueClientCertificate(authority, { commonName: 'door', days: 1 });
    await expect(call({ client, trusted: foreign.certificate })).rejects.toThrow();
  });

  it('refuses a client without a certificate', async () => {
    await expect(call({})).rejects.toThrow();
  });

  it('refuses a client of another authority of the same name', async () => {
    const client = await issueClientCertificate(foreign, { commonName: 'door', days: 1 });
    await expect(call({ client })).rejects.toThrow();
  });

  it("refuses a server's certificate as a client's", async () => {
    const client = await issueServerCertificate(authority, { names: ['door.example'], days: 1 });
    await expect(call({ client })).rejects.toThrow();
  });
});

describe('createAuthority', () => {
  it('signs itself and is an authority', () => {
    const certificate = new X509Certificate(authority.certificate);
    expect(certificate.ca).toBe(true);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.subject).toBe('CN=Tidewaiter test authority');
  });

  it('gives the key as PKCS #8 and both texts with a line break at the end', () => {
    expect(authority.key).toMatch(/^-----BEGIN PRIVATE KEY-----\n[^]+-----END PRIVATE KEY-----\n$/);
    expect(authority.certificate).toMatch(/-----END CERTIFICATE-----\n$/);
    expect(createPrivateKey(authority.key).asymmetricKeyType).toBe('ec');
  });

  it.each([
    ['an empty name', { commonName: ' ', days: 1 }],
    ['a name over 64 characters', { commonName: 'x'.repeat(65), days: 1 }],
    ['no life', { commonName: 'x', days: 0 }],
    ['a life that is no number', { commonName: 'x', days: Number.NaN }],
    ['a life of centuries', { commonName: 'x', days: 1e6 }],
  ])('refuses %s', async (_case, request) => {
    await expect(createAuthority(request)).rejects.toMatchObject({
      code: 'certificate_request_invalid',
    });
  });
});

describe('issueServerCertificate', () => {
  it('names DNS names and addresses of both families', async () => {
    const { certificate } = await issueServerCertificate(authority, {
      names: ['a.example', '*.b.example', '10.0.0.1', '2001:db8::5:1', '::ffff:192.0.2.1'],
      days: 1,
    });
    const read = new X509Certificate(certificate);
    expect(read.ca).toBe(false);
    expect(await namesOf(certificate)).toEqual([
      'dns a.example',
      'dns *.b.example',
      'ip 10.0.0.1',
      'ip 2001:db8::5:1',
      'ip ::ffff:c000:201',
    ]);
    expect(read.verify(new X509Certificate(authority.certificate).publicKey)).toBe(true);
    expect(await purposesOf(certificate)).toEqual(['1.3.6.1.5.5.7.3.1']);
  });

  it('has no subject where every name is too long for one', async () => {
    const name = `${'a'.repeat(60)}.${'b'.repeat(60)}`;
    const { certificate } = await issueServerCertificate(authority, { names: [name], days: 1 });
    const read = new X509Certificate(certificate);
    expect(read.subject ?? '').toBe('');
    expect(await namesOf(certificate)).toEqual([`dns ${name}`]);
  });

  it('never outlives its authority', async () => {
    const { certificate } = await issueServerCertificate(authority, { names: ['a'], days: 3650 });
    expect(certificateDates(certificate).notAfter).toEqual(
      certificateDates(authority.certificate).notAfter,
    );
  });

  it('has a positive serial of its own each time', async () => {
    const serials = await Promise.all(Array.from({ length: 16 }, async () => {
      const request = { names: ['a.example'], days: 1 };
      const { certificate } = await issueServerCertificate(authority, request);
      return new X509Certificate(certificate).serialNumber;
    }));
    expect(new Set(serials).size).toBe(16);
    for (const serial of serials) expect(BigInt(`0x${serial}`) < 2n ** 127n).toBe(true);
  });

  it('refuses names that are none', async () => {
    const request = { names: ['https://a.example'], days: 1 };
    await expect(issueServerCertificate(authority, request)).rejects.toMatchObject({
      code: 'certificate_request_invalid',
    });
  });

  it('refuses an authority whose key belongs to another certificate', async () => {
    const mixed = { certificate: authority.certificate, key: foreign.key };
    await expect(issueServerCertificate(mixed, { names: ['a'], days: 1 })).rejects.toMatchObject({
      code: 'authority_invalid',
    });
  });

  it('refuses a certificate that is no authority, and an unreadable key', async () => {
    const leaf = await issueServerCertificate(authority, { names: ['a'], days: 1 });
    await expect(issueServerCertificate(leaf, { names: ['b'], days: 1 })).rejects.toMatchObject({
      code: 'authority_invalid',
    });
    const broken = { certificate: authority.certificate, key: 'none' };
    await expect(issueServerCertificate(broken, { names: ['b'], days: 1 })).rejects.toMatchObject({
      code: 'authority_invalid',
    });
  });
});

describe('issueClientCertificate', () => {
  it('keeps every character of a subject and adds nothing to it', async () => {
    const { certificate } = await issueClientCertificate(authority, {
      commonName: '#a "b", O=system:masters+CN=c',
      organization: 'group:one',
      days: 1,
    });
    const { subject } = new X509Certificate(certificate).toLegacyObject();
    expect({ ...subject }).toEqual({ O: 'group:one', CN: '#a "b", O=system:masters+CN=c' });
  });

  it('is for clients only', async () => {
    const { certificate } = await issueClientCertificate(authority, { commonName: 'c', days: 1 });
    expect(await purposesOf(certificate)).toEqual(['1.3.6.1.5.5.7.3.2']);
  });

  it('refuses a blank organization', async () => {
    const request = { commonName: 'c', organization: '', days: 1 };
    await expect(issueClientCertificate(authority, request)).rejects.toMatchObject({
      code: 'certificate_request_invalid',
    });
  });
});

describe('certificateDates and renewalDue', () => {
  it('begins an hour back and ends after the days asked for', async () => {
    const before = Date.now();
    const { certificate } = await issueClientCertificate(authority, { commonName: 'c', days: 3 });
    const { notBefore, notAfter } = certificateDates(certificate);
    expect(Math.abs(notBefore.getTime() - (before - HOUR))).toBeLessThan(10_000);
    expect(Math.abs(notAfter.getTime() - (before + 3 * DAY))).toBeLessThan(10_000);
  });

  it('is due from two thirds of the life on', () => {
    const { notBefore, notAfter } = certificateDates(authority.certificate);
    const due = notBefore.getTime() + (notAfter.getTime() - notBefore.getTime()) * 2 / 3;
    expect(renewalDue(authority.certificate, new Date())).toBe(false);
    expect(renewalDue(authority.certificate, new Date(due - 1000))).toBe(false);
    expect(renewalDue(authority.certificate, new Date(due + 1000))).toBe(true);
    expect(renewalDue(authority.certificate, new Date(notAfter.getTime() + DAY))).toBe(true);
  });

  it.each(['', 'text', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'])(
    'names what it cannot read: %j',
    (pem) => {
      expect(() => renewalDue(pem, new Date())).toThrow(
        expect.objectContaining({ code: 'certificate_unreadable' }),
      );
    },
  );
});
