/**
 * The order of CRAN versions: numbers divided by `.` or `-`, which mean the same.
 *
 * Follows the documentation of R's `package_version`. Blanks around a version do not count.
 *
 * @module
 */

import { compareSequences } from './sequences.ts';

/**
 * Orders two CRAN versions: negative where `a` is older, 0 where they are the same version,
 * positive where `a` is newer. Total over all strings, linear in their length, never throws.
 */
export function compareCran(a: string, b: string): number {
  return compareSequences(a.trim(), b.trim(), '.-');
}
