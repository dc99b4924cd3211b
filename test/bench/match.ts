/**
 * What it costs to find the vulnerabilities of an image's packages, beside Grype on the same records.
 *
 *     GRYPE=/path/grype GRYPE_DB=/path TIDEWAITER_SHARED=… npm run bench:match
 *
 * @module
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import type { Package } from '../../jobs/contract/index.ts';
import { epss } from '../../core/feeds/epss.ts';
import { kev } from '../../core/feeds/kev.ts';
import { nvd } from '../../core/feeds/nvd.ts';
import { matchPackages } from '../../core/vulnerabilities/ask.ts';
import {
  type InventoryPackage,
  readInventory,
} from '../../core/vulnerabilities/inventory/index.ts';
import { expectedFile, sharedFolder } from '../corpus/corpus.ts';
import { FEEDS } from './grype/own.ts';
import { type Peer, peerEnvironment } from './grype/peer.ts';
import { type PlacedFeed, prepare, type Prepared } from './match/prepared.ts';
import { measure, type Measurement, type Program } from './measure.ts';
import { markdown, median } from './table.ts';

const IMAGE = 'debian-node';
/** Runs of each after one that is not measured. */
const RUNS = Number(process.env['TIDEWAITER_BENCH_RUNS'] ?? 5);
/** One that loads all feeds takes minutes: it is measured once. */
const LOADING_RUNS = 1;
/** Packages matched at once in a core that runs, and how often. */
const PACKAGES = 2000;
const WARM_RUNS = 100;
const IMAGES_OF_PACKAGES = ['debian-node', 'big'];

/** Feeds that Grype's database is made of. */
const SAME: readonly PlacedFeed[] = [
  ...FEEDS,
  [nvd, 'nvd/json/cve/2.0'],
  [nvd, 'nvd-derived'],
  [kev, 'kev'],
  [epss, 'epss/epss_scores-current.csv.gz'],
];
const NO_LAYER = `sha256:${'0'.repeat(64)}` as Package['layer'];

function rooted(path: string): string {
  return fileURLToPath(new URL(`../../${path}`, import.meta.url));
}

/** A bill of materials of what an image truly holds. */
function documentOf(image: string): string {
  const script = join(sharedFolder(), 'grype-db/sbom');
  return execFileSync(script, [expectedFile(image)], { encoding: 'utf8', maxBuffer: 1 << 26 });
}

/** A way to the findings of a document. */
interface Way {
  readonly name: string;
  readonly runs: number;
  /** The program; seconds of processor of a server beside it are added. */
  readonly program: Program;
  readonly beside?: (() => number) | undefined;
}

function waysTo(document: string, peer: Peer, feeds: readonly PlacedFeed[], prepared: Prepared) {
  const named = feeds.flatMap(([{ name }, place]) => ['--feed', `${name}=${place}`]);
  const ways: readonly Way[] = [
    {
      name: 'Grype',
      runs: RUNS,
      program: {
        command: peer.program,
        args: ['-q', `sbom:${document}`, '-o', 'json'],
        env: peerEnvironment(peer),
      },
    },
    {
      name: 'beside loaded feeds',
      runs: RUNS,
      program: {
        command: process.execPath,
        args: ['run', '-A', rooted('test/bench/match/answer.ts'), prepared.url, document],
      },
      beside: prepared.cpu,
    },
    {
      name: 'npm run match, feeds and all',
      runs: LOADING_RUNS,
      program: {
        command: process.execPath,
        args: ['run', '-A', rooted('core/cli/match.ts'), ...named, document],
      },
    },
  ];
  return ways;
}

async function measured({ program, beside }: Way): Promise<Measurement> {
  const before = beside?.() ?? 0;
  const own = await measure(program);
  return { ...own, cpu: own.cpu + ((beside?.() ?? 0) - before) };
}

