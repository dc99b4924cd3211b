/**
 * Debian's releases: their codenames, by which the tracker and images without a number name them.
 *
 * @module
 */

/** Codenames and the numbers as `VERSION_ID` of os-release has them, oldest first. */
const RELEASES: readonly (readonly [codename: string, release: string])[] = [
  ['buzz', '1.1'],
  ['rex', '1.2'],
  ['bo', '1.3'],
  ['hamm', '2.0'],
  ['slink', '2.1'],
  ['potato', '2.2'],
  ['woody', '3.0'],
  ['sarge', '3.1'],
  ['etch', '4.0'],
  ['lenny', '5.0'],
  ['squeeze', '6.0'],
  ['wheezy', '7'],
  ['jessie', '8'],
  ['stretch', '9'],
  ['buster', '10'],
  ['bullseye', '11'],
  ['bookworm', '12'],
  ['trixie', '13'],
  ['forky', '14'],
  ['duke', '15'],
  ['sid', 'unstable'],
];

const BY_CODENAME: ReadonlyMap<string, string> = new Map(RELEASES);
const BY_RELEASE: ReadonlyMap<string, string> = new Map(
  RELEASES.map(([codename, release]) => [release, codename]),
);

/** The release of a codename: `12` of `bookworm`, `unstable` of `sid`; itself where unknown. */
export function debianRelease(codename: string): string {
  return BY_CODENAME.get(codename) ?? codename;
}

/** The codename of a release: `bookworm` of `12`; undefined where unknown. */
export function debianCodename(release: string): string | undefined {
  return BY_RELEASE.get(release);
}
