/**
 * Why an expression cannot be used, or did not come to an answer.
 *
 * @module
 */

/** A text that is no expression, or one that is too large. The message is one sentence. */
export class ExpressionError extends Error {
  override readonly name = 'ExpressionError';
  readonly code = 'invalid_expression';
  /** Where in the source it is wrong, in characters from 0 (bytes of its UTF-8 for byte patterns). */
  readonly position: number;

  constructor(reason: string, position: number) {
    super(`${reason} (at position ${position}).`);
    this.position = position;
  }
}

/** An expression that has to be tried in many ways was tried in more than are allowed. */
export class ExpressionBudgetError extends Error {
  override readonly name = 'ExpressionBudgetError';
  readonly code = 'expression_budget_exceeded';

  constructor(limit: number) {
    super(`The expression came to no answer within ${limit} steps.`);
  }
}
