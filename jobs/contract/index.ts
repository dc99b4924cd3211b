/**
 * What core and Job agree on: the only part of `jobs/` that core reads besides `oci-client`.
 *
 * @module
 */
export * from './exit.ts';
export {
  compileTextExpression,
  ExpressionBudgetError,
  ExpressionError,
  Steps,
} from './expressions/index.ts';
export * from './history.ts';
export * from './layer.ts';
export * from './report.ts';
export * from './search.ts';
export * from './task.ts';
