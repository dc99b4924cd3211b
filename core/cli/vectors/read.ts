/**
 * Tables of recorded comparisons and ranges.
 *
 * `<scheme>.tsv` has a header and rows of `a`, `op` (`<`, `=` or `>`), `b`, `note` and `source`,
 * divided by tabs; fields are raw, blanks in them are meant. `range-<kind>.jsonl` has an object
 * `{range, version, included, options?}` on each line.
 *
 * @module
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { messageOf, TidewaiterError } from '../../errors.ts';
import type { NpmRangeOptions } from '../../vulnerabilities/versions/npm-range.ts';

export type Sign = '<' | '=' | '>';

/** A recorded comparison. */
export interface OrderRow {
  readonly line: number;
  readonly a: string;
  readonly sign: Sign;
  readonly b: string;
  readonly note: string;
}

/** A recorded test of a range. */
export interface RangeRow {
  readonly line: number;
  readonly range: string;
  readonly version: string;
  readonly included: boolean;
  readonly options: NpmRangeOptions;
}

/** A table of one scheme or kind of range; lines that are no rows are counted apart. */
export type Table =
  & { readonly file: string; readonly name: string; readonly unreadable: readonly number[] }
  & (
    | { readonly type: 'order'; readonly rows: readonly OrderRow[] }
    | { readonly type: 'range'; readonly rows: readonly RangeRow[] }
  );

const HEADER = /^a\top\tb(?:\t|$)/;
const RANGE_FILE = /^range-(.+)\.jsonl$/;
const ORDER_FILE = /^(.+)\.tsv$/;

const Options = z.union([
  // node-semver takes a boolean for `loose`, and any value for true or false.
  z.boolean().transform((loose): NpmRangeOptions => ({ loose })),
  z.object({ loose: z.unknown().optional(), includePrerelease: z.unknown().optional() })
    .transform(({ loose, includePrerelease }): NpmRangeOptions => ({
      loose: Boolean(loose),
      includePrerelease: Boolean(includePrerelease),
    })),
]);

const Range = z.object({
  range: z.string(),
  version: z.string(),
  included: z.boolean(),
  options: Options.nullish(),
});

/**
 * Every table of a folder, by name.
 *
 * @throws TidewaiterError `vectors_not_found` where there is no folder or no table in it
 */
export function readTables(folder: string): Table[] {
  const tables = namesIn(folder).sort().flatMap((file) => tableOf(folder, file));
  if (tables.length > 0) return tables;
  throw new TidewaiterError(
    'vectors_not_found',
    404,
    `The folder ${folder} has no table in it: name one with files such as semver.tsv or range-npm.jsonl.`,
  );
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    throw new TidewaiterError(
      'vectors_not_found',
      404,
      `The folder ${folder} cannot be read (${messageOf(error)}): name the folder of the tables.`,
      { cause: error },
    );
  }
}

function tableOf(folder: string, file: string): Table[] {
  const kind = RANGE_FILE.exec(file)?.[1];
  const scheme = ORDER_FILE.exec(file)?.[1];
  const name = kind ?? scheme;
  if (name === undefined) return [];
  const lines = readFileSync(join(folder, file), 'utf8').split('\n')
    .map((text, index) => ({ text: text.replace(/\r$/, ''), line: index + 1 }))
    .filter(({ text }) => text !== '');
  if (kind !== undefined) {
    const read = lines.map(({ text, line }) => ({ line, row: rangeRow(text, line) }));
    return [{ file, name, type: 'range', ...divide(read) }];
  }
  const read = lines.filter(({ text, line }) => line > 1 || !HEADER.test(text))
    .map(({ text, line }) => ({ line, row: orderRow(text, line) }));
  return [{ file, name, type: 'order', ...divide(read) }];
}

function divide<Row>(read: readonly { readonly line: number; readonly row: Row | undefined }[]) {
  const rows = read.flatMap(({ row }) => row === undefined ? [] : [row]);
  const unreadable = read.filter(({ row }) => row === undefined).map(({ line }) => line);
  return { rows, unreadable };
}

function orderRow(text: string, line: number): OrderRow | undefined {
  const [a, sign, b, note = ''] = text.split('\t');
  if (a === undefined || b === undefined || !isSign(sign)) return undefined;
  return { line, a, sign, b, note };
}

function isSign(text: string | undefined): text is Sign {
  return text === '<' || text === '=' || text === '>';
}

function rangeRow(text: string, line: number): RangeRow | undefined {
  const { success, data } = Range.safeParse(jsonOf(text));
  if (!success) return undefined;
  const { range, version, included, options } = data;
  return { line, range, version, included, options: options ?? {} };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
