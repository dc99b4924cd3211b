/**
 * Files of a package or a layer in memory: read from tar archives, written as entries of one.
 *
 * @module
 */
import { Buffer } from 'node:buffer';
import { posix } from 'node:path';
import { TarReader } from '../../jobs/layers/tar.ts';
import type { TarEntry } from '../../jobs/oci-client/compose/index.ts';

/** A file or a symbolic link. */
export type Node =
  | { readonly content: Uint8Array; readonly executable: boolean; readonly link?: undefined }
  | { readonly link: string; readonly content?: undefined };

/** By path, without a slash in front. Directories follow from the paths. */
export type Tree = ReadonlyMap<string, Node>;

/** A directory with another mode or owner than 0755 of root. */
export interface SpecialDirectory {
  readonly path: string;
  readonly mode: number;
  readonly owner: number;
}

/** A file from text or bytes. */
export function file(content: string | Uint8Array, executable = false): Node {
  return { content: Buffer.from(content), executable };
}

/** Reads the files and links of an archive; hard links become files of their own. */
export function readTar(archive: Buffer): Map<string, Node> {
  const tree = new Map<string, Node>();
  let parts: Uint8Array[] = [];
  let reading = { path: '', executable: false };
  const reader = new TarReader({
    entry: ({ path: binary, type, mode, link }) => {
      const path = utf8(binary);
      if (type === 'symlink' && link !== undefined) tree.set(path, { link: utf8(link) });
      const linked = type === 'hardlink' ? tree.get(utf8(link ?? '')) : undefined;
      if (linked !== undefined) tree.set(path, linked);
      if (type !== 'file') return 'skip';
      reading = { path, executable: (mode & 0o111) !== 0 };
      return 'read';
    },
    data: (chunk) => {
      parts.push(Uint8Array.from(chunk));
    },
    finish: () => {
      const { path, executable } = reading;
      tree.set(path, { content: Buffer.concat(parts), executable });
      parts = [];
    },
    dropped: () => {},
  });
  reader.push(archive);
  reader.end();
  return tree;
}

/** The part of a tree below a folder, under another one; `''` is the root. */
export function moved(tree: Tree, from: string, to: string): Map<string, Node> {
  const below = [...tree].filter(([path]) => path.startsWith(`${from}/`));
  return new Map(below.map(([path, node]) => [posix.join(to, path.slice(from.length + 1)), node]));
}

/** One tree of several; of two nodes with one path the later one stays. */
export function merged(...trees: readonly Tree[]): Map<string, Node> {
  return new Map(trees.flatMap((tree) => [...tree]));
}

/** Entries of a layer: sorted, owned by root, of the first second of 1970, directories first. */
export function entriesOf(tree: Tree, special: readonly SpecialDirectory[] = []): TarEntry[] {
  const entries = new Map<string, TarEntry>();
  const addParents = (path: string) => {
    for (let at = posix.dirname(path); at !== '.'; at = posix.dirname(at)) {
      entries.set(at, { path: at, type: 'directory', mode: 0o755 });
    }
  };
  for (const path of [...tree.keys(), ...special.map((directory) => directory.path)]) {
    addParents(path);
  }
  for (const { path, mode, owner } of special) {
    entries.set(path, { path, type: 'directory', mode, uid: owner, gid: owner });
  }
  for (const [path, node] of tree) entries.set(path, entryOf(path, node));
  return [...entries.keys()].sort().flatMap((path) => entries.get(path) ?? []);
}

function entryOf(path: string, node: Node): TarEntry {
  if (node.link !== undefined) return { path, type: 'symlink', link: node.link };
  return { path, content: node.content, mode: node.executable ? 0o755 : 0o644 };
}

function utf8(binary: string): string {
  return Buffer.from(binary, 'latin1').toString('utf8');
}
