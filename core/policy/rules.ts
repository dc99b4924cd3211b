/**
 * From the rules of a policy, which are text, to what can be run.
 *
 * @module
 */
import { type Action, BUNDLE_VERSION, parseAction, type Policy, type Rule } from './bundle.ts';
import { findGate, GATES } from './gates/index.ts';
import { type Parameter, Values } from './gates/parameters.ts';
import { RETIRED_GATES } from './gates/retired.ts';
import type { Gate, Trigger } from './gates/types.ts';
import { excerpt, type Problem, problem, type ProblemType, ruleProblem } from './problems.ts';

/** A rule ready to run. */
export interface BuiltRule {
  readonly rule: Rule;
  readonly gate: Gate;
  readonly trigger: Trigger;
  readonly action: Action;
  readonly values: Values;
}

/** The rules of one policy that can run, and what is wrong with the others. */
export interface BuiltPolicy {
  readonly id: string;
  readonly rules: readonly BuiltRule[];
  readonly problems: readonly Problem[];
  /** Rules of retired gates: errors on upload, left out afterwards. */
  readonly retired: readonly Problem[];
}

/** Prepares the rules of a policy and collects all that is wrong with it. */
export function buildPolicy(policy: Policy): BuiltPolicy {
  const rules: BuiltRule[] = [];
  const problems: Problem[] = [...versionProblems('policy', policy)];
  const retired: Problem[] = [];
  for (const rule of policy.rules ?? []) {
    const retirement = retiredProblem(rule);
    if (retirement !== undefined) {
      retired.push(retirement);
      continue;
    }
    const found: Problem[] = [];
    const built = buildRule(rule, found);
    problems.push(...found);
    if (built !== undefined && found.length === 0) rules.push(built);
  }
  return { id: policy.id, rules, problems, retired };
}

/** A problem where a part of the bundle has another version than the only one. */
export function versionProblems(
  kind: 'bundle' | 'policy' | 'whitelist',
  part: { readonly id: string; readonly version: string },
): readonly Problem[] {
  if (part.version === BUNDLE_VERSION) return [];
  const found = `The version of the ${kind} '${excerpt(part.id)}' is '${excerpt(part.version)}'`;
  const label = `(found_version=${excerpt(part.version)},supported_versions=${BUNDLE_VERSION})`;
  return [problem('UnsupportedVersionError', `${found}: only '1_0' is supported ${label}`)];
}

function retiredProblem(rule: Rule): Problem | undefined {
  const name = rule.gate.toLowerCase();
  if (!RETIRED_GATES.has(name)) return undefined;
  const successor = RETIRED_GATES.get(name);
  const advice = successor === undefined
    ? 'remove the rule, nothing replaces it'
    : `replace the rule by one of the gate '${successor}'`;
  const cause = `The gate '${name}' has reached its end of life and is not evaluated`;
  return ruleProblem('EndOfLifedError', `${cause}: ${advice}`, rule);
}

/** Undefined where gate, trigger or action are unknown; other problems only go to `problems`. */
function buildRule(rule: Rule, problems: Problem[]): BuiltRule | undefined {
  const report = (type: ProblemType, details: string) => {
    problems.push(ruleProblem(type, details, rule));
  };
  const action = parseAction(rule.action);
  if (action === undefined) {
    report('ValidationError', `The action '${excerpt(rule.action)}' is none of GO, WARN and STOP`);
  }
  const gate = findGate(rule.gate);
  if (gate === undefined) {
    report('GateNotFoundError', `There is no gate of this name: the gates are ${names(GATES)}`);
    return undefined;
  }
  const triggerName = rule.trigger.toLowerCase();
  const trigger = gate.triggers.find((candidate) => candidate.name === triggerName);
  if (trigger === undefined) {
    const known = names(gate.triggers);
    report(
      'TriggerNotFoundError',
      `The gate has no trigger of this name: its triggers are ${known}`,
    );
    return undefined;
  }
  const values = readParams(rule, trigger, report);
  return action === undefined ? undefined : { rule, gate, trigger, action, values };
}

function readParams(
  rule: Rule,
  trigger: Trigger,
  report: (type: ProblemType, details: string) => void,
): Values {
  const raw = new Map<string, string>();
  const refused = new Set<Parameter>();
  for (const { name, value } of rule.params ?? []) {
    const parameter = findParameter(trigger, name);
    if (parameter === undefined) {
      const known = names(trigger.parameters) || 'none';
      report(
        'InvalidParameterError',
        `The trigger has no parameter '${excerpt(name)}': its parameters are ${known}`,
      );
      continue;
    }
    if (value === undefined || value === null) continue;
    if (typeof value === 'string') {
      raw.set(parameter.name, value);
      continue;
    }
    refused.add(parameter);
    report(
      'ParameterValueInvalidError',
      `The value ${excerpt(value)} of parameter '${parameter.name}' must be a text in quotes`,
    );
  }
  for (const parameter of trigger.parameters) {
    const value = raw.get(parameter.name);
    if (value !== undefined) checkValue(parameter, value, raw, report);
    else if (parameter.required && !refused.has(parameter)) {
      report(
        'ParameterValueInvalidError',
        `The required parameter '${parameter.name}' is missing: give it a value`,
      );
    }
  }
  return new Values(raw);
}

function checkValue(
  parameter: Parameter,
  value: string,
  raw: ReadonlyMap<string, string>,
  report: (type: ProblemType, details: string) => void,
): void {
  const parsed = parameter.validator.parse(value, raw);
  if (parsed.ok) return;
  report(
    'ParameterValueInvalidError',
    `Parameter '${parameter.name}' ${parsed.problem}; it is '${excerpt(value)}'`,
  );
}

function findParameter(trigger: Trigger, name: string): Parameter | undefined {
  const lower = name.toLowerCase();
  return trigger.parameters.find((parameter) =>
    parameter.name === lower || parameter.aliases?.includes(lower) === true
  );
}

function names(things: readonly { readonly name: string }[]): string {
  return things.map((thing) => thing.name).join(', ');
}
