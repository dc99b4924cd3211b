/**
 * Expressions of Python's `re` on untrusted text. What is regular is matched in time linear in the
 * text, look-arounds included; what is not, within a limit of steps.
 *
 * @module
 */
import { type Alphabet, BYTES, TEXT } from './alphabet.ts';
import { BacktrackingMatcher } from './backtracking.ts';
import { isRegular, LinearMatcher } from './linear.ts';
import type { Matcher } from './matcher.ts';
import { parseExpression } from './parse.ts';
import { Steps } from './steps.ts';
import type { Node } from './tree.ts';

export { ExpressionBudgetError, ExpressionError } from './errors.ts';
export { type CharacterSet, membersOf, sizeOf, union } from './characters.ts';
export { Steps } from './steps.ts';
export type { Node } from './tree.ts';

/** An expression on bytes. What is before `start` and behind `end` is no part of the text. */
export interface Expression {
  readonly source: string;
  readonly tree: Node;
  /** Whether matching is linear; it runs out of steps only where those of building are limited. */
  readonly isRegular: boolean;
  /**
   * Whether it matches at `start` (`re.match`).
   *
   * @throws {ExpressionBudgetError} `steps` ran out
   */
  match(bytes: Uint8Array, start: number, end: number, steps?: Steps): boolean;
  /**
   * Whether it matches anywhere (`re.search`).
   *
   * @throws {ExpressionBudgetError} `steps` ran out
   */
  search(bytes: Uint8Array, start: number, end: number, steps?: Steps): boolean;
}

/** An expression on text: on its code points, with the letters and cases of Unicode. */
export interface TextExpression {
  readonly source: string;
  readonly isRegular: boolean;
  /**
   * Whether it matches at the beginning (`re.match`).
   *
   * @throws {ExpressionBudgetError} `steps` ran out
   */
  matchText(text: string, steps?: Steps): boolean;
  /**
   * Whether it matches anywhere (`re.search`).
   *
   * @throws {ExpressionBudgetError} `steps` ran out
   */
  searchText(text: string, steps?: Steps): boolean;
}

/**
 * Compiles an expression on bytes; characters beyond ASCII stand for the bytes of their UTF-8.
 * `flags` are letters of `(?…)`: `'im'`.
 *
 * @throws {ExpressionError} it is none, or too large
 */
export function compileExpression(source: string, flags = ''): Expression {
  const { tree, isLinear, matcher } = compiled(source, BYTES, flags);
  return {
    source,
    tree,
    isRegular: isLinear,
    match: (bytes, start, end, steps = new Steps()) =>
      matcher.matches(bytes, start, Math.min(end, bytes.length), true, steps),
    search: (bytes, start, end, steps = new Steps()) =>
      matcher.matches(bytes, start, Math.min(end, bytes.length), false, steps),
  };
}

/**
 * Compiles an expression on text.
 *
 * @throws {ExpressionError} it is none, or too large
 */
export function compileTextExpression(source: string, flags = ''): TextExpression {
  const { isLinear, matcher } = compiled(source, TEXT, flags);
  let points = new Uint32Array(256);
  const run = (text: string, isAnchored: boolean, steps: Steps): boolean => {
    // Used again and again: a rule looks at a hundred thousand paths.
    if (points.length < text.length) points = new Uint32Array(2 * text.length);
    let count = 0;
    for (let at = 0; at < text.length; at += 1) {
      const point = text.codePointAt(at) ?? 0;
      if (point > 0xffff) at += 1;
      points[count++] = point;
    }
    return matcher.matches(points, 0, count, isAnchored, steps);
  };
  return {
    source,
    isRegular: isLinear,
    matchText: (text, steps = new Steps()) => run(text, true, steps),
    searchText: (text, steps = new Steps()) => run(text, false, steps),
  };
}

interface Compiled {
  readonly tree: Node;
  readonly isLinear: boolean;
  readonly matcher: Matcher;
}

function compiled(source: string, alphabet: Alphabet, flags: string): Compiled {
  const tree = parseExpression(source, alphabet, flags);
  const isLinear = isRegular(tree);
  return {
    tree,
    isLinear,
    matcher: isLinear ? new LinearMatcher(tree) : new BacktrackingMatcher(tree),
  };
}
