/**
 * How far the version schemes agree with tables of recorded answers.
 *
 * @module
 */
import { codeOf } from '../../errors.ts';
import type { Compare } from '../../vulnerabilities/versions/constraint.ts';
import {
  type InRange,
  NOTED_SCHEMES,
  RANGES,
  SCHEMES,
} from '../../vulnerabilities/versions/tables.ts';
import type { OrderRow, RangeRow, Sign, Table } from './read.ts';

/** A row whose answer is another one than recorded. */
export interface Disagreement {
  readonly line: number;
  /** What was asked, on one line. */
  readonly question: string;
  readonly recorded: string;
  readonly answered: string;
}

/** Of one table. */
export interface Agreement {
  readonly rows: number;
  readonly disagreements: readonly Disagreement[];
}

const MIRRORED: Readonly<Record<Sign, Sign>> = { '<': '>', '=': '=', '>': '<' };

/**
 * Asks every row of a table; undefined where there is no scheme for it. Comparisons must hold both
 * ways round. A line that is no row disagrees.
 */
export function agreementOf(table: Table): Agreement | undefined {
  const found = disagreementsOf(table);
  if (found === undefined) return undefined;
  const unreadable = table.unreadable.map((line): Disagreement => ({
    line,
    question: 'a line that cannot be read',
    recorded: 'unknown',
    answered: 'nothing',
  }));
  return {
    rows: table.rows.length + unreadable.length,
    disagreements: [...found, ...unreadable].sort((x, y) => x.line - y.line),
  };
}

function disagreementsOf(table: Table): Disagreement[] | undefined {
  if (table.type === 'range') {
    const inRange = RANGES.get(table.name);
    return inRange && table.rows.flatMap((row) => rangeDisagreement(row, inRange));
  }
  const compare = SCHEMES.get(table.name);
  const noted = NOTED_SCHEMES.get(table.name);
  return compare &&
    table.rows.flatMap((row) => orderDisagreement(row, noted?.get(row.note) ?? compare));
}

function orderDisagreement({ line, a, sign, b }: OrderRow, compare: Compare): Disagreement[] {
  const forth = signOf(compare(a, b));
  const back = signOf(compare(b, a));
  if (forth === sign && back === MIRRORED[sign]) return [];
  const answered = back === MIRRORED[forth] ? forth : `${forth}, and ${back} the other way round`;
  const question = `${JSON.stringify(a)} to ${JSON.stringify(b)}`;
  return [{ line, question, recorded: sign, answered }];
}

function signOf(order: number): Sign {
  if (order === 0) return '=';
  return order < 0 ? '<' : '>';
}

function rangeDisagreement(row: RangeRow, inRange: InRange): Disagreement[] {
  const answered = answerOf(row, inRange);
  const recorded = inOrOut(row.included);
  if (answered === recorded) return [];
  const options = Object.entries(row.options).filter(([, value]) => value).map(([key]) => key);
  const question = [
    `${JSON.stringify(row.version)} in ${JSON.stringify(row.range)}`,
    ...options,
  ].join(', ');
  return [{ line: row.line, question, recorded, answered }];
}

function answerOf({ range, version, options }: RangeRow, inRange: InRange): string {
  try {
    return inOrOut(inRange(range, version, options));
  } catch (error) {
    return `error ${codeOf(error, 'failed')}`;
  }
}

function inOrOut(included: boolean): string {
  return included ? 'in' : 'out';
}
