/**
 * What can be wrong with a bundle, in the shape that clients of the API know.
 *
 * @module
 */

/** Names that clients tell problems apart by. */
export type ProblemType =
  | 'UnsupportedVersionError'
  | 'ReferencedObjectNotFoundError'
  | 'DuplicateIdentifierFoundError'
  | 'GateNotFoundError'
  | 'TriggerNotFoundError'
  | 'InvalidParameterError'
  | 'ParameterValueInvalidError'
  | 'EndOfLifedError'
  | 'ValidationError'
  | 'PolicyError'
  | 'TriggerEvaluationError'
  | 'NoMatchedMappingWarning';

/** One problem; its keys are those of the API. */
export interface Problem {
  readonly severity: 'error' | 'warn';
  readonly problem_type: ProblemType;
  readonly details: string;
}

/** The parts of a rule that its problems name. */
export interface RuleLabel {
  readonly gate?: unknown;
  readonly trigger?: unknown;
  readonly id?: unknown;
}

/** Longest piece of somebody's text that a message repeats, in characters. */
const LONGEST_QUOTE = 200;

/** Text of the bundle for a message: cut where it is too long to be read. */
export function excerpt(value: unknown): string {
  const text = typeof value === 'string' ? value : String(JSON.stringify(value) ?? value);
  return text.length <= LONGEST_QUOTE ? text : `${text.slice(0, LONGEST_QUOTE)}…`;
}

/** A problem that belongs to no rule. */
export function problem(type: ProblemType, details: string): Problem {
  return { severity: 'error', problem_type: type, details };
}

/** A problem of one rule: `details` gets the ending that tells which rule it is. */
export function ruleProblem(type: ProblemType, details: string, rule: RuleLabel): Problem {
  const label = `gate=${part(rule.gate)},trigger=${part(rule.trigger)},rule_id=${part(rule.id)}`;
  return problem(type, `${details} (${label})`);
}

/** Clients of the original read an absent value as `None`. */
function part(value: unknown): string {
  return value === undefined || value === null ? 'None' : excerpt(value);
}
