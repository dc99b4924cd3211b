/**
 * The description of all gates, triggers and parameters, for people and editors of bundles.
 *
 * @module
 */
import { GATES } from './gates/index.ts';
import type { Criteria, Parameter } from './gates/parameters.ts';
import { RETIRED_GATES } from './gates/retired.ts';
import type { Gate, Trigger } from './gates/types.ts';

/** What gates, triggers and parameters say of themselves; keys are those of the API, as spelled. */
interface Described {
  readonly name: string;
  readonly description: string;
  readonly state: 'active' | 'deprecated' | 'eol';
  readonly superceded_by: string | null;
}

export interface GateSpec extends Described {
  readonly triggers: readonly TriggerSpec[];
}

export interface TriggerSpec extends Described {
  readonly parameters: readonly ParameterSpec[];
}

export interface ParameterSpec extends Described {
  readonly example: string;
  readonly required: boolean;
  readonly validator: {
    readonly type: string;
    readonly description: string;
    readonly criteria: Criteria;
  };
}

/** All gates: those that run, then the retired ones. */
export function policySpec(): readonly GateSpec[] {
  return [...GATES.map(gateSpec), ...[...RETIRED_GATES].map(retiredSpec)];
}

function gateSpec(gate: Gate): GateSpec {
  return {
    name: gate.name,
    description: gate.description,
    state: gate.state,
    superceded_by: null,
    triggers: gate.triggers.map(triggerSpec),
  };
}

function triggerSpec(trigger: Trigger): TriggerSpec {
  return {
    name: trigger.name,
    description: trigger.description,
    state: 'active',
    superceded_by: null,
    parameters: trigger.parameters.map(parameterSpec),
  };
}

function parameterSpec(parameter: Parameter): ParameterSpec {
  const { type, description, criteria } = parameter.validator;
  return {
    name: parameter.name,
    description: parameter.description,
    example: parameter.example,
    required: parameter.required,
    state: 'active',
    superceded_by: null,
    validator: { type, description, criteria },
  };
}

function retiredSpec([name, successor]: readonly [string, string | undefined]): GateSpec {
  const advice = successor === undefined ? 'nothing replaces it' : `use '${successor}' instead`;
  return {
    name,
    description: `Retired, not evaluated any more: ${advice}`,
    state: 'eol',
    superceded_by: successor ?? null,
    triggers: [],
  };
}
