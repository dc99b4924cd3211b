/**
 * Matching of packages with what feeds say of them.
 *
 * @module
 */
export { type LookupKey, lookupKeys } from './keys.ts';
export { match, Matching } from './match.ts';
export { isSystemType } from './matching/subjects.ts';
export type {
  Finding,
  FoundStatement,
  MatchInput,
  MatchOptions,
  MatchResult,
  RecordHead,
  SuppressedFinding,
  Suppression,
  SuppressionReason,
} from './matching/types.ts';
