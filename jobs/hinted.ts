/**
 * Packages of an image's hints, beside those that were found: they add, and change nothing.
 *
 * @module
 */
import { CatalogError, type FoundPackage } from './catalogers/types.ts';
import { HINTS, readHints } from './inspectors/hints.ts';
import type { SquashedTree } from './layers/index.ts';

/** The hints of one image. */
export class Hinted {
  readonly #packages = new Map<string, FoundPackage>();
  /** Parts that cannot be read, with where in the file each is; empty for the file itself. */
  readonly problems: { readonly within: string; readonly reason: string }[] = [];
  /** The layer that the file is of. */
  readonly layerIndex: number;

  /** @param isWanted whether hints count at all */
  constructor(tree: Pick<SquashedTree<unknown>, 'entryAt' | 'keptOf'>, isWanted: boolean) {
    const file = isWanted ? tree.entryAt(HINTS) : undefined;
    this.layerIndex = file?.layerIndex ?? 0;
    if (file === undefined) return;
    const content = tree.keptOf(file.path)?.content;
    const note = (within: string, reason: string) => void this.problems.push({ within, reason });
    if (content === undefined) note('', 'it is no regular file, or was not read');
    else this.#read(content, note);
  }

  /** Forgets the hint of a package that was found. */
  found(known: FoundPackage): void {
    if (this.#packages.size > 0) this.#packages.delete(identityOf(known));
  }

  /** The packages that were not found. */
  rest(): Iterable<FoundPackage> {
    return this.#packages.values();
  }

  #read(content: Buffer, note: (within: string, reason: string) => void): void {
    try {
      for (const hint of readHints(content, note)) {
        const identity = identityOf(hint);
        if (!this.#packages.has(identity)) this.#packages.set(identity, hint);
      }
    } catch (error) {
      if (!(error instanceof CatalogError)) throw error;
      note('', error.message);
    }
  }
}

function identityOf({ type, name, version }: FoundPackage): string {
  return JSON.stringify([type, name, version]);
}
