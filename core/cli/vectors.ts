/**
 * Do the version schemes agree with recorded answers? Asks every table of a folder.
 *
 *     npm run vectors -- FOLDER              agreement table by table
 *     npm run vectors -- FOLDER --verbose    and each row that disagrees, with both answers
 *
 * Exits 0 if it ran, however much agrees, and 2 if it could not.
 *
 * @module
 */
import { resolve } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { codeOf, messageOf } from '../errors.ts';
import { escapeText } from '../log.ts';
import { type Agreement, agreementOf } from './vectors/agreement.ts';
import { readTables, type Table } from './vectors/read.ts';

const USAGE = `usage: npm run vectors -- FOLDER [--verbose]

FOLDER holds tables of recorded answers: <scheme>.tsv with comparisons of versions and
range-<kind>.jsonl with versions in ranges. --verbose shows each row that disagrees.
Exits 0 if it ran, 2 if it could not.`;

interface Options {
  readonly folder: string | undefined;
  readonly isVerbose: boolean;
}

/** Undefined where the arguments are others than there are. */
function optionsOf(args: readonly string[]): Options | undefined {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        verbose: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (values.help) return { folder: undefined, isVerbose: false };
    return positionals.length === 1
      ? { folder: positionals[0], isVerbose: values.verbose }
      : undefined;
  } catch {
    return undefined;
  }
}

/** Two digits after the point, rounded down: only all of them are 100. */
function percent(part: number, whole: number): string {
  return whole === 0 ? '-' : `${(Math.floor((part / whole) * 10_000) / 100).toFixed(2)} %`;
}

function showTable(
  { file }: Table,
  { rows, disagreements }: Agreement,
  isVerbose: boolean,
  width: number,
): void {
  const agreed = rows - disagreements.length;
  console.log(`${file.padEnd(width)}  ${agreed} of ${rows}  ${percent(agreed, rows)}`);
  if (!isVerbose) return;
  for (const { line, question, recorded, answered } of disagreements) {
    console.log(escapeText(`  line ${line}: ${question}: recorded ${recorded}, here ${answered}`));
  }
}

function showTables(tables: readonly Table[], isVerbose: boolean): void {
  const width = Math.max(...tables.map(({ file }) => file.length));
  const asked = tables.map((table) => ({ table, agreement: agreementOf(table) }));
  let agreed = 0;
  let rows = 0;
  for (const { table, agreement } of asked) {
    if (agreement === undefined) continue;
    showTable(table, agreement, isVerbose, width);
    rows += agreement.rows;
    agreed += agreement.rows - agreement.disagreements.length;
  }
  for (const { table: { file }, agreement } of asked) {
    if (agreement === undefined) console.log(`${file.padEnd(width)}  no scheme for it, not asked`);
  }
  console.log(`${agreed} of ${rows}`);
}

function main(args: readonly string[]): number {
  const options = optionsOf(args);
  if (options?.folder === undefined) {
    (options === undefined ? console.error : console.log)(USAGE);
    return options === undefined ? 2 : 0;
  }
  try {
    // npm runs scripts in the project's folder and tells where it was called.
    const from = process.env['INIT_CWD'] ?? process.cwd();
    showTables(readTables(resolve(from, options.folder)), options.isVerbose);
    return 0;
  } catch (error) {
    console.error(`${escapeText(messageOf(error))} (${codeOf(error, 'failed')})`);
    return 2;
  }
}

process.exit(main(process.argv.slice(2)));
