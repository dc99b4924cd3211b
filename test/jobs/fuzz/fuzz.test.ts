import process from 'node:process';
import { afterAll, describe, expect, it } from 'vitest';
import { KINDS } from './kinds.ts';
import { randomOf } from './random.ts';
import { cpuOf, outcomeOf } from './run.ts';

/** Cases of all kinds together. */
const CASES = Number(process.env['TIDEWAITER_FUZZ_CASES'] ?? 5000);
const SEED = Number(process.env['TIDEWAITER_FUZZ_SEED'] ?? 20_261_127);
/** One case alone, as a failure names it: `jars:17`. */
const ONE = process.env['TIDEWAITER_FUZZ_ONE'];

/** Milliseconds of processor time that one case may take. */
const CASE_MS = 2000;
/** Bytes by which the process may grow, garbage included. */
const GROWTH = 512 * 1024 * 1024;
/** Cases between two looks at the memory. */
const LOOK = 50;

const kinds = Object.entries(KINDS);
const each = Math.ceil(CASES / kinds.length);
const totals = new Map<string, string>();

interface Counts {
  readonly ends: Map<string, number>;
  packages: number;
  unreadable: number;
  slowest: number;
}

/** Runs a case; whatever goes wrong is thrown with the words that make it again. */
async function run(kind: string, number: number, counts: Counts): Promise<void> {
  const make = KINDS[kind];
  if (make === undefined) throw new Error(`there is no kind ${kind}`);
  const image = make(randomOf(SEED + 1_000_003 * number + kind.length * 7919));
  const again = `again: TIDEWAITER_FUZZ_SEED=${SEED} TIDEWAITER_FUZZ_ONE=${kind}:${number}`;
  try {
    const { result, ms } = await cpuOf(() => outcomeOf(image));
    if (ms > CASE_MS) throw new Error(`it took ${ms} ms`);
    counts.ends.set(result.end, (counts.ends.get(result.end) ?? 0) + 1);
    counts.packages += result.packages;
    counts.unreadable += result.unreadable;
    counts.slowest = Math.max(counts.slowest, ms);
  } catch (error) {
    throw new Error(`${again}\n${error instanceof Error ? error.stack : String(error)}`, {
      cause: error,
    });
  }
}

describe(`the analysis of ${CASES} hostile images, seed ${SEED}`, () => {
  if (ONE !== undefined) {
    it(`ends well for ${ONE}`, async () => {
      const [kind = '', number] = ONE.split(':');
      await run(kind, Number(number), { ends: new Map(), packages: 0, unreadable: 0, slowest: 0 });
    });
    return;
  }

  it.each(kinds)('%s: each ends as a report or as an error with a code', async (kind) => {
    const counts: Counts = { ends: new Map(), packages: 0, unreadable: 0, slowest: 0 };
    // The first cases compile and fill caches.
    const warm = Math.min(LOOK, each - 1);
    let start = 0;
    for (let number = 0; number < each; number += 1) {
      await run(kind, number, counts);
      if (number === warm) start = process.memoryUsage().rss;
      if (number > warm && number % LOOK === 0) {
        expect(process.memoryUsage().rss - start, `growth after ${number}`).toBeLessThan(GROWTH);
      }
    }
    const { ends, packages, unreadable, slowest } = counts;
    totals.set(
      kind,
      `${
        JSON.stringify(Object.fromEntries(ends))
      } packages ${packages}, unreadable ${unreadable}, ` +
        `slowest ${Math.round(slowest)} ms`,
    );
    // A fuzz that breaks everything, or nothing, tests nothing.
    if (each < 100) return;
    const errors = each - (ends.get('report') ?? 0);
    expect(errors + unreadable).toBeGreaterThan(0);
    if (kind !== 'noise') expect(ends.get('report') ?? 0).toBeGreaterThan(each / 20);
  }, 60_000 + CASES * 20);

  afterAll(() => {
    for (const [kind, told] of totals) console.log(`${kind}: ${told}`);
  });
});
