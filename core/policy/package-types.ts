/**
 * Types of packages as people know them from rules and findings, in the original's words, and in
 * words of the same kind for what it did not know.
 *
 * @module
 */

/** Packages of distributions, by the type of their package URL. */
const OF_DISTRIBUTIONS: ReadonlyMap<string, string> = new Map([
  ['alpm', 'ALPM'],
  ['apk', 'APKG'],
  ['deb', 'dpkg'],
  ['ebuild', 'PORTAGE'],
  ['rpm', 'rpm'],
]);

/** Types of packages of distributions. */
export const DISTRIBUTION_TYPES: readonly string[] = [...OF_DISTRIBUTIONS.keys()];

/** All others whose word is not the type itself. */
const OTHERS: ReadonlyMap<string, string> = new Map([
  ['cargo', 'rust'],
  ['cran', 'r'],
  ['generic', 'binary'],
  ['golang', 'go'],
  ['hackage', 'haskell'],
  ['luarocks', 'lua'],
  ['maven', 'java'],
  ['otp', 'hex'],
  ['pub', 'dart'],
  ['pypi', 'python'],
]);

/** The word for a type of package URLs. */
export function wordOfType(type: string): string {
  return OF_DISTRIBUTIONS.get(type) ?? OTHERS.get(type) ?? type;
}

/** Whether packages of a type are those of a distribution. */
export function isOfDistribution(type: string): boolean {
  return OF_DISTRIBUTIONS.has(type);
}
