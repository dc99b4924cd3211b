/**
 * The order of NuGet versions.
 *
 * @module
 */

import { describe, expect, it } from 'vitest';
import { compareNuget } from '../../../../core/vulnerabilities/versions/nuget.ts';
import { expectTotalOrder, type OrderRow, randomVersions, signOf } from './order.ts';
import { cpuMs } from '../../../support/cpu.ts';

const ROWS: readonly OrderRow[] = [
  // Up to four numbers, missing ones are 0, leading zeros do not count.
  ['1', '=', '1.0.0.0'],
  ['1.0', '=', '1.0.0'],
  ['1.0.0', '<', '1.0.0.1'],
  ['1.8.3.1', '<', '1.8.6.1'],
  ['1.01.1', '=', '1.1.1'],
  ['21.12.22.1', '>', '21.12.22'],
  ['1.0.0.10', '>', '1.0.0.9'],
  ['1.0.18446744073709551616', '>', '1.0.18446744073709551615'],
  // Labels without regard to case.
  ['1.0.0-BETA', '=', '1.0.0-beta'],
  ['1.0.0-Alpha', '<', '1.0.0-beta'],
  ['1.0.0-alpha', '<', '1.0.0-Beta'],
  ['1.0.0-beta', '<', '1.0.0'],
  ['1.0-beta', '=', '1.0.0.0-BETA'],
  ['1.0.0.1-alpha', '>', '1.0.0'],
  ['1.0.0-rc.2', '<', '1.0.0-RC.10'],
  ['1.0.0-rc.2', '<', '1.0.0-rc.x'],
  ['1.0.0-rc', '<', '1.0.0-RC.1'],
  ['6.0.0-preview.7.21377.19', '<', '6.0.0-rc.1.21452.15'],
  ['1.0.0-a-b', '=', '1.0.0-A-B'],
  ['1.0.0-a', '<', '1.0.0-AA'],
  // Metadata does not count.
  ['1.0.0+AA', '=', '1.0.0+bb'],
  ['1.0.0-a+1', '=', '1.0.0-A'],
  [' 1.0.0 ', '=', '1.0.0'],
  ['', '<', '0.0-a'],
];

const PIECES = ['0', '1', '2', '10', '00', '.', '.', '.', '-', '+', 'a', 'A', 'b', 'B', 'rc', 'v'];

describe('compareNuget', () => {
  it.each(ROWS)('%j %s %j', (a, sign, b) => {
    expect(signOf(compareNuget, a, b)).toBe(sign);
  });

  it.each([1, 2, 3])('is a total order over whatever it is given (seed %i)', (seed) => {
    const versions = randomVersions(PIECES, 100, seed);
    expectTotalOrder(compareNuget, [...versions, ...versions.map((version) => `1${version}`)]);
  });

  it.each([['0'], ['.1'], ['-a'], ['.A']])('stays linear over a text of many %j', (piece) => {
    const long = piece.repeat(500_000);
    const started = cpuMs();
    expect(Math.sign(compareNuget(`1${long}1`, `1${long}2`))).toBe(-1);
    expect(cpuMs() - started).toBeLessThan(2000);
  });
});
