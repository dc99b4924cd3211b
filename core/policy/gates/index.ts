/**
 * The gates there are.
 *
 * @module
 */
import { alwaysGate } from './always.ts';
import { dockerfileGate } from './dockerfile.ts';
import { metadataGate } from './metadata.ts';
import { packagesGate } from './packages.ts';
import type { Gate } from './types.ts';
import { vulnerabilitiesGate } from './vulnerabilities/index.ts';

export const GATES: readonly Gate[] = [
  alwaysGate,
  dockerfileGate,
  metadataGate,
  packagesGate,
  vulnerabilitiesGate,
];

const byName: ReadonlyMap<string, Gate> = new Map(GATES.map((gate) => [gate.name, gate]));

/** The gate of a name, in any case of letters. */
export function findGate(name: string): Gate | undefined {
  return byName.get(name.toLowerCase());
}
