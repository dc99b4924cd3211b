import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  checkSignature,
  fingerprintOf,
  makeKeys,
  readPrivateKey,
  readPublicKeys,
  readSignature,
  signManifest,
} from '../../../../core/feeds/bundle/keys.ts';

const MANIFEST = Buffer.from('{"format": "tidewaiter-feeds"}');
const own = makeKeys();
const other = makeKeys();
const signature = readSignature(signManifest(MANIFEST, readPrivateKey(own.privatePem, 'own')));
const trust = (...pems: readonly string[]) => readPublicKeys(pems.join('\n'), 'keys.pem');

describe('a signature', () => {
  it('is believed where one of the trusted keys has made it', () => {
    const key = checkSignature(MANIFEST, signature, trust(other.publicPem, own.publicPem));
    expect(key).toBe(fingerprintOf(readPrivateKey(own.privatePem, 'own')));
    expect(key).toMatch(/^sha256:[0-9a-f]{64}$/);
  });

  it.each([
    ['there is none', MANIFEST, undefined, own, 'feed_bundle_unsigned'],
    ['nobody trusts the key', MANIFEST, signature, other, 'feed_bundle_untrusted'],
    ['the manifest is another', Buffer.from('{}'), signature, own, 'feed_bundle_forged'],
    [
      'it is another',
      MANIFEST,
      { ...signature, signature: Buffer.alloc(64).toString('base64') },
      own,
      'feed_bundle_forged',
    ],
    [
      'another key says it is this one',
      MANIFEST,
      {
        ...readSignature(signManifest(MANIFEST, readPrivateKey(other.privatePem, 'other'))),
        key: signature.key,
      },
      own,
      'feed_bundle_forged',
    ],
  ])('is not believed where %s', (_what, manifest, given, { publicPem }, code) => {
    expect(() => checkSignature(manifest, given, trust(publicPem)))
      .toThrow(expect.objectContaining({ code }));
  });

  it.each([
    ['', 'is empty'],
    ['{}', 'lacks all'],
    ['{"algorithm": "none", "key": "", "signature": ""}', 'is of no known kind'],
  ])('%j cannot be read: it %s', (text) => {
    expect(() => readSignature(Buffer.from(text)))
      .toThrow(expect.objectContaining({ code: 'feed_bundle_malformed' }));
  });
});

describe('keys', () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });

  it('of another kind, or none, are refused', () => {
    const pem = rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    expect(() => readPrivateKey(pem, 'a.pem')).toThrow(/a\.pem .* another kind than Ed25519/);
    expect(() => readPrivateKey('x', 'a.pem')).toThrow(/a\.pem holds no private key/);
    expect(() => readPrivateKey(own.publicPem, 'a.pem')).toThrow(/a\.pem/);
    expect(() => trust(rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString()))
      .toThrow(/another kind than Ed25519/);
    expect(() => trust('x')).toThrow(/holds no public key/);
    expect(() => trust(own.publicPem.replace(/\n[A-Za-z]{8}/, '\nAAAAAAAA'))).toThrow(/public key/);
  });

  it('that must stay secret are not taken for public ones', () => {
    expect(() => trust(own.privatePem)).toThrow(/private key where the public key is asked for/);
  });
});
