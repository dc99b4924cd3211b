/**
 * Requirements of RubyGems: `~> 1.4, != 1.4.5`, also with alternatives (`~> 1.4 || >= 2.1`).
 *
 * Follows the documentation of `Gem::Requirement`; `==` and blanks instead of commas, which
 * advisories contain, are read as well.
 *
 * @module
 */

import { type Comparison, holds, parseComparisons } from './comparisons.ts';
import { compareGem, compareLeadingNumbers, countLeadingNumbers } from './gem.ts';

/**
 * Whether a version meets a requirement; an empty one takes everything. False where the
 * requirement is not well-formed. Never throws.
 */
export function inGemRequirement(requirement: string, version: string): boolean {
  const alternatives = parseComparisons(requirement);
  if (alternatives === undefined) return false;
  return alternatives.some((comparisons) =>
    comparisons.every((comparison) => meets(comparison, version))
  );
}

function meets({ operator, version: bound }: Comparison, version: string): boolean {
  const order = compareGem(version, bound);
  if (operator !== '~>') return holds(operator, order);
  // At least the bound, and not beyond it in any of its leading numbers but the last.
  const numbers = countLeadingNumbers(bound);
  return order >= 0 && numbers > 0 &&
    compareLeadingNumbers(version, bound, Math.max(1, numbers - 1)) <= 0;
}
