/**
 * What every text that an expression matches must contain: literals that can be looked for much
 * faster than the expression can be tried.
 *
 * @module
 */
import {
  type CharacterSet,
  membersOf,
  type Node,
  sizeOf,
  union,
} from '../../contract/expressions/index.ts';

/** A literal: the few characters that each place of it may have. */
export type Factor = readonly CharacterSet[];

/** Characters that one place of a factor may have. */
const CHOICE_LIMIT = 8;
const LENGTH_LIMIT = 32;
/** Factors of which a text must contain one. */
const ALTERNATIVE_LIMIT = 16;
const BITS_OF_BYTE = 8;
/** Bits that a factor must tell of a text; less is found in too many lines to be of use. */
const LEAST_BITS = 20;

/** What is known of the texts that a node matches. */
interface Knowledge {
  /** Set where all of them are of this form. */
  readonly whole?: Factor | undefined;
  /** Set where each of them contains one of these. */
  readonly needs?: readonly Factor[] | undefined;
  /** Set where all of them begin and end with this, which may be the same place. */
  readonly edge?: Factor | undefined;
}

/** Factors of which one is in every text that is matched; undefined without any of use. */
export function factorsOf(tree: Node): readonly Factor[] | undefined {
  const needs = needsOf(knowledgeOf(tree));
  return needs !== undefined && bitsOf(needs) >= LEAST_BITS ? needs : undefined;
}

/** A regular expression of JavaScript for Latin-1 text that finds the first of any factors. */
export function factorPattern(factors: readonly Factor[]): RegExp {
  return new RegExp(factors.map((factor) => factor.map(classOf).join('')).join('|'), 'g');
}

function classOf(set: CharacterSet): string {
  const members = membersOf(set).map((member) => `\\x${member.toString(16).padStart(2, '0')}`);
  return members.length === 1 ? members.join('') : `[${members.join('')}]`;
}

function knowledgeOf(node: Node): Knowledge {
  switch (node.kind) {
    case 'characters':
      return isChoice(node.set) ? { whole: [node.set] } : {};
    case 'sequence':
      return inSequence(node.items);
    case 'alternation':
      return ofEither(node.branches.map(knowledgeOf));
    case 'group':
    case 'atomic':
      return knowledgeOf(node.item);
    case 'place':
    case 'look':
      return { whole: [] };
    case 'repeat': {
      if (node.least === 0) return {};
      const { whole, needs } = knowledgeOf(node.item);
      return node.most === 1 ? { whole, needs } : { needs: needsOf({ whole, needs }), edge: whole };
    }
    default:
      return {};
  }
}

function isChoice(set: CharacterSet): boolean {
  const size = sizeOf(set);
  return size > 0 && size <= CHOICE_LIMIT;
}

function needsOf({ whole, needs }: Knowledge): readonly Factor[] | undefined {
  return whole !== undefined && whole.length > 0 ? [whole] : needs;
}

/** Neighbours of a known form make up longer literals. */
function inSequence(items: readonly Node[]): Knowledge {
  let best: readonly Factor[] | undefined;
  let run: Factor = [];
  let isWhole = true;
  const offer = (needs: readonly Factor[] | undefined): void => {
    if (needs !== undefined && (best === undefined || bitsOf(needs) > bitsOf(best))) best = needs;
  };
  const append = (part: Factor): void => {
    if (run.length + part.length > LENGTH_LIMIT) {
      offer([run]);
      run = [];
      isWhole = false;
    }
    run = [...run, ...part];
  };
  for (const item of items) {
    const { whole, needs, edge } = knowledgeOf(item);
    if (whole !== undefined) {
      append(whole);
      continue;
    }
    isWhole = false;
    if (edge !== undefined) append(edge);
    if (run.length > 0) offer([run]);
    offer(needs);
    run = edge ?? [];
  }
  if (isWhole) return { whole: run };
  if (run.length > 0) offer([run]);
  return { needs: best };
}

function ofEither(branches: readonly Knowledge[]): Knowledge {
  const wholes = branches.flatMap(({ whole }) => whole === undefined ? [] : [whole]);
  if (wholes.length === branches.length && wholes.every(({ length }) => length === 1)) {
    const choice = union(wholes.flat());
    if (isChoice(choice)) return { whole: [choice] };
  }
  const needs: Factor[] = [];
  for (const branch of branches) {
    const alternatives = needsOf(branch);
    if (alternatives === undefined) return {};
    needs.push(...alternatives);
  }
  return needs.length <= ALTERNATIVE_LIMIT ? { needs } : {};
}

/** How much a text is told apart by containing one of some factors. */
function bitsOf(factors: readonly Factor[]): number {
  const bits = factors.map((factor) =>
    factor.reduce((sum, set) => sum + BITS_OF_BYTE - Math.log2(sizeOf(set)), 0)
  );
  return Math.min(...bits) - Math.log2(factors.length);
}
