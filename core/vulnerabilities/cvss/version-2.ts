/**
 * CVSS 2.0 (https://www.first.org/cvss/v2/guide, section 3.2.1).
 *
 * @module
 */
import { type Grammar, readMetrics } from './metrics.ts';
import { nearestTenth, type Scores } from './scores.ts';

type Metric = 'AV' | 'AC' | 'Au' | 'C' | 'I' | 'A';

const IMPACT = { N: 0, P: 0.275, C: 0.66 } as const;
const REQUIREMENT = ['L', 'M', 'H', 'ND'] as const;

const GRAMMAR: Grammar<Metric> = {
  base: {
    AV: { L: 0.395, A: 0.646, N: 1 },
    AC: { H: 0.35, M: 0.61, L: 0.71 },
    Au: { M: 0.45, S: 0.56, N: 0.704 },
    C: IMPACT,
    I: IMPACT,
    A: IMPACT,
  },
  others: {
    E: ['U', 'POC', 'F', 'H', 'ND'],
    RL: ['OF', 'TF', 'W', 'U', 'ND'],
    RC: ['UC', 'UR', 'C', 'ND'],
    CDP: ['N', 'L', 'LM', 'MH', 'H', 'ND'],
    TD: ['N', 'L', 'M', 'H', 'ND'],
    CR: REQUIREMENT,
    IR: REQUIREMENT,
    AR: REQUIREMENT,
  },
};

/** The scores of a vector without prefix; undefined for what is none of version 2. */
export function scoresOfVersion2(text: string): Scores | undefined {
  const metrics = readMetrics(text, GRAMMAR);
  if (metrics === undefined) return undefined;
  const { weight } = metrics;
  const impact = 10.41 * (1 - (1 - weight('C')) * (1 - weight('I')) * (1 - weight('A')));
  const exploitability = 20 * weight('AV') * weight('AC') * weight('Au');
  const factor = impact === 0 ? 0 : 1.176;
  return {
    base: nearestTenth((0.6 * impact + 0.4 * exploitability - 1.5) * factor),
    exploitability: nearestTenth(exploitability),
    impact: nearestTenth(impact),
  };
}
