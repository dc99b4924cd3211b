/**
 * CVSS 4.0, base metrics alone (https://www.first.org/cvss/v4.0/specification-document, section 8).
 *
 * A vector belongs to a MacroVector, one level of each of six equivalence classes (EQ), whose score
 * is that of its worst vector. From there it goes down by how far the vector is from the worst one,
 * in proportion to the way to the next lower MacroVector. Without threat and environmental metrics
 * the worst is assumed of them: EQ5 is 0, EQ6 follows from EQ3, and EQ4 is never 0.
 *
 * @module
 */
import { type Grammar, type Metrics, readMetrics } from './metrics.ts';
import { nearestTenth, type Scores } from './scores.ts';

type Metric = 'AV' | 'AC' | 'AT' | 'PR' | 'UI' | 'VC' | 'VI' | 'VA' | 'SC' | 'SI' | 'SA';

/** Weights are steps down from the worst value. */
const PHYSICAL = 3;
const VULNERABLE = { H: 0, L: 1, N: 2 } as const;
/** The worst value of all, safety, is an environmental one. */
const SUBSEQUENT = { H: 1, L: 2, N: 3 } as const;

const REQUIREMENT = ['X', 'H', 'M', 'L'] as const;
const MODIFIED_IMPACT = ['X', 'H', 'L', 'N'] as const;
const MODIFIED_SAFETY = ['X', 'S', 'H', 'L', 'N'] as const;

const GRAMMAR: Grammar<Metric> = {
  base: {
    AV: { N: 0, A: 1, L: 2, P: PHYSICAL },
    AC: { L: 0, H: 1 },
    AT: { N: 0, P: 1 },
    PR: { N: 0, L: 1, H: 2 },
    UI: { N: 0, P: 1, A: 2 },
    VC: VULNERABLE,
    VI: VULNERABLE,
    VA: VULNERABLE,
    SC: SUBSEQUENT,
    SI: SUBSEQUENT,
    SA: SUBSEQUENT,
  },
  others: {
    E: ['X', 'A', 'P', 'U'],
    CR: REQUIREMENT,
    IR: REQUIREMENT,
    AR: REQUIREMENT,
    MAV: ['X', 'N', 'A', 'L', 'P'],
    MAC: ['X', 'L', 'H'],
    MAT: ['X', 'N', 'P'],
    MPR: ['X', 'N', 'L', 'H'],
    MUI: ['X', 'N', 'P', 'A'],
    MVC: MODIFIED_IMPACT,
    MVI: MODIFIED_IMPACT,
    MVA: MODIFIED_IMPACT,
    MSC: MODIFIED_IMPACT,
    MSI: MODIFIED_SAFETY,
    MSA: MODIFIED_SAFETY,
    S: ['X', 'N', 'P'],
    AU: ['X', 'N', 'Y'],
    R: ['X', 'A', 'U', 'I'],
    V: ['X', 'D', 'C'],
    RE: ['X', 'L', 'M', 'H'],
    U: ['X', 'Clear', 'Green', 'Amber', 'Red'],
  },
};

/** Levels of one equivalence class. */
interface Level {
  readonly name: string;
  /** Steps of its worst vectors, which all have as many, and from there to its end. */
  readonly least: number;
  readonly depth: number;
  /** The next lower levels. */
  readonly lower: readonly string[];
}

const REACH = {
  worst: { name: '0', least: 0, depth: 1, lower: ['1'] },
  middle: { name: '1', least: 1, depth: 4, lower: ['2'] },
  least: { name: '2', least: 3, depth: 5, lower: [] },
} as const;

const COMPLEXITY = {
  worst: { name: '0', least: 0, depth: 1, lower: ['1'] },
  least: { name: '1', least: 1, depth: 2, lower: [] },
} as const;

/** EQ3 and EQ6 depend on each other, so that they are one here. */
const IMPACT = {
  worst: { name: '00', least: 0, depth: 7, lower: ['01', '10'] },
  middle: { name: '10', least: 1, depth: 8, lower: ['11'] },
  least: { name: '21', least: 3, depth: 10, lower: [] },
} as const;

const SPREAD = {
  middle: { name: '1', least: 3, depth: 5, lower: ['2'] },
  least: { name: '2', least: 6, depth: 4, lower: [] },
} as const;

/** The classes of a vector. */
type Levels = Readonly<Record<'eq1' | 'eq2' | 'eq36' | 'eq4', Level>>;
type Names = Readonly<Record<keyof Levels, string>>;

