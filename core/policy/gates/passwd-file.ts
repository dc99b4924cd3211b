/**
 * Gate `passwd_file`: the entries of `/etc/passwd` (passwd(5)), where analyses retrieve it.
 *
 * @module
 */
import type { ImageFacts } from '../facts.ts';
import {
  anyString,
  commaDelimitedStringList,
  commaDelimitedStringOfNumbers,
  type Parameter,
} from './parameters.ts';
import { retrievedContent } from './retrieved-files.ts';
import type { Finding, Gate, Trigger } from './types.ts';

const PASSWD = '/etc/passwd';

/** One line, by the names of its fields. */
interface Entry {
  readonly user: string;
  readonly uid: string;
  readonly gid: string;
  readonly shell: string;
  readonly line: string;
}

/** Entries by their order; of several for one user the last counts. Nothing without the file. */
function entriesOf(facts: ImageFacts): readonly Entry[] {
  const entries = new Map<string, Entry>();
  for (const raw of (retrievedContent(facts, PASSWD) ?? '').split(/\r?\n/)) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const [user = '', , uid = '', gid = '', , , shell = ''] = line.split(':');
    entries.set(user, { user, uid: numbered(uid), gid: numbered(gid), shell, line });
  }
  return [...entries.values()];
}

/** An id as systems read it: `00` is root, too. */
function numbered(id: string): string {
  return /^\s*\+?\d+$/.test(id) ? id.replace(/^\s*\+?0*(?=\d)/, '') : id;
}

function blacklisted(what: string, { line }: Entry): Finding {
  return { message: `Blacklisted ${what} found in image's ${PASSWD}: pentry=${line}` };
}

const contentNotAvailable: Trigger = {
  name: 'content_not_available',
  description: `Fires if ${PASSWD} was not retrieved`,
  parameters: [],
  needs: ['retrieved'],
  evaluate: (_values, facts) =>
    retrievedContent(facts, PASSWD) === undefined
      ? [{
        message: `Cannot locate ${PASSWD} in image stored files archive: check analyzer settings.`,
      }]
      : [],
};

/** A trigger that fires for the entries of which a field is in a list. */
function listed<T extends string | number>(
  name: string,
  description: string,
  parameter: Parameter<readonly T[]>,
  field: (entry: Entry) => string,
  what: (value: string) => string,
): Trigger {
  return {
    name,
    description,
    parameters: [parameter],
    needs: ['retrieved'],
    *evaluate(values, facts): Iterable<Finding> {
      const wanted = new Set(values.require(parameter).map(String));
      for (const entry of entriesOf(facts)) {
        const value = field(entry);
        if (wanted.has(value)) yield blacklisted(what(value), entry);
      }
    },
  };
}

const blacklistUsernames = listed(
  'blacklist_usernames',
  'Fires for each of the listed users that has an entry',
  {
    name: 'user_names',
    description: 'Names of users, separated by commas',
    example: 'daemon,ftp',
    required: true,
    aliases: ['usernameblacklist'],
    validator: commaDelimitedStringList,
  },
  ({ user }) => user,
  (user) => `user '${user}'`,
);

const blacklistUserids = listed(
  'blacklist_userids',
  'Fires for each entry with one of the listed user ids',
  {
    name: 'user_ids',
    description: 'Numbers of users, separated by commas',
    example: '0,1',
    required: true,
    aliases: ['useridblacklist'],
    validator: commaDelimitedStringOfNumbers,
  },
  ({ uid }) => uid,
  (uid) => `uid '${uid}'`,
);

const blacklistGroupids = listed(
  'blacklist_groupids',
  'Fires for each entry with one of the listed group ids',
  {
    name: 'group_ids',
    description: 'Numbers of groups, separated by commas',
    example: '999,20',
    required: true,
    aliases: ['groupidblacklist'],
    validator: commaDelimitedStringOfNumbers,
  },
  ({ gid }) => gid,
  (gid) => `gid '${gid}'`,
);

const blacklistShells = listed(
  'blacklist_shells',
  'Fires for each entry with one of the listed shells',
  {
    name: 'shells',
    description: 'Paths of shells, separated by commas',
    example: '/bin/bash,/bin/zsh',
    required: true,
    aliases: ['shellblacklist'],
    validator: commaDelimitedStringList,
  },
  ({ shell }) => shell,
  (shell) => `shell '${shell}'`,
);

const entry: Parameter<string> = {
  name: 'entry',
  description: 'The whole line',
  example: 'mail:x:8:12:mail:/var/spool/mail:/sbin/nologin',
  required: true,
  aliases: ['pentryblacklist'],
  validator: anyString,
};

const blacklistFullEntry: Trigger = {
  name: 'blacklist_full_entry',
  description: 'Fires if there is an entry of exactly this line',
  parameters: [entry],
  needs: ['retrieved'],
  *evaluate(values, facts): Iterable<Finding> {
    const wanted = values.require(entry).trim();
    for (const candidate of entriesOf(facts)) {
      if (candidate.line === wanted) yield blacklisted(`pentry '${wanted}'`, candidate);
    }
  },
};

export const passwdFileGate: Gate = {
  name: 'passwd_file',
  description: `Entries of ${PASSWD}`,
  state: 'active',
  triggers: [
    contentNotAvailable,
    blacklistUsernames,
    blacklistUserids,
    blacklistGroupids,
    blacklistShells,
    blacklistFullEntry,
  ],
};
