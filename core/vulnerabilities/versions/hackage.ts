/**
 * The order of Hackage versions: numbers divided by dots.
 *
 * Follows Haskell's Package Versioning Policy, section "Version numbers". Blanks around a version
 * do not count. A tag after the numbers ("1.0-beta"), which Cabal no longer takes, makes a version
 * newer than the one without.
 *
 * @module
 */

import { compareSequences } from './sequences.ts';

/**
 * Orders two Hackage versions: negative where `a` is older, 0 where they are the same version,
 * positive where `a` is newer. Total over all strings, linear in their length, never throws.
 */
export function compareHackage(a: string, b: string): number {
  return compareSequences(a.trim(), b.trim(), '.');
}
