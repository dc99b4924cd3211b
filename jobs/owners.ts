/**
 * Which package of the distribution brought a file. Its lists of files are long and few of those
 * files matter: only those that tell of other packages are looked for.
 *
 * @module
 */
import { normalizePath, type SquashedTree } from './layers/index.ts';

/** Finds the owners of a few files in long lists. */
export class Owners {
  readonly #tree: Pick<SquashedTree<unknown>, 'get'>;
  readonly #wanted = new Set<string>();
  /** Their last segments: links may lead to another directory, but to no other name. */
  readonly #names = new Set<string>();
  readonly #owners = new Map<string, { readonly name: string; readonly layerIndex: number }>();
  /** Files of one directory mostly follow each other. */
  #lastDirectory = '';
  #lastResolved: string | undefined = '';

  constructor(tree: Pick<SquashedTree<unknown>, 'get'>) {
    this.#tree = tree;
  }

  /** Asks for the owner of the file at a path of the tree, before any list is taken. */
  want(path: string): void {
    this.#wanted.add(path);
    this.#names.add(path.slice(path.lastIndexOf('/') + 1));
  }

  /**
   * Takes the list of a package's files, binary paths as the package says them. The first package
   * that has a file in its list is its owner.
   *
   * @param layerIndex the layer of the database that has the list
   */
  take(name: string, files: Iterable<string>, layerIndex: number): void {
    for (const file of files) {
      if (!this.#names.has(file.slice(file.lastIndexOf('/') + 1))) continue;
      const path = this.#resolve(normalizePath(file));
      if (path !== undefined && this.#wanted.has(path) && !this.#owners.has(path)) {
        this.#owners.set(path, { name, layerIndex });
      }
    }
  }

  /**
   * The package that brought a file; undefined where no list has it, or where a later layer than the
   * database's has put another file in its place.
   */
  ownerOf(path: string, layerIndex: number): string | undefined {
    const owner = this.#owners.get(path);
    return owner !== undefined && layerIndex <= owner.layerIndex ? owner.name : undefined;
  }

  /** The file's path in the tree: lists say `/bin/x` where `/bin` is a link to `/usr/bin`. */
  #resolve(file: string): string | undefined {
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