/** All ways turn about; the first run of each is not measured. */
async function processes(ways: readonly Way[]): Promise<string> {
  const figures = new Map<Way, Measurement[]>(ways.map((way) => [way, []]));
  for (let turn = -1; turn < RUNS; turn += 1) {
    for (const way of ways) {
      if (turn >= 0 && way.runs === 1) continue;
      process.stderr.write(`${way.name}, run ${turn + 1}\n`);
      const one = await measured(way);
      if (turn >= 0 || way.runs === 1) figures.get(way)?.push(one);
    }
  }
  const [first] = figures.values();
  const middle = (runs: readonly Measurement[], of: (one: Measurement) => number) =>
    median(runs.map(of));
  const rows = [...figures].map(([{ name }, runs]) => {
    const of = (figure: (one: Measurement) => number) => middle(runs, figure);
    const ratio = (figure: (one: Measurement) => number) =>
      (of(figure) / middle(first ?? [], figure)).toFixed(2);
    return [
      name,
      of(({ wall }) => wall).toFixed(2),
      of(({ cpu }) => cpu).toFixed(2),
      of(({ peak }) => peak).toFixed(0),
      ratio(({ wall }) => wall),
      ratio(({ cpu }) => cpu),
      ratio(({ peak }) => peak),
    ];
  });
  return markdown(
    [IMAGE, 'wall s', 'CPU s', 'peak MiB', 'wall ratio', 'CPU ratio', 'memory ratio'],
    rows,
  );
}

/** Packages of a document, evenly chosen. */
function packagesOf(document: string, image: string) {
  const inventory = readInventory(new TextEncoder().encode(document), image, () => {});
  const { packages, distribution } = inventory;
  const step = Math.max(1, packages.length / PACKAGES);
  const some = Array.from(
    { length: Math.min(PACKAGES, packages.length) },
    (_, at) => packages[Math.floor(at * step)],
  ).filter((found) => found !== undefined);
  const installed = ({ distribution: _, module: __, ...told }: InventoryPackage): Package => ({
    ...told,
    licenses: [],
    location: '',
    layer: NO_LAYER,
  });
  return { packages: some.map(installed), distribution };
}

async function warm({ sql }: Prepared): Promise<string> {
  const rows: string[][] = [];
  for (const image of IMAGES_OF_PACKAGES) {
    const { packages, distribution } = packagesOf(documentOf(image), image);
    const times: number[] = [];
    let findings = 0;
    for (let run = -20; run < WARM_RUNS; run += 1) {
      const start = performance.now();
      const result = await matchPackages(sql, { packages, distribution });
      if (run >= 0) times.push(performance.now() - start);
      findings = result.findings.length;
    }
    times.sort((a, b) => a - b);
    rows.push([
      image,
      String(packages.length),
      String(findings),
      median(times).toFixed(1),
      (times[Math.ceil(times.length * 0.99) - 1] ?? NaN).toFixed(1),
    ]);
  }
  return markdown(['packages of', 'packages', 'findings', 'median ms', 'p99 ms'], rows);
}

async function run(): Promise<void> {
  const { GRYPE: program, GRYPE_DB: database } = process.env;
  if (program === undefined || database === undefined) {
    throw new Error(
      'Say what to compare with: GRYPE=/path/grype GRYPE_DB=/path npm run bench:match',
    );
  }
  const folder = mkdtempSync(join(tmpdir(), 'tw-bench-match-'));
  const feeds = SAME.map(([format, path]): PlacedFeed => [
    format,
    join(sharedFolder(), 'feeds', path),
  ]);
  try {
    process.stderr.write('loading feeds\n');
    const prepared = await prepare(feeds);
    try {
      const document = join(folder, 'document.cdx.json');
      writeFileSync(document, documentOf(IMAGE));
      const peer = { program, database };
      process.stdout.write(`${await processes(waysTo(document, peer, feeds, prepared))}\n\n`);
      process.stdout.write(`${await warm(prepared)}\n`);
    } finally {
      await prepared.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

try {
  await run();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
