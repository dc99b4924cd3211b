/**
 * Lists of package URLs made from feeds: for each package a few versions around the ends of what is
 * said of it. One list is of one ecosystem or one release.
 *
 * @module
 */
import { debianRelease } from '../../../core/vulnerabilities/debian-releases.ts';
import type { Ends } from './ends.ts';
import { askedVersions, chanceOf, chosen, type Spelling } from './versions.ts';

/** Package URLs that are asked about together. */
export interface List {
  /** An ecosystem or a release, as OSV calls it. */
  readonly name: string;
  readonly purls: readonly string[];
}

/** How packages of an ecosystem are asked about. */
interface Kind {
  readonly spelling: Spelling;
  /** Packages of one list; of more, some. */
  readonly packages: number;
  /** Versions of one package. */
  readonly versions: number;
  readonly purl: (name: string, version: string, release: string) => string;
}

const MOST_PACKAGES = 1000;
/** Of those that have a hundred vulnerabilities each. */
const FEW_PACKAGES = 40;

const encoded = (path: string) => path.split('/').map(encodeURIComponent).join('/');

function language(type: string, spelling: Spelling): Kind {
  return {
    spelling,
    packages: MOST_PACKAGES,
    versions: 8,
    purl: (name, version) => `pkg:${type}/${encoded(name)}@${encodeURIComponent(version)}`,
  };
}

/** The epoch is a qualifier. */
function rpmPurl(name: string, version: string, distro: string): string {
  const [, epoch, rest = version] = /^(\d+):(.*)$/.exec(version) ?? [];
  const suffix = epoch === undefined ? '' : `&epoch=${epoch}`;
  return `pkg:rpm/almalinux/${encoded(name)}@${encodeURIComponent(rest)}?distro=${distro}${suffix}`;
}

/** Half of the packages are built ones with another name than their source. */
function builtPurl(type: string, id: string) {
  return (name: string, version: string, distro: string) => {
    const isOther = chanceOf(name)() < 0.5;
    const built = isOther ? `${name}-part` : name;
    const upstream = isOther ? `&upstream=${encodeURIComponent(name)}` : '';
    const locator = `pkg:${type}/${id}/${encoded(built)}@${encodeURIComponent(version)}`;
    return `${locator}?distro=${distro}${upstream}`;
  };
}

function apk(id: string, distro: (release: string) => string): Kind {
  const purl = builtPurl('apk', id);
  return {
    spelling: 'apk',
    packages: MOST_PACKAGES,
    versions: 8,
    purl: (name, version, release) => purl(name, version, distro(release)),
  };
}

const KINDS: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  ['AlmaLinux', {
    spelling: 'rpm',
    packages: MOST_PACKAGES,
    versions: 5,
    purl: (name, version, release) => rpmPurl(name, version, `almalinux-${release}`),
  }],
  ['Alpine', apk('alpine', (release) => `alpine-${release.replace(/^v/, '')}`)],
  ['Bitnami', language('bitnami', 'semver')],
  ['Chainguard', apk('chainguard', () => 'chainguard')],
  ['Debian', {
    spelling: 'deb',
    packages: FEW_PACKAGES,
    versions: 8,
    purl: (name, version, release) =>
      builtPurl('deb', 'debian')(name, version, `debian-${debianRelease(release)}`),
  }],
  ['Go', {
    spelling: 'semver',
    packages: MOST_PACKAGES,
    versions: 8,
    purl: (name, version) =>
      `pkg:golang/${encoded(name)}@${name === 'stdlib' || name === 'toolchain' ? '' : 'v'}${
        encodeURIComponent(version)
      }`,
  }],
  ['Hex', language('hex', 'semver')],
  ['Maven', {
    spelling: 'maven',
    packages: MOST_PACKAGES,
    versions: 8,
    purl: (name, version) =>
      `pkg:maven/${encoded(name.replace(':', '/'))}@${encodeURIComponent(version)}`,
  }],
  ['MinimOS', apk('minimos', () => 'minimos')],
  ['NuGet', language('nuget', 'semver')],
  ['Packagist', language('composer', 'composer')],
  ['Pub', language('pub', 'semver')],
  ['PyPI', language('pypi', 'python')],
  ['RubyGems', language('gem', 'gem')],
  ['Wolfi', apk('wolfi', () => 'wolfi')],
  ['crates.io', language('cargo', 'semver')],
  ['npm', language('npm', 'semver')],
]);

/** Repositories of Packagist are one, and Debian's releases have codenames and numbers. */
function listNameOf(whose: string): string {
  if (whose.startsWith('Packagist:')) return 'Packagist';
  return whose.startsWith('Debian:') ? `Debian:${debianRelease(releaseOf(whose))}` : whose;
}

function releaseOf(whose: string): string {
  return whose.split(':').slice(1).join(':');
}

/** All lists that the ends make. */
export function listsFrom(ends: Ends): readonly List[] {
  const byName = Map.groupBy(ends, ([whose]) => listNameOf(whose));
  return [...byName].flatMap(([name, parts]) => {
    const purls = new Set(parts.flatMap(([, packages]) => purlsOf(name, packages)));
    return purls.size === 0 ? [] : [{ name, purls: [...purls].sort() }];
  }).sort((a, b) => a.name < b.name ? -1 : 1);
}

function purlsOf(whose: string, packages: ReadonlyMap<string, ReadonlySet<string>>) {
  const kind = KINDS.get(whose.split(':')[0] ?? '');
  if (kind === undefined) return [];
  const some = chosen([...packages].sort(), kind.packages, chanceOf(whose));
  return some.flatMap(([name, ends]) => {
    const chance = chanceOf(`${whose} ${name}`);
    return askedVersions(ends, kind.spelling, kind.versions, chance)
      .map((version) => kind.purl(name, version, releaseOf(whose)));
  });
}
