/**
 * Trigger `verify` of the gate `packages`: files that are not what the database of their package
 * says.
 *
 * @module
 */
import { partOf } from '../facts.ts';
import { commaDelimitedStringList, enumString, type Parameter } from './parameters.ts';
import type { Finding, Trigger } from './types.ts';

const onlyPackages: Parameter<readonly string[]> = {
  name: 'only_packages',
  description: 'Packages whose files are looked at, separated by commas; all unless given',
  example: 'libssl,openssl',
  required: false,
  validator: commaDelimitedStringList,
};

const onlyDirectories: Parameter<readonly string[]> = {
  name: 'only_directories',
  description: 'Directories below which files are looked at, separated by commas; all unless given',
  example: '/usr,/var/lib',
  required: false,
  validator: commaDelimitedStringList,
};

const check: Parameter<'changed' | 'missing'> = {
  name: 'check',
  description: 'Whether only changed or only missing files count; both unless given',
  example: 'changed',
  required: false,
  validator: enumString(['changed', 'missing']),
};

export const verify: Trigger = {
  name: 'verify',
  description: 'Fires for each file that its package database has otherwise, configuration apart',
  parameters: [onlyPackages, onlyDirectories, check],
  needs: ['verification'],
  *evaluate(values, facts): Iterable<Finding> {
    const packages = values.get(onlyPackages);
    const directories = values.get(onlyDirectories);
    const wanted = values.get(check);
    for (const { package: name, path, state, isConfiguration } of partOf(facts, 'verification')) {
      if (isConfiguration || (wanted !== undefined && state !== wanted)) continue;
      if (packages !== undefined && !packages.includes(name)) continue;
      if (directories !== undefined && !directories.some((each) => isBelow(path, each))) continue;
      yield {
        message: `VERIFY check against package db for package '${name}' failed on entry ` +
          `'${path}' with status: '${state}'`,
      };
    }
  },
};

function isBelow(path: string, directory: string): boolean {
  const folder = directory.endsWith('/') ? directory : `${directory}/`;
  return path === directory || path.startsWith(folder);
}
