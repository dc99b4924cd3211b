/**
 * What a gate is: a named group of triggers. A further gate is one file that exports a `Gate`, and
 * one line in `index.ts`.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import type { FactPart, ImageFacts } from '../facts.ts';
import type { Parameter, Values } from './parameters.ts';

/** One thing that a trigger found. */
export interface Finding {
  /** Part of the interface: whitelists contain hashes of it. */
  readonly message: string;
  /** Given by the few triggers that name their findings; all others get a hash. */
  readonly triggerId?: string;
  /** What stands behind the id of the rule and a `+`, for the trigger that names findings by it. */
  readonly triggerIdOfRule?: string;
  /** Further ids by which whitelists may name it, as of the other names of a vulnerability. */
  readonly otherTriggerIds?: readonly string[];
}

/** A question that a rule can ask about an image. */
export interface Trigger {
  /** Lower case. */
  readonly name: string;
  readonly description: string;
  readonly parameters: readonly Parameter[];
  /** Parts of the facts that it looks at beside those that are always there. */
  readonly needs?: readonly FactPart[];
  /**
   * The findings of one rule. `values` were validated against `parameters`. May throw for what
   * only shows while running, as a regular expression that is none.
   */
  evaluate(values: Values, facts: ImageFacts, now: Date): Iterable<Finding>;
  /**
   * The next moment at which the same facts may lead to other findings; undefined for never. Only of
   * triggers that look at the clock.
   */
  changesAt?(values: Values, facts: ImageFacts, now: Date): Date | undefined;
}

/** A group of triggers on one subject. */
export interface Gate {
  /** Lower case. */
  readonly name: string;
  readonly description: string;
  readonly state: 'active' | 'deprecated';
  readonly triggers: readonly Trigger[];
}

/** The id of a finding by which whitelists name it. */
export function triggerIdOf(
  gate: Gate,
  trigger: Trigger,
  finding: Finding,
  ruleId: string | null | undefined,
): string {
  if (finding.triggerId !== undefined) return finding.triggerId;
  if (finding.triggerIdOfRule !== undefined) return `${ruleId ?? ''}+${finding.triggerIdOfRule}`;
  return createHash('md5').update(`${gate.name}${trigger.name}${finding.message}`).digest('hex');
}
