/**
 * Gates `npms` and `ruby_gems`: packages of npm and gem, and how they stand to the lists of all that
 * their registries have.
 *
 * @module
 */
import type { ImageFacts, OfficialPackages } from '../facts.ts';
import { blacklistTrigger } from './blacklist.ts';
import type { Finding, Gate, Trigger } from './types.ts';

/** What tells one of the two gates from the other. */
interface Kind {
  readonly gate: string;
  readonly description: string;
  readonly type: 'npm' | 'gem';
  /** In texts. */
  readonly word: string;
  readonly shout: string;
  /** Text before the name where a newer version is known. */
  readonly latest: string;
  /** Names of triggers. */
  readonly names: {
    readonly newer: string;
    readonly unknown: string;
    readonly badVersion: string;
    readonly blacklist: string;
  };
}

function gateOf(kind: Kind): Gate {
  const { type, word, shout, names } = kind;
  const installed = (facts: ImageFacts) => facts.packages.filter((found) => found.type === type);

  /** A trigger that holds each installed package against the list, where there is one. */
  function listed(
    trigger: string,
    description: string,
    find: (name: string, version: string, list: OfficialPackages) => string | undefined,
  ): Trigger {
    return {
      name: trigger,
      description,
      parameters: [],
      *evaluate(_values, facts): Iterable<Finding> {
        const list = facts.official?.[type];
        if (list === undefined) return;
        for (const found of installed(facts)) {
          const message = find(found.name, found.version, list);
          if (message !== undefined) yield { message };
        }
      },
    };
  }

  return {
    name: kind.gate,
    description: kind.description,
    state: 'active',
    triggers: [
      listed(names.newer, 'Fires for each package of which a newer version is known', (
        own,
        found,
        list,
      ) => {
        const latest = list.get(own)?.latest;
        return latest === undefined || latest === found ? undefined : `${kind.latest}Package ` +
          `(${own}) version (${found}) installed but is not the latest version (${latest})`;
      }),
      listed(
        names.unknown,
        'Fires for each package that the list does not have',
        (own, _, list) =>
          list.has(own)
            ? undefined
            : `${shout}NOTOFFICIAL Package (${own}) in container but not in official ${shout} feed.`,
      ),
      listed(names.badVersion, 'Fires for each version that the list does not have', (
        own,
        found,
        list,
      ) => {
        const versions = list.get(own)?.versions;
        if (versions === undefined || versions.includes(found)) return undefined;
        const known = versions.map((each) => `'${each}'`).join(', ');
        return `${shout}BADVERSION Package (${own}) version (${found}) installed but version is ` +
          `not in the official feed for this package ([${known}])`;
      }),
      blacklistTrigger({
        trigger: names.blacklist,
        examples: ['lodash', '4.17.10'],
        text: `${word} Package is blacklisted`,
        isMeant: (found) => found.type === type,
      }),
      {
        name: 'feed_data_unavailable',
        description: 'Fires if there is no list of all packages',
        parameters: [],
        evaluate: (_values, facts) =>
          facts.official?.[type] === undefined
            ? [{
              message: `${word} packages are present but the anchore ${type} feed is not ` +
                'available - will be unable to perform checks that require feed data',
            }]
            : [],
      },
    ],
  };
}

export const npmsGate: Gate = gateOf({
  gate: 'npms',
  description: 'Packages of npm',
  type: 'npm',
  word: 'NPM',
  shout: 'NPM',
  latest: 'NPMNOTLATEST ',
  names: {
    newer: 'newer_version_in_feed',
    unknown: 'unknown_in_feeds',
    badVersion: 'version_not_in_feeds',
    blacklist: 'blacklisted_name_version',
  },
});

export const rubyGemsGate: Gate = gateOf({
  gate: 'ruby_gems',
  description: 'Packages of Ruby',
  type: 'gem',
  word: 'Gem',
  shout: 'GEM',
  latest: '',
  names: {
    newer: 'newer_version_found_in_feed',
    unknown: 'not_found_in_feed',
    badVersion: 'version_not_found_in_feed',
    blacklist: 'blacklist',
  },
});
