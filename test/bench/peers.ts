/**
 * How fast an analysis is, next to Syft and Trivy on the same images, cold, from the same registry.
 *
 *     SYFT=/path/syft TRIVY=/path/trivy npm run bench:peers -- [REPOSITORY[:TAG]...]
 *
 * @module
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { type BenchImage, findImage, runAnalyzer } from './images.ts';
import { measure, type Measurement, type Program } from './measure.ts';
import { type StandInCore, startStandInCore } from './stand-in-core.ts';
import { markdown, median } from './table.ts';

/** Measured runs of each; fewer where an image takes minutes. */
const RUNS = Number(process.env['TIDEWAITER_BENCH_RUNS'] ?? 3);
const IMAGES = ['debian-slim', 'debian-node', 'debian-java', 'debian-python', 'rpm-sqlite'];
const REGISTRY = `127.0.0.1:${process.env['REGISTRY_PORT'] ?? '5000'}`;

/** A peer, and how it is run on an image with an empty folder of its own for what it would keep. */
interface Peer {
  readonly name: string;
  readonly program: (image: string, folder: string) => Program;
}

function environment(folder: string, more: Readonly<Record<string, string>> = {}) {
  return { PATH: process.env['PATH'] ?? '', HOME: folder, TMPDIR: folder, ...more };
}

/** The peers that the environment names. */
function peers(): readonly Peer[] {
  const { SYFT: syft, TRIVY: trivy } = process.env;
  const found: Peer[] = [];
  if (syft !== undefined) {
    found.push({
      name: 'Syft',
      program: (image, folder) => ({
        command: syft,
        args: ['-q', `registry:${REGISTRY}/${image}`, '-o', 'json'],
        env: environment(folder, {
          SYFT_CHECK_FOR_APP_UPDATE: 'false',
          SYFT_REGISTRY_INSECURE_USE_HTTP: 'true',
        }),
      }),
    });
  }
  if (trivy !== undefined) {
    found.push({
      name: 'Trivy',
      program: (image, folder) => ({
        command: trivy,
        args: [
          ...['-q', 'image', '--insecure', '--image-src', 'remote', '--cache-backend', 'memory'],
          ...['--offline-scan', '--skip-java-db-update', '--skip-version-check'],
          ...['--disable-telemetry', '--cache-dir', folder, '--format', 'cyclonedx'],
          `${REGISTRY}/${image}`,
        ],
        env: environment(folder),
      }),
    });
  }
  return found;
}

async function runPeer(peer: Peer, image: BenchImage): Promise<Measurement> {
  const folder = mkdtempSync(join(tmpdir(), 'tw-peer-'));
  const name = image.name.includes(':') ? image.name : `${image.name}:latest`;
  try {
    return await measure(peer.program(name, folder));
  } catch (error) {
    // One that cannot read an image has no figures of it; the others do.
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return { wall: NaN, cpu: NaN, peak: NaN, output: '' };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** One row: the analysis, then each peer with the ratios of the analysis to it. */
async function row(
  image: BenchImage,
  others: readonly Peer[],
  core: StandInCore,
): Promise<string[]> {
  const runs: { readonly own: Measurement; readonly peers: readonly Measurement[] }[] = [];
  // The first of each is not measured.
  for (let turn = -1; turn < RUNS; turn += 1) {
    const own = await runAnalyzer(image, core);
    const measured: Measurement[] = [];
    for (const peer of others) measured.push(await runPeer(peer, image));
    if (turn >= 0) runs.push({ own, peers: measured });
  }
  const middle = (figure: (run: (typeof runs)[number]) => number, digits = 2) =>
    median(runs.map(figure)).toFixed(digits);
  const figures = (of: (run: (typeof runs)[number]) => Measurement) =>
    `${middle((run) => of(run).wall)} / ${middle((run) => of(run).cpu)} / ${
      middle((run) => of(run).peak, 0)
    }`;
  return [
    image.name,
    figures(({ own }) => own),
    ...others.flatMap((_, index) => {
      const of = (run: (typeof runs)[number]) => run.peers[index] ?? run.own;
      return [
        figures(of),
        middle((run) => run.own.wall / of(run).wall),
        middle((run) => run.own.cpu / of(run).cpu),
      ];
    }),
  ];
}

async function run(names: readonly string[]): Promise<void> {
  const others = peers();
  if (others.length === 0) {
    throw new Error('Name a program to compare with: SYFT=/path/syft, TRIVY=/path/trivy.');
  }
  const core = await startStandInCore();
  const head = [
    'image',
    'wall s / CPU s / MiB',
    ...others.flatMap(({ name }) => [`${name}: the same`, 'wall ratio', 'CPU ratio']),
  ];
  const rows: string[][] = [];
  try {
    for (const name of names) {
      process.stderr.write(`${name}\n`);
      rows.push(await row(await findImage(name), others, core));
    }
  } finally {
    core.close();
  }
  process.stdout.write(`${markdown(head, rows)}\n`);
}

try {
  const named = process.argv.slice(2);
  await run(named.length > 0 ? named : IMAGES);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
