/**
 * The policy engine: bundles, their validation and their evaluation over the facts of an image.
 * Pure, without any input or output.
 *
 * @module
 */
export {
  type Action,
  ACTIONS,
  type Bundle,
  BUNDLE_VERSION,
  BundleSchema,
  type ImageRule,
  type Mapping,
} from './bundle.ts';
export { DEFAULT_BUNDLE } from './default-bundle.ts';
export { type Exception, exceptionsOf } from './exceptions.ts';
export {
  causeOf,
  evaluateBundle,
  type Evaluation,
  type EvaluationInput,
  type EvaluationRow,
} from './evaluate.ts';
export type {
  CvssScores,
  FactPart,
  FactParts,
  FeedFacts,
  ImageFacts,
  PackageFact,
  VulnerabilityFact,
} from './facts.ts';
export { partsOf } from './parts.ts';
export { matchMapping, PSEUDO_TAG, type Subject, subjectOf } from './mapping.ts';
export { DISTRIBUTION_TYPES, isOfDistribution, wordOfType } from './package-types.ts';
export type { Problem, ProblemType } from './problems.ts';
export {
  evalId,
  type ResultContext,
  type ResultDocument,
  resultDocument,
  type Status,
  statusOf,
} from './result.ts';
export { type GateSpec, type ParameterSpec, policySpec, type TriggerSpec } from './spec.ts';
export { validateBundle, type Validation } from './validate.ts';
export { runUnitTests, UnitTest, type UnitTestResult, UnitTests } from './unit-tests.ts';
