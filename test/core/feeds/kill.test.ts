/**
 * Programs that are killed while they load a feed.
 *
 * @module
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { expect, it, onTestFinished } from 'vitest';
import { killDuringLoadings, type Strike } from '../../support/feed-kills.ts';
import { testDatabase } from '../../support/postgres.ts';

const kills = Number(process.env['TIDEWAITER_LONG_KILLS'] ?? 5);
const seed = Number(process.env['TIDEWAITER_LONG_SEED'] ?? 20261130);

/** What has to be served after a kill; during the switch it may be either. */
function allowedAfter({ moment, from, to, served }: Strike): string {
  if (moment === 'before') return from;
  return moment === 'during' && served === from ? from : to;
}

it(
  `kill -9 of loadings, ${kills} times, seed ${seed}: one generation is served, whole`,
  async () => {
    const scratch = mkdtempSync(join(tmpdir(), 'tw-kills-'));
    onTestFinished(() => rmSync(scratch, { recursive: true, force: true }));
    const database = await testDatabase();
    const { strikes, seen, lengths } = await killDuringLoadings(database, scratch, kills, seed);
    const count = (wanted: (strike: Strike) => boolean) => strikes.filter(wanted).length;
    const at = (wanted: Strike['moment']) => count(({ moment }) => moment === wanted);
    const switched = count(({ moment, to, served }) => moment === 'during' && served === to);
    console.log(
      `reading takes ${Math.round(lengths.reading)} ms, the switch ${
        Math.round(lengths.switching)
      } ms; kills before the switch: ${at('before')}, during: ${
        at('during')
      } (${switched} of them valid already), after: ${at('after')}; ` +
        `${count(({ left }) => left > 0)} left staged rows; readings: ${
          JSON.stringify(Object.fromEntries(seen))
        }`,
    );
    expect([...seen.keys()].sort()).toEqual(['A', 'B']);
    expect(strikes.map(({ served }) => served)).toEqual(strikes.map(allowedAfter));
    expect(strikes.map(({ next, nextLeft }) => [next, nextLeft])).toEqual(
      strikes.map(({ to }) => [to, 0]),
    );
    // Kills that all came too late prove nothing; how many hit what depends on the machine's speed.
    expect(at('before') + at('during')).toBeGreaterThan(0);
  },
  60_000 + kills * 30_000,
);
