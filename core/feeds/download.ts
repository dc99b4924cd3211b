/**
 * A file while it is downloaded: its bytes on disk with their hash and their limits.
 *
 * @module
 */
import { createHash, type Hash } from 'node:crypto';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { messageOf } from '../errors.ts';

/** Bytes that may be fetched: of one file, and of all files of a source that are there at once. */
export interface SizeLimits {
  readonly file: number;
  readonly total: number;
}

/** Bytes of all files of a source, shared by its downloads. */
export interface Budget {
  used: number;
}

/** A file that cannot be kept here, whoever sends it: too large, or no room for it. */
export class DownloadError extends Error {
  override readonly name = 'DownloadError';
}

/** A file that is being written. */
export class Download {
  readonly path: string;
  readonly #handle: FileHandle;
  readonly #limits: SizeLimits;
  readonly #budget: Budget;
  #hash: Hash = createHash('sha256');
  #size = 0;
  #received = 0;
  /** Strong validator of what is there, for whoever wants to go on with it. */
  etag: string | undefined;
  /** Bytes that it will have, where the server has told. */
  total: number | undefined;

  private constructor(path: string, handle: FileHandle, limits: SizeLimits, budget: Budget) {
    this.path = path;
    this.#handle = handle;
    this.#limits = limits;
    this.#budget = budget;
  }

  static async begin(path: string, limits: SizeLimits, budget: Budget): Promise<Download> {
    return new Download(path, await open(path, 'wx'), limits, budget);
  }

  /** Bytes that are there. */
  get size(): number {
    return this.#size;
  }

  /** Bytes that ever came, those too that were thrown away. */
  get received(): number {
    return this.#received;
  }

  /** Throws away what is there. */
  async restart(): Promise<void> {
    await this.#handle.truncate(0);
    this.#budget.used -= this.#size;
    this.#size = 0;
    this.#hash = createHash('sha256');
    this.etag = undefined;
    this.total = undefined;
  }

  /** @throws DownloadError where so many more bytes may not come. */
  checkRoom(bytes: number): void {
    const { file, total } = this.#limits;
    if (this.#size + bytes > file) {
      throw new DownloadError(
        `it is larger than ${file} bytes, the limit for a file; raise the limit or check the URL`,
      );
    }
    if (this.#budget.used + bytes > total) {
      throw new DownloadError(
        `the files of the feed are larger than ${total} bytes, the limit for all together; raise the limit or check the URL`,
      );
    }
  }

  /** @throws DownloadError */
  async append(bytes: Uint8Array): Promise<void> {
    this.checkRoom(bytes.length);
    this.#budget.used += bytes.length;
    const start = this.#size;
    this.#size += bytes.length;
    this.#received += bytes.length;
    this.#hash.update(bytes);
    try {
      await this.#write(bytes, start);
    } catch (error) {
      throw new DownloadError(
        `it cannot be kept (${messageOf(error)}); make room in the folder of temporary files`,
        { cause: error },
      );
    }
  }

  async #write(bytes: Uint8Array, start: number): Promise<void> {
    for (let written = 0; written < bytes.length;) {
      const left = bytes.length - written;
      const { bytesWritten } = await this.#handle.write(bytes, written, left, start + written);
      written += bytesWritten;
    }
  }

  /** The hash of all bytes, when there are no more to come. */
  digest(): string {
    return this.#hash.digest('hex');
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  /** Closes it and removes what is there. */
  async abandon(): Promise<void> {
    this.#budget.used -= this.#size;
    await this.close();
    await rm(this.path, { force: true });
  }
}
