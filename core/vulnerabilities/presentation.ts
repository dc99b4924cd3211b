/**
 * What people and policies are shown of findings. Pure.
 *
 * @module
 */
import type { Score } from './advisory.ts';
import { cvssOf } from './cvss.ts';

const NVD = 'nvd@nist.gov';
/** For what nobody has scored. */
const NO_SCORE = -1;

/** Where to read of a vulnerability; empty where nobody knows. */
export function linkOf(id: string, urls: readonly string[]): string {
  const [first] = urls;
  if (first !== undefined) return first;
  return id.startsWith('CVE-') ? `https://nvd.nist.gov/vuln/detail/${id}` : '';
}

/** Scores of one vector; -1 for what it does not have. */
export interface ShownScores {
  readonly base: number;
  readonly exploitability: number;
  readonly impact: number;
}

export const NO_SCORES: ShownScores = {
  base: NO_SCORE,
  exploitability: NO_SCORE,
  impact: NO_SCORE,
};

/** The scores of a version of CVSS, the primary ones first. */
export function shownScores(scores: readonly Score[], type: Score['type']): readonly ShownScores[] {
  return scores.filter((score) => score.type === type)
    .sort((a, b) => Number(b.primary ?? false) - Number(a.primary ?? false))
    .map(({ vector, base }) => {
      const told = cvssOf(vector);
      return {
        base: base ?? told?.base ?? NO_SCORE,
        exploitability: told?.exploitability ?? NO_SCORE,
        impact: told?.impact ?? NO_SCORE,
      };
    });
}

/** Scores of the National Vulnerability Database, and those of all others. */
export function scoresByOrigin(
  scores: readonly Score[],
): { readonly nvd: readonly Score[]; readonly vendor: readonly Score[] } {
  const isNvd = ({ source, primary }: Score) => source === NVD || primary === true;
  return { nvd: scores.filter(isNvd), vendor: scores.filter((score) => !isNvd(score)) };
}
