/**
 * Tidewaiter's own certificates: an authority and the server and client certificates it issues.
 *
 * X.509 v3 after RFC 5280, ECDSA on P-256 with SHA-256. Server names stand in subjectAltName, the
 * only place RFC 9525 lets a client look. Everything is exchanged as PEM text.
 *
 * @module
 */

import { createPrivateKey, createPublicKey, randomBytes, X509Certificate } from 'node:crypto';
import type { Extension, X509CertificateCreateParams } from '@peculiar/x509';
import { messageOf, TidewaiterError } from '../errors.ts';
import {
  alternativeNames,
  fitsSubject,
  requestInvalid,
  type SubjectName,
  subjectName,
} from './certificate-names.ts';
import { loadX509, type X509Library } from './x509.ts';

/** A certificate with its private key, both PEM, the key as PKCS #8. */
export interface CertificateWithKey {
  readonly certificate: string;
  readonly key: string;
}

export interface AuthorityRequest {
  readonly commonName: string;
  /** Life from now on, in days. */
  readonly days: number;
}

export interface ServerCertificateRequest {
  /** DNS names, also with a leading `*.`, and IP addresses; at least one. */
  readonly names: readonly string[];
  /** Life from now on, in days; ends with the authority's at the latest. */
  readonly days: number;
}

export interface ClientCertificateRequest {
  readonly commonName: string;
  /** What Kubernetes reads as the group. */
  readonly organization?: string | undefined;
  /** Life from now on, in days; ends with the authority's at the latest. */
  readonly days: number;
}

export interface CertificateDates {
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** An authority whose key and certificate were found to belong together. */
interface Issuer {
  readonly certificate: X509Certificate;
  readonly signingKey: PrivateKey;
}

/** What an issued certificate says beyond what all of them say. */
interface LeafContent {
  readonly subject: SubjectName;
  readonly days: number;
  readonly extensions: readonly Extension[];
}

/** Web Crypto's key; the runtimes' global types do not agree on a name for it. */
type PrivateKey = Parameters<typeof crypto.subtle.sign>[1];

const KEY_ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256' };
const SIGNING_ALGORITHM = { name: 'ECDSA', hash: 'SHA-256' };
const SERIAL_BYTES = 16;

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Clocks in a cluster differ: a new certificate must hold on those that are behind. */
const CLOCK_SKEW = HOUR;
const LONGEST_DAYS = 36_500;

/**
 * Makes a new authority that signs itself and may sign certificates, but no further authorities.
 *
 * Throws a TidewaiterError `certificate_request_invalid`.
 */
export async function createAuthority(request: AuthorityRequest): Promise<CertificateWithKey> {
  const subject = subjectName({ commonName: request.commonName });
  const { notBefore, notAfter } = lifeOf(request.days);
  const x509 = await loadX509();
  const keys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: randomSerial(),
    name: new x509.Name(subject),
    notBefore,
    notAfter,
    keys,
    signingAlgorithm: SIGNING_ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(
        x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign,
        true,
      ),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return {
    certificate: toPem(certificate.toString('pem')),
    key: await exportKey(x509, keys.privateKey),
  };
}

/**
 * Issues a certificate for a TLS server under `names`.
 *
 * Throws a TidewaiterError `certificate_request_invalid` or `authority_invalid`.
 */
export async function issueServerCertificate(
  authority: CertificateWithKey,
  request: ServerCertificateRequest,
): Promise<CertificateWithKey> {
  const names = alternativeNames(request.names);
  const x509 = await loadX509();
  // The subject is for people to read and has no room for long names; RFC 5280 4.2.1.6 wants the
  // alternative names critical where it is empty.
  const commonName = request.names.find(fitsSubject);
  return await issue(x509, authority, {
    subject: subjectName({ commonName }),
    days: request.days,
    extensions: [
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(names, commonName === undefined),
    ],
  });
}

/**
 * Issues a certificate that identifies a client by its common name.
 *
 * Throws a TidewaiterError `certificate_request_invalid` or `authority_invalid`.
 */
export async function issueClientCertificate(
  authority: CertificateWithKey,
  request: ClientCertificateRequest,
): Promise<CertificateWithKey> {
  const subject = subjectName(request);
  const x509 = await loadX509();
  const extensions = [new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth])];
  return await issue(x509, authority, { subject, days: request.days, extensions });
}

/**
 * When the first certificate of a PEM text holds.
 *
 * Throws a TidewaiterError `certificate_unreadable`.
 */
