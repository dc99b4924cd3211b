/**
 * Choices of a fuzz, the same for the same seed.
 *
 * @module
 */
import { seeded } from '../catalogers/support.ts';

export interface Random {
  /** A whole number from 0 to below `limit`. */
  readonly below: (limit: number) => number;
  readonly chance: (share: number) => boolean;
  /** One of some; there must be one. */
  readonly pick: <T>(from: readonly [T, ...(readonly T[])]) => T;
  /** As many of what `make` makes as a number from `least` to `most`. */
  readonly several: <T>(least: number, most: number, make: () => T) => T[];
}

export function randomOf(seed: number): Random {
  const next = seeded(seed);
  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    below,
    chance: (share) => next() < share,
    pick: (from) => from[below(from.length)] ?? from[0],
    several: (least, most, make) => Array.from({ length: least + below(most - least + 1) }, make),
  };
}
