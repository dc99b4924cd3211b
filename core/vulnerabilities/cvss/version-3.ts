/**
 * CVSS 3.0 and 3.1 (https://www.first.org/cvss/v3.1/specification-document, section 7.1): their base
 * scores differ only in how 3.1 says to round, which 3.0 left to the reader.
 *
 * @module
 */
import { type Grammar, readMetrics } from './metrics.ts';
import { nearestTenth, type Scores, tenthAbove } from './scores.ts';

type Metric = 'AV' | 'AC' | 'PR' | 'UI' | 'S' | 'C' | 'I' | 'A';

const IMPACT = { H: 0.56, L: 0.22, N: 0 } as const;
/** Weights of PR where the scope changes; N weighs the same. */
const PRIVILEGES_ACROSS_SCOPES: ReadonlyMap<string, number> = new Map([['L', 0.68], ['H', 0.5]]);

const REQUIREMENT = ['X', 'L', 'M', 'H'] as const;
const MODIFIED_IMPACT = ['X', 'N', 'L', 'H'] as const;

const GRAMMAR: Grammar<Metric> = {
  base: {
    AV: { N: 0.85, A: 0.62, L: 0.55, P: 0.2 },
    AC: { L: 0.77, H: 0.44 },
    PR: { N: 0.85, L: 0.62, H: 0.27 },
    UI: { N: 0.85, R: 0.62 },
    S: { U: 0, C: 0 },
    C: IMPACT,
    I: IMPACT,
    A: IMPACT,
  },
  others: {
    E: ['X', 'U', 'P', 'F', 'H'],
    RL: ['X', 'O', 'T', 'W', 'U'],
    RC: ['X', 'U', 'R', 'C'],
    CR: REQUIREMENT,
    IR: REQUIREMENT,
    AR: REQUIREMENT,
    MAV: ['X', 'N', 'A', 'L', 'P'],
    MAC: ['X', 'L', 'H'],
    MPR: ['X', 'N', 'L', 'H'],
    MUI: ['X', 'N', 'R'],
    MS: ['X', 'U', 'C'],
    MC: MODIFIED_IMPACT,
    MI: MODIFIED_IMPACT,
    MA: MODIFIED_IMPACT,
  },
};

/** The scores of a vector without prefix; undefined for what is none of version 3. */
export function scoresOfVersion3(text: string): Scores | undefined {
  const metrics = readMetrics(text, GRAMMAR);
  if (metrics === undefined) return undefined;
  const { value, weight } = metrics;
  const isChanged = value('S') === 'C';
  const privileges = isChanged ? PRIVILEGES_ACROSS_SCOPES.get(value('PR')) : undefined;
  const exploitability = 8.22 * weight('AV') * weight('AC') * (privileges ?? weight('PR')) *
    weight('UI');
  const loss = 1 - (1 - weight('C')) * (1 - weight('I')) * (1 - weight('A'));
  const impact = isChanged ? 7.52 * (loss - 0.029) - 3.25 * (loss - 0.02) ** 15 : 6.42 * loss;
  const sum = (isChanged ? 1.08 : 1) * (impact + exploitability);
  return {
    base: impact <= 0 ? 0 : tenthAbove(Math.min(sum, 10)),
    exploitability: nearestTenth(exploitability),
    impact: nearestTenth(Math.max(impact, 0)),
  };
}
