/**
 * How many records the sources of the shared test material have.
 *
 * @module
 */

/** Records of osv.dev's archives by ecosystem. */
export const OSV: Readonly<Record<string, number>> = {
  AlmaLinux: 5637,
  Alpine: 4,
  Bitnami: 7444,
  Chainguard: 4,
  Debian: 8,
  'GitHub Actions': 2,
  Go: 4309,
  Hex: 2,
  Maven: 384,
  NuGet: 11,
  Packagist: 598,
  Pub: 2,
  PyPI: 7106,
  'Red Hat': 5,
  'Rocky Linux': 8,
  RubyGems: 10,
  SwiftURL: 6,
  Ubuntu: 19,
  Wolfi: 4,
  'crates.io': 1222,
  npm: 15,
};

/** Records of the archives in OSV's form that were made of other databases. */
export const DERIVED: Readonly<Record<string, number>> = {
  Packagist: 1202,
  RubyGems: 960,
  npm: 1225,
};
