/**
 * Which feeds speak for the packages of a distribution, by what its os-release says (os-release(5)).
 *
 * Only what is known to fit is used: a release's own statements, and those of the distribution that
 * it is rebuilt from. `ID_LIKE` is no such knowledge, as Debian's derivatives show, whose versions
 * are their own.
 *
 * @module
 */
import type { Distribution } from '../../jobs/contract/index.ts';
import { debianRelease } from './debian-releases.ts';

/**
 * What statements of a namespace are good for. `own` are about the very packages; `unfixed` are of
 * the distribution that this one is rebuilt from, and tell of what nobody has fixed; `subscription`
 * tell of fixes that only subscribers get.
 */
export type Role = 'own' | 'unfixed' | 'subscription';

export interface FeedScope {
  readonly namespace: string;
  readonly role: Role;
}

/** The feeds of a distribution. */
export interface Coverage {
  /** Type of the package URL of its packages. */
  readonly type: string;
  readonly scopes: readonly FeedScope[];
  /** Whether its feed answers for the libraries inside its packages, one by one. */
  readonly answersForParts: boolean;
}

type Scoping = (version: string) => readonly FeedScope[];

interface Family {
  readonly type: string;
  readonly answersForParts?: true;
}

const DEB: Family = { type: 'deb' };
const APK: Family = { type: 'apk' };
const ROLLING_APK: Family = { type: 'apk', answersForParts: true };
const RPM: Family = { type: 'rpm' };

/** Releases of SUSE, the second number being the service pack. */
const SUSE = /^\d+(?:\.\d+)?/;

/** By the id of os-release. */
const DISTRIBUTIONS: ReadonlyMap<string, readonly [Family, Scoping]> = new Map<
  string,
  readonly [Family, Scoping]
>([
  ['debian', [DEB, (version) => [own(`debian:${debianVersion(version)}`)]]],
  ['ubuntu', [DEB, ubuntu]],
  ['alpine', [APK, alpine]],
  ['alpaquita', [APK, released('alpaquita', /^(?:\d+|stream)$/)]],
  ['wolfi', [ROLLING_APK, () => [own('wolfi')]]],
  // Built on Wolfi, whose packages it has too.
  ['chainguard', [ROLLING_APK, () => [own('chainguard'), own('wolfi')]]],
  ['minimos', [ROLLING_APK, () => [own('minimos')]]],
  ['rhel', [RPM, released('rhel', /^\d+/)]],
  ['centos', [RPM, released('rhel', /^\d+/)]],
  ['scientific', [RPM, released('rhel', /^\d+/)]],
  ['almalinux', [RPM, rebuilt('almalinux')]],
  ['rocky', [RPM, rebuilt('rocky')]],
  ['ol', [RPM, released('ol', /^\d+/)]],
  ['fedora', [RPM, released('fedora', /^\d+/)]],
  ['amzn', [RPM, released('amzn', /^\d+(?:\.\d+)?/)]],
  ['azurelinux', [RPM, released('azurelinux', /^\d+\.\d+/)]],
  ['mariner', [RPM, released('mariner', /^\d+\.\d+/)]],
  ['photon', [RPM, released('photon', /^\d+\.\d+/)]],
  ['mageia', [RPM, released('mageia', /^\d+/)]],
  ['sles', [RPM, released('sles', SUSE)]],
  ['sled', [RPM, released('sles', SUSE)]],
  ['sles_sap', [RPM, released('sles', SUSE)]],
  ['sle_hpc', [RPM, released('sles', SUSE)]],
  ['sle-micro', [RPM, released('sle-micro', SUSE)]],
  ['sl-micro', [RPM, released('sl-micro', SUSE)]],
  ['opensuse', [RPM, released('opensuse-leap', SUSE)]],
  ['opensuse-leap', [RPM, released('opensuse-leap', SUSE)]],
  ['opensuse-leap-micro', [RPM, released('opensuse-leap-micro', SUSE)]],
  ['opensuse-tumbleweed', [RPM, () => [own('opensuse-tumbleweed')]]],
  ['arch', [{ type: 'alpm' }, () => [own('arch')]]],
  ['gentoo', [{ type: 'ebuild' }, () => [own('gentoo')]]],
]);

/** Codenames of Ubuntu, as package URLs of its vendor have them. */
const UBUNTU_RELEASES: ReadonlyMap<string, string> = new Map([
  ['trusty', '14.04'],
  ['xenial', '16.04'],
  ['bionic', '18.04'],
  ['focal', '20.04'],
  ['jammy', '22.04'],
  ['noble', '24.04'],
  ['oracular', '24.10'],
  ['plucky', '25.04'],
  ['questing', '25.10'],
  ['resolute', '26.04'],
]);

/** Snapshots before the next release: their branch is that of all that is coming. */
const ALPINE_SNAPSHOT = /^edge|_(?:alpha|beta|git|pre|rc)/;

/** The feeds of a distribution; undefined for one that none is known to fit. */
export function coverageOf(distribution: Distribution | null): Coverage | undefined {
  if (distribution === null) return undefined;
  const [family, scoping] = DISTRIBUTIONS.get(distribution.id) ?? [];
  const scopes = scoping?.(distribution.version.trim()) ?? [];
  return family === undefined || scopes.length === 0
    ? undefined
    : { type: family.type, scopes, answersForParts: family.answersForParts === true };
}

/**
 * The release that a `distro` qualifier of a package URL means, in the one form `ID-VERSION`:
 * `debian-12` of `bookworm`, `ubuntu-22.04` of `jammy` or `esm-infra/jammy`.
 */
export function releaseOfQualifier(value: string): string {
  const text = value.toLowerCase().split('/').find((part) => !part.startsWith('esm')) ?? value;
  const ubuntuVersion = UBUNTU_RELEASES.get(text);
  if (ubuntuVersion !== undefined) return `ubuntu-${ubuntuVersion}`;
  const version = debianRelease(text);
  return version === text ? text : `debian-${version}`;
}

function own(namespace: string): FeedScope {
  return { namespace, role: 'own' };
}

/** Scopes by the part of the version that names a release. */
function released(id: string, pattern: RegExp): Scoping {
  return (version) => {
    const release = pattern.exec(version)?.[0];
    return release === undefined ? [] : [own(`${id}:${release}`)];
  };
}

/** Own advisories tell fixes alone; what is not fixed is told by who it is rebuilt from. */
function rebuilt(id: string): Scoping {
  return (version) => {
    const major = /^\d+/.exec(version)?.[0];
    return major === undefined
      ? []
      : [own(`${id}:${major}`), { namespace: `rhel:${major}`, role: 'unfixed' }];
  };
}

function ubuntu(version: string): readonly FeedScope[] {
  const release = /^\d+\.\d+/.exec(version)?.[0] ?? UBUNTU_RELEASES.get(version);
  return release === undefined ? [] : [
    own(`ubuntu:${release}`),
    { namespace: `ubuntu-pro:${release}`, role: 'subscription' },
  ];
}

function alpine(version: string): readonly FeedScope[] {
  if (ALPINE_SNAPSHOT.test(version)) return [own('alpine:edge')];
  const branch = /^v?(\d+\.\d+)/.exec(version)?.[1];
  return branch === undefined ? [] : [own(`alpine:${branch}`)];
}

/** What has no number yet has a codename, and unstable may have neither. */
function debianVersion(version: string): string {
  if (version === '') return 'unstable';
  const major = /^\d+/.exec(version)?.[0];
  return major ?? debianRelease(version.split('/').at(-1) ?? version);
}
