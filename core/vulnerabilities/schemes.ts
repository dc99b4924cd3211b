/**
 * How versions of a namespace are compared: each ecosystem and each distribution has its scheme,
 * and feeds of the same scheme differ in what they leave out.
 *
 * @module
 */
import { isJavaProduct } from './programs.ts';
import { compareApk } from './versions/apk.ts';
import { compareBitnami } from './versions/bitnami.ts';
import { compareComposer } from './versions/composer.ts';
import { compareConan } from './versions/conan.ts';
import type { Compare } from './versions/constraint.ts';
import { compareCran } from './versions/cran.ts';
import { compareDpkg } from './versions/dpkg.ts';
import { compareGem } from './versions/gem.ts';
import { compareGo } from './versions/go.ts';
import { compareHackage } from './versions/hackage.ts';
import { compareHex } from './versions/hex.ts';
import { compareJvm } from './versions/jvm.ts';
import { compareMaven } from './versions/maven.ts';
import { compareNuget } from './versions/nuget.ts';
import { comparePacman } from './versions/pacman.ts';
import { comparePep440, isPep440 } from './versions/pep440.ts';
import { plainFirst } from './versions/plain.ts';
import { comparePortage } from './versions/portage.ts';
import { compareProgram } from './versions/program.ts';
import { comparePub } from './versions/pub.ts';
import { compareRpm, compareRpmKnownEpochs } from './versions/rpm.ts';
import { compareSemver } from './versions/semver.ts';

/** How the versions of some packages are compared. */
export interface Scheme {
  /** Short, for people: `semver`, `dpkg`. */
  readonly name: string;
  /** The order of versions, by which bounds are sorted. */
  readonly compare: Compare;
  /** Compares an installed version with a bound, where that is another question. */
  readonly compareInstalled: Compare;
  /** Whether versions of the same rank are one version, in whatever spelling. */
  readonly hasSpellings: boolean;
  /** Whether a range is one pair of bounds that must both hold, and no sequence of events. */
  readonly hasPairs: boolean;
  /** Whether the scheme can order a version at all: others are in no range that has an end. */
  readonly isOrdered: (version: string) => boolean;
}

const HAS_EPOCH = /^\d*:/;
const STARTS_WITH_NUMBER = /^\s*v?\d/i;
const COMMIT = /^[0-9a-f]{40}$/;
/** Maven's versions may begin with letters (`r09`); a property that was not replaced is none. */
const MAVEN_VERSION = /^[^${}]*\d[^${}]*$/;

const numbered = (version: string) => STARTS_WITH_NUMBER.test(version);
const always = () => true;

function scheme(
  name: string,
  compare: Compare,
  options: Partial<Omit<Scheme, 'name' | 'compare'>> = {},
): Scheme {
  return {
    name,
    compare,
    compareInstalled: compare,
    hasSpellings: false,
    hasPairs: false,
    isOrdered: numbered,
    ...options,
  };
}

const APK = scheme('apk', compareApk, { isOrdered: always });
const DPKG = scheme('dpkg', compareDpkg, { isOrdered: always });
const RPM = scheme('rpm', compareRpm, { isOrdered: always });

/** Feeds that leave the epoch out where the packages have one. */
const RPM_WITHOUT_EPOCHS = scheme('rpm', compareRpm, {
  isOrdered: always,
  compareInstalled: (installed, bound) =>
    HAS_EPOCH.test(bound) ? compareRpm(installed, bound) : compareRpmKnownEpochs(installed, bound),
});

/**
 * For installed versions whose own epoch nobody tells, as that of the source of a package with
 * another version is not told.
 */
export const RPM_OF_UNKNOWN_EPOCH: Scheme = scheme('rpm', compareRpm, {
  isOrdered: always,
  compareInstalled: compareRpmKnownEpochs,
});

/** The NVD's ranges, some of which end before they begin. */
const NVD = { hasSpellings: true, hasPairs: true } as const;
const PROGRAM = scheme('program', compareProgram, NVD);
const JAVA = scheme('jvm', compareJvm, NVD);

/** By what a namespace has before its colon. */
const SCHEMES: ReadonlyMap<string, Scheme> = new Map([
  ...['alpaquita', 'alpine', 'chainguard', 'minimos', 'wolfi'].map((id) => [id, APK] as const),
  ...['debian', 'ubuntu', 'ubuntu-pro'].map((id) => [id, DPKG] as const),
  ...['almalinux', 'amzn', 'azurelinux', 'fedora', 'mariner', 'ol', 'rhel', 'rocky']
    .map((id) => [id, RPM] as const),
  ...[
    'mageia',
    'opensuse-leap',
    'opensuse-leap-micro',
    'opensuse-tumbleweed',
    'photon',
    'sl-micro',
    'sle-micro',
    'sles',
  ].map((id) => [id, RPM_WITHOUT_EPOCHS] as const),
  ['arch', scheme('pacman', comparePacman, { isOrdered: always })],
  ['gentoo', scheme('portage', comparePortage, { isOrdered: always })],
  ['bitnami', scheme('bitnami', compareBitnami)],
  ['cargo', scheme('semver', plainFirst(compareSemver))],
  ['composer', scheme('composer', plainFirst(compareComposer), { hasSpellings: true })],
  ['conan', scheme('conan', compareConan)],
  ['cran', scheme('cran', compareCran)],
  ['gem', scheme('gem', plainFirst(compareGem), { hasSpellings: true })],
  ['golang', scheme('go', plainFirst(compareGo), { hasSpellings: true })],
  ['hackage', scheme('hackage', compareHackage)],
  ['hex', scheme('hex', plainFirst(compareHex))],
  [
    'maven',
    scheme('maven', plainFirst(compareMaven), { isOrdered: (text) => MAVEN_VERSION.test(text) }),
  ],
  ['npm', scheme('semver', plainFirst(compareSemver))],
  ['nuget', scheme('nuget', plainFirst(compareNuget), { hasSpellings: true })],
  ['pub', scheme('pub', plainFirst(comparePub))],
  [
    'pypi',
    scheme('pep440', plainFirst(comparePep440), { hasSpellings: true, isOrdered: isPep440 }),
  ],
  [
    'swift',
    scheme('semver', plainFirst(compareSemver), {
      isOrdered: (text) => numbered(text) && !COMMIT.test(text),
    }),
  ],
]);

/** The scheme of a namespace's package; undefined where nobody knows how its versions go. */
export function schemeOf(namespace: string, name: string): Scheme | undefined {
  if (namespace === 'cpe') return isJavaProduct(name) ? JAVA : PROGRAM;
  const colon = namespace.indexOf(':');
  return SCHEMES.get(colon === -1 ? namespace : namespace.slice(0, colon));
}
