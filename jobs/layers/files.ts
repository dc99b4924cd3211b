/**
 * What is wanted of the files of a layer, and what is remembered of them.
 *
 * @module
 */
import type { Buffer } from 'node:buffer';
import type { FurtherDigests } from './digests.ts';
import type { EntryType } from './tar.ts';

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
  /** Of files only, and only in the algorithms that were asked for. */
  digests?: FurtherDigests | undefined;
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
   * and the memory of `content` is used again after the call; what it returns takes as much room
   * as its JSON has characters. Without it the content itself is held.
   */
  readonly read?: ((path: string, content: Buffer) => F | undefined) | undefined;
}

/** The content is held as it is. */
export const HELD: Interest<never> = {};

/** What is held of a file: its content, or what was found in it. */
export type Kept<F> =
  | { readonly content: Buffer; readonly found?: undefined }
  | { readonly content?: undefined; readonly found: F };

/** What is remembered of a layer: `F` was found in files, `M` by the search. */
export interface LayerFiles<F, M = never> {
  /** In the archive's order. If a path comes more than once, the last entry is the one that counts. */
  readonly entries: readonly LayerEntry[];
  /** Paths that are hidden in the layers below. */
  readonly whiteouts: ReadonlySet<string>;
  /** Directories whose content in the layers below is hidden. */
  readonly opaque: ReadonlySet<string>;
  /** What is held of the files that were asked for, also by the names of their hard links here. */
  readonly kept: ReadonlyMap<string, Kept<F>>;
  /** What the search found, by the names of hard links here, too; files with nothing are not there. */
  readonly matches: ReadonlyMap<string, readonly M[]>;
  /** Files that were asked for but are too large. */
  readonly unreadable: readonly PathProblem[];
  /** Entries that no runtime would unpack. */
  readonly dropped: readonly PathProblem[];
}

/** A search in the content of one layer's files. */
export interface FileSearch<M> {
  /** Bytes of the largest file that is searched. */
  readonly maxFileSize: number;
  /** The memory of `content` is used again after the call. */
  search(content: Buffer): readonly M[];
}
