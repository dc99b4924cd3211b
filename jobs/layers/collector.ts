/**
 * What is remembered of a layer's entries: compact records, whiteouts, digests, and the content of
 * the files that were asked for.
 *
 * @module
 */
import { Buffer } from 'node:buffer';
import { createHash, type Hash } from 'node:crypto';
import type { Budget } from './budget.ts';
import type { EntryType, TarHandler, TarHeader, Want } from './tar.ts';

/** One entry of a layer. Paths are binary and normalised. */
export interface LayerEntry {
  readonly path: string;
  readonly type: EntryType;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  /** Hex, of files only, and only if asked for. */
  sha256: string | undefined;
  readonly link: string | undefined;
}

/** A path with the reason for which something about it is unknown. */
export interface PathProblem {
  readonly path: string;
  readonly reason: string;
}

/** What is done with the content of a file. */
export interface Interest<F> {
  /** Whether a file that begins so is wanted at all; every one is, unless this is given. */
  readonly begins?: ((head: Buffer) => boolean) | undefined;
  /**
   * What is held in place of the content, undefined for nothing. It is called when the file ends,
   * and the memory of `content` is used again after the call. Without it the content itself is held.
   */
  readonly read?: ((path: string, content: Buffer) => F | undefined) | undefined;
}

/** The content is held as it is. */
export const HELD: Interest<never> = {};

/** What is held of a file: its content, or what was found in it. */
export type Kept<F> =
  | { readonly content: Buffer; readonly found?: undefined }
  | { readonly content?: undefined; readonly found: F };

export interface LayerFiles<F> {
  /** In the archive's order. If a path comes more than once, the last entry is the one that counts. */
  readonly entries: readonly LayerEntry[];
  /** Paths that are hidden in the layers below. */
  readonly whiteouts: ReadonlySet<string>;
  /** Directories whose content in the layers below is hidden. */
  readonly opaque: ReadonlySet<string>;
  /** What is held of the files that were asked for, also by the names of their hard links here. */
  readonly kept: ReadonlyMap<string, Kept<F>>;
  /** Files that were asked for but are too large. */
  readonly unreadable: readonly PathProblem[];
  /** Entries that no runtime would unpack. */
  readonly dropped: readonly PathProblem[];
}

export interface CollectorOptions<F> {
  /** What is done with the content of the file at this binary path; undefined for nothing. */
  readonly interest: (path: string) => Interest<F> | undefined;
  readonly hashFiles: boolean;
  readonly budget: Budget;
}

const WHITEOUT = '.wh.';
/** Names of AUFS's own that stand for no file. */
const WHITEOUT_META = '.wh..wh.';
const OPAQUE = '.wh..wh..opq';
const EMPTY_SHA256 = createHash('sha256').digest('hex');
const EMPTY = Buffer.alloc(0);
/** Bytes by which a file is recognised. */
const HEAD = 64;
/** What is read and let go is read here, so that large files leave no garbage behind. */
const SCRATCH = 1024 * 1024;

/** Takes the entries of one layer. */
export class LayerCollector<F> implements TarHandler {
  readonly #options: CollectorOptions<F>;
  readonly #entries: LayerEntry[] = [];
  readonly #whiteouts = new Set<string>();
  readonly #opaque = new Set<string>();
  readonly #kept = new Map<string, Kept<F>>();
  /** By path, as a later entry of the path makes it readable or not anew. */
  readonly #unreadable = new Map<string, string>();
  readonly #dropped: PathProblem[] = [];
  /** Bytes of all contents that were begun, whether or not a later entry replaced them. */
  #held = 0;
  /** The file that is being read. */
  #current: LayerEntry | undefined;
  #hash: Hash | undefined;
  #interest: Interest<F> | undefined;
  /** Whether its first bytes have still to decide. */
  #isUndecided = false;
  /** What has come of a file of which too little has come to decide. */
  #begun = EMPTY;
  #content: Buffer | undefined;
  #filled = 0;
  #scratch = EMPTY;

  constructor(options: CollectorOptions<F>) {
    this.#options = options;
  }

