/**
 * What is remembered of a layer's entries: compact records, whiteouts, digests, and the content of
 * the files that were asked for.
 *
 * @module
 */
import { Buffer } from 'node:buffer';
import { createHash, type Hash, hash } from 'node:crypto';
import type { Budget } from './budget.ts';
import { type DigestChoice, FurtherHashes } from './digests.ts';
import type { FileSearch, Interest, Kept, LayerEntry, LayerFiles, PathProblem } from './files.ts';
import type { TarHandler, TarHeader, Want } from './tar.ts';

export interface CollectorOptions<F, M = never> {
  /** What is done with the content of the file at this binary path; undefined for nothing. */
  readonly interest: (path: string) => Interest<F> | undefined;
  /** Begins the search in a layer's files, if they are searched. */
  readonly search?: (() => FileSearch<M>) | undefined;
  readonly hashFiles: boolean;
  /** Begins a layer's choice of digests beside SHA-256, for files that are hashed. */
  readonly digests?: (() => DigestChoice) | undefined;
  readonly budget: Budget;
}

const WHITEOUT = '.wh.';
/** Names of AUFS's own that stand for no file. */
const WHITEOUT_META = '.wh..wh.';
const OPAQUE = '.wh..wh..opq';
/** Read and let go of. */
const SEARCHED: Interest<never> = { read: () => undefined };
const EMPTY_SHA256 = createHash('sha256').digest('hex');
const EMPTY = Buffer.alloc(0);
/** Bytes by which a file is recognised. */
const HEAD = 64;
/** What is read and let go is read here, so that large files leave no garbage behind. */
const SCRATCH = 1024 * 1024;

/** Takes the entries of one layer. */
export class LayerCollector<F, M = never> implements TarHandler {
  readonly #options: CollectorOptions<F, M>;
  readonly #files: FileSearch<M> | undefined;
  readonly #digestsOf: DigestChoice | undefined;
  readonly #entries: LayerEntry[] = [];
  readonly #whiteouts = new Set<string>();
  readonly #opaque = new Set<string>();
  readonly #kept = new Map<string, Kept<F>>();
  readonly #matches = new Map<string, readonly M[]>();
  /** By path, as a later entry of the path makes it readable or not anew. */
  readonly #unreadable = new Map<string, string>();
  readonly #dropped: PathProblem[] = [];
  /** The paths in those three maps. */
  readonly #noted = new Set<string>();
  /** Bytes of all contents that were begun and of all that was found, replaced or not. */
  #held = 0;
  /** The file that is being read. */
  #current: LayerEntry | undefined;
  #hash: Hash | undefined;
  #further: FurtherHashes | undefined;
  #interest: Interest<F> | undefined;
  #isSearched = false;
  /** Whether its first bytes have still to decide. */
  #isUndecided = false;
  /** What has come of a file of which too little has come to decide. */
  #begun = EMPTY;
  /** Whether its content is read, and whether it is held to the end. */
  #isRead = false;
  #isHeld = false;
  #content: Buffer = EMPTY;
  #filled = 0;
  #scratch = EMPTY;

  constructor(options: CollectorOptions<F, M>) {
    this.#options = options;
    this.#files = options.search?.();
    this.#digestsOf = options.digests?.();
  }

