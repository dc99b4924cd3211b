/**
 * Which long lists of an image the rules of a bundle look at.
 *
 * @module
 */
import type { Bundle } from './bundle.ts';
import type { FactPart } from './facts.ts';
import { findGate } from './gates/index.ts';

/** The parts of the facts that any rule of the bundle needs. */
export function partsOf(bundle: Bundle): ReadonlySet<FactPart> {
  const rules = bundle.policies.flatMap((policy) => policy.rules ?? []);
  return new Set(rules.flatMap(({ gate, trigger }) => {
    const name = trigger.toLowerCase();
    return findGate(gate)?.triggers.find((known) => known.name === name)?.needs ?? [];
  }));
}
