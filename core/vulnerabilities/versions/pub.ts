/**
 * The order of Dart package versions: SemVer in which build metadata counts.
 *
 * Follows the pub documentation, "Versioning", and the rule for builds that SemVer had before 2.0:
 * no build precedes every build, and builds are compared as pre-releases are.
 *
 * @module
 */

import { compareBuilds, compareParsedSemver, parseSemver } from './semver.ts';

/**
 * Orders two pub versions: negative where `a` is older, 0 where they are the same version,
 * positive where `a` is newer. Total over all strings, linear in their length, never throws.
 */
export function comparePub(a: string, b: string): number {
  if (a === b) return 0;
  const x = parseSemver(a);
  const y = parseSemver(b);
  return compareParsedSemver(x, y) || compareBuilds(x, y);
}
