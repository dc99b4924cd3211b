/**
 * Every version scheme and every kind of range by its name.
 *
 * @module
 */

import { compareApk } from './apk.ts';
import { compareBitnami } from './bitnami.ts';
import { compareConan } from './conan.ts';
import { type Compare, inConstraint } from './constraint.ts';
import { compareCran } from './cran.ts';
import { compareDpkg } from './dpkg.ts';
import { compareGo } from './go.ts';
import { compareHackage } from './hackage.ts';
import { compareHex } from './hex.ts';
import { inNpmRange, type NpmRangeOptions } from './npm-range.ts';
import { compareNuget } from './nuget.ts';
import { comparePub } from './pub.ts';
import { compareRpm, compareRpmKnownEpochs, compareRpmSegments } from './rpm.ts';
import { compareSemver } from './semver.ts';
import { compareSemverLoose } from './semver-loose.ts';

/** Whether a version lies in a range; a range of another grammar may throw. */
export type InRange = (range: string, version: string, options: NpmRangeOptions) => boolean;

/** Comparators by the name of their scheme. */
export const SCHEMES: ReadonlyMap<string, Compare> = new Map([
  ['apk', compareApk],
  ['bitnami', compareBitnami],
  ['conan', compareConan],
  ['cran', compareCran],
  ['dpkg', compareDpkg],
  ['go', compareGo],
  ['hackage', compareHackage],
  ['hex', compareHex],
  ['nuget', compareNuget],
  ['pub', comparePub],
  ['rpm', compareRpm],
  ['semver', compareSemver],
  ['semver-loose', compareSemverLoose],
]);

/** Comparators for comparisons that are said to hold for a part of a scheme alone, by that note. */
export const NOTED_SCHEMES: ReadonlyMap<string, ReadonlyMap<string, Compare>> = new Map([
  ['rpm', new Map([['version-only', compareRpmSegments]])],
]);

/** Tests by the kind of their range. */
export const RANGES: ReadonlyMap<string, InRange> = new Map([
  ['npm', inNpmRange],
  ['grype-constraint-apk', constraintOver(compareApk)],
  ['grype-constraint-bitnami', constraintOver(compareBitnami)],
  ['grype-constraint-dpkg', constraintOver(compareDpkg)],
  ['grype-constraint-rpm', constraintOver(compareRpmKnownEpochs)],
  ['grype-constraint-semver', constraintOver(compareSemverLoose)],
]);

function constraintOver(compare: Compare): InRange {
  return (range, version) => inConstraint(range, version, compare);
}
