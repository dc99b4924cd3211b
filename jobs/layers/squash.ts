/**
 * The file system that the layers of an image make together (OCI image specification, "Image Layer
 * Filesystem Changeset", sections "Applying Changesets" and "Whiteouts").
 *
 * @module
 */
import type { FurtherDigests } from './digests.ts';
import type { Kept, LayerEntry, PathProblem } from './files.ts';
import type { LayerContent } from './layer.ts';
import { normalizePath } from './path.ts';
import type { EntryType } from './tar.ts';
import { isDirectory, Tree, type TreeNode } from './tree.ts';

/** What `squash` needs of a layer. */
export type SquashLayer<F, M = never> = Pick<
  LayerContent<F, M>,
  'entries' | 'whiteouts' | 'opaque' | 'kept' | 'matches'
>;

/** A path of the image. */
export interface SquashedEntry {
  /** Binary, with links in it resolved. */
  readonly path: string;
  /** A hard link is of its target's type. */
  readonly type: Exclude<EntryType, 'hardlink'>;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly sha256: string | undefined;
  /** Digests beside SHA-256 that were asked for. */
  readonly digests?: FurtherDigests | undefined;
  /** Target of a symbolic link, as its bytes. */
  readonly link: string | undefined;
  /** The layer that put it there. */
  readonly layerIndex: number;
  /** Binary path under which its layer has what is in it. */
  readonly contentPath: string;
  /** A directory that no layer has an entry of; it is there because something is in it. */
  readonly implicit: boolean;
}

export type KeptContent<F> = Kept<F> & {
  /** The layer that put the path there. */
  readonly layerIndex: number;
};

export interface SquashedTree<F, M = never> extends Iterable<SquashedEntry> {
  /** Hard links whose target is not there. */
  readonly dropped: readonly PathProblem[];
  /** Each path once, directories before what is in them, the names of one directory in order. */
  [Symbol.iterator](): Iterator<SquashedEntry>;
  /** Looks a binary path up, following links inside the image. */
  get(path: string): SquashedEntry | undefined;
  /** Looks a binary path up, following links in its directories but not one that it names itself. */
  entryAt(path: string): SquashedEntry | undefined;
  /**
   * What is held of the file at a binary path that `get` or the iteration told. There is none unless
   * it was asked for: under the file's own path in its layer, or under that of its hard link's
   * target.
   */
  keptOf(path: string): KeptContent<F> | undefined;
  /** What the search found in the file at such a path. */
  matchesOf(path: string): readonly M[];
}

/**
 * Puts layers on each other, the bottom one first. Fails with `image_limit_exceeded` or
 * `layer_malformed` on layers that are made to grow without bounds.
 */
export function squash<F, M = never>(layers: readonly SquashLayer<F, M>[]): SquashedTree<F, M> {
  const tree = new Tree(layers.reduce((sum, layer) => sum + layer.entries.length, 0));
  const dropped: PathProblem[] = [];
  for (const [index, layer] of layers.entries()) {
    // Whiteouts are for the layers below only, wherever they stand: first they, then the entries.
    applyWhiteouts(tree, layer);
    for (const entry of layer.entries) {
      if (entry.type !== 'hardlink') tree.put(entry, index);
      else if (!putHardLink(tree, entry, index, layer)) {
        dropped.push({ path: entry.path, reason: 'it is a hard link to a file that is not there' });
      }
    }
  }
  // Whoever walks the tree asks for what is in the file that it has come to.
  let walked = tree.root;
  const nodeAt = (path: string) => path === walked.path ? walked : tree.find(path, false);
  return {
    dropped,
    *[Symbol.iterator]() {
      for (const node of walk(tree.root)) yield describe(walked = node);
    },
    get: (path) => described(tree, path, true),
    entryAt: (path) => described(tree, path, false),
    keptOf(path) {
      const node = nodeAt(path);
      if (node === undefined) return undefined;
      const kept = layers[node.contentLayer]?.kept.get(node.contentPath);
      if (kept === undefined || node.entry?.type !== 'file') return undefined;
      return { ...kept, layerIndex: node.layer };
    },
    matchesOf(path) {
      const node = nodeAt(path);
      if (node?.entry?.type !== 'file') return [];
      return layers[node.contentLayer]?.matches.get(node.contentPath) ?? [];
    },
  };
}

function described(tree: Tree, path: string, followLast: boolean): SquashedEntry | undefined {
  const node = tree.find(normalizePath(path), followLast);
  return node === undefined || node === tree.root ? undefined : describe(node);
}

function applyWhiteouts(tree: Tree, layer: SquashLayer<unknown, unknown>): void {
  if (layer.whiteouts.size === 0 && layer.opaque.size === 0) return;
  let own: Set<string> | undefined;
  // A link below that the layer itself replaces does not lead its whiteouts anywhere.
  const isReplaced = (path: string): boolean => {
    own ??= new Set(layer.entries.map((entry) => entry.path));
    return own.has(path);
  };
  for (const path of layer.whiteouts) tree.remove(path, isReplaced);
  for (const path of layer.opaque) tree.empty(path, isReplaced);
}

/** Returns whether the link's target is there. */
function putHardLink(
  tree: Tree,
  entry: LayerEntry,
  index: number,
  layer: SquashLayer<unknown, unknown>,
): boolean {
  const target = tree.find(entry.link ?? '', false);
  if (target?.entry === undefined || isDirectory(target)) return false;
  const { contentLayer, contentPath } = target;
  // A link to its own name changes nothing.
  if (target === tree.find(entry.path, false)) return true;
  const node = tree.put({ ...target.entry, path: entry.path }, index);
  if (!layer.kept.has(entry.path) && !layer.matches.has(entry.path)) {
    node.contentLayer = contentLayer;
    node.contentPath = contentPath;
  }
  return true;
}

function* walk(root: TreeNode): Generator<TreeNode> {
  const todo = sortedChildren(root);
  for (let node = todo.pop(); node !== undefined; node = todo.pop()) {
    yield node;
    if (node.children === undefined) continue;
    for (const child of sortedChildren(node)) todo.push(child);
  }
}

/** Last name first, as they are taken from the end. */
function sortedChildren(node: TreeNode): TreeNode[] {
  const children = Array.from(node.children ?? []);
  children.sort(([a], [b]) => (a < b ? 1 : -1));
  return children.map(([, child]) => child);
}

function describe(node: TreeNode): SquashedEntry {
  const { path, entry, layer: layerIndex, contentPath } = node;
  if (entry === undefined || entry.type === 'hardlink') return implicitDirectory(path, layerIndex);
  const { type, mode, uid, gid, size, sha256, digests, link } = entry;
  return {
    path,
    type,
    mode,
    uid,
    gid,
    size,
    sha256,
    digests,
    link,
    layerIndex,
    contentPath,
    implicit: false,
  };
}

function implicitDirectory(path: string, layerIndex: number): SquashedEntry {
  return {
    path,
    type: 'directory',
    mode: 0o755,
    uid: 0,
    gid: 0,
    size: 0,
    sha256: undefined,
    link: undefined,
    layerIndex,
    contentPath: path,
    implicit: true,
  };
}
