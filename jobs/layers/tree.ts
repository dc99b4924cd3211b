/**
 * A file tree in memory into which layers are put one over the other. Symbolic links are resolved
 * inside it: `..` never leaves the root.
 *
 * @module
 */
import type { LayerEntry } from './files.ts';
import { LayerError } from './errors.ts';
import { MAX_PATH_BYTES } from './path.ts';

/** As many links as Linux follows in one path. */
const MAX_HOPS = 40;

/** A path of the tree. */
export interface TreeNode {
  readonly path: string;
  readonly parent: TreeNode | undefined;
  /** Of a link that could not be followed, too: what was put below it stays there. */
  children: Map<string, TreeNode> | undefined;
  /** Undefined for a directory that no layer has an entry of. */
  entry: LayerEntry | undefined;
  /** Index of the layer that the entry, or the first file below, is of. */
  layer: number;
  /** Under which layer and path its content may be kept. */
  contentLayer: number;
  contentPath: string;
}

export function isDirectory(node: TreeNode): boolean {
  return node.entry === undefined || node.entry.type === 'directory';
}

function linkTarget(node: TreeNode): string | undefined {
  return node.entry?.type === 'symlink' ? node.entry.link : undefined;
}

/** The tree, and how much of it outside data may make out of nothing. */
export class Tree {
  readonly root: TreeNode = newNode('', undefined, undefined, 0);
  /** Directories without an entry: a few long paths could make millions of them. */
  #implicitLeft: number;
  /** Parts of link targets to walk: links to links of long targets multiply. */
  #stepsLeft: number;
  /** Entries of one directory mostly follow each other. */
  #lastPath = '';
  #lastDirectory: TreeNode = this.root;

  /** `entries` is how many entries all layers have; what the tree may cost is a multiple of it. */
  constructor(entries: number) {
    this.#implicitLeft = 100_000 + 8 * entries;
    this.#stepsLeft = 1_000_000 + 100 * entries;
  }

  /** Puts an entry at its path, or at where links in its path lead to. */
  put(entry: LayerEntry, layer: number): TreeNode {
    const slash = entry.path.lastIndexOf('/');
    const directory = slash === -1 ? '' : entry.path.slice(0, slash);
    const parent = this.#directoryOf(directory, layer);
    const name = entry.path.slice(slash + 1);
    const present = parent.children?.get(name);
    const path = parent.path === directory ? entry.path : joinPath(parent, name);
    if (present === undefined) {
      if (entry.type === 'symlink') this.#forgetLast();
      return addChild(parent, name, newNode(path, parent, entry, layer));
    }
    if (!isDirectory(present) || entry.type !== 'directory') {
      present.children = undefined;
      this.#forgetLast();
    }
    present.entry = entry;
    present.layer = present.contentLayer = layer;
    present.contentPath = entry.path;
    return present;
  }

  /** Takes a path away with everything below it. */
  remove(path: string, isHidden: (path: string) => boolean): void {
    this.#forgetLast();
    const slash = path.lastIndexOf('/');
    const parent = slash === -1 ? this.root : this.#walk(path.slice(0, slash), true, isHidden);
    parent?.children?.delete(path.slice(slash + 1));
  }

  /** Takes everything below a directory away. */
  empty(path: string, isHidden: (path: string) => boolean): void {
    this.#forgetLast();
    const node = this.#walk(path, true, isHidden);
    if (node !== undefined) node.children = undefined;
  }

  /** Looks a path up; links in it are followed, one at its end only if asked for. */
  find(path: string, followLast: boolean): TreeNode | undefined {
    return this.#walk(path, followLast, () => false);
  }

