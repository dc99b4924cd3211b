/**
 * Kills programs that load a feed, at seeded moments, and looks at what is served meanwhile and
 * afterwards: one generation or the other, whole.
 *
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Sql } from '../../core/database/connection.ts';
import { osv } from '../../core/feeds/osv.ts';
import { type Generation, servedIn, servedOfOne, writeGeneration } from './generations.ts';
import { seeded } from './kills.ts';
import { loadSource } from './load-source.ts';

const PROGRAM = fileURLToPath(new URL('load-feed.ts', import.meta.url));
/** How long a killed program's database connection may take to notice. */
const GONE_MS = 30_000;

/** Kills fall a little later than a part of an undisturbed loading ends, too. */
const BEYOND = 1.2;

type Phase = 'starting' | 'ready' | 'reading' | 'read' | 'loaded';
const PHASES: readonly string[] = ['starting', 'ready', 'reading', 'read', 'loaded'];

function isPhase(word: string): word is Phase {
  return PHASES.includes(word);
}

/** A program that loads. */
class Loader {
  readonly #child: ChildProcess;
  readonly #reached = new Map<Phase, PromiseWithResolvers<number>>();
  readonly exited: Promise<unknown>;
  phase: Phase = 'starting';
  backend = 0;
  errors = '';

  constructor(url: string, place: string, scratch: string) {
    const flags = 'Deno' in globalThis ? ['run', '-A'] : [];
    this.#child = spawn(process.execPath, [
      ...flags,
      PROGRAM,
      url,
      osv.name,
      place,
      scratch,
      'stay',
    ], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.exited = once(this.#child, 'close').then(() => {
      const failure = new Error(`the loader ended while it was ${this.phase}: ${this.errors}`);
      for (const phase of ['reading', 'read', 'loaded'] as const) this.#of(phase).reject(failure);
    });
    this.#child.stderr?.on('data', (chunk) => this.errors += String(chunk));
    if (this.#child.stdout === null) return;
    createInterface(this.#child.stdout).on('line', (line) => {
      const [word = '', pid] = line.split(' ');
      if (!isPhase(word)) return;
      this.phase = word;
      if (pid !== undefined) this.backend = Number(pid);
      this.#of(word).resolve(performance.now());
    });
  }

  #of(phase: Phase): PromiseWithResolvers<number> {
    const found = this.#reached.get(phase) ?? Promise.withResolvers<number>();
    // Nobody may wait for it.
    found.promise.catch(() => {});
    this.#reached.set(phase, found);
    return found;
  }

  /** When it has come to a phase. */
  reached(phase: Phase): Promise<number> {
    return this.#of(phase).promise;
  }

  /** Ends it at once. Fails if it had ended before. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.exited;
    if (this.#child.signalCode !== 'SIGKILL') throw new Error(`it had ended: ${this.errors}`);
  }
}

/** One kill: when it hit, and what was there afterwards. */
export interface Strike {
  /** Before, during or after the switch. */
  readonly moment: 'before' | 'during' | 'after';
  readonly from: Generation;
  readonly to: Generation;
  readonly served: string;
  /** Rows that the dead one had staged. */
  readonly left: number;
  /** What the next loading serves, and what it leaves. */
  readonly next: string;
  readonly nextLeft: number;
}

export interface FeedKillReport {
  readonly strikes: readonly Strike[];
  /** What readers saw in all that time, each as often as they saw it. */
  readonly seen: ReadonlyMap<string, number>;
  /** Milliseconds of an undisturbed loading. */
  readonly lengths: { readonly reading: number; readonly switching: number };
}

/** Reads all the time, each time with one statement, until it is told to stop. */
function startReader(look: () => Promise<string>, seen: Map<string, number>) {
  let isOver = false;
  const reading = (async () => {
    while (!isOver) {
      const start = performance.now();
      const found = await look();
      seen.set(found, (seen.get(found) ?? 0) + 1);
      // Half of the time is for those who write.
      await sleep(performance.now() - start);
    }
  })();
  // Whoever stops it is told of its failure.
  reading.catch(() => {});
  return async () => {
    isOver = true;
    await reading;
  };
}

async function stagedIn(sql: Sql): Promise<number> {
  const [row] = await sql<{ staged: number }[]>`select count(*)::int as staged from feed_staging`;
  return row?.staged ?? 0;
}

/** Waits until the database has let go of a connection: a statement of a dead client may go on. */
async function untilGone(sql: Sql, backend: number): Promise<void> {
  const end = performance.now() + GONE_MS;
  while (performance.now() < end) {
    const found = await sql`select from pg_stat_activity where pid = ${backend}`;
    if (found.length === 0) return;
    await sleep(20);
  }
  throw new Error('the connection of a killed loader stays');
}

function momentOf(phase: Phase): Strike['moment'] {
  if (phase === 'loaded') return 'after';
  return phase === 'read' ? 'during' : 'before';
}

/** Loads one generation over the other and kills that, in turn, as often as there are to be kills. */
export async function killDuringLoadings(
  { sql, url }: { readonly sql: Sql; readonly url: string },
  scratch: string,
  kills: number,
  seed: number,
): Promise<FeedKillReport> {
  const random = seeded(seed);
  const pathOf = (generation: Generation) => join(scratch, `${generation}.tar`);
  for (const generation of ['A', 'B'] as const) {
    await writeGeneration(pathOf(generation), generation);
  }
  const load = (generation: Generation) =>
    loadSource(sql, { name: osv.name, format: osv, place: pathOf(generation) }, {
      scratch,
      isForced: true,
    });
  await load('A');

  const undisturbed = new Loader(url, pathOf('B'), scratch);
  const [start, read, end] = [
    await undisturbed.reached('reading'),
    await undisturbed.reached('read'),
    await undisturbed.reached('loaded'),
  ];
  await undisturbed.kill();
  await untilGone(sql, undisturbed.backend);
  const lengths = { reading: read - start, switching: end - read };

  const seen = new Map<string, number>();
  const readers = [servedIn, servedOfOne].map((look) => startReader(() => look(sql), seen));
  const strikes: Strike[] = [];
  let from: Generation = 'B';
  for (let kill = 0; kill < kills; kill += 1) {
    const to: Generation = from === 'A' ? 'B' : 'A';
    const loader = new Loader(url, pathOf(to), scratch);
    // Turn about in reading and in the switch, each from its beginning to a little beyond its end.
    const isSwitch = kill % 2 === 1;
    const part = (Math.floor(kill / 2) + random()) / Math.ceil((kills - (isSwitch ? 1 : 0)) / 2);
    await loader.reached(isSwitch ? 'read' : 'reading');
    await sleep(BEYOND * part * (isSwitch ? lengths.switching : lengths.reading));
    const { phase } = loader;
    await loader.kill();
    await untilGone(sql, loader.backend);
    const served = await servedIn(sql);
    const left = await stagedIn(sql);
    await load(to);
    strikes.push({
      moment: momentOf(phase),
      from,
      to,
      served,
      left,
      next: await servedIn(sql),
      nextLeft: await stagedIn(sql),
    });
    from = to;
  }
  for (const stop of readers) await stop();
  return { strikes, seen, lengths };
}
