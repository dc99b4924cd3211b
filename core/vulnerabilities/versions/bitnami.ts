/**
 * The order of versions in Bitnami's packages and advisories: `major.minor.patch[-revision]`.
 *
 * A number alone after the hyphen is the revision of Bitnami's own build, where SemVer would see a
 * pre-release. Advisories speak of the application, so the revision does not count.
 *
 * @module
 */

import { digitsEnd } from './characters.ts';
import { compareParsedSemver, parseSemver, type Semver } from './semver.ts';

/**
 * Orders two Bitnami versions: negative where `a` is older, 0 where they are the same version of
 * the application, positive where `a` is newer. Total over all strings, linear in their length,
 * never throws.
 */
export function compareBitnami(a: string, b: string): number {
  return a === b ? 0 : compareParsedSemver(withoutRevision(a), withoutRevision(b));
}

function withoutRevision(text: string): Semver {
  const version = parseSemver(text);
  const { numbersStart, numbersEnd, prereleaseStart, prereleaseEnd } = version;
  const isRevision = numbersEnd > numbersStart && prereleaseStart < prereleaseEnd &&
    digitsEnd(version.text, prereleaseStart, prereleaseEnd) === prereleaseEnd;
  return isRevision ? { ...version, prereleaseStart: -1 } : version;
}