export function certificateDates(pem: string): CertificateDates {
  const certificate = readCertificate(pem);
  return { notBefore: new Date(certificate.validFrom), notAfter: new Date(certificate.validTo) };
}

/**
 * Whether two thirds of a certificate's life are over at `now`, which leaves one third to replace it.
 *
 * Throws a TidewaiterError `certificate_unreadable`.
 */
export function renewalDue(pem: string, now: Date): boolean {
  const { notBefore, notAfter } = certificateDates(pem);
  const life = notAfter.getTime() - notBefore.getTime();
  return now.getTime() >= notBefore.getTime() + life * 2 / 3;
}

async function issue(
  x509: X509Library,
  authority: CertificateWithKey,
  content: LeafContent,
): Promise<CertificateWithKey> {
  const life = lifeOf(content.days);
  const { certificate, signingKey } = await openAuthority(authority);
  const issuer = new x509.X509Certificate(certificate.raw);
  const keys = await generateKeys();
  const params: X509CertificateCreateParams = {
    serialNumber: randomSerial(),
    subject: new x509.Name(content.subject),
    issuer: issuer.subjectName,
    notBefore: life.notBefore,
    // Past its issuer's end nobody accepts it: then it must not look valid, nor be renewed late.
    notAfter: new Date(Math.min(life.notAfter.getTime(), issuer.notAfter.getTime())),
    publicKey: keys.publicKey,
    signingKey,
    signingAlgorithm: SIGNING_ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      ...content.extensions,
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    ],
  };
  const issued = await x509.X509CertificateGenerator.create(params);
  return {
    certificate: toPem(issued.toString('pem')),
    key: await exportKey(x509, keys.privateKey),
  };
}

async function openAuthority(authority: CertificateWithKey): Promise<Issuer> {
  const certificate = readCertificate(authority.certificate);
  if (!certificate.ca) throw authorityInvalid('its certificate is not one of an authority');
  if (Date.parse(certificate.validTo) <= Date.now()) throw authorityInvalid('it has expired');
  try {
    const key = createPrivateKey(authority.key);
    const expected = certificate.publicKey.export({ type: 'spki', format: 'der' });
    const actual = createPublicKey(key).export({ type: 'spki', format: 'der' });
    if (!actual.equals(expected)) throw authorityInvalid('key and certificate do not match');
    const pkcs8 = key.export({ type: 'pkcs8', format: 'der' });
    const signingKey = await crypto.subtle.importKey('pkcs8', pkcs8, KEY_ALGORITHM, false, [
      'sign',
    ]);
    return { certificate, signingKey };
  } catch (error) {
    if (error instanceof TidewaiterError) throw error;
    throw authorityInvalid(`its key cannot be used (${messageOf(error)})`, error);
  }
}

function readCertificate(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (error) {
    throw new TidewaiterError(
      'certificate_unreadable',
      500,
      `The certificate cannot be read (${
        messageOf(error)
      }): it must be an X.509 certificate in PEM.`,
      { cause: error },
    );
  }
}

function lifeOf(days: number): CertificateDates {
  if (!(days > 0 && days <= LONGEST_DAYS)) {
    throw requestInvalid(`a life of ${days} days is not between 0 and ${LONGEST_DAYS} days`);
  }
  const now = Date.now();
  return { notBefore: new Date(now - CLOCK_SKEW), notAfter: new Date(now + days * DAY) };
}

function generateKeys() {
  return crypto.subtle.generateKey(KEY_ALGORITHM, true, ['sign', 'verify']);
}

async function exportKey(x509: X509Library, key: PrivateKey): Promise<string> {
  const pkcs8 = await crypto.subtle.exportKey('pkcs8', key);
  return toPem(x509.PemConverter.encode(pkcs8, x509.PemConverter.PrivateKeyTag));
}

/** PEM files end with a line break, so that they can be joined. */
function toPem(text: string): string {
  return text.endsWith('\n') ? text : `${text}\n`;
}

/** 127 random bits as hexadecimal digits: the sign bit stays clear, as RFC 5280 4.1.2.2 wants. */
function randomSerial(): string {
  const bytes = randomBytes(SERIAL_BYTES);
  bytes[0] = (bytes[0] ?? 0) & 0x7f;
  return bytes.toString('hex');
}

function authorityInvalid(cause: string, error?: unknown): TidewaiterError {
  return new TidewaiterError(
    'authority_invalid',
    500,
    `The certificate authority cannot sign: ${cause}; create it again.`,
    { cause: error },
  );
}
