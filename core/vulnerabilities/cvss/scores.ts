/**
 * Scores as all versions of CVSS tell them: with one decimal.
 *
 * @module
 */

/** What a vector comes to; version 4 has no sub-scores. */
export interface Scores {
  /** From 0 to 10. */
  readonly base: number;
  readonly exploitability?: number;
  readonly impact?: number;
}

/** More than what binary fractions lose, less than what a score can differ by. */
const LOST = 1e-6;

/** Rounded to one decimal, a half up; what is no more than a lost bit below a half is one. */
export function nearestTenth(value: number): number {
  return Math.round((value + LOST) * 10) / 10;
}

/** The least number of one decimal that is not lower (CVSS 3.1, appendix A). */
export function tenthAbove(value: number): number {
  return Math.ceil(Math.round(value * 100_000) / 10_000) / 10;
}
