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

export interface LayerFiles {
  /** In the archive's order. If a path comes more than once, the last entry is the one that counts. */
  readonly entries: readonly LayerEntry[];
  /** Paths that are hidden in the layers below. */
  readonly whiteouts: ReadonlySet<string>;
  /** Directories whose content in the layers below is hidden. */
  readonly opaque: ReadonlySet<string>;
  /** Content of the files that were asked for, also by the names of their hard links here. */
  readonly kept: ReadonlyMap<string, Buffer>;
  /** Files that were asked for but are too large. */
  readonly unreadable: readonly PathProblem[];
  /** Entries that no runtime would unpack. */
  readonly dropped: readonly PathProblem[];
}

export interface CollectorOptions {
  readonly wants: (path: string) => boolean;
  readonly hashFiles: boolean;
  readonly budget: Budget;
}

const WHITEOUT = '.wh.';
/** Names of AUFS's own that stand for no file. */
const WHITEOUT_META = '.wh..wh.';
const OPAQUE = '.wh..wh..opq';
const EMPTY_SHA256 = createHash('sha256').digest('hex');
const EMPTY = Buffer.alloc(0);

/** Takes the entries of one layer. */
export class LayerCollector implements TarHandler {
  readonly #options: CollectorOptions;
  readonly #entries: LayerEntry[] = [];
  readonly #whiteouts = new Set<string>();
  readonly #opaque = new Set<string>();
  readonly #kept = new Map<string, Buffer>();
  /** By path, as a later entry of the path makes it readable or not anew. */
  readonly #unreadable = new Map<string, string>();
  readonly #dropped: PathProblem[] = [];
  /** Bytes of all contents that were begun, whether or not a later entry replaced them. */
  #held = 0;
  /** The file that is being read. */
  #current: LayerEntry | undefined;
  #hash: Hash | undefined;
  #content: Buffer | undefined;
  #filled = 0;

  constructor(options: CollectorOptions) {
    this.#options = options;
  }

  files(): LayerFiles {
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
    if (this.#content !== undefined) this.#filled += chunk.copy(this.#content, this.#filled);
    if (!this.#options.hashFiles) return;
    this.#hash ??= createHash('sha256');
    this.#hash.update(chunk);
  }

  finish(): void {
    const entry = this.#current;
    if (entry === undefined) return;
    if (this.#options.hashFiles) entry.sha256 = this.#hash?.digest('hex') ?? EMPTY_SHA256;
    if (this.#content !== undefined) this.#kept.set(entry.path, this.#content);
    this.#current = undefined;
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
    const content = this.#kept.get(target);
    if (content !== undefined) this.#kept.set(path, content);
    const reason = this.#unreadable.get(target);
    if (reason !== undefined) this.#unreadable.set(path, reason);
  }

  #beginFile(entry: LayerEntry, holes: number): Want {
    const keep = this.#options.wants(entry.path) && this.#mayHold(entry);
    if (!keep && !this.#options.hashFiles) return 'skip';
    // Holes cost time though they are not in the archive.
    if (holes > 0) this.#options.budget.takeBytes(holes);
    this.#current = entry;
    this.#filled = 0;
    if (keep) {
      this.#held += entry.size;
      this.#content = entry.size === 0 ? EMPTY : Buffer.allocUnsafeSlow(entry.size);
    }
    return 'read';
  }

  #mayHold({ path, size }: LayerEntry): boolean {
    const { fileBytes, heldBytes } = this.#options.budget.limits;
    if (size > fileBytes) {
      this.#unreadable.set(path, `its ${size} bytes are more than the ${fileBytes} of a file`);
      return false;
    }
    if (this.#held + size > heldBytes) {
      this.#unreadable.set(path, `the layer's files would need more than ${heldBytes} bytes`);
      return false;
    }
    return true;
  }
}
