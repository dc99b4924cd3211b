/**
 * Runs a bundle over the facts of one image.
 *
 * The first mapping that matches decides which policies run. Whatever cannot be run as it is
 * written leads to `stop` and a problem, never to an exception: a broken rule must not let an
 * image pass, nor hide what the other rules say.
 *
 * @module
 */
import { messageOf } from '../errors.ts';
import { builderOf, type BuiltMapping } from './build.ts';
import { type Action, type Bundle, type ImageRule, type Mapping, worstAction } from './bundle.ts';
import type { ImageFacts } from './facts.ts';
import { triggerIdOf } from './gates/types.ts';
import { isMatchable, matchImageList, matchMapping, PSEUDO_TAG, type Subject } from './mapping.ts';
import { excerpt, type Problem, problem, ruleProblem } from './problems.ts';
import { type BuiltPolicy, type BuiltRule, versionProblems } from './rules.ts';
import {
  type BuiltItem,
  type WhitelistMatch,
  type WhitelistSearch,
  whitelistSearch,
} from './whitelist.ts';

/** What is judged, by what, and when. */
export interface EvaluationInput {
  readonly bundle: Bundle;
  readonly facts: ImageFacts;
  /** The reference as it was asked for; undefined where none was. */
  readonly tag: string | undefined;
  readonly subject: Subject;
  /** What rules count days from; whitelist items that expire then or before count no more. */
  readonly now: Date;
}

/** One finding with what became of it. */
export interface EvaluationRow {
  readonly triggerId: string;
  readonly gate: string;
  readonly trigger: string;
  readonly message: string;
  readonly action: Action;
  /** The whitelist item that turned the action into `go`. */
  readonly whitelisted: WhitelistMatch | undefined;
  readonly policyId: string;
}

/** The verdict on one image. */
export interface Evaluation {
  readonly imageDigest: string;
  readonly tag: string;
  /** What the policies say, before the image lists. */
  readonly policyAction: Action;
  readonly finalAction: Action;
  readonly reason: 'policy_evaluation' | 'whitelisted' | 'blacklisted';
  readonly mapping: Mapping | undefined;
  readonly whitelistedImage: ImageRule | undefined;
  readonly blacklistedImage: ImageRule | undefined;
  readonly rows: readonly EvaluationRow[];
  readonly problems: readonly Problem[];
  /**
   * Until when the verdict holds on the same facts: when the first of the whitelist items that were
   * applied expires, or a rule on the age of something may say otherwise.
   */
  readonly expiresAt: Date | undefined;
}

/** What the policies of a mapping come to. */
interface PolicyOutcome {
  readonly action: Action;
  readonly rows: readonly EvaluationRow[];
  readonly problems: readonly Problem[];
  readonly expiresAt: Date | undefined;
}

/** The finding that leads to an action, in the words of its rule; undefined where none does. */
export function causeOf(action: Action, rows: readonly EvaluationRow[]): string | undefined {
  const row = rows.find((each) => each.action === action);
  return row && `${row.message} (${row.gate}.${row.trigger})`;
}

/** Judges an image. Pure: equal input gives an equal verdict. Never throws for a bad bundle. */
export function evaluateBundle(input: EvaluationInput): Evaluation {
  const obstacles = obstaclesOf(input);
  if (obstacles.length > 0) return finish(input, stopped(obstacles), {});
  let matches: Matches;
  try {
    matches = matchesOf(input);
  } catch (error) {
    return finish(input, stopped([problem('ValidationError', messageOf(error))]), {});
  }
  if (matches.mapping === undefined) return finish(input, unmapped(input, matches), matches);
  const built = builderOf(input.bundle)(matches.mapping);
  if (built.problems.length > 0) {
    // An image list cannot vouch for a bundle that is broken for this image.
    const { whitelistedImage: _, ...others } = matches;
    return finish(input, stopped(built.problems), others);
  }
  return finish(input, runPolicies(built, input), matches);
}

/** Why no mapping can be looked for at all. */
function obstaclesOf(input: EvaluationInput): readonly Problem[] {
  if (!isMatchable(input.subject)) {
    return [problem('PolicyError', 'The reference is too long to be matched: use a shorter one')];
  }
  return versionProblems('bundle', input.bundle);
}

interface Matches {
  readonly mapping?: Mapping | undefined;
  readonly whitelistedImage?: ImageRule | undefined;
  readonly blacklistedImage?: ImageRule | undefined;
}

