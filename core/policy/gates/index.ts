/**
 * The gates there are.
 *
 * @module
 */
import { alwaysGate } from './always.ts';
import { dockerfileGate } from './dockerfile.ts';
import { filesGate } from './files.ts';
import { licensesGate } from './licenses.ts';
import { malwareGate } from './malware.ts';
import { metadataGate } from './metadata.ts';
import { npmsGate, rubyGemsGate } from './official-packages.ts';
import { packagesGate } from './packages.ts';
import { passwdFileGate } from './passwd-file.ts';
import { retrievedFilesGate } from './retrieved-files.ts';
import { secretScansGate } from './secret-scans.ts';
import type { Gate } from './types.ts';
import { vulnerabilitiesGate } from './vulnerabilities/index.ts';

export const GATES: readonly Gate[] = [
  alwaysGate,
  dockerfileGate,
  filesGate,
  licensesGate,
  malwareGate,
  metadataGate,
  npmsGate,
  packagesGate,
  passwdFileGate,
  retrievedFilesGate,
  rubyGemsGate,
  secretScansGate,
  vulnerabilitiesGate,
];

const byName: ReadonlyMap<string, Gate> = new Map(GATES.map((gate) => [gate.name, gate]));

/** The gate of a name, in any case of letters. */
export function findGate(name: string): Gate | undefined {
  return byName.get(name.toLowerCase());
}
