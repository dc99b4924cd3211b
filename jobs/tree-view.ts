/**
 * The squashed tree as catalogers and inspectors may ask it.
 *
 * @module
 */
import type { TreeView } from './catalogers/types.ts';
import type { SquashedTree } from './layers/index.ts';

/** The view of a tree. */
export function viewOf(tree: SquashedTree<unknown, unknown>): TreeView {
  return {
    has: (path) => tree.get(path) !== undefined,
    content: (path) => {
      const entry = tree.get(path);
      return entry === undefined ? undefined : tree.keptOf(entry.path)?.content;
    },
  };
}
