/**
 * Ranges written as comparisons: `>= 1.0, < 1.2 || = 2.0`, over the order of any scheme.
 *
 * A comma joins comparisons that must all hold, `||` parts alternatives, a version alone means
 * equality, and a constraint without any comparison holds for every version. GitHub's advisories
 * write `vulnerable_version_range` and `last_known_affected_version_range` in this grammar.
 *
 * @module
 */

import { TidewaiterError } from '../../errors.ts';
import { holds, type Operator as AnyOperator } from './comparisons.ts';

/** The order of a scheme: negative where `a` is older, 0 where both are one, else positive. */
export type Compare = (a: string, b: string) => number;

/** How a version must lie to the one of a comparison. */
export type Operator = Exclude<AnyOperator, '~>'>;

export interface Comparison {
  readonly operator: Operator;
  readonly version: string;
}

/** Alternatives, of each of which all comparisons must hold; one without any always holds. */
export type Constraint = readonly (readonly Comparison[])[];

const OPERATORS: ReadonlyMap<string, Operator> = new Map([
  ['', '='],
  ['<', '<'],
  ['<=', '<='],
  ['>', '>'],
  ['>=', '>='],
  ['=', '='],
  ['==', '='],
  ['!=', '!='],
]);
/** What operators of any grammar are made of; only the first four divide comparisons. */
const OPERATOR_SIGNS = '<>=!~^';
const DIVIDING_SIGNS = '<>=!';

/** A constraint is shown so far in an error. */
const SHOWN_LENGTH = 100;

/**
 * Whether a version lies in a constraint, by the order of its scheme.
 *
 * @throws TidewaiterError `invalid_constraint` where the text of one is in another grammar
 */
export function inConstraint(
  constraint: string | Constraint,
  version: string,
  compare: Compare,
): boolean {
  const alternatives = typeof constraint === 'string' ? parseConstraint(constraint) : constraint;
  return alternatives.some((comparisons) =>
    comparisons.every((comparison) =>
      holds(comparison.operator, compare(version, comparison.version))
    )
  );
}

/**
 * Reads a constraint once for many versions, in linear time. Empty parts, such as after a last
 * comma, are passed over; comparisons may also follow each other without a comma.
 *
 * @throws TidewaiterError `invalid_constraint` where it is in another grammar
 */
export function parseConstraint(text: string): Constraint {
  const alternatives = text.split('||')
    .map((alternative) => alternative.split(',').flatMap((part) => comparisonsOf(part, text)))
    .filter((comparisons) => comparisons.length > 0);
  return alternatives.length === 0 ? [[]] : alternatives;
}

function comparisonsOf(part: string, constraint: string): Comparison[] {
  const text = part.trim();
  const comparisons: Comparison[] = [];
  let index = 0;
  while (index < text.length) {
    const versionStart = endOfRun(text, index, (sign) => OPERATOR_SIGNS.includes(sign));
    const versionEnd = endOfRun(text, versionStart, (sign) => !DIVIDING_SIGNS.includes(sign));
    const sign = text.slice(index, versionStart);
    const operator = OPERATORS.get(sign);
    if (operator === undefined) {
      throw invalid(constraint, `has "${sign}", which is none of < <= > >= = !=`);
    }
    const version = unquoted(text.slice(versionStart, versionEnd).trim());
    if (version === '') throw invalid(constraint, `names no version after "${sign}"`);
    if (version.includes('|')) throw invalid(constraint, 'has a single "|" instead of "||"');
    comparisons.push({ operator, version });
    index = versionEnd;
  }
  return comparisons;
}

/** A version may stand in quotes. */
function unquoted(text: string): string {
  const quote = text.charAt(0);
  const isQuoted = text.length > 1 && (quote === "'" || quote === '"') && text.endsWith(quote);
  return isQuoted ? text.slice(1, -1) : text;
}

function endOfRun(text: string, start: number, belongs: (sign: string) => boolean): number {
  let index = start;
  while (index < text.length && belongs(text.charAt(index))) index++;
  return index;
}

function invalid(constraint: string, what: string): TidewaiterError {
  const shown = constraint.length > SHOWN_LENGTH
    ? `${constraint.slice(0, SHOWN_LENGTH)}…`
    : constraint;
  return new TidewaiterError(
    'invalid_constraint',
    400,
    `The constraint "${shown}" ${what}: write comparisons such as ">= 1.0, < 1.2 || = 2.0".`,
  );
}