  /** `isHidden` tells of links that are as good as gone, by the path that leads to them. */
  #walk(
    path: string,
    followLast: boolean,
    isHidden: (path: string) => boolean,
  ): TreeNode | undefined {
    const hops = { left: MAX_HOPS };
    let node: TreeNode | undefined = this.root;
    let start = 0;
    while (start < path.length) {
      const slash = path.indexOf('/', start);
      const end = slash === -1 ? path.length : slash;
      const child: TreeNode | undefined = node.children?.get(path.slice(start, end));
      if (child === undefined) return undefined;
      start = end + 1;
      node = child;
      if (linkTarget(child) === undefined || (!followLast && start > path.length)) continue;
      // Below a link that leads nowhere there is what was put there under its own name.
      if (start <= path.length && child.children !== undefined) continue;
      if (isHidden(path.slice(0, end))) return undefined;
      node = this.#follow(child, hops, undefined);
      if (node === undefined) return undefined;
    }
    return node;
  }

  /** Finds or makes a directory. */
  #directoryOf(path: string, layer: number): TreeNode {
    if (path === this.#lastPath) return this.#lastDirectory;
    const hops = { left: MAX_HOPS };
    let node = this.root;
    let start = 0;
    while (start < path.length) {
      const slash = path.indexOf('/', start);
      const end = slash === -1 ? path.length : slash;
      node = this.#enter(node, path.slice(start, end), layer, hops);
      start = end + 1;
    }
    this.#lastPath = path;
    this.#lastDirectory = node;
    return node;
  }

  #enter(node: TreeNode, name: string, layer: number, hops: { left: number }): TreeNode {
    const child = node.children?.get(name);
    if (child === undefined) return this.#makeDirectory(node, name, layer);
    if (linkTarget(child) !== undefined) {
      if (child.children !== undefined) return child;
      const target = this.#follow(child, hops, layer);
      return target !== undefined && isDirectory(target) ? target : child;
    }
    if (!isDirectory(child)) {
      child.entry = undefined;
      child.layer = layer;
    }
    return child;
  }

  /** Where a link leads to; missing directories are made if a layer is given for them. */
  #follow(
    link: TreeNode,
    hops: { left: number },
    layer: number | undefined,
  ): TreeNode | undefined {
    const todo: string[] = [];
    let node = this.#start(link, todo);
    hops.left--;
    for (let name = todo.pop(); name !== undefined; name = todo.pop()) {
      if (name === '' || name === '.') continue;
      if (!isDirectory(node)) return undefined;
      if (name === '..') {
        node = node.parent ?? node;
        continue;
      }
      let child = node.children?.get(name);
      if (child === undefined) {
        if (layer === undefined) return undefined;
        child = this.#makeDirectory(node, name, layer);
      }
      if (linkTarget(child) === undefined) {
        node = child;
        continue;
      }
      if (--hops.left < 0) return undefined;
      node = this.#start(child, todo);
    }
    return hops.left < 0 ? undefined : node;
  }

  /** Puts the parts of a link's target on the stack; returns where they start from. */
  #start(link: TreeNode, todo: string[]): TreeNode {
    const target = linkTarget(link) ?? '';
    const parts = target.split('/');
    this.#stepsLeft -= parts.length;
    if (this.#stepsLeft < 0) throw tooComplex('follow too many symbolic links');
    for (let i = parts.length - 1; i >= 0; i--) todo.push(parts[i] ?? '');
    return target.startsWith('/') ? this.root : link.parent ?? this.root;
  }

  #makeDirectory(parent: TreeNode, name: string, layer: number): TreeNode {
    if (--this.#implicitLeft < 0) throw tooComplex('have too many directories without an entry');
    return addChild(parent, name, newNode(joinPath(parent, name), parent, undefined, layer));
  }

  #forgetLast(): void {
    this.#lastPath = '';
    this.#lastDirectory = this.root;
  }
}

function newNode(
  path: string,
  parent: TreeNode | undefined,
  entry: LayerEntry | undefined,
  layer: number,
): TreeNode {
  const contentPath = entry?.path ?? path;
  return { path, parent, children: undefined, entry, layer, contentLayer: layer, contentPath };
}

function addChild(parent: TreeNode, name: string, child: TreeNode): TreeNode {
  parent.children ??= new Map();
  parent.children.set(name, child);
  return child;
}

function joinPath(parent: TreeNode, name: string): string {
  if (parent.path.length + name.length >= MAX_PATH_BYTES) {
    throw new LayerError(
      'layer_malformed',
      'The layer has a path that becomes longer than 4096 bytes once its links are resolved.',
    );
  }
  return parent.path === '' ? name : `${parent.path}/${name}`;
}

function tooComplex(what: string): LayerError {
  return new LayerError('image_limit_exceeded', `The image's layers ${what} to be analysed.`);
}
