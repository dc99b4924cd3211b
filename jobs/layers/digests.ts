/**
 * Digests of files beside SHA-256, in the algorithms that package databases record.
 *
 * @module
 */
import type { Buffer } from 'node:buffer';
import { createHash, type Hash } from 'node:crypto';

/** Algorithms, in the order in which a layer's document has their digests. */
export const FURTHER_ALGORITHMS = ['md5', 'sha1'] as const;
export type FurtherAlgorithm = (typeof FURTHER_ALGORITHMS)[number];

/** Bytes of a digest. */
export const DIGEST_LENGTHS: Readonly<Record<FurtherAlgorithm, number>> = { md5: 16, sha1: 20 };

/** Digests of one file, as hex, in those algorithms that were asked for. */
export type FurtherDigests = Readonly<Partial<Record<FurtherAlgorithm, string>>>;

/** Is called with each file's binary path in the archive's order; says what to digest it with. */
export type DigestChoice = (path: string) => readonly FurtherAlgorithm[];

/** Digests one file in any number of algorithms. */
export class FurtherHashes {
  readonly #hashes: readonly (readonly [FurtherAlgorithm, Hash])[];

  constructor(algorithms: readonly FurtherAlgorithm[]) {
    this.#hashes = algorithms.map((algorithm) => [algorithm, createHash(algorithm)]);
  }

  update(chunk: Buffer): void {
    for (const [, hash] of this.#hashes) hash.update(chunk);
  }

  digests(): FurtherDigests {
    return Object.fromEntries(this.#hashes.map(([name, hash]) => [name, hash.digest('hex')]));
  }
}
