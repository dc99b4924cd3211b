/**
 * Where files are in the tree that lists name by other paths: `/bin/x` where `/bin` is a link to
 * `/usr/bin`.
 *
 * @module
 */
import { normalizePath, type SquashedTree } from './layers/index.ts';

/** Resolves the directories of paths, the last of which is remembered: lists are mostly in order. */
export class Places {
  readonly #tree: Pick<SquashedTree<unknown>, 'get'>;
  #lastDirectory = '';
  #lastResolved: string | undefined = '';

  constructor(tree: Pick<SquashedTree<unknown>, 'get'>) {
    this.#tree = tree;
  }

  /** The binary path with links in its directories followed; undefined where they lead nowhere. */
  resolve(path: string): string | undefined {
    const file = normalizePath(path);
    const slash = file.lastIndexOf('/');
    const directory = slash === -1 ? '' : file.slice(0, slash);
    if (directory !== this.#lastDirectory) {
      this.#lastDirectory = directory;
      this.#lastResolved = directory === '' ? '' : this.#tree.get(directory)?.path;
    }
    const resolved = this.#lastResolved;
    if (resolved === undefined) return undefined;
    const name = file.slice(slash + 1);
    return resolved === '' ? name : `${resolved}/${name}`;
  }
}
