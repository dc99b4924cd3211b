/**
 * Work of matching, counted. One step is one character looked at or one instruction carried out.
 *
 * @module
 */
import { ExpressionBudgetError } from './errors.ts';

/** Steps that one match may backtrack: some tens of milliseconds. */
export const STEP_LIMIT = 1_000_000;

/** Counts steps; may be handed to several matches that share one limit. */
export class Steps {
  readonly #limit: number;
  #count = 0;

  constructor(limit: number = STEP_LIMIT) {
    this.#limit = limit;
  }

  get count(): number {
    return this.#count;
  }

  /** Adds steps of a matcher that is linear by its nature: they have no limit. */
  add(count: number): void {
    this.#count += count;
  }

  /**
   * Takes one step of a matcher that may need very many.
   *
   * @throws {ExpressionBudgetError} none is left
   */
  take(): void {
    this.#count += 1;
    if (this.#count > this.#limit) {
      throw new ExpressionBudgetError(this.#limit);
    }
  }
}
