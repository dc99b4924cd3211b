/**
 * The order of the versions of programs that no ecosystem has a scheme for, as the National
 * Vulnerability Database and the programs themselves write them: `1.1.1k`, `8.9p1`, `3.12.0rc1`,
 * `7.0.0:rc1`, `2.8-dev0`.
 *
 * Such versions have no specification. Maven's order reads nearly all of them as they are meant:
 * letters behind a number are later than the number alone, `alpha`, `beta` and `rc` earlier.
 *
 * @module
 */
import { compareMaven } from './maven.ts';

/** Words for builds before a release that Maven's order does not know as such. */
const EARLY = /(?<![a-z])(?:dev|devel|pre|preview)(?![a-z])/g;
/** What stands between the parts of a version besides dots and hyphens. */
const SEPARATORS = /[:_~+]/g;

/**
 * Orders two versions of a program: negative where `a` is older, 0 where they are one version,
 * positive where `a` is newer. Total over all strings, linear in their length, never throws.
 */
export function compareProgram(a: string, b: string): number {
  return a === b ? 0 : compareMaven(normal(a), normal(b));
}

function normal(version: string): string {
  return version.trim().toLowerCase().replace(/^v(?=\d)/, '').replace(SEPARATORS, '-')
    .replace(EARLY, 'alpha');
}
