/**
 * What both ways of matching can do.
 *
 * @module
 */
import type { Units } from './contexts.ts';
import type { Steps } from './steps.ts';

export interface Matcher {
  /**
   * Whether an expression matches the text from `start` to `end`: at its beginning, or anywhere.
   *
   * @throws {ExpressionBudgetError} one that has to be tried in many ways came to no answer
   */
  matches(
    units: Units,
    start: number,
    end: number,
    isAnchored: boolean,
    steps: Steps,
  ): boolean;
}
