/**
 * Gate `packages`: packages that must or must not be installed, of any type.
 *
 * @module
 */
import type { ImageFacts, PackageFact } from '../facts.ts';
import { compareVersions } from '../versions.ts';
import { blacklistTrigger } from './blacklist.ts';
import { anyString, enumString, type Parameter } from './parameters.ts';
import type { Gate, Trigger } from './types.ts';
import { verify } from './verify.ts';

const requiredName: Parameter<string> = {
  name: 'name',
  description: 'Name of the package that must be installed',
  example: 'libssl',
  required: true,
  validator: anyString,
};

const requiredVersion: Parameter<string> = {
  name: 'version',
  description: 'Version that must be installed',
  example: '1.10.3rc3',
  required: false,
  validator: anyString,
};

const versionMatchType: Parameter<'exact' | 'minimum'> = {
  name: 'version_match_type',
  description: 'Whether the version must be the given one (exact) or may be newer (minimum)',
  example: 'exact',
  required: false,
  validator: enumString(['exact', 'minimum']),
};

const requiredPackage: Trigger = {
  name: 'required_package',
  description: 'Fires if a package is not installed, or not in the version that is wanted',
  parameters: [requiredName, requiredVersion, versionMatchType],
  evaluate(values, facts) {
    const name = values.require(requiredName);
    // An empty version is what user interfaces send for none.
    const version = values.get(requiredVersion) || undefined;
    const message = missing(facts, name, version, values.get(versionMatchType) ?? 'exact');
    return message === undefined ? [] : [{ message }];
  },
};

/** Why a required package is missing; undefined where it is there. */
function missing(
  facts: ImageFacts,
  name: string,
  version: string | undefined,
  matchType: 'exact' | 'minimum',
): string | undefined {
  const installed = facts.packages.filter((candidate) => candidate.name === name);
  const [first] = installed;
  if (first === undefined) {
    const wanted = version === undefined ? name : `${name},${version}`;
    return `Required input package (${wanted}) is not present in container image`;
  }
  if (version === undefined) return undefined;
  const present = `input package (${name}) is present (${first.version})`;
  if (matchType === 'exact') {
    if (installed.some((candidate) => candidate.version === version)) return undefined;
    // The name in place of the version is the published text, which whitelists hold hashes of.
    return `Required ${present}, but not at the version specified in policy (${name})`;
  }
  if (installed.some((candidate) => isAtLeast(facts, candidate, version))) return undefined;
  return `Required min-version ${present}, ` +
    `but is lower version than what is specified in policy (${version})`;
}

function isAtLeast(facts: ImageFacts, candidate: PackageFact, version: string): boolean {
  const distribution = facts.distribution?.id;
  return compareVersions(distribution, candidate.type, candidate.version, version) >= 0;
}

const blacklist = blacklistTrigger({
  trigger: 'blacklist',
  examples: ['openssh-server', '1.0.1'],
  text: 'Package is blacklisted',
  isMeant: () => true,
});

export const packagesGate: Gate = {
  name: 'packages',
  description: 'Packages of the distribution and of programming languages',
  state: 'active',
  triggers: [requiredPackage, verify, blacklist],
};
