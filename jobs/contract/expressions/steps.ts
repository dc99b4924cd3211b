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
  readonly #buildLimit: number;
  #count = 0;
  #built = 0;

  /** `buildLimit` is what matchers that are linear may spend on learning an expression. */
  constructor(limit: number = STEP_LIMIT, buildLimit: number = Infinity) {
    this.#limit = limit;
    this.#buildLimit = buildLimit;
  }

  get count(): number {
    return this.#count;
  }

  /** Adds steps of a matcher that is linear by its nature: they have no limit. */
  add(count: number): void {
    this.#count += count;
  }

  /**
   * Adds steps in which a linear matcher learns where a set of instructions leads. They are linear,
   * too, but by as much as the expression is large, if no set comes again.
   *
   * @throws {ExpressionBudgetError} none is left
   */
  build(count: number): void {
    this.#count += count;
    this.#built += count;
    if (this.#built > this.#buildLimit) {
      throw new ExpressionBudgetError(this.#buildLimit);
    }
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
