/**
 * Ranges as package.json writes them (`^1.2.3`, `1.x || >=2.5.0`), by npm's own library.
 *
 * Its pre-release rule is npm's as well: unless it is asked for, a pre-release is in a range only
 * where a comparison of the range names a pre-release of the same numbers. Advisories have no such
 * rule: their bounds are compared by the order of versions alone.
 *
 * @module
 */

import satisfies from 'semver/functions/satisfies.js';

/** How npm reads a range. */
export interface NpmRangeOptions {
  /** Take versions in loose forms, such as `v1.2.3` or `1.2.3beta`. */
  readonly loose?: boolean;
  /** Take any pre-release that lies in the range. */
  readonly includePrerelease?: boolean;
}

/** Real ranges have some hundred characters; a longer one is read as no range. */
const LONGEST_RANGE = 10_000;

/** Whether a version lies in an npm range; false where one of them is not to be read. */
export function inNpmRange(range: string, version: string, options: NpmRangeOptions = {}): boolean {
  if (range.length > LONGEST_RANGE) return false;
  return satisfies(version, range, options);
}
