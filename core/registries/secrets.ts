/**
 * Passwords encrypted at rest: AES-256-GCM under a key that is derived from the setting
 * `encryption_key` (HKDF, RFC 5869). What was sealed for one place opens at no other.
 *
 * @module
 */
import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';
import { TidewaiterError } from '../errors.ts';

/** Where a secret belongs: the key of its row. */
export interface SecretPlace {
  readonly account: string;
  readonly registry: string;
}

/** A secret as it is stored. */
export interface SealedSecret {
  /** Nonce, tag and encrypted text, one after the other. */
  readonly secret: Uint8Array;
  /** Tells the key it was sealed with from others. */
  readonly keyId: string;
}

/** Seals and opens secrets with one key. */
export interface SecretBox {
  readonly keyId: string;
  seal(place: SecretPlace, text: string): SealedSecret;
  /** @throws TidewaiterError `registry_credentials_unreadable` */
  open(place: SecretPlace, sealed: SealedSecret): string;
}

const CIPHER = 'aes-256-gcm';
/** Another purpose, or another form of what is stored, takes another text here. */
const PURPOSE = 'tidewaiter registry credentials 1';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

function boundTo({ account, registry }: SecretPlace): Uint8Array {
  return new TextEncoder().encode(`${account}\0${registry}`);
}

function unreadable(registry: string, why: string, cause?: unknown): TidewaiterError {
  return new TidewaiterError(
    'registry_credentials_unreadable',
    409,
    `The credentials of ${registry} ${why}`,
    cause === undefined ? {} : { cause },
  );
}

/** The failure of credentials whose key is not the one that is set now. */
export function sealedOtherwise(registry: string): TidewaiterError {
  return unreadable(
    registry,
    'were stored with another encryption key: store them again, or set TIDEWAITER_ENCRYPTION_KEY back.',
  );
}

/** A box whose key is derived from a passphrase. */
export function secretBox(encryptionKey: string): SecretBox {
  const key = new Uint8Array(hkdfSync('sha256', encryptionKey, '', PURPOSE, KEY_BYTES));
  const keyId = createHash('sha256').update(key).digest('hex').slice(0, 8);
  return {
    keyId,
    seal(place, text) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(CIPHER, key, nonce).setAAD(boundTo(place));
      const encrypted = [cipher.update(text, 'utf8'), cipher.final()];
      return { keyId, secret: Buffer.concat([nonce, cipher.getAuthTag(), ...encrypted]) };
    },
    open(place, sealed) {
      if (sealed.keyId !== keyId) throw sealedOtherwise(place.registry);
      try {
        const [nonce, tag, encrypted] = parts(sealed.secret);
        const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES })
          .setAAD(boundTo(place)).setAuthTag(tag);
        return Buffer.concat([decipher.update(encrypted), decipher.final()]).toString('utf8');
      } catch (cause) {
        throw unreadable(place.registry, 'are damaged in the database: store them again.', cause);
      }
    },
  };
}

function parts(secret: Uint8Array): [nonce: Uint8Array, tag: Uint8Array, encrypted: Uint8Array] {
  const tagAt = NONCE_BYTES;
  const textAt = tagAt + TAG_BYTES;
  return [secret.subarray(0, tagAt), secret.subarray(tagAt, textAt), secret.subarray(textAt)];
}
