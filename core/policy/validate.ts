/**
 * Says all that is wrong with a bundle, before it is stored.
 *
 * The shape of the whole document is checked; names, values and references only where a mapping
 * reaches them, because the rest never runs.
 *
 * @module
 */
import type { z } from 'zod';
import { mappingBuilder } from './build.ts';
import { type Bundle, BundleSchema } from './bundle.ts';
import { patternProblems } from './mapping.ts';
import { type Problem, problem, ruleProblem } from './problems.ts';
import { versionProblems } from './rules.ts';

/** A bundle is fit to be stored where there are no problems. */
export interface Validation {
  /** Undefined where the document does not have the shape of a bundle. */
  readonly bundle: Bundle | undefined;
  readonly problems: readonly Problem[];
}

/** Validates any JSON value as a bundle and collects all problems. Never throws. */
export function validateBundle(document: unknown): Validation {
  const parsed = BundleSchema.safeParse(document);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => shapeProblem(document, issue));
    return { bundle: undefined, problems };
  }
  const bundle = parsed.data;
  const build = mappingBuilder(bundle);
  const problems = new Set<Problem>([
    ...versionProblems('bundle', bundle),
    ...patternProblems(bundle),
  ]);
  for (const mapping of bundle.mappings) {
    const built = build(mapping);
    for (const found of built.problems) problems.add(found);
    for (const policy of built.policies) {
      for (const found of policy.retired) problems.add(found);
    }
  }
  return { bundle, problems: [...problems] };
}

function shapeProblem(document: unknown, issue: z.core.$ZodIssue): Problem {
  const where = issue.path.length === 0 ? 'The bundle' : pathText(issue.path);
  const details = at(document, issue.path) === undefined
    ? `${where} is missing: add it`
    : `${where} is not valid: ${issue.message}`;
  const rule = ruleAt(document, issue.path);
  if (rule === undefined) return problem('ValidationError', details);
  return ruleProblem('ValidationError', details, rule);
}

function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((key, index) =>
      typeof key === 'number' ? `[${key}]` : `${index > 0 ? '.' : ''}${String(key)}`
    )
    .join('');
}

/** The rule that a path leads into; undefined where it leads elsewhere. */
function ruleAt(
  document: unknown,
  path: readonly PropertyKey[],
): Readonly<Record<string, unknown>> | undefined {
  if (path[0] !== 'policies' || path[2] !== 'rules' || path.length < 4) return undefined;
  const rule = at(document, path.slice(0, 4));
  return isRecord(rule) ? rule : undefined;
}

function at(document: unknown, path: readonly PropertyKey[]): unknown {
  let value = document;
  for (const key of path) {
    if (Array.isArray(value) && typeof key === 'number') value = value[key];
    else if (isRecord(value) && typeof key === 'string' && Object.hasOwn(value, key)) {
      value = value[key];
    } else return undefined;
  }
  return value;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
