/**
 * Digests of content, and streams that are checked against them (OCI image specification 1.1,
 * "Content Descriptors: Digests" and "Verification").
 *
 * @module
 */

import { createHash } from 'node:crypto';

import { OciError } from './errors.ts';
import type { Descriptor, Digest } from './types.ts';

/** The algorithms that are registered and that registries use. */
export type DigestAlgorithm = 'sha256' | 'sha512';

const DIGEST = /^(?:sha256:[a-f0-9]{64}|sha512:[a-f0-9]{128})$/;

/** Whether a text is a digest of a known algorithm, in lower case and of the right length. */
export function isDigest(text: string): text is Digest {
  return DIGEST.test(text);
}

/** The part of a digest before its colon. */
export function algorithmOf(digest: Digest): DigestAlgorithm {
  return digest.startsWith('sha512:') ? 'sha512' : 'sha256';
}

/** The digest of bytes. */
export function digestOf(bytes: Uint8Array, algorithm: DigestAlgorithm = 'sha256'): Digest {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;
}

/**
 * Passes a stream on while it is hashed, at no more than one step per chunk.
 *
 * @throws {OciError} `size_mismatch` as soon as there are more bytes than the descriptor says, or
 * at the end when there are fewer; `digest_mismatch` at the end.
 */
export async function* verified(
  stream: AsyncIterable<Uint8Array>,
  descriptor: Pick<Descriptor, 'digest' | 'size'>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { digest, size } = descriptor;
  const algorithm = algorithmOf(digest);
  const hash = createHash(algorithm);
  let read = 0;
  for await (const chunk of stream) {
    read += chunk.byteLength;
    if (read > size) throw sizeMismatch(digest, size, `more than ${size}`);
    hash.update(chunk);
    yield chunk;
  }
  if (read < size) throw sizeMismatch(digest, size, `only ${read}`);
  const found = `${algorithm}:${hash.digest('hex')}`;
  if (found !== digest) {
    throw new OciError(
      'digest_mismatch',
      `The content served as ${digest} has the digest ${found}; it was damaged or tampered with, push the image again.`,
    );
  }
}

/** The failure of content with another size than its descriptor says. */
export function sizeMismatch(digest: Digest, size: number, found: string): OciError {
  return new OciError(
    'size_mismatch',
    `The content of ${digest} has ${found} bytes where its descriptor says ${size}; push the image again.`,
  );
}

/**
 * Reads a small stream to its end.
 *
 * @throws {OciError} `body_too_large` beyond `limit` bytes, and whatever the stream throws.
 */
export async function collect(
  stream: AsyncIterable<Uint8Array>,
  limit: number,
  what: string,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.byteLength;
    if (size > limit) throw tooLarge(what, limit);
    chunks.push(chunk);
  }
  const bytes = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return bytes;
}

/** The failure of content that is larger than is ever read of its kind. */
export function tooLarge(what: string, limit: number): OciError {
  return new OciError(
    'body_too_large',
    `${what} is larger than the ${limit} bytes allowed for it.`,
  );
}
