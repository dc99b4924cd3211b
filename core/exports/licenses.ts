/**
 * What packages tell of their licences as SPDX licence expressions (SPDX specification 2.3, annex
 * D).
 *
 * @module
 */
import {
  type Expression,
  has,
  joined,
  type Operator,
  readExpression,
  rendered,
} from './license-expressions.ts';

/** More items than this are not put into one expression. */
const ITEM_LIMIT = 200;

/**
 * What several items of a package of this type mean together: those of a distribution all hold; npm,
 * Composer, Maven's POM and R say that one may choose. Types that are not here say nothing of it.
 */
const CONJUNCTIONS: ReadonlyMap<string, Operator> = new Map<string, Operator>([
  ['deb', 'AND'],
  ['rpm', 'AND'],
  ['apk', 'AND'],
  ['alpm', 'AND'],
  ['ebuild', 'AND'],
  ['composer', 'OR'],
  ['cran', 'OR'],
  ['maven', 'OR'],
  ['npm', 'OR'],
]);

/** A licence as a package tells of it, with its expression where that is sure. */
export interface LicenseTerm {
  readonly text: string;
  readonly expression?: string | undefined;
}

/** All that a package tells of its licences. */
export interface Licensing {
  /** Each text once, as it was found. */
  readonly terms: readonly LicenseTerm[];
  /** What stands between the terms, where that is sure. */
  readonly operator?: Operator | undefined;
  /** All terms in one, where each is sure, and what they mean together. */
  readonly expression?: string | undefined;
}

/** Reads the licences of a package of a type (that of its package URL). */
export function licensingOf(licenses: readonly string[], type: string): Licensing {
  const texts = new Set(licenses.map((text) => text.trim()));
  texts.delete('');
  const read = [...texts].map((text) => ({ text, node: readExpression(text) }));
  const nodes = read.flatMap(({ node }) => node ?? []);
  const operator = operatorOf(read.length, nodes, type);
  return {
    terms: read.map(({ text, node }) => ({
      text,
      expression: node === undefined ? undefined : rendered(node),
    })),
    operator,
    expression: operator === undefined || nodes.length < read.length
      ? undefined
      : rendered(joined(operator, nodes)),
  };
}

/**
 * The licences as one SPDX licence expression with current identifiers; undefined where one of them
 * is not surely known, or where it is not sure what they mean together. Without a type all hold, as
 * those of a distribution's packages do.
 */
export function spdxExpressionOf(licenses: readonly string[], type = 'deb'): string | undefined {
  return licensingOf(licenses, type).expression;
}

function operatorOf(
  count: number,
  nodes: readonly Expression[],
  type: string,
): Operator | undefined {
  if (count === 0 || count > ITEM_LIMIT) return undefined;
  if (count === 1) return 'AND';
  return isShadowed(nodes) ? undefined : CONJUNCTIONS.get(type);
}

/**
 * Debian's files explain each name of `A or B` in a paragraph of its own, which looks like files
 * under A alone.
 */
function isShadowed(nodes: readonly Expression[]): boolean {
  const single = nodes.filter((node) => typeof node === 'string');
  return nodes.some((node) => hasChoice(node) && single.some((license) => has(node, license)));
}

function hasChoice(node: Expression): boolean {
  return typeof node !== 'string' && (node.operator === 'OR' || node.parts.some(hasChoice));
}
