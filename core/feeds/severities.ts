/**
 * Words of vendors for how bad a vulnerability is.
 *
 * @module
 */
import type { Severity } from '../vulnerabilities/advisory.ts';

const WORDS: ReadonlyMap<string, Severity> = new Map([
  ['critical', 'critical'],
  ['important', 'high'],
  ['high', 'high'],
  ['moderate', 'medium'],
  ['medium', 'medium'],
  ['low', 'low'],
  ['negligible', 'negligible'],
  ['unimportant', 'negligible'],
  ['none', 'negligible'],
]);

/** The severity behind a vendor's word; one that nobody knows is `unknown`. */
export function severityOf(word: string): Severity {
  return WORDS.get(word.trim().toLowerCase()) ?? 'unknown';
}
