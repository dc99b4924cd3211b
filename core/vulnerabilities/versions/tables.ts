/**
 * Every version scheme and every kind of range by its name.
 *
 * @module
 */

import { compareApk } from './apk.ts';
import { compareBitnami } from './bitnami.ts';
import { compareComposer } from './composer.ts';
import { compareConan } from './conan.ts';
import { type Compare, inConstraint } from './constraint.ts';
import { compareCran } from './cran.ts';
import { compareDpkg } from './dpkg.ts';
import { compareGem } from './gem.ts';
import { inGemRequirement } from './gem-requirement.ts';
import { compareGo } from './go.ts';
import { compareHackage } from './hackage.ts';
import { compareHex } from './hex.ts';
import { compareJvm } from './jvm.ts';
import { compareMaven } from './maven.ts';
import { inMavenRange } from './maven-range.ts';
import { inNpmRange, type NpmRangeOptions } from './npm-range.ts';
import { compareNuget } from './nuget.ts';
import { comparePacman } from './pacman.ts';
import { comparePep440 } from './pep440.ts';
import { inPep440Specifier } from './pep440-specifier.ts';
import { comparePortage } from './portage.ts';
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
  ['composer', compareComposer],
  ['conan', compareConan],
  ['cran', compareCran],
  ['dpkg', compareDpkg],
  ['gem', compareGem],
  ['go', compareGo],
  ['hackage', compareHackage],
  ['hex', compareHex],
  ['jvm', compareJvm],
  ['maven', compareMaven],
  ['nuget', compareNuget],
  ['pacman', comparePacman],
  ['pep440', comparePep440],
  ['portage', comparePortage],
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
  ['gem-requirement', inGemRequirement],
  ['maven', inMavenRange],
  ['npm', inNpmRange],
  ['pep440-specifier', inPep440Specifier],
  ['grype-constraint-apk', constraintOver(compareApk)],
  ['grype-constraint-bitnami', constraintOver(compareBitnami)],
  ['grype-constraint-dpkg', constraintOver(compareDpkg)],
  ['grype-constraint-gem', constraintOver(compareGem)],
  ['grype-constraint-jvm', constraintOver(compareJvm)],
  ['grype-constraint-maven', constraintOver(compareMaven)],
  ['grype-constraint-pep440', constraintOver(comparePep440)],
  ['grype-constraint-rpm', constraintOver(compareRpmKnownEpochs)],
  ['grype-constraint-semver', constraintOver(compareSemverLoose)],
]);

function constraintOver(compare: Compare): InRange {
  return (range, version) => inConstraint(range, version, compare);
}
