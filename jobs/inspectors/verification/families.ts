/**
 * Which digests the files of a layer will be compared by. Databases mostly come after the files they
 * record, so that this is a guess from what has come so far: a wrong one has the layers read again.
 *
 * @module
 */
import {
  type DigestChoice,
  FURTHER_ALGORITHMS,
  type FurtherAlgorithm,
} from '../../layers/index.ts';

/** Package managers that record digests. */
export type Family = 'dpkg' | 'apk' | 'rpm';

/** What rpm records is mostly SHA-256, which all files have. */
const ALGORITHMS: Readonly<Record<Family, readonly FurtherAlgorithm[]>> = {
  dpkg: ['md5'],
  apk: ['sha1'],
  rpm: [],
};

/** Beginnings of paths by which an image shows what manages it; those of `etc` mostly come early. */
const SIGNS: readonly (readonly [string, Family])[] = [
  ['etc/apk/', 'apk'],
  ['etc/apt/', 'dpkg'],
  ['etc/debian_version', 'dpkg'],
  ['etc/dpkg/', 'dpkg'],
  ['etc/dnf/', 'rpm'],
  ['etc/redhat-release', 'rpm'],
  ['etc/rpm/', 'rpm'],
  ['etc/yum', 'rpm'],
  ['etc/zypp/', 'rpm'],
  ['lib/apk/', 'apk'],
  ['usr/lib/apk/', 'apk'],
  ['usr/lib/sysimage/rpm/', 'rpm'],
  ['var/lib/dpkg/', 'dpkg'],
  ['var/lib/rpm/', 'rpm'],
];
const FIRST_LETTERS: ReadonlySet<string> = new Set(SIGNS.map(([start]) => start.charAt(0)));

/** Where packages put files, but for `usr/local`, which is the administrator's. */
const SYSTEM: ReadonlySet<string> = new Set([
  'bin',
  'boot',
  'etc',
  'lib',
  'lib32',
  'lib64',
  'libx32',
  'opt',
  'sbin',
  'srv',
  'usr',
  'var',
]);
const LOCAL = 'usr/local/';
const NONE: readonly FurtherAlgorithm[] = [];

/** The package manager that a file is of. `path` has one character for each byte. */
export function familyOf(path: string): Family | undefined {
  if (!FIRST_LETTERS.has(path.charAt(0))) return undefined;
  return SIGNS.find(([start]) => path.startsWith(start))?.[1];
}

/** Digests of everything. */
export const EVERY_DIGEST: DigestChoice = () => FURTHER_ALGORITHMS;

/**
 * Begins the choice for one layer: all algorithms until something shows which are needed, and none
 * where packages put nothing.
 *
 * @param below what the layers below have shown
 */
export function digestChoice(below: ReadonlySet<Family>): DigestChoice {
  const seen = new Set(below);
  let chosen = algorithmsOf(seen);
  return (path) => {
    const family = familyOf(path);
    if (family !== undefined && !seen.has(family)) {
      seen.add(family);
      chosen = algorithmsOf(seen);
    }
    return isOfSystem(path) ? chosen : NONE;
  };
}

function isOfSystem(path: string): boolean {
  return SYSTEM.has(path.slice(0, Math.max(0, path.indexOf('/')))) && !path.startsWith(LOCAL);
}

function algorithmsOf(families: ReadonlySet<Family>): readonly FurtherAlgorithm[] {
  if (families.size === 0) return FURTHER_ALGORITHMS;
  return [...new Set(Array.from(families, (family) => ALGORITHMS[family]).flat())];
}