const METRICS: Readonly<Record<keyof Levels, readonly Metric[]>> = {
  eq1: ['AV', 'PR', 'UI'],
  eq2: ['AC', 'AT'],
  eq36: ['VC', 'VI', 'VA'],
  eq4: ['SC', 'SI', 'SA'],
};
const CLASSES = ['eq1', 'eq2', 'eq36', 'eq4'] as const;

/** Levels of EQ3 with EQ6 in the order of the rows below. */
const IMPACTS: readonly string[] = ['00', '01', '10', '11', '21'];

/** Scores of MacroVectors by the levels of EQ1, EQ2 and EQ4, where EQ5 is 0. */
const SCORES: ReadonlyMap<string, readonly number[]> = new Map([
  ['001', [10, 9.6, 9.3, 9.2, 7.9]],
  ['002', [9.3, 9, 8.8, 8, 6.9]],
  ['011', [9.5, 9.1, 9.2, 8.2, 7.1]],
  ['012', [9.2, 8.1, 8.4, 7, 6.3]],
  ['101', [9.4, 8.9, 8.6, 7.6, 6.5]],
  ['102', [8.7, 7.5, 7.2, 5.7, 5.3]],
  ['111', [9, 7.7, 7.4, 5.9, 5.8]],
  ['112', [7.7, 6.6, 6.1, 5.2, 2.3]],
  ['201', [8.6, 7.4, 7.2, 5.7, 4.7]],
  ['202', [7, 5.4, 5.3, 3.6, 2.4]],
  ['211', [7.3, 5.5, 6.1, 5.1, 2.4]],
  ['212', [5.4, 4.3, 4.6, 1.8, 1]],
]);

/** The scores of a vector without prefix; undefined for what is none of version 4. */
export function scoresOfVersion4(text: string): Scores | undefined {
  const metrics = readMetrics(text, GRAMMAR);
  return metrics === undefined ? undefined : { base: baseOf(metrics) };
}

function baseOf(metrics: Metrics<Metric>): number {
  const { value, weight } = metrics;
  if ([...METRICS.eq36, ...METRICS.eq4].every((metric) => value(metric) === 'N')) return 0;
  const levels = levelsOf(metrics);
  const names = namesOf(levels);
  const worst = scoreOf(names);
  const ways = CLASSES.flatMap((name) => {
    const { least, depth, lower } = levels[name];
    if (lower.length === 0) return [];
    const next = Math.max(...lower.map((level) => scoreOf({ ...names, [name]: level })));
    const steps = METRICS[name].reduce((sum, metric) => sum + weight(metric), -least);
    return [(worst - next) * steps / depth];
  });
  // EQ5 has a lower level, too, and the vector is at the worst of its own.
  const mean = ways.reduce((sum, way) => sum + way, 0) / (ways.length + 1);
  return nearestTenth(worst - mean);
}

/** The levels of a vector (tables 24 to 29 of the specification). */
function levelsOf({ weight }: Metrics<Metric>): Levels {
  const isWorst = (metric: Metric) => weight(metric) === 0;
  const isSpread = METRICS.eq4.some((metric) => weight(metric) === SUBSEQUENT.H);
  return {
    eq1: reachOf(METRICS.eq1.filter(isWorst).length, weight('AV')),
    eq2: METRICS.eq2.every(isWorst) ? COMPLEXITY.worst : COMPLEXITY.least,
    eq36: isWorst('VC') && isWorst('VI')
      ? IMPACT.worst
      : METRICS.eq36.some(isWorst)
      ? IMPACT.middle
      : IMPACT.least,
    eq4: isSpread ? SPREAD.middle : SPREAD.least,
  };
}

/** EQ1 by how many of its metrics are at their worst, and by the steps of AV. */
function reachOf(worst: number, vector: number): Level {
  if (worst === METRICS.eq1.length) return REACH.worst;
  return worst > 0 && vector < PHYSICAL ? REACH.middle : REACH.least;
}

function namesOf({ eq1, eq2, eq36, eq4 }: Levels): Names {
  return { eq1: eq1.name, eq2: eq2.name, eq36: eq36.name, eq4: eq4.name };
}

function scoreOf({ eq1, eq2, eq36, eq4 }: Names): number {
  return SCORES.get(`${eq1}${eq2}${eq4}`)?.[IMPACTS.indexOf(eq36)] ?? 0;
}
