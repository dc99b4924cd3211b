/**
 * What the commands about feeds are given.
 *
 * @module
 */
import { parseArgs } from 'node:util';
import { messageOf, TidewaiterError } from '../../errors.ts';

export const USAGE = `usage: npm run feeds -- list|sync|keys|export|import [options]

list          the feeds of the core: groups, records, generation, age, state
sync          has the core bring its feeds up to date
keys          makes a pair of keys: feeds-private.pem signs bundles, feeds-public.pem goes to whoever
              imports them
  --out DIR             where they go (here)
export FILE   writes all feeds of the core to one file, signed
  --key PRIVATE.pem     the key it is signed with
  --source NAME         this source alone; may be given several times
  --unsigned            without a signature: for a lab
import FILE   checks such a file, and loads it into the core, which needs no network for that
  --trust PUBLIC.pem    a key that is believed; may be given several times
  --unsigned            whoever it is of, and whether it is signed or not: for a lab
  --allow-older         also what is older than what the core has
  --allow-smaller       also groups with less than 70 % of the records that the core has of them

All but keys speak with the core that runs here, or start one:
  --core URL            another core
Its password is that of the user admin, in TIDEWAITER_ADMIN_PASSWORD.

Exits 0 if all was done, 1 if something was refused or has failed, 2 if the command could not be run.`;

export type FeedsOptions =
  | { readonly command: 'list' | 'sync'; readonly core: string | undefined }
  | { readonly command: 'keys'; readonly out: string }
  | {
    readonly command: 'export';
    readonly core: string | undefined;
    readonly file: string;
    /** File of the private key; undefined for no signature. */
    readonly key: string | undefined;
    readonly sources: readonly string[];
  }
  | {
    readonly command: 'import';
    readonly core: string | undefined;
    readonly file: string;
    /** Files of public keys; undefined to believe anybody. */
    readonly trust: readonly string[] | undefined;
    readonly allowOlder: boolean;
    readonly allowSmaller: boolean;
  };

function wrong(why: string): TidewaiterError {
  return new TidewaiterError('wrong_arguments', 400, `${why}\n\n${USAGE}`);
}

const OPTIONS = {
  core: { type: 'string' },
  out: { type: 'string' },
  key: { type: 'string' },
  source: { type: 'string', multiple: true },
  trust: { type: 'string', multiple: true },
  unsigned: { type: 'boolean' },
  'allow-older': { type: 'boolean' },
  'allow-smaller': { type: 'boolean' },
} as const;

/** Which options go with which command. */
const OF_COMMANDS: Readonly<Record<FeedsOptions['command'], readonly (keyof typeof OPTIONS)[]>> = {
  list: ['core'],
  sync: ['core'],
  keys: ['out'],
  export: ['core', 'key', 'source', 'unsigned'],
  import: ['core', 'trust', 'unsigned', 'allow-older', 'allow-smaller'],
};

function isCommand(text: string | undefined): text is FeedsOptions['command'] {
  return text !== undefined && Object.hasOwn(OF_COMMANDS, text);
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options: OPTIONS });
  } catch (error) {
    throw wrong(messageOf(error));
  }
}

/** Reads the command line. @throws TidewaiterError `wrong_arguments` */
export function readOptions(args: readonly string[]): FeedsOptions {
  const { values, positionals: [command, file, ...rest] } = parse(args);
  if (!isCommand(command)) throw wrong('Say what to do: list, sync, keys, export or import.');
  const strange = Object.keys(values).find((name) =>
    !OF_COMMANDS[command].some((known) => known === name)
  );
  if (strange !== undefined) throw wrong(`${command} has no option --${strange}.`);
  const needsFile = command === 'export' || command === 'import';
  if (rest.length > 0 || (!needsFile && file !== undefined)) {
    throw wrong(`${command} takes ${needsFile ? 'one file' : 'no file'}.`);
  }
  const { core, unsigned = false, key, trust } = values;
  if (command === 'list' || command === 'sync') return { command, core };
  if (command === 'keys') return { command, out: values.out ?? '.' };
  if (file === undefined) throw wrong(`Name the file to ${command}.`);
  if (command === 'export') {
    if (unsigned === (key !== undefined)) {
      throw wrong(
        unsigned
          ? 'Give --key or --unsigned, not both.'
          : 'A bundle of feeds is signed: name the private key with --key; "npm run feeds -- keys" makes one.',
      );
    }
    return { command, core, file, key, sources: values.source ?? [] };
  }
  if (unsigned === (trust !== undefined)) {
    throw wrong(
      unsigned
        ? 'Give --trust or --unsigned, not both.'
        : 'A bundle of feeds is only imported from somebody who is trusted: name the public key of ' +
          'the pair that it was exported with by --trust.',
    );
  }
  return {
    command,
    core,
    file,
    trust,
    allowOlder: values['allow-older'] ?? false,
    allowSmaller: values['allow-smaller'] ?? false,
  };
}
