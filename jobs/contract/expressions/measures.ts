/**
 * Sizes of what an expression matches, and of what it is compiled to.
 *
 * @module
 */
import { type Node, partsOf, type Repeat } from './tree.ts';

/** Instructions that one expression may be compiled to. */
export const STATE_LIMIT = 10_000;

/** Fewest and most characters that a node matches. */
export interface Width {
  readonly least: number;
  readonly most: number;
}

const NONE: Width = { least: 0, most: 0 };

/** `groups` are the widths of the capturing groups by number, for references to them. */
export function widthOf(node: Node, groups: ReadonlyMap<number, Width>): Width {
  switch (node.kind) {
    case 'characters':
      return { least: 1, most: 1 };
    case 'sequence':
      return node.items.map((item) => widthOf(item, groups)).reduce(
        (sum, { least, most }) => ({ least: sum.least + least, most: sum.most + most }),
        NONE,
      );
    case 'alternation':
      return either(node.branches.map((branch) => widthOf(branch, groups)));
    case 'conditional':
      return either([widthOf(node.yes, groups), widthOf(node.no, groups)]);
    case 'repeat': {
      const { least, most } = widthOf(node.item, groups);
      return {
        least: least * node.least,
        most: most === 0 || node.most === 0 ? 0 : most * node.most,
      };
    }
    case 'reference':
      return groups.get(node.group) ?? NONE;
    case 'group':
    case 'atomic':
      return widthOf(node.item, groups);
    default:
      return NONE;
  }
}

function either(widths: readonly Width[]): Width {
  return {
    least: Math.min(...widths.map(({ least }) => least)),
    most: Math.max(...widths.map(({ most }) => most)),
  };
}

/** Instructions that a node is compiled to, or a few more. */
export function statesOf(node: Node): number {
  const parts = partsOf(node).reduce((sum, part) => sum + statesOf(part), 0);
  switch (node.kind) {
    case 'sequence':
      return parts;
    case 'alternation':
      return parts + 2 * node.branches.length;
    case 'repeat':
      return statesOfRepeat(node, parts);
    case 'characters':
    case 'place':
    case 'reference':
      return 1;
    default:
      return parts + 3;
  }
}

/** Copies of an item, which count even where they are of nothing: they are made one by one. */
function statesOfRepeat({ least, most }: Repeat, item: number): number {
  const needed = least * Math.max(item, 1);
  return most === Infinity ? Math.max(needed, item) + 4 : needed + (most - least) * (item + 1) + 2;
}
