/**
 * Which files catalogers want, and what those find in a file that need nothing but that file.
 *
 * @module
 */
import { HELD, type Interest } from '../layers/index.ts';
import type { Finding } from './finding.ts';
import { CATALOGERS } from './index.ts';
import { type Cataloger, CatalogError, type TreeView } from './types.ts';

const ALONE = CATALOGERS.filter(({ alone }) => alone === true);
const TOGETHER = CATALOGERS.filter(({ alone }) => alone !== true);
const DISTRIBUTIONS = CATALOGERS.filter(({ distribution }) => distribution === true);
const RECOGNIZING = ALONE.filter(({ recognizes }) => recognizes !== undefined);

const NO_VIEW: TreeView = { has: () => false, content: () => undefined };

const WANTED: Interest<readonly Finding[]> = { read: readAlone };
const RECOGNIZED: Interest<readonly Finding[]> = {
  begins: (head) => RECOGNIZING.some((cataloger) => cataloger.recognizes?.(head) === true),
  read: (path, content) => {
    const findings = readAlone(path, content);
    return findings.length === 0 ? undefined : findings;
  },
};

/** What catalogers want with a file. `path` has one character for each byte. */
export function interestOf(path: string): Interest<readonly Finding[]> | undefined {
  if (TOGETHER.some((cataloger) => cataloger.wants(path))) return HELD;
  if (ALONE.some((cataloger) => cataloger.wants(path))) return WANTED;
  return RECOGNIZING.length === 0 ? undefined : RECOGNIZED;
}

/** Whether a file is one of those that tell which packages of the distribution are there. */
export function isOfDistribution(path: string): boolean {
  return DISTRIBUTIONS.some((cataloger) => cataloger.wants(path));
}

/** The catalogers that want a file for its path. */
export function wantedBy(path: string): readonly Cataloger[] {
  return CATALOGERS.filter((cataloger) => cataloger.wants(path));
}

/** What one cataloger finds in one file. A broken file is named, and the rest goes on. */
function find(
  cataloger: Cataloger,
  path: string,
  content: Buffer,
  view: TreeView,
): Finding {
  const analyzer = cataloger.name;
  const problems: { within: string; reason: string }[] = [];
  const note = (within: string, reason: string) => void problems.push({ within, reason });
  try {
    return { analyzer, packages: cataloger.parse({ path, content }, view, note), problems };
  } catch (error) {
    if (!(error instanceof CatalogError)) throw error;
    return { analyzer, unreadable: error.message };
  }
}

/** What all those find in a file whose content is held, that want it for its path. */
export function findAll(path: string, content: Buffer, view: TreeView): readonly Finding[] {
  return wantedBy(path).map((cataloger) => find(cataloger, path, content, view));
}

/** Nothing is found by whoever has only recognised the file. */
function readAlone(path: string, content: Buffer): readonly Finding[] {
  return ALONE.flatMap((cataloger) => {
    const isWanted = cataloger.wants(path);
    if (!isWanted && cataloger.recognizes?.(content) !== true) return [];
    const finding = find(cataloger, path, content, NO_VIEW);
    const isNothing = 'packages' in finding &&
      finding.packages.length + finding.problems.length === 0;
    return isNothing && !isWanted ? [] : [finding];
  });
}