  files(): LayerFiles<F> {
    return {
      entries: this.#entries,
      whiteouts: this.#whiteouts,
      opaque: this.#opaque,
      kept: this.#kept,
      unreadable: Array.from(this.#unreadable, ([path, reason]) => ({ path, reason })),
      dropped: this.#dropped,
    };
  }

  entry(header: TarHeader): Want {
    const { path, type, mode, uid, gid, size, link } = header;
    this.#options.budget.takeEntry(path.length + (link === undefined ? 0 : link.length));
    // An entry of the root itself is passed over by runtimes, too.
    if (path === '' || this.#isMark(path)) return 'skip';
    const entry = { path, type, mode, uid, gid, size, sha256: undefined, link };
    this.#entries.push(entry);
    this.#forget(path);
    if (type === 'hardlink' && link !== undefined) this.#keepLinked(path, link);
    return type === 'file' ? this.#beginFile(entry, header.holes) : 'skip';
  }

  data(chunk: Buffer): void {
    const entry = this.#current;
    if (entry === undefined) return;
    this.#take(entry, chunk);
    if (!this.#options.hashFiles) return;
    this.#hash ??= createHash('sha256');
    this.#hash.update(chunk);
  }

  finish(): void {
    const entry = this.#current;
    if (entry === undefined) return;
    if (this.#options.hashFiles) entry.sha256 = this.#hash?.digest('hex') ?? EMPTY_SHA256;
    if (this.#content !== undefined) this.#keep(entry.path, this.#content);
    this.#current = undefined;
    this.#interest = undefined;
    this.#isUndecided = false;
    this.#hash = undefined;
    this.#content = undefined;
  }

  dropped(path: string, reason: string): void {
    this.#options.budget.takeEntry(path.length);
    this.#dropped.push({ path, reason });
  }

  /** Notes whiteouts; returns whether the path is something other than a file of the image. */
  #isMark(path: string): boolean {
    if (!path.includes(WHITEOUT)) return false;
    if (path.startsWith(WHITEOUT_META) && path !== OPAQUE) return true;
    const base = path.lastIndexOf('/') + 1;
    if (!path.startsWith(WHITEOUT, base)) return false;
    const name = path.slice(base + WHITEOUT.length);
    if (path.endsWith(OPAQUE) && path.length === base + OPAQUE.length) {
      this.#opaque.add(path.slice(0, Math.max(0, base - 1)));
    } else if (name === '' || name === '.' || name === '..') {
      this.#dropped.push({ path, reason: 'it is a whiteout of nothing' });
    } else if (!name.startsWith(WHITEOUT)) {
      this.#whiteouts.add(path.slice(0, base) + name);
    }
    return true;
  }

  /** The content of an earlier entry of the same path does not count any more. */
  #forget(path: string): void {
    this.#unreadable.delete(path);
    this.#kept.delete(path);
  }

  /** The link has the content its target has now, whatever comes at the target's path later. */
  #keepLinked(path: string, target: string): void {
    const kept = this.#kept.get(target);
    if (kept !== undefined) this.#kept.set(path, kept);
    const reason = this.#unreadable.get(target);
    if (reason !== undefined) this.#unreadable.set(path, reason);
  }

  #beginFile(entry: LayerEntry, holes: number): Want {
    const interest = this.#options.interest(entry.path);
    // Nothing can be told of an empty file by how it begins.
    const isWanted = interest !== undefined && (interest.begins === undefined || entry.size > 0);
    if (!isWanted && !this.#options.hashFiles) return 'skip';
    // Holes cost time though they are not in the archive.
    if (holes > 0) this.#options.budget.takeBytes(holes);
    this.#current = entry;
    this.#filled = 0;
    if (!isWanted) return 'read';
    this.#interest = interest;
    this.#isUndecided = interest.begins !== undefined;
    if (!this.#isUndecided) this.#content = this.#memoryFor(entry, interest);
    return 'read';
  }

  /** Takes a part of the content, once it is known whether the file is wanted. */
  #take(entry: LayerEntry, chunk: Buffer): void {
    let bytes = chunk;
    if (this.#isUndecided) {
      bytes = this.#begun.length === 0 ? chunk : Buffer.concat([this.#begun, chunk]);
      const head = bytes.subarray(0, HEAD);
      if (head.length < Math.min(HEAD, entry.size)) {
        // Copied, because the memory of a chunk is used again.
        this.#begun = Buffer.from(bytes);
        return;
      }
      this.#isUndecided = false;
      this.#begun = EMPTY;
      const interest = this.#interest;
      if (interest?.begins?.(head) === true) this.#content = this.#memoryFor(entry, interest);
    }
    if (this.#content !== undefined) this.#filled += bytes.copy(this.#content, this.#filled);
  }

  /** Room for the content; undefined if it is too large. */
  #memoryFor(entry: LayerEntry, { read }: Interest<F>): Buffer | undefined {
    if (!this.#mayHold(entry, read === undefined)) return undefined;
    if (entry.size === 0) return EMPTY;
    if (read === undefined) {
      this.#held += entry.size;
      return Buffer.allocUnsafeSlow(entry.size);
    }
    if (this.#scratch.length < entry.size) {
      this.#scratch = Buffer.allocUnsafeSlow(Math.max(SCRATCH, entry.size));
    }
    return this.#scratch.subarray(0, entry.size);
  }

  #keep(path: string, content: Buffer): void {
    const read = this.#interest?.read;
    if (read === undefined) {
      this.#kept.set(path, { content });
      return;
    }
    const found = read(path, content);
    if (found !== undefined) this.#kept.set(path, { found });
    // One large file must not cost its memory to the end.
    if (this.#scratch.length > SCRATCH) this.#scratch = EMPTY;
  }

  #mayHold({ path, size }: LayerEntry, isHeld: boolean): boolean {
    const { fileBytes, heldBytes } = this.#options.budget.limits;
    if (size > fileBytes) {
      this.#unreadable.set(path, `its ${size} bytes are more than the ${fileBytes} of a file`);
      return false;
    }
    if (isHeld && this.#held + size > heldBytes) {
      this.#unreadable.set(path, `the layer's files would need more than ${heldBytes} bytes`);
      return false;
    }
    return true;
  }
}
