/**
 * Versions of packages, as rules compare them.
 *
 * @module
 */
import { compareApk } from '../vulnerabilities/versions/apk.ts';
import { compareDpkg } from '../vulnerabilities/versions/dpkg.ts';
import { compareRpm } from '../vulnerabilities/versions/rpm.ts';

type Compare = (a: string, b: string) => number;

const BY_TYPE: ReadonlyMap<string, Compare> = new Map([
  ['apk', compareApk],
  ['deb', compareDpkg],
  ['dpkg', compareDpkg],
  ['rpm', compareRpm],
]);

const BY_DISTRIBUTION: ReadonlyMap<string, Compare> = new Map([
  ['alpine', compareApk],
  ['wolfi', compareApk],
  ['chainguard', compareApk],
  ...['almalinux', 'amzn', 'centos', 'fedora', 'mariner', 'ol', 'rhel', 'rocky', 'sles'].map(
    (id): [string, Compare] => [id, compareRpm],
  ),
]);

/** Where a type of OS package keeps its release behind the version. */
const RELEASE: ReadonlyMap<string, RegExp> = new Map([
  ['apk', /-r\d+$/],
  ['deb', /-[^-]*$/],
  ['dpkg', /-[^-]*$/],
  ['rpm', /-[^-]*$/],
]);

/**
 * Orders two versions of a package: negative where `a` is older, positive where it is newer, 0
 * where they are the same. `type` (of the package URL) chooses the order; without one the
 * distribution does. A type of its own order that is not known here uses dpkg's.
 */
export function compareVersions(
  distributionId: string | undefined,
  type: string,
  a: string,
  b: string,
): number {
  const compare = type === '' ? BY_DISTRIBUTION.get(distributionId ?? '') : BY_TYPE.get(type);
  return (compare ?? compareDpkg)(a, b);
}

/**
 * Whether a rule's version means the installed one: the version as it is, or for OS packages
 * without the release, without the epoch, or without both.
 */
export function isSameVersion(type: string, installed: string, wanted: string): boolean {
  if (installed === wanted) return true;
  const release = RELEASE.get(type);
  if (release === undefined) return false;
  const withoutEpoch = installed.replace(/^\d+:/, '');
  return [withoutEpoch, installed.replace(release, ''), withoutEpoch.replace(release, '')]
    .includes(wanted);
}
