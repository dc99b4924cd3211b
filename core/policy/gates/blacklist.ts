/**
 * The trigger on packages that must not be installed, which several gates have.
 *
 * @module
 */
import type { PackageFact } from '../facts.ts';
import { isSameVersion } from '../versions.ts';
import { anyString, type Parameter } from './parameters.ts';
import type { Finding, Trigger } from './types.ts';

/** What tells the triggers of the gates apart. */
export interface BlacklistOptions {
  readonly trigger: string;
  /** Of a package and of its version, for people. */
  readonly examples: readonly [name: string, version: string];
  /** How the text begins. */
  readonly text: string;
  /** Whether a package is one that the gate is about. */
  readonly isMeant: (found: PackageFact) => boolean;
}

/** Fires for each installed package of a name, or of a name and version. */
export function blacklistTrigger(options: BlacklistOptions): Trigger {
  const { trigger, examples, text, isMeant } = options;
  const name: Parameter<string> = {
    name: 'name',
    description: 'Name of the package that must not be installed',
    example: examples[0],
    required: true,
    validator: anyString,
  };
  const version: Parameter<string> = {
    name: 'version',
    description: 'The only version of it that must not be installed',
    example: examples[1],
    required: false,
    validator: anyString,
  };
  return {
    name: trigger,
    description: 'Fires for each installed package of a name, or of a name and version',
    parameters: [name, version],
    *evaluate(values, facts): Iterable<Finding> {
      const wanted = values.require(name);
      // An empty version is what user interfaces send for none.
      const only = values.get(version) || undefined;
      const message = `${text}: ${only === undefined ? wanted : `${wanted}-${only}`}`;
      for (const found of facts.packages) {
        if (found.name !== wanted || !isMeant(found)) continue;
        if (only === undefined || isSameVersion(found.type, found.version, only)) yield { message };
      }
    },
  };
}
