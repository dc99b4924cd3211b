/**
 * One range out of the builds that fix a vulnerability in several streams of one product: RHEL 8 had
 * it fixed in `2.28-236.el8_9.13` and, for 8.10, in `2.28-251.el8_10.1`. Which of both is the first
 * that counts for a package depends on the stream that it is of.
 *
 * @module
 */
import type { Bound, Range } from '../../vulnerabilities/advisory.ts';
import { compareRpm } from '../../vulnerabilities/versions/rpm.ts';

/** A build taken apart. */
interface Build {
  /** `[epoch:]version` */
  readonly version: string;
  /** The first number of the release, which later builds of one stream keep. */
  readonly number: string;
  /** The release up to the end of what it is built for: `251.el8_10`. */
  readonly upToDist: string;
  readonly dist: string;
}

/** What a release is built for, with the minor version where it tells one. */
const DIST = /[.+_]el\d{1,2}(?:_\d{1,3}|(?:\.\d{1,3}){1,3}(?![\d_])|(?![\d_]))/;

/**
 * What is older than the first fix, and what is newer than its stream and older than the fix of the
 * next one. Builds between both are taken for affected: without a fix of their own they are.
 *
 * @param fixes at least one, in any order
 */
export function rangeOfFixes(fixes: readonly string[]): Range {
  const [first = '0', ...rest] = fixes.toSorted(compareRpm);
  const bounds: Bound[] = [['>=', '0'], ['<', first]];
  let fixed = first;
  for (const next of rest) {
    const [older, newer] = [buildOf(fixed), buildOf(next)];
    if (older === undefined || newer === undefined) {
      // Nobody can tell their streams apart: the last fix counts.
      bounds.splice(-1, 1, ['<', next]);
    } else {
      const end = endOfStream(older, newer);
      if (end === undefined) continue;
      if (compareRpm(end, next) < 0) bounds.push(['>=', end], ['<', next]);
    }
    fixed = next;
  }
  return bounds;
}

/** Where builds of the older fix's stream end; undefined where both fix the same stream. */
function endOfStream(a: Build, b: Build): string | undefined {
  if (a.version !== b.version || a.number !== b.number) {
    return `${a.version}-${BigInt(a.number) + 1n}`;
  }
  return a.dist === b.dist ? undefined : `${b.version}-${b.upToDist}`;
}

function buildOf(evr: string): Build | undefined {
  const dash = evr.lastIndexOf('-');
  const release = evr.slice(dash + 1);
  const number = /^\d{1,40}(?!\d)/.exec(release)?.[0];
  if (dash < 1 || number === undefined) return undefined;
  const dist = DIST.exec(release);
  return {
    version: evr.slice(0, dash),
    number,
    upToDist: dist === null ? release : release.slice(0, dist.index + dist[0].length),
    dist: dist?.[0] ?? '',
  };
}
