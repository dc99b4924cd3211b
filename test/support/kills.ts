/**
 * Kills parts of a running core in the middle of analyses, at seeded moments, and looks at what is
 * left: every image analysed, once.
 *
 * @module
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { composeImage } from 'oci-client/compose';
import { openDatabase } from '../../core/database/connection.ts';
import { startTestCore, submitImage, type TestCore, untilAnalysed } from './core.ts';
import { startRegistry } from './registry.ts';

export type Victim = 'core' | 'child' | 'postgres';

/** A small seeded generator of numbers in [0, 1). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What became of one image. */
export interface Outcome {
  readonly state: string;
  readonly error: unknown;
  /** Rows that must be there once. */
  readonly analyses: number;
  readonly completions: number;
  readonly packages: number;
  readonly files: number;
  readonly verdicts: number;
}

export interface KillReport {
  readonly kills: number;
  /** How many kills really hit a living process. */
  readonly hits: number;
  readonly outcomes: readonly Outcome[];
}

const PACKAGES = 20;
const FILES = 60;
/** Bytes of noise, so that reading takes a while at the throttled speed. */
const NOISE = 300_000;
const BYTES_PER_SECOND = 600_000;
/** Kills fall anywhere in an analysis, from its launch to its end. */
const WINDOW_MS = 1500;

/** What every image of these tests holds, as the analysis should find it. */
export const EXPECTED = { packages: PACKAGES, files: FILES + PACKAGES + 1 } as const;

function imageOf(random: () => number) {
  const noise = Buffer.alloc(NOISE);
  for (let at = 0; at < NOISE; at += 4) noise.writeUInt32LE(Math.floor(random() * 2 ** 32), at);
  return composeImage({
    layers: [
      Array.from({ length: PACKAGES }, (_, index) => ({
        path: `app/node_modules/p${index}/package.json`,
        content: JSON.stringify({ name: `p${index}`, version: '1.0.0' }),
      })),
      [
        ...Array.from({ length: FILES }, (_, index) => ({ path: `data/f${index}`, content: 'x' })),
        { path: 'noise', content: noise },
      ],
    ],
  });
}

function pidOf(core: TestCore, victim: Victim): number | undefined {
  try {
    if (victim === 'core') return core.pid();
    if (victim === 'postgres') {
      const file = join(core.dataDir, 'postgres/postmaster.pid');
      return Number(readFileSync(file, 'utf8').split('\n')[0]);
    }
    const found = execFileSync('pgrep', ['-P', String(core.pid()), '-f', 'jobs/main.ts']);
    return Number(found.toString().split('\n')[0]) || undefined;
  } catch {
    return undefined;
  }
}

async function strike(core: TestCore, victim: Victim): Promise<boolean> {
  if (victim === 'core') {
    await core.kill();
    await core.start();
    return true;
  }
  const pid = pidOf(core, victim);
  if (pid === undefined) return false;
  process.kill(pid, 'SIGKILL');
  return true;
}

/** Submits until core takes it: its database may just be starting again. */
async function submitPersistently(core: TestCore, tag: string): Promise<string> {
  for (let tries = 0;; tries += 1) {
    try {
      return (await submitImage(core, tag)).imageDigest;
    } catch (error) {
      if (tries >= 100) throw error;
      await sleep(100);
    }
  }
}

async function outcomeOf(core: TestCore, digest: string): Promise<Outcome> {
  const { analysis_status, analysis_error } = await untilAnalysed(core, digest);
  const socket = encodeURIComponent(join(core.dataDir, 'run'));
  const sql = openDatabase(`postgres://tidewaiter@localhost/postgres?host=${socket}`, { max: 1 });
  try {
    const count = async () =>
      (await sql<Omit<Outcome, 'state' | 'error' | 'files'>[]>`
      select
        (select count(*)::int from analyses where digest = ${digest}) as analyses,
        (select count(*)::int from events where resource = ${digest}
          and type = 'user.image.analysis.completed') as completions,
        (select count(*)::int from image_packages where digest = ${digest}) as packages,
        (select count(*)::int from verdicts where digest = ${digest}) as verdicts`)[0];
    let row = await count();
    // The verdict follows the analysis: a coordinator makes it.
    for (let tries = 0; row?.verdicts === 0 && tries < 100; tries += 1) {
      await sleep(100);
      row = await count();
    }
    const content = await core.api('GET', `/images/${digest}/content/files`);
    const files = (content.body as { content: { type: string }[] }).content
      .filter(({ type }) => type === 'file').length;
    return {
      state: analysis_status,
      error: analysis_error,
      analyses: row?.analyses ?? 0,
      completions: row?.completions ?? 0,
      packages: row?.packages ?? 0,
      verdicts: row?.verdicts ?? 0,
      files,
    };
  } finally {
    await sql.end();
  }
}

/** Analyses as many images as there are kills, and kills the victim during each. */
export async function killDuringAnalyses(
  victim: Victim,
  kills: number,
  seed: number,
): Promise<KillReport> {
  const random = seeded(seed);
  const registry = await startRegistry();
  // A child that dies counts as a failure of its image, so there must be attempts to spare.
  const core = await startTestCore({
    embedded: true,
    environment: { TIDEWAITER_ANALYSIS_ATTEMPTS: '5' },
  });
  try {
    registry.faults.bytesPerSecond = BYTES_PER_SECOND;
    const digests: string[] = [];
    let hits = 0;
    for (let kill = 0; kill < kills; kill += 1) {
      registry.push(`image-${kill}`, '1', imageOf(random));
      digests.push(await submitPersistently(core, `${registry.host}/image-${kill}:1`));
      await sleep(random() * WINDOW_MS);
      if (await strike(core, victim)) hits += 1;
    }
    const outcomes: Outcome[] = [];
    for (const digest of digests) outcomes.push(await outcomeOf(core, digest));
    return { kills, hits, outcomes };
  } catch (error) {
    // What core said last is the only witness of a core that died.
    throw new Error(`${String(error)}; core said: ${core.log().slice(-3000)}`, { cause: error });
  } finally {
    registry.faults.bytesPerSecond = 0;
    await core.stop();
    await registry.close();
  }
}
