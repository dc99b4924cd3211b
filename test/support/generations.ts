/**
 * A feed in the form of osv.dev in two generations, and what a store shows of either.
 *
 * @module
 */
import { writeFileSync } from 'node:fs';
import type { Sql } from '../../core/database/connection.ts';
import { findStatements } from '../../core/vulnerabilities/store/lookup.ts';
import { tarOf } from './feed-folders.ts';

export type Generation = 'A' | 'B';

const RECORDS = 3000;
const PACKAGES = 40;
/** A package that one in forty records speaks of, whatever else it speaks of. */
const WATCHED = 'p7';

/** A number of a record, and what it says in this generation; undefined where it is not in it. */
function textOf(number: number, generation: Generation): string | undefined {
  // Some are in one generation alone, some are the same in both.
  if (number % 10 === (generation === 'A' ? 3 : 7)) return undefined;
  return number % 10 === 5 ? 'the same' : `of generation ${generation}`;
}

function recordOf(number: number, text: string, generation: Generation) {
  const names = [`p${number % PACKAGES}`, `q${number}`, `r${number}`];
  return {
    schema_version: '1.7.0',
    id: `TEST-${number}`,
    modified: '2026-01-01T00:00:00Z',
    details: text,
    affected: names.map((name) => ({
      package: { ecosystem: 'npm', name },
      ranges: [{
        type: 'SEMVER',
        events: [
          { introduced: '0' },
          { fixed: `${number}.0.${text === 'the same' ? 0 : generation.charCodeAt(0)}` },
        ],
      }],
    })),
  };
}

function recordsOf(generation: Generation) {
  return Array.from({ length: RECORDS }, (_, number) => {
    const text = textOf(number, generation);
    return text === undefined ? [] : [recordOf(number, text, generation)];
  }).flat();
}

/** Writes an archive of all records of a generation. */
export async function writeGeneration(path: string, generation: Generation): Promise<void> {
  const records = recordsOf(generation).map((record) => [`${record.id}.json`, record]);
  writeFileSync(path, await tarOf(Object.fromEntries(records)));
}

function summary(lines: readonly string[]): string {
  return [...lines].sort().join('\n');
}

/** All records with all their statements, as one statement of SQL sees them. */
async function allIn(sql: Sql): Promise<string> {
  const [row] = await sql<{ told: number; lines: readonly string[] }[]>`
    select (select sum(records)::int from feed_groups) as told, array(
      select a.key || ' ' || (a.body->>'description') || ' ' || array_to_string(array(
        select s.package || '=' || (s.body->'ranges'->0->1->>1)
        from statements s where s.advisory = a.id order by s.package), ',')
      from advisories a) as lines`;
  const { told, lines } = row ?? { told: 0, lines: [] };
  return summary([...lines, `records told: ${told}`]);
}

function allOf(generation: Generation): string {
  const records = recordsOf(generation);
  const lines = records.map(({ id, details, affected }) => {
    const said = affected.map(({ package: { name }, ranges }) =>
      `${name}=${ranges[0]?.events[1]?.fixed}`
    );
    return `${id} ${details} ${said.sort().join(',')}`;
  });
  return summary([...lines, `records told: ${records.length}`]);
}

/** What is said of one package, as the product asks. */
async function watchedIn(sql: Sql): Promise<string> {
  const found = await findStatements(sql, [{ namespace: 'npm', package: WATCHED }]);
  return summary(
    found.map(({ head: { id }, statement: { ranges } }) => `${id} ${ranges[0]?.[1]?.[1]}`),
  );
}

function watchedOf(generation: Generation): string {
  const records = recordsOf(generation).filter(({ affected: [first] }) =>
    first?.package.name === WATCHED
  );
  return summary(
    records.map(({ id, affected: [first] }) => `${id} ${first?.ranges[0]?.events[1]?.fixed}`),
  );
}

function whichOf(seen: string, expected: (generation: Generation) => string): Generation | string {
  if (seen === expected('A')) return 'A';
  if (seen === expected('B')) return 'B';
  const lines = seen.split('\n');
  const common = (generation: Generation) => {
    const all = new Set(expected(generation).split('\n'));
    return lines.filter((line) => all.has(line)).length;
  };
  return `a mixture: of ${lines.length} lines ${common('A')} are of A, ${common('B')} of B`;
}

function once<T>(make: (generation: Generation) => T): (generation: Generation) => T {
  const made = { A: make('A'), B: make('B') };
  return (generation) => made[generation];
}

const ALL = once(allOf);
const WATCHED_ALONE = once(watchedOf);

/** The generation that is all there is; words where it is neither. */
export async function servedIn(sql: Sql): Promise<Generation | string> {
  return whichOf(await allIn(sql), ALL);
}

/** The same of one package, as the product asks for it. */
export async function servedOfOne(sql: Sql): Promise<Generation | string> {
  return whichOf(await watchedIn(sql), WATCHED_ALONE);
}
