/**
 * The order of Go module versions, and the versions of Go itself.
 *
 * Follows the Go Modules Reference: a version is `v` and SemVer. `+incompatible` is build metadata
 * and pseudo-versions (`v1.2.4-0.20200102150405-abcdefabcdef`) are pre-releases, so neither needs
 * a rule of its own. Advisories leave the `v` out. A version that is none, such as `(devel)`,
 * precedes every one that is.
 *
 * @module
 */

import { compareSemver } from './semver.ts';

/**
 * Orders two Go module versions: negative where `a` is older, 0 where they are of the same
 * precedence, positive where `a` is newer. Total over all strings, linear in their length, never
 * throws.
 */
export function compareGo(a: string, b: string): number {
  return compareSemver(a, b);
}

/** A toolchain's name; what follows the version is the mark of a vendor or of an experiment. */
const TOOLCHAIN =
  /^(?<devel>devel )?(?:go|v)?(?<major>\d+)(?:\.(?<minor>\d+))?(?:\.(?<patch>\d+))?(?:-?(?<stage>alpha|beta|rc)\.?(?<number>\d+)|(?<tip>-devel))?/;

/**
 * The version of the standard library that a toolchain brings, in the form that Go's vulnerability
 * database writes: `go1.21rc2` is "1.21.0-rc.2", `go1.20.4 X:boringcrypto` is "1.20.4".
 *
 * A build of the development tree ("devel go1.22-1a2b3c4", "go1.26-devel_1a2b3c4") lies somewhere
 * before the first pre-release: "1.22.0-0". Undefined where the name tells no version.
 */
export function goToolchainVersion(name: string): string | undefined {
  const groups = TOOLCHAIN.exec(name)?.groups;
  if (groups === undefined) return undefined;
  const { devel, major, minor = '0', patch = '0', stage, number, tip } = groups;
  const release = `${major}.${minor}.${patch}`;
  if (devel !== undefined || tip !== undefined) return `${release}-0`;
  return stage === undefined ? release : `${release}-${stage}.${number}`;
}
