/**
 * Regular expressions as bundles contain them: Python's dialect, matched at the start of the
 * subject only (`re.match`). What is regular takes time linear in the subject; what is not, as with
 * back-references, ends after a number of steps.
 *
 * @module
 */
import { compileTextExpression, ExpressionError, Steps } from '../../jobs/contract/index.ts';
import { TidewaiterError } from '../errors.ts';

/** Longest expression, in characters. */
const LONGEST_SOURCE = 8 * 1024;

/** Of all subjects that a rule tries it on: a tenth of a second or two. */
const MOST_STEPS = 5_000_000;

/** A compiled expression. */
export interface Expression {
  /**
   * Whether the expression matches at the start of `subject`.
   *
   * @throws ExpressionBudgetError it takes too many steps to tell
   */
  matches(subject: string): boolean;
}

/**
 * Compiles an expression in Python's dialect. Throws `TidewaiterError` with the code
 * `invalid_expression` where it is none, or is longer than 8 KiB.
 */
export function compileExpression(source: string): Expression {
  if (source.length > LONGEST_SOURCE) {
    throw invalid(source, `it is longer than ${LONGEST_SOURCE} characters`);
  }
  try {
    const compiled = compileTextExpression(source);
    const steps = new Steps(MOST_STEPS);
    return { matches: (subject) => compiled.matchText(subject, steps) };
  } catch (error) {
    if (error instanceof ExpressionError) throw invalid(source, error.message);
    throw error;
  }
}

function invalid(source: string, reason: string): TidewaiterError {
  const shown = source.length > 100 ? `${source.slice(0, 100)}…` : source;
  return new TidewaiterError(
    'invalid_expression',
    400,
    `'${shown}' is not a valid regular expression: ${reason}`,
  );
}
