/**
 * Regular expressions as bundles contain them: Python's dialect, matched at the start of the
 * subject only (`re.match`). What is regular takes time linear in the subject; what is not, as with
 * back-references, and what is regular but has too many states, ends after a number of steps.
 *
 * @module
 */
import { compileTextExpression, ExpressionError, Steps } from '../../jobs/contract/index.ts';
import { TidewaiterError } from '../errors.ts';

/** Of all subjects that a rule tries it on: a tenth of a second or two. */
const MOST_STEPS = 5_000_000;

/**
 * Of learning a regular expression while it runs, over all subjects: a second or two. Lists of some
 * hundred words need half of it on a hundred thousand paths.
 */
const MOST_BUILDING = 25_000_000;

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
 * `invalid_expression` where it is none, or is too large for the engine.
 */
export function compileExpression(source: string): Expression {
  try {
    const compiled = compileTextExpression(source);
    const steps = new Steps(MOST_STEPS, MOST_BUILDING);
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
