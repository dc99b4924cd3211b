/**
 * What an expression says, as a tree. Flags are resolved: case, `.` and `^` are already what they
 * mean at their place.
 *
 * @module
 */
import type { Cases } from './cases.ts';
import type { CharacterSet } from './characters.ts';

/** Places that are told by the text beside them. The order is that of the bits in a context. */
export const PLACES = [
  'text-start',
  'line-start',
  'text-end',
  /** The end, or before a newline that ends the text. */
  'last-line-end',
  'line-end',
  'boundary',
  'no-boundary',
  'ascii-boundary',
  'ascii-no-boundary',
] as const;
export type Place = (typeof PLACES)[number];

export interface Look {
  readonly kind: 'look';
  readonly ahead: boolean;
  readonly negative: boolean;
  readonly item: Node;
  /** Characters of a look-behind; 0 for a look-ahead. */
  readonly width: number;
}

export interface Repeat {
  readonly kind: 'repeat';
  readonly item: Node;
  readonly least: number;
  /** `Infinity` without a bound. */
  readonly most: number;
  readonly mode: 'greedy' | 'lazy' | 'possessive';
}

export type Node =
  /** One character of a set. */
  | { readonly kind: 'characters'; readonly set: CharacterSet }
  | { readonly kind: 'sequence'; readonly items: readonly Node[] }
  | { readonly kind: 'alternation'; readonly branches: readonly Node[] }
  | Repeat
  /** A capturing group, numbered from 1. */
  | { readonly kind: 'group'; readonly number: number; readonly item: Node }
  | { readonly kind: 'place'; readonly place: Place }
  | Look
  | { readonly kind: 'reference'; readonly group: number; readonly cases: Cases }
  | {
    readonly kind: 'conditional';
    readonly group: number;
    readonly yes: Node;
    readonly no: Node;
  }
  | { readonly kind: 'atomic'; readonly item: Node };

export const NOTHING: Node = { kind: 'sequence', items: [] };

/** The parts of a node, from left to right. */
export function partsOf(node: Node): readonly Node[] {
  switch (node.kind) {
    case 'sequence':
      return node.items;
    case 'alternation':
      return node.branches;
    case 'repeat':
    case 'group':
    case 'look':
    case 'atomic':
      return [node.item];
    case 'conditional':
      return [node.yes, node.no];
    default:
      return [];
  }
}

/** Whether a node, or any part of it at whatever depth, is as asked. */
export function someNode(node: Node, is: (node: Node) => boolean): boolean {
  return is(node) || partsOf(node).some((part) => someNode(part, is));
}
