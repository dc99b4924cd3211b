/**
 * Keys that bundles are signed with: Ed25519 (RFC 8032), as PEM of PKCS#8 and SPKI (RFC 8410).
 *
 * @module
 */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';
import { z } from 'zod';
import { TidewaiterError } from '../../errors.ts';
import { malformedBundle } from './limits.ts';
import { SIGNATURE } from './manifest.ts';

/** A key pair as files have it. */
export interface PemPair {
  readonly privatePem: string;
  readonly publicPem: string;
}

const ManifestSignature = z.strictObject({
  algorithm: z.literal('ed25519'),
  /** Fingerprint of the public key. */
  key: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  /** Of the bytes of the manifest, in base64. */
  signature: z.base64().length(88),
});
/** Who has signed a manifest, and the signature. */
export type ManifestSignature = Readonly<z.infer<typeof ManifestSignature>>;

const PEM = /-----BEGIN ([A-Z ]{1,40})-----[A-Za-z0-9+/=\s]{1,4000}-----END \1-----/g;

/** A new key pair. */
export function makeKeys(): PemPair {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return {
    privatePem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  };
}

function wrongKey(name: string, reason: string, cause?: unknown): TidewaiterError {
  return new TidewaiterError(
    'invalid_key',
    400,
    `The file ${name} ${reason}: make a pair of keys with "npm run feeds -- keys".`,
    { cause },
  );
}

function isEd25519(key: KeyObject): boolean {
  return key.asymmetricKeyType === 'ed25519';
}

/**
 * Reads a private key.
 *
 * @param name of its file, for messages
 * @throws TidewaiterError `invalid_key`
 */
export function readPrivateKey(pem: string, name: string): KeyObject {
  let key;
  try {
    key = createPrivateKey(pem);
  } catch (error) {
    throw wrongKey(name, 'holds no private key that can be read', error);
  }
  if (!isEd25519(key)) throw wrongKey(name, 'holds a private key of another kind than Ed25519');
  return key;
}

/**
 * Reads public keys, one or several.
 *
 * @param name of their file, for messages
 * @throws TidewaiterError `invalid_key`
 */
export function readPublicKeys(pem: string, name: string): KeyObject[] {
  const blocks = [...pem.matchAll(PEM)];
  if (blocks.length === 0) throw wrongKey(name, 'holds no public key');
  return blocks.map(([block, label = '']) => {
    if (label !== 'PUBLIC KEY') {
      throw wrongKey(name, `holds a ${label.toLowerCase()} where the public key is asked for`);
    }
    try {
      const key = createPublicKey(block);
      if (isEd25519(key)) return key;
    } catch (error) {
      throw wrongKey(name, 'holds no public key that can be read', error);
    }
    throw wrongKey(name, 'holds a public key of another kind than Ed25519');
  });
}

/** By what people tell keys apart: the SHA-256 of the public key (SPKI, DER). Of either key. */
export function fingerprintOf(key: KeyObject): string {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key;
  const der = publicKey.export({ type: 'spki', format: 'der' });
  return `sha256:${createHash('sha256').update(der).digest('hex')}`;
}

/** Signs a manifest; returns the content of the file beside it. */
export function signManifest(manifest: Uint8Array, privateKey: KeyObject): Buffer {
  const signature: ManifestSignature = {
    algorithm: 'ed25519',
    key: fingerprintOf(privateKey),
    signature: sign(null, manifest, privateKey).toString('base64'),
  };
  return Buffer.from(`${JSON.stringify(signature, null, 2)}\n`);
}

/**
 * Reads the file beside a manifest.
 *
 * @throws TidewaiterError `feed_bundle_malformed`
 */
export function readSignature(bytes: Buffer): ManifestSignature {
  try {
    return ManifestSignature.parse(JSON.parse(bytes.toString('utf8')));
  } catch (error) {
    throw malformedBundle(`${SIGNATURE} is no signature`, error);
  }
}

/**
 * Checks that one of the trusted keys has signed a manifest. Returns its fingerprint.
 *
 * @throws TidewaiterError `feed_bundle_unsigned`, `feed_bundle_untrusted`, `feed_bundle_forged`
 */
export function checkSignature(
  manifest: Uint8Array,
  signature: ManifestSignature | undefined,
  trusted: readonly KeyObject[],
): string {
  if (signature === undefined) {
    throw new TidewaiterError(
      'feed_bundle_unsigned',
      403,
      'The bundle of feeds is not signed: export it with --key, or import it with --unsigned where ' +
        'that does no harm.',
    );
  }
  const key = trusted.find((one) => fingerprintOf(one) === signature.key);
  if (key === undefined) {
    throw new TidewaiterError(
      'feed_bundle_untrusted',
      403,
      `The bundle of feeds is signed with the key ${signature.key}, which is none of those that ` +
        'are trusted: give the public key of that pair with --trust if you know whose it is.',
    );
  }
  if (!verify(null, manifest, key, Buffer.from(signature.signature, 'base64'))) {
    throw new TidewaiterError(
      'feed_bundle_forged',
      403,
      'The signature of the bundle of feeds is wrong: it was changed after it was signed; get it ' +
        'anew from where it was exported.',
    );
  }
  return signature.key;
}
