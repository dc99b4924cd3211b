/**
 * Which vulnerabilities do the packages of a bill of materials have, by the feeds of the running core,
 * or by just those that are given?
 *
 *     npm run match -- [--feed SOURCE=PATH]... FILE...
 *
 * Prints one JSON object a line for each finding. Exits 0 if it ran, whatever was found, and 2 if it
 * could not.
 *
 * @module
 */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { loadConfig } from '../config/load.ts';
import { codeOf, messageOf, TidewaiterError } from '../errors.ts';
import { FORMATS } from '../feeds/index.ts';
import { escapeText } from '../log.ts';
import { readInventory } from '../vulnerabilities/inventory/index.ts';
import { findingsIn } from '../vulnerabilities/inventory-findings.ts';
import { findCore } from './local-core.ts';
import { type GivenFeed, openOwnStore, parseFeed } from './match/own-store.ts';

const USAGE = `usage: npm run match -- [--feed SOURCE=PATH]... FILE...

FILE is a CycloneDX or SPDX document as JSON, or a text with one package URL a line.
Without --feed it is matched with the feeds of the running core. PATH is a folder or file as SOURCE
publishes it, or a URL; SOURCE is one of
${FORMATS.map(({ name }) => name).sort().join(', ')}.
Prints one JSON object a line for each finding: purl, ids, id, aliases, severity, fix, state, source,
why. Exits 0 if it ran, 2 if it could not.`;

interface Options {
  readonly feeds: readonly GivenFeed[];
  readonly files: readonly string[];
}

// npm runs scripts in the project's folder and tells where it was called.
const FROM = process.env['INIT_CWD'] ?? process.cwd();

function tell(text: string): void {
  process.stderr.write(`${escapeText(text)}\n`);
}

/** A path is named from where the command runs. */
function placed({ format, place }: GivenFeed): GivenFeed {
  return { format, place: /^[a-z]+:\/\//i.test(place) ? place : resolve(FROM, place) };
}

/** Undefined where the arguments are others than there are. */
function optionsOf(args: readonly string[]): Options | 'help' | undefined {
  let parsed;
  try {
    parsed = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        feed: { type: 'string', multiple: true, default: [] },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch {
    return undefined;
  }
  const { values: { feed: feeds, help }, positionals: files } = parsed;
  if (help) return 'help';
  if (files.length === 0) return undefined;
  return { feeds: feeds.map(parseFeed).map(placed), files };
}

async function readFrom(file: string): Promise<Uint8Array> {
  try {
    return await readFile(resolve(FROM, file));
  } catch (error) {
    throw new TidewaiterError(
      'inventory_not_found',
      404,
      `The file ${file} cannot be read (${messageOf(error)}): name a bill of materials.`,
      { cause: error },
    );
  }
}

const Left = z.object({ unreadable: z.string(), reason: z.string() });

/** Has the running core match them. */
async function matchByCore(files: readonly string[]): Promise<void> {
  const contents = await Promise.all(files.map(readFrom));
  const core = await findCore(
    loadConfig(process.env).config,
    () => tell('no core runs here: one is started, with the feeds that it has loaded before'),
  );
  try {
    for (const [at, content] of contents.entries()) {
      for (const line of await core.api.match(content)) {
        const left = Left.safeParse(JSON.parse(line));
        if (left.success) tell(`${files[at]}: ${left.data.unreadable}: ${left.data.reason}`);
        else process.stdout.write(`${line}\n`);
      }
    }
  } finally {
    await core.stop();
  }
}

async function matchFiles({ feeds, files }: Options): Promise<void> {
  const contents = await Promise.all(files.map(readFrom));
  const inventories = contents.map((bytes, at) => {
    const file = files[at] ?? '';
    const note = (entry: string, reason: string) => tell(`${file}: ${entry}: ${reason}`);
    return readInventory(bytes, file, note);
  });
  const store = await openOwnStore(feeds, tell);
  try {
    for (const inventory of inventories) {
      const lines = (await findingsIn(store.sql, inventory)).map((found) =>
        `${JSON.stringify(found)}\n`
      );
      process.stdout.write(lines.join(''));
    }
  } finally {
    await store.close();
  }
}

async function main(args: readonly string[]): Promise<number> {
  try {
    const options = optionsOf(args);
    if (options === undefined || options === 'help') {
      (options === 'help' ? console.log : console.error)(USAGE);
      return options === 'help' ? 0 : 2;
    }
    await (options.feeds.length === 0 ? matchByCore(options.files) : matchFiles(options));
    return 0;
  } catch (error) {
    tell(`${messageOf(error)} (${codeOf(error, 'failed')})`);
    return 2;
  }
}

process.exitCode = await main(process.argv.slice(2));
