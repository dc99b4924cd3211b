/**
 * Unit tests of a bundle: facts of images, and what the bundle has to say of them.
 *
 * @module
 */
import { z } from 'zod';
import { type Action, ACTIONS, type Bundle } from './bundle.ts';
import { causeOf, evaluateBundle } from './evaluate.ts';
import { factsOf, FactsSchema } from './fact-file.ts';
import { subjectOf } from './mapping.ts';

/** One test. */
export const UnitTest = z.strictObject({
  name: z.string().min(1),
  /** The reference of the image: decides which mapping matches. */
  tag: z.string().min(1),
  /** The moment of the evaluation, RFC 3339; now unless given. */
  now: z.iso.datetime({ offset: true }).transform((value) => new Date(value)).optional(),
  facts: FactsSchema,
  /** What the bundle has to say. */
  expect: z.enum(ACTIONS),
  /** Trigger ids or texts of findings that must be among those that count. */
  findings: z.array(z.string()).optional(),
});
export type UnitTest = z.infer<typeof UnitTest>;

/** A file of tests: one, or a list of them. */
export const UnitTests = z.union([z.array(UnitTest), UnitTest.transform((test) => [test])]);

/** How a test went. */
export interface UnitTestResult {
  readonly name: string;
  readonly passed: boolean;
  readonly expected: Action;
  readonly action: Action;
  /** Why it has not passed, each a sentence. */
  readonly reasons: readonly string[];
}

/** Runs tests on a bundle. Pure, but for tests that say no time of their own. */
export function runUnitTests(
  bundle: Bundle,
  tests: readonly UnitTest[],
  now: Date,
): readonly UnitTestResult[] {
  return tests.map((test) => runUnitTest(bundle, test, test.now ?? now));
}

function runUnitTest(bundle: Bundle, test: UnitTest, now: Date): UnitTestResult {
  const { name, tag, expect: expected, findings = [] } = test;
  const facts = factsOf(test.facts, now);
  const { finalAction: action, rows, problems } = evaluateBundle({
    bundle,
    facts,
    tag,
    subject: subjectOf(tag, facts),
    now,
  });
  const counting = rows.filter(({ whitelisted }) => whitelisted === undefined);
  const isFound = (wanted: string) =>
    counting.some(({ triggerId, message }) => triggerId === wanted || message === wanted);
  const missing = findings.filter((wanted) => !isFound(wanted));
  const passed = action === expected && missing.length === 0;
  const cause = causeOf(action, counting);
  const said = `The bundle says ${action}, not ${expected}`;
  const reasons = passed ? [] : [
    ...action === expected ? [] : [cause === undefined ? `${said}.` : `${said}: ${cause}.`],
    ...missing.map((wanted) => `There is no finding '${wanted}'.`),
    ...problems.map(({ details }) => details),
  ];
  return { name, passed, expected, action, reasons };
}
