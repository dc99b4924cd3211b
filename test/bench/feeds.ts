/**
 * What it costs to load a feed into a database, next to decompressing and parsing the same bytes.
 *
 *     TIDEWAITER_SHARED=… npm run bench:feeds -- [FEED...]     all of them unless named
 *
 * @module
 */
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { openDatabase, type Sql } from '../../core/database/connection.ts';
import { startEmbedded } from '../../core/database/embedded.ts';
import { migrate } from '../../core/database/migrate.ts';
import { archivedFiles } from '../../core/feeds/tar.ts';
import { createLog } from '../../core/log.ts';
import { sharedFolder } from '../corpus/corpus.ts';
import { measure, type Measurement, type Program } from './measure.ts';
import { markdown, median } from './table.ts';

const RUNS = Number(process.env['TIDEWAITER_BENCH_RUNS'] ?? 3);
/** What a loader may take at most, in MiB. */
const MOST_MEMORY = 512;
const MIB = 1024 * 1024;

const FEEDS = join(sharedFolder(), 'feeds');
const VEX = join(FEEDS, 'redhat/csaf/v2/vex/csaf_vex_2026-08-22.tar.zst');

interface BenchFeed {
  readonly name: string;
  readonly format: string;
  readonly file: string;
}

function feed(name: string, format: string, path: string): BenchFeed {
  return { name, format, file: join(FEEDS, path) };
}

/** Of Red Hat's VEX documents the largest alone, and all of them. */
const LARGEST_VEX = 'Red Hat VEX, largest';
const ALL: readonly BenchFeed[] = [
  feed('OSV PyPI', 'osv', 'osv/PyPI/all.zip'),
  feed('OSV Go', 'osv', 'osv/Go/all.zip'),
  feed('OSV Bitnami', 'osv', 'osv/Bitnami/all.zip'),
  feed('OSV AlmaLinux', 'osv', 'osv/AlmaLinux/all.zip'),
  feed('Debian, full scale', 'debian', 'synthetic/debian-tracker-scale.json.gz'),
  { name: LARGEST_VEX, format: 'redhat-vex', file: '' },
  { name: 'Red Hat VEX', format: 'redhat-vex', file: VEX },
  feed(
    'Red Hat advisories',
    'redhat-advisories',
    'redhat/csaf/v2/advisories/csaf_advisories_2026-08-22.tar.zst',
  ),
  feed('Azure Linux OVAL', 'azurelinux-oval', 'azurelinux/azurelinux-3.0-oval.xml.gz'),
];

/** Writes the largest document of an archive to a folder. */
async function largestOf(archive: string, folder: string): Promise<string> {
  let largest: Uint8Array = Buffer.alloc(0);
  const options = { wants: () => true, limit: 256 * MIB, note: () => {} };
  const file = { path: archive, name: archive, size: statSync(archive).size };
  for await (const { content } of archivedFiles(file, options)) {
    if (content.length > largest.length) largest = content;
  }
  const path = join(folder, 'largest.json');
  writeFileSync(path, largest);
  return path;
}

function program(file: string, args: readonly string[]): Program {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const flags = 'Deno' in globalThis ? ['run', '-A'] : [];
  return { command: process.execPath, args: [...flags, path, ...args] };
}

interface Counts {
  readonly records: number;
  readonly statements: number;
  /** Bytes of the database. */
  readonly size: number;
}

async function countsIn(sql: Sql): Promise<Counts> {
  const [row] = await sql<Counts[]>`
    select (select count(*)::int from advisories) + (select count(*)::int from feed_facts)
      as records, (select count(*)::int from statements) as statements,
      pg_database_size(current_database()) as size`;
  if (row === undefined) throw new Error('the database tells nothing');
  return row;
}

/** A database server with one database for each run. */
class Databases {
  readonly #sql: Sql;
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
    this.#sql = openDatabase(url, { max: 1 });
  }

  #named(name: string): string {
    return this.#url.replace('/postgres?', `/${name}?`);
  }

  async prepare(): Promise<void> {
    await this.#sql`create database empty`;
    const sql = openDatabase(this.#named('empty'), { max: 1 });
    await migrate(sql, createLog({ level: 'error', format: 'text' }));
    await sql.end();
  }

  /** Makes an empty one, and says how it has grown by what is done to it. */
  async during(act: (url: string) => Promise<Measurement>): Promise<[Measurement, Counts]> {
    await this.#sql`create database bench template empty`;
    const url = this.#named('bench');
    const sql = openDatabase(url, { max: 1 });
    try {
      const { size } = await countsIn(sql);
      const measured = await act(url);
      const counts = await countsIn(sql);
      return [measured, { ...counts, size: counts.size - size }];
    } finally {
      await sql.end();
      await this.#sql`drop database bench with (force)`;
    }
  }

  async close(): Promise<void> {
    await this.#sql.end();
  }
}

interface Pair {
  readonly loader: Measurement;
  readonly floor: Measurement;
  readonly counts: Counts;
}

async function rowOf(feed: BenchFeed, databases: Databases, scratch: string): Promise<string[]> {
  const pairs: Pair[] = [];
  // One of each that is not measured: files are then in the system's caches for both.
  for (let run = -1; run < RUNS; run += 1) {
    const [loader, counts] = await databases.during((url) =>
      measure(program('../support/load-feed.ts', [url, feed.format, feed.file, scratch]))
    );
    const floor = await measure(program('feed-floor.ts', [feed.file]));
    if (run >= 0) pairs.push({ loader, floor, counts });
  }
  const peak = Math.max(...pairs.map(({ loader }) => loader.peak));
  if (peak >= MOST_MEMORY) throw new Error(`${feed.name} takes ${Math.ceil(peak)} MiB`);
  const [{ counts = undefined } = {}] = pairs;
  if (counts === undefined || counts.records === 0) throw new Error(`${feed.name} has no record`);
  const middle = (figure: (pair: Pair) => number, digits: number) =>
    median(pairs.map(figure)).toFixed(digits);
  return [
    feed.name,
    String(counts.records),
    String(counts.statements),
    middle(({ loader }) => counts.records / loader.wall, 0),
    middle(({ loader }) => loader.wall, 2),
    middle(({ loader }) => loader.cpu, 2),
    peak.toFixed(0),
    middle((pair) => pair.counts.size / MIB, 1),
    middle(({ floor }) => floor.wall, 2),
    middle(({ floor }) => floor.cpu, 2),
    // Pair by pair: what else the machine does slows both of a pair.
    middle(({ loader, floor }) => loader.cpu / floor.cpu, 1),
    middle(({ loader, floor }) => loader.wall / floor.wall, 1),
  ];
}

const HEAD = [
  'feed',
  'records',
  'statements',
  'records/s',
  'wall s',
  'CPU s',
  'peak MiB',
  'database MiB',
  'floor wall s',
  'floor CPU s',
  'CPU ratio',
  'wall ratio',
];

async function run(named: readonly string[]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tw-bench-'));
  const server = await startEmbedded(folder, createLog({ level: 'error', format: 'text' }));
  const databases = new Databases(server.url);
  try {
    await databases.prepare();
    const rows: string[][] = [];
    for (const feed of ALL.filter(({ name }) => named.length === 0 || named.includes(name))) {
      process.stderr.write(`${feed.name}\n`);
      const file = feed.name === LARGEST_VEX ? await largestOf(VEX, folder) : feed.file;
      rows.push(await rowOf({ ...feed, file }, databases, folder));
    }
    process.stdout.write(`${markdown(HEAD, rows)}\n`);
  } finally {
    await databases.close();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

try {
  await run(process.argv.slice(2));
  process.exit(0);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
