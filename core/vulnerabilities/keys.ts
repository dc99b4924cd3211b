/**
 * What to look up for an image: the names under which feeds may speak of its packages.
 *
 * @module
 */
import type { Distribution, Package } from '../../jobs/contract/index.ts';
import { coverageOf } from './distributions.ts';
import { subjectOf } from './matching/subjects.ts';

/** A package as statements name it. */
export interface LookupKey {
  readonly namespace: string;
  readonly package: string;
}

/** All names of packages, each once, in no particular order. */
export function lookupKeys(
  packages: readonly Package[],
  distribution: Distribution | null,
): readonly LookupKey[] {
  const coverage = coverageOf(distribution);
  const keys = new Map<string, LookupKey>();
  for (const found of packages) {
    for (const { namespace, name } of subjectOf(found, coverage).identities) {
      const key = `${namespace}\n${name}`;
      if (!keys.has(key)) keys.set(key, { namespace, package: name });
    }
  }
  return [...keys.values()];
}
