import { describe, expect, it } from 'vitest';
import process from 'node:process';
import { EXPECTED, killDuringAnalyses, type Victim } from '../../support/kills.ts';

const kills = Number(process.env['TIDEWAITER_LONG_KILLS'] ?? 3);
const seed = Number(process.env['TIDEWAITER_LONG_SEED'] ?? 20261123);

describe(`kill -9 in the middle of analyses, ${kills} times each, seed ${seed}`, () => {
  it.each<Victim>(['core', 'child', 'postgres'])(
    'of %s: every image ends analysed, once',
    async (victim) => {
      const report = await killDuringAnalyses(victim, kills, seed);
      console.log(`${victim}: ${report.hits} of ${report.kills} kills hit a living process`);
      expect(report.outcomes).toEqual(
        Array.from({ length: kills }, () => ({
          state: 'analyzed',
          error: null,
          analyses: 1,
          completions: 1,
          verdicts: 1,
          ...EXPECTED,
        })),
      );
    },
    30_000 + kills * 15_000,
  );
});
