/**
 * The order of CRAN versions.
 *
 * @module
 */

import { describe, expect, it } from 'vitest';
import { compareCran } from '../../../../core/vulnerabilities/versions/cran.ts';
import { expectTotalOrder, type OrderRow, randomVersions, signOf } from './order.ts';
import { cpuMs } from '../../../support/cpu.ts';

const ROWS: readonly OrderRow[] = [
  // Numbers by value, not as decimal fractions.
  ['1.0', '=', '1.0'],
  ['0.9', '<', '0.75'],
  ['1.9.2', '<', '1.10.0'],
  ['1.01', '=', '1.1'],
  ['0.01', '<', '0.1-0'],
  ['1.18446744073709551616', '>', '1.18446744073709551615'],
  ['2024.1', '>', '1.9'],
  // The longer one is newer.
  ['1.8', '<', '1.8.0'],
  ['1.0', '<', '1.0-0'],
  ['0.3.2.0', '>', '0.3.2'],
  ['1.8.0', '<', '1.9'],
  // A hyphen is a dot.
  ['1.0-1', '=', '1.0.1'],
  ['7.3-60', '<', '7.3-60.0.1'],
  ['7.3-9', '<', '7.3-60'],
  // What R refuses.
  [' 1.0 ', '=', '1.0'],
  ['', '<', '0'],
  ['1.0.beta', '>', '1.0'],
  ['1.0.beta', '<', '1.0.0'],
  ['1.0b', '>', '1.0'],
  ['1.0b', '<', '1.1'],
  ['1..0', '<', '1.0'],
  ['a', '<', 'b'],
];

const PIECES = ['0', '1', '2', '9', '10', '00', '.', '.', '-', '-', 'a', 'b', ' '];

describe('compareCran', () => {
  it.each(ROWS)('%j %s %j', (a, sign, b) => {
    expect(signOf(compareCran, a, b)).toBe(sign);
  });

  it.each([1, 2, 3])('is a total order over whatever it is given (seed %i)', (seed) => {
    expectTotalOrder(compareCran, randomVersions(PIECES, 150, seed));
  });

  it.each([['0'], ['9'], ['.1'], ['-'], ['a'], [' ']])(
    'stays linear over a text of many %j',
    (piece) => {
      const long = piece.repeat(500_000);
      const started = cpuMs();
      expect(Math.sign(compareCran(`1${long}1`, `1${long}2`))).toBe(-1);
      expect(cpuMs() - started).toBeLessThan(2000);
    },
  );
});
