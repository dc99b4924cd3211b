/**
 * Whose packages the ecosystems of OSV name (OSV schema 1.7, "Defined ecosystems"), in the words
 * that statements use.
 *
 * @module
 */
import type { Statement } from '../vulnerabilities/advisory.ts';
import { redHatProduct } from './ecosystem-red-hat.ts';
import { openSuseNamespace, suseNamespace } from './ecosystem-suse.ts';

/** What an ecosystem says of the packages it names. */
export interface Ecosystem extends Pick<Statement, 'namespace' | 'names' | 'cpes'> {
  /** Whether it is a distribution, which speaks of its own builds. */
  readonly isDistribution: boolean;
}

/** Ecosystems of languages and the like; behind a colon stands a repository. */
const PACKAGE_URL_TYPES: ReadonlyMap<string, string> = new Map([
  ['Bioconductor', 'bioconductor'],
  ['Bitnami', 'bitnami'],
  ['CRAN', 'cran'],
  ['ConanCenter', 'conan'],
  ['GitHub Actions', 'githubactions'],
  ['Go', 'golang'],
  ['Hackage', 'hackage'],
  ['Hex', 'hex'],
  ['Julia', 'julia'],
  ['Maven', 'maven'],
  ['NuGet', 'nuget'],
  ['Packagist', 'composer'],
  ['Pub', 'pub'],
  ['PyPI', 'pypi'],
  ['RubyGems', 'gem'],
  ['SwiftURL', 'swift'],
  ['VSCode', 'vscode-extension'],
  ['crates.io', 'cargo'],
  ['npm', 'npm'],
  ['opam', 'opam'],
]);

type Distribution = Omit<Ecosystem, 'isDistribution'>;

/** Distributions, each with how its releases are written and which packages it names. */
const DISTRIBUTIONS: ReadonlyMap<string, (release: string) => Distribution> = new Map([
  ['AlmaLinux', (release) => built(released('almalinux', majorOf(release)))],
  ['Alpaquita', (release) => source(released('alpaquita', release))],
  ['Alpine', (release) => source(released('alpine', release.replace(/^v(?=[0-9])/, '')))],
  ['Azure Linux', (release) => either(azureNamespace(release))],
  ['BellSoft Hardened Containers', (release) => source(released('bellsoft', release))],
  ['Chainguard', (release) => built(released('chainguard', release))],
  ['Debian', (release) => source(debianNamespace(release))],
  ['Echo', (release) => source(released('echo', release))],
  ['Mageia', (release) => source(released('mageia', release))],
  ['MinimOS', (release) => built(released('minimos', release))],
  ['Photon OS', (release) => built(released('photon', release))],
  // Both source and built packages are named there, mostly source ones alone.
  ['Rocky Linux', (release) => either(released('rocky', majorOf(release)))],
  ['Red Hat', (release) => ({ names: 'built', ...redHatProduct(release) })],
  ['SUSE', (release) => source(suseNamespace(release))],
  ['Ubuntu', (release) => source(ubuntuNamespace(release))],
  ['Wolfi', (release) => built(released('wolfi', release))],
  ['openEuler', (release) => source(released('openeuler', release))],
  ['openSUSE', (release) => source(openSuseNamespace(release))],
]);

/**
 * The namespace of an ecosystem, which may carry a release behind a colon, and which packages are
 * named by it. One that is not known gives its own name in lower case: `FreeBSD:ports` gives
 * `freebsd:ports`.
 */
export function ecosystemOf(text: string): Ecosystem {
  const colon = text.indexOf(':');
  const name = (colon === -1 ? text : text.slice(0, colon)).trim();
  const release = colon === -1 ? '' : text.slice(colon + 1).trim();
  const type = PACKAGE_URL_TYPES.get(name);
  if (type !== undefined) return { ...built(type), isDistribution: false };
  const distribution = DISTRIBUTIONS.get(name)?.(release);
  return distribution === undefined
    ? { ...built(released(name, release)), isDistribution: false }
    : { ...distribution, isDistribution: true };
}

function built(namespace: string): Distribution {
  return { namespace, names: 'built' };
}

function source(namespace: string): Distribution {
  return { namespace, names: 'source' };
}

function either(namespace: string): Distribution {
  return { namespace, names: 'either' };
}

/** `ID:RELEASE` in lower case and without blanks; the id alone where there is no release. */
function released(id: string, release: string): string {
  const text = release === '' ? id : `${id}:${release}`;
  return text.toLowerCase().replace(/\s+/g, '-');
}

/** Of enterprise distributions only the first number counts: minor releases follow each other. */
function majorOf(release: string): string {
  return release.split('.', 1)[0] ?? '';
}

/** Since 4.0 the first number is the release's; those that have none yet have their suite's name. */
function debianNamespace(release: string): string {
  if (release === 'sid') return 'debian:unstable';
  const major = majorOf(release);
  return released('debian', Number(major) >= 4 ? major : release);
}

/** Releases have two numbers; before the third it was called Mariner. */
function azureNamespace(release: string): string {
  if (release === '') return 'azurelinux';
  const version = release.includes('.') ? release : `${release}.0`;
  return released(Number(majorOf(version)) < 3 ? 'mariner' : 'azurelinux', version);
}

/**
 * `Pro:22.04:LTS` is `ubuntu-pro:22.04`. What is published apart from the ordinary packages, as FIPS
 * builds, is a distribution of its own: `Pro:FIPS-updates:22.04:LTS` is `ubuntu-fips-updates:22.04`.
 */
function ubuntuNamespace(release: string): string {
  const parts = release.split(':').filter((part) => part !== 'LTS' && part !== '');
  const version = parts.find((part) => /^[0-9]/.test(part)) ?? '';
  const variants = parts.filter((part) => part !== version);
  const apart = variants.filter((part) => part !== 'Pro');
  return released(['ubuntu', ...(apart.length === 0 ? variants : apart)].join('-'), version);
}
