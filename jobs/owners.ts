/**
 * Which package of the distribution brought a file. Its lists of files are long and few of those
 * files matter: only those that tell of other packages are looked for.
 *
 * @module
 */
import type { SquashedTree } from './layers/index.ts';
import { Places } from './places.ts';

/** Finds the owners of a few files in long lists. */
export class Owners {
  readonly #places: Places;
  readonly #wanted = new Set<string>();
  /** Their last segments: links may lead to another directory, but to no other name. */
  readonly #names = new Set<string>();
  readonly #owners = new Map<string, { readonly name: string; readonly layerIndex: number }>();

  constructor(tree: Pick<SquashedTree<unknown>, 'get'>) {
    this.#places = new Places(tree);
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
      const path = this.#places.resolve(file);
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
}
