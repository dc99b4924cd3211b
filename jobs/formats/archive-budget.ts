/**
 * How much may be unpacked of one file of an image and of the archives inside it: one budget for
 * all of them, so that a bomb cannot hide in their number.
 *
 * @module
 */

export type ArchiveErrorCode = 'damaged' | 'unsupported' | 'too_large' | 'limit';

/**
 * An archive or an entry that is not read. The message is a short reason. `limit` says that the
 * whole file is not worth going on with; all others concern one archive or entry.
 */
export class ArchiveError extends Error {
  override readonly name = 'ArchiveError';
  readonly code: ArchiveErrorCode;

  constructor(code: ArchiveErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

const MIB = 1024 * 1024;

export interface ArchiveLimits {
  /** Archives inside one another; the outermost is the first. */
  readonly depth: number;
  /** Archives in all. */
  readonly archives: number;
  /** Entries of all archives. */
  readonly entries: number;
  /** Entries that are read: each costs a call of the decompressor. */
  readonly reads: number;
  /** Bytes that entries inflate to, one after the other. */
  readonly inflatedBytes: number;
  /** Bytes inflated and held at the same time. */
  readonly heldBytes: number;
  /** How many times its compressed bytes an entry may inflate to. */
  readonly ratio: number;
}

/** Large applications stay a factor of ten below. Archives compress badly inside archives. */
export const ARCHIVE_LIMITS: ArchiveLimits = {
  depth: 8,
  archives: 20_000,
  entries: 1_000_000,
  reads: 50_000,
  inflatedBytes: 1024 * MIB,
  heldBytes: 64 * MIB,
  ratio: 200,
};

/** Entries up to this size may have any ratio: text repeats itself. */
const ANY_RATIO_BYTES = MIB;

/** What is left of the limits. Taking more than is left throws an `ArchiveError`. */
export class ArchiveBudget {
  readonly limits: ArchiveLimits;
  #archives: number;
  #entries: number;
  #reads: number;
  #inflatedBytes: number;
  #heldBytes: number;

  constructor(limits: ArchiveLimits = ARCHIVE_LIMITS) {
    this.limits = limits;
    this.#archives = limits.archives;
    this.#entries = limits.entries;
    this.#reads = limits.reads;
    this.#inflatedBytes = limits.inflatedBytes;
    this.#heldBytes = limits.heldBytes;
  }

  /** To be called for each archive; the outermost has depth 1. */
  takeArchive(depth: number): void {
    if (depth > this.limits.depth) {
      throw exceeded(`archives inside one another more than ${this.limits.depth} deep`);
    }
    if (--this.#archives < 0) throw exceeded(`more than ${this.limits.archives} archives inside`);
  }

  takeEntry(): void {
    if (--this.#entries < 0) throw exceeded(`more than ${this.limits.entries} entries`);
  }

  /** To be called with the sizes that an entry claims. */
  checkRatio(compressed: number, inflated: number): void {
    if (inflated > ANY_RATIO_BYTES && inflated > compressed * this.limits.ratio) {
      throw exceeded(`an entry that inflates more than ${this.limits.ratio} times`);
    }
  }

  /** To be called for each entry that is going to be read. */
  takeRead(): void {
    if (--this.#reads < 0) throw exceeded(`more than ${this.limits.reads} entries to read`);
  }

  /** To be called before an entry is inflated, to no more than that. */
  takeInflation(bytes: number): void {
    this.#inflatedBytes -= bytes;
    if (this.#inflatedBytes < 0) {
      throw exceeded(`more than ${this.limits.inflatedBytes} bytes inflated`);
    }
  }

  /**
   * Runs `use` while so many inflated bytes count as held.
   *
   * @throws {ArchiveError} `too_large`, where they do not fit beside what is held already
   */
  holding<T>(bytes: number, use: () => T): T {
    if (bytes > this.#heldBytes) {
      throw new ArchiveError('too_large', `needs more than ${this.limits.heldBytes} bytes at once`);
    }
    this.#heldBytes -= bytes;
    try {
      return use();
    } finally {
      this.#heldBytes += bytes;
    }
  }
}

function exceeded(what: string): ArchiveError {
  return new ArchiveError('limit', `limit of archives: ${what}`);
}
