/**
 * Gate `licenses`: licences of installed packages.
 *
 * @module
 */
import type { ImageFacts } from '../facts.ts';
import { commaDelimitedStringList, type Parameter } from './parameters.ts';
import type { Gate, Trigger } from './types.ts';

const licenses: Parameter<readonly string[]> = {
  name: 'licenses',
  description: 'Licences that must not be there, separated by commas',
  example: 'GPLv2+,GPL-3+,BSD-2-clause',
  required: true,
  validator: commaDelimitedStringList,
};

/** `package(licence)` for each licence that is meant, each once; licences are split at blanks. */
function packagesWith(facts: ImageFacts, isMeant: (license: string) => boolean): string[] {
  const found = new Set<string>();
  for (const { name, licenses: own } of facts.packages) {
    for (const license of own.flatMap((text) => /\s/.test(text) ? text.split(/\s+/) : text)) {
      if (license !== '' && isMeant(license)) found.add(`${name}(${license})`);
    }
  }
  return [...found];
}

function listed(prefix: string, found: readonly string[]) {
  const text = 'Packages are installed that have blacklisted licenses';
  return found.length === 0 ? [] : [{ message: `${prefix} ${text}: ${found.join(', ')}` }];
}

const exactMatch: Trigger = {
  name: 'blacklist_exact_match',
  description: 'Fires if packages have one of the listed licences',
  parameters: [licenses],
  evaluate(values, facts) {
    const wanted = new Set(values.require(licenses));
    return listed('LICFULLMATCH', packagesWith(facts, (license) => wanted.has(license)));
  },
};

const partialMatch: Trigger = {
  name: 'blacklist_partial_match',
  description: 'Fires if packages have a licence that contains one of the listed texts',
  parameters: [licenses],
  evaluate(values, facts) {
    const wanted = values.require(licenses);
    const isMeant = (license: string) => wanted.some((text) => license.includes(text));
    return listed('LICSUBMATCH', packagesWith(facts, isMeant));
  },
};

export const licensesGate: Gate = {
  name: 'licenses',
  description: 'Licences of packages',
  state: 'active',
  triggers: [exactMatch, partialMatch],
};
