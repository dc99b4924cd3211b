/**
 * The order of Hex versions: Elixir's `Version` is SemVer, build metadata does not count.
 *
 * @module
 */

import { compareSemver } from './semver.ts';

/**
 * Orders two Hex versions: negative where `a` is older, 0 where they are of the same precedence,
 * positive where `a` is newer. Total over all strings, linear in their length, never throws.
 */
export function compareHex(a: string, b: string): number {
  return compareSemver(a, b);
}