/** Throws where an expression is invalid that has to be tried. */
function matchesOf({ bundle, subject }: EvaluationInput): Matches {
  return {
    mapping: matchMapping(bundle, subject),
    whitelistedImage: matchImageList(bundle.whitelisted_images, subject),
    blacklistedImage: matchImageList(bundle.blacklisted_images, subject),
  };
}

function finish(input: EvaluationInput, outcome: PolicyOutcome, matches: Matches): Evaluation {
  const { mapping, whitelistedImage, blacklistedImage } = matches;
  const common = {
    imageDigest: input.facts.digest,
    tag: input.tag ?? PSEUDO_TAG,
    policyAction: outcome.action,
    mapping,
    whitelistedImage,
    blacklistedImage,
    rows: outcome.rows,
    problems: outcome.problems,
    expiresAt: outcome.expiresAt,
  };
  if (blacklistedImage !== undefined) {
    return { ...common, finalAction: 'stop', reason: 'blacklisted' };
  }
  if (whitelistedImage !== undefined) {
    return { ...common, finalAction: 'go', reason: 'whitelisted' };
  }
  return { ...common, finalAction: outcome.action, reason: 'policy_evaluation' };
}

function stopped(problems: readonly Problem[]): PolicyOutcome {
  return { action: 'stop', rows: [], problems, expiresAt: undefined };
}

/** An image that no mapping is meant for passes, but not without a word. */
function unmapped(input: EvaluationInput, matches: Matches): PolicyOutcome {
  const isListed = matches.whitelistedImage !== undefined || matches.blacklistedImage !== undefined;
  const tag = excerpt(input.tag ?? PSEUDO_TAG);
  const warning: Problem = {
    severity: 'warn',
    problem_type: 'NoMatchedMappingWarning',
    details: `No mapping of the bundle matches '${tag}', so no policy was applied: ` +
      'add a mapping for it, or one for everything at the end',
  };
  return { action: 'go', rows: [], problems: isListed ? [] : [warning], expiresAt: undefined };
}

function runPolicies(built: BuiltMapping, input: EvaluationInput): PolicyOutcome {
  const rows: EvaluationRow[] = [];
  const problems: Problem[] = [];
  const ends: (Date | undefined)[] = [];
  const search = whitelistSearch(built.items, input.now);
  for (const policy of built.policies) {
    problems.push(...policy.retired);
    for (const rule of groupedByGate(policy)) {
      try {
        for (const { row, item } of runRule(rule, policy, search, input)) {
          rows.push(row);
          ends.push(item?.expiresOn);
        }
        ends.push(rule.trigger.changesAt?.(rule.values, input.facts, input.now));
      } catch (error) {
        problems.push(failureOf(rule, error));
      }
    }
  }
  const hasFailed = problems.some(({ problem_type }) => problem_type === 'TriggerEvaluationError');
  const action = hasFailed ? 'stop' : worstAction(rows.map((row) => row.action));
  return { action, rows, problems, expiresAt: earliest(ends) };
}

/** Rules by gate, the gates in the order in which they first appear. */
function groupedByGate(policy: BuiltPolicy): readonly BuiltRule[] {
  return [...Map.groupBy(policy.rules, (rule) => rule.gate).values()].flat();
}

interface Judged {
  readonly row: EvaluationRow;
  readonly item: BuiltItem | undefined;
}

function runRule(
  rule: BuiltRule,
  policy: BuiltPolicy,
  search: WhitelistSearch,
  { facts, now }: EvaluationInput,
): readonly Judged[] {
  const { gate, trigger } = rule;
  const judged: Judged[] = [];
  for (const finding of trigger.evaluate(rule.values, facts, now)) {
    const triggerId = triggerIdOf(gate, trigger, finding, rule.rule.id);
    const item = search(gate.name, [triggerId, ...finding.otherTriggerIds ?? []]);
    const row: EvaluationRow = {
      triggerId,
      gate: gate.name,
      trigger: trigger.name,
      message: finding.message,
      action: item === undefined ? rule.action : 'go',
      whitelisted: item?.match,
      policyId: policy.id,
    };
    judged.push({ row, item });
  }
  return judged;
}

function failureOf({ rule, gate, trigger }: BuiltRule, error: unknown): Problem {
  const cause = `The rule could not be evaluated: ${messageOf(error)}`;
  const label = { gate: gate.name, trigger: trigger.name, id: rule.id };
  return ruleProblem('TriggerEvaluationError', `${cause}; correct the rule`, label);
}

function earliest(dates: readonly (Date | undefined)[]): Date | undefined {
  const times = dates.flatMap((date) => date?.getTime() ?? []);
  if (times.length === 0) return undefined;
  return new Date(times.reduce((first, time) => Math.min(first, time)));
}