  files(): LayerFiles<F, M> {
    return {
      entries: this.#entries,
      whiteouts: this.#whiteouts,
      opaque: this.#opaque,
      kept: this.#kept,
      matches: this.#matches,
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
    // Most files come whole, and need no state between chunks.
    if (chunk.length === entry.size) entry.sha256 = hash('sha256', chunk);
    else (this.#hash ??= createHash('sha256')).update(chunk);
    this.#further?.update(chunk);
  }

  finish(): void {
    const entry = this.#current;
    if (entry === undefined) return;
    if (this.#options.hashFiles) entry.sha256 ??= this.#hash?.digest('hex') ?? EMPTY_SHA256;
    if (this.#further !== undefined) entry.digests = this.#further.digests();
    if (this.#isRead) {
      if (this.#isSearched) this.#search(entry.path, this.#content);
      if (this.#interest !== undefined) this.#keep(entry.path, this.#content, this.#interest);
    }
    this.#current = undefined;
    this.#interest = undefined;
    this.#isSearched = false;
    this.#isUndecided = false;
    this.#hash = undefined;
    this.#further = undefined;
    this.#isRead = false;
    this.#content = EMPTY;
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
    if (!this.#noted.delete(path)) return;
    this.#unreadable.delete(path);
    this.#kept.delete(path);
    this.#matches.delete(path);
  }

  /** The link has the content its target has now, whatever comes at the target's path later. */
  #keepLinked(path: string, target: string): void {
    if (!this.#noted.has(target)) return;
    this.#noted.add(path);
    const kept = this.#kept.get(target);
    if (kept !== undefined) this.#kept.set(path, kept);
    const matches = this.#matches.get(target);
    if (matches !== undefined) this.#matches.set(path, matches);
    const reason = this.#unreadable.get(target);
    if (reason !== undefined) this.#unreadable.set(path, reason);
  }

  #beginFile(entry: LayerEntry, holes: number): Want {
    const { interest: interestOf, hashFiles, budget } = this.#options;
    const search = this.#files;
    const interest = interestOf(entry.path);
    // Nothing can be told of an empty file by how it begins.
    const isWanted = interest !== undefined && (interest.begins === undefined || entry.size > 0);
    const isSearched = search !== undefined && entry.size > 0 &&
      entry.size <= Math.min(search.maxFileSize, budget.limits.fileBytes);
    if (!isWanted && !isSearched && !hashFiles) return 'skip';
    // Holes cost time though they are not in the archive.
    if (holes > 0) budget.takeBytes(holes);
    if (hashFiles) this.#beginDigests(entry.path);
    this.#current = entry;
    this.#filled = 0;
    this.#isSearched = isSearched;
    if (isWanted) this.#interest = interest;
    // What is searched is read as a whole, so that its beginning decides at its end.
    this.#isUndecided = isWanted && !isSearched && interest.begins !== undefined;
    if (this.#isUndecided || !(isWanted || isSearched)) return 'read';
    this.#beginContent(entry, isWanted ? interest : SEARCHED);
    return 'read';
  }

  #beginDigests(path: string): void {
    const algorithms = this.#digestsOf?.(path) ?? [];
    if (algorithms.length > 0) this.#further = new FurtherHashes(algorithms);
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
      if (interest?.begins?.(head) === true) this.#beginContent(entry, interest);
    }
    if (!this.#isRead) return;
    // What is whole in one chunk ends before its memory is used again.
    if (!this.#isHeld && bytes.length === entry.size) this.#content = bytes;
    else {
      if (this.#filled === 0) this.#content = this.#memoryFor(entry.size);
      this.#content.set(bytes, this.#filled);
      this.#filled += bytes.length;
    }
  }

  /** Content is not read if it is too large. */
  #beginContent(entry: LayerEntry, { read }: Interest<F>): void {
    this.#isHeld = read === undefined;
    this.#isRead = this.#mayHold(entry, this.#isHeld);
    if (this.#isRead && this.#isHeld) this.#hold(entry.size);
  }

  #memoryFor(size: number): Buffer {
    if (this.#isHeld) return Buffer.allocUnsafeSlow(size);
    if (this.#scratch.length < size) {
      this.#scratch = Buffer.allocUnsafeSlow(Math.max(SCRATCH, size));
    }
    return this.#scratch.subarray(0, size);
  }

  #search(path: string, content: Buffer): void {
    const matches = this.#files?.search(content) ?? [];
    if (matches.length > 0) this.#note(this.#matches, path, matches);
  }

  #note<T>(notes: Map<string, T>, path: string, note: T): void {
    this.#noted.add(path);
    notes.set(path, note);
  }

  #keep(path: string, content: Buffer, { begins, read }: Interest<F>): void {
    // Decided already, or else only now.
    if (this.#isSearched && begins?.(content.subarray(0, HEAD)) === false) return;
    if (read === undefined) {
      this.#note(this.#kept, path, { content });
      return;
    }
    const found = read(path, content);
    if (found !== undefined) this.#keepFound(path, found);
    // One large file must not cost its memory to the end.
    if (this.#scratch.length > SCRATCH) this.#scratch = EMPTY;
  }

  /** What was found takes as much room as its JSON has characters. */
  #keepFound(path: string, found: F): void {
    const { length } = JSON.stringify(found);
    if (!this.#hasRoom(path, length)) return;
    this.#hold(length);
    this.#note(this.#kept, path, { found });
  }

  #hold(bytes: number): void {
    this.#held += bytes;
    this.#options.budget.takeHeld(bytes);
  }

  #hasRoom(path: string, bytes: number): boolean {
    const { heldBytes } = this.#options.budget.limits;
    if (this.#held + bytes <= heldBytes) return true;
    const reason = `the layer's files would need more than ${heldBytes} bytes`;
    this.#note(this.#unreadable, path, reason);
    return false;
  }

  #mayHold({ path, size }: LayerEntry, isHeld: boolean): boolean {
    const { fileBytes } = this.#options.budget.limits;
    if (size > fileBytes) {
      const reason = `its ${size} bytes are more than the ${fileBytes} of a file`;
      this.#note(this.#unreadable, path, reason);
      return false;
    }
    return !isHeld || this.#hasRoom(path, size);
  }
}
