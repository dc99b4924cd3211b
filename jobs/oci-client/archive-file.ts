/**
 * A tar archive on disk whose files are served as ranges of it: nothing is unpacked.
 *
 * @module
 */

import { Buffer } from 'node:buffer';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { posix } from 'node:path';

import { abortError, OciError, quoted } from './errors.ts';
import { TarError } from './tar-block.ts';
import { indexTar, memberPath, type TarIndex } from './tar-index.ts';

const CHUNK_BYTES = 256 * 1024;
/** Links from one to the next; real archives have one. */
const MAX_LINKS = 8;

/** A file in the archive. */
export interface StoredFile {
  /** Of its first byte in the archive. */
  readonly offset: number;
  readonly size: number;
}

interface Remedy {
  /** What to do about it, as a clause. */
  readonly next?: string | undefined;
  readonly cause?: unknown;
}

/** Compressed archives, by their first bytes, with what makes them archives that can be read. */
const COMPRESSED: readonly (readonly [magic: string, name: string, undo: string])[] = [
  ['\x1f\x8b', 'gzip', 'gunzip'],
  ['\x28\xb5\x2f\xfd', 'zstd', 'unzstd'],
  ['\xfd7zXZ\0', 'xz', 'unxz'],
  ['BZh', 'bzip2', 'bunzip2'],
];

/** An archive. It is indexed once; all methods fail with an `OciError`. */
export class ArchiveFile {
  readonly path: string;
  readonly #kind: string;
  #indexed: { readonly index: TarIndex; readonly stamp: string } | undefined;

  /** @param kind what the archive should be, with its article, for messages. */
  constructor(path: string, kind: string) {
    this.path = path;
    this.#kind = kind;
  }

  /** The failure of an archive that is not what it should be. */
  invalid(problem: string, { next = 'write it again', cause }: Remedy = {}): OciError {
    return new OciError(
      'archive_invalid',
      `${quoted(this.path)} is not ${this.#kind}: ${problem}; ${next}.`,
      { cause },
    );
  }

  /** Finds a file, also by links to it; undefined where nothing has that name. */
  async find(name: string, signal: AbortSignal | undefined): Promise<StoredFile | undefined> {
    const index = await this.#index(signal);
    try {
      return this.#follow(index, name);
    } catch (error) {
      throw this.#failure(error);
    }
  }

  /** Streams a file from its first byte to its last, in new memory each time. */
  async *read(
    file: StoredFile,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const handle = await this.#open();
    try {
      if (await stampOf(handle) !== this.#indexed?.stamp) {
        throw this.invalid('it was changed while it was read', {
          next: 'try again once it is written',
        });
      }
      for (let done = 0; done < file.size;) {
        this.#checkAborted(signal);
        const length = Math.min(CHUNK_BYTES, file.size - done);
        const chunk = await readAt(handle, file.offset + done, length);
        if (chunk.length < length) throw this.invalid('it ends in the middle of a file');
        yield chunk;
        done += length;
      }
    } finally {
      await handle.close();
    }
  }

  #follow(index: TarIndex, name: string): StoredFile | undefined {
    let path = memberPath(Buffer.from(name).toString('latin1'));
    for (let links = 0; links <= MAX_LINKS; links += 1) {
      const member = index.get(path);
      if (member === undefined) {
        if (links === 0) return undefined;
        throw new TarError(`its link ${quoted(name, 120)} leads to nothing`);
      }
      if (member.kind === 'file') return member;
      if (member.kind === 'other') {
        throw new TarError(`its entry ${quoted(name, 120)} is not a regular file`);
      }
      // A hard link names its target from the root of the archive.
      const isRelative = member.kind === 'symlink' && !member.target.startsWith('/');
      const from = isRelative ? Buffer.from(posix.dirname(path)).toString('latin1') : '.';
      path = memberPath(posix.normalize(`${from}/${member.target}`));
    }
    throw new TarError(`its link ${quoted(name, 120)} leads on and on`);
  }

  async #index(signal: AbortSignal | undefined): Promise<TarIndex> {
    if (this.#indexed !== undefined) return this.#indexed.index;
    const handle = await this.#open();
    try {
      const { size } = await handle.stat();
      const stamp = await stampOf(handle);
      await this.#refuseCompressed(handle, size);
      const read = (offset: number, length: number) => readAt(handle, offset, length);
      const index = await indexTar({ size, read }, () => this.#checkAborted(signal));
      this.#indexed = { index, stamp };
      return index;
    } catch (error) {
      throw this.#failure(error);
    } finally {
      await handle.close();
    }
  }

  async #refuseCompressed(handle: FileHandle, size: number): Promise<void> {
    if (size === 0) throw this.invalid('it is empty');
    const first = (await readAt(handle, 0, 512)).toString('latin1');
    // A tar archive may begin with a file that has such a name.
    if (first.slice(257, 262) === 'ustar') return;
    const [, name, undo] = COMPRESSED.find(([magic]) => first.startsWith(magic)) ?? [];
    if (name === undefined) return;
    throw this.invalid(`it is compressed with ${name}`, {
      next: `decompress it first, with ${undo}`,
    });
  }

  /** Regular files only: pipes would never end. Links to them are as good, since a person named it. */
  async #open(): Promise<FileHandle> {
    try {
      const found = await stat(this.path);
      if (found.isDirectory()) {
        throw this.invalid('it is a folder', { next: 'name one as oci:DIR' });
      }
      if (!found.isFile()) throw this.invalid('it is not a regular file');
      return await open(this.path, 'r');
    } catch (error) {
      if (error instanceof OciError) throw error;
      const isMissing = error instanceof Error && 'code' in error &&
        (error.code === 'ENOENT' || error.code === 'ENOTDIR');
      throw isMissing
        ? this.invalid('there is no such file', {
          next: 'check its path, which cannot hold a colon',
          cause: error,
        })
        : this.invalid('it cannot be read', { next: 'check who may read it', cause: error });
    }
  }

  #checkAborted(signal: AbortSignal | undefined): void {
    if (signal?.aborted === true) throw abortError(signal, `reading ${quoted(this.path)}`);
  }

  #failure(error: unknown): unknown {
    if (error instanceof TarError) return this.invalid(error.message, { cause: error });
    if (error instanceof OciError) return error;
    return this.invalid('it cannot be read', { next: 'check its disk', cause: error });
  }
}

/** Changes when the file is written to or replaced. */
async function stampOf(handle: FileHandle): Promise<string> {
  const { dev, ino, size, mtimeMs } = await handle.stat();
  return [dev, ino, size, mtimeMs].join(' ');
}

/** Fewer bytes only where the file ends. */
async function readAt(handle: FileHandle, offset: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await handle.read(buffer, filled, length - filled, offset + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}
