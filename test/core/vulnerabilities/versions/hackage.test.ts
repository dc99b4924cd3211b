/**
 * The order of Hackage versions.
 *
 * @module
 */

import { describe, expect, it } from 'vitest';
import { compareHackage } from '../../../../core/vulnerabilities/versions/hackage.ts';
import { expectTotalOrder, type OrderRow, randomVersions, signOf } from './order.ts';

const ROWS: readonly OrderRow[] = [
  ['1.0.0', '=', '1.0.0'],
  ['1.0.0', '<', '1.1'],
  ['2.0.0.0', '>', '1.0.0'],
  ['1.9', '<', '1.10'],
  ['1.0', '<', '1.0.0'],
  ['1.0.0', '<', '1.0.1'],
  ['2.2.0.0', '>', '2.2'],
  ['0.18446744073709551616', '>', '0.18446744073709551615'],
  // Tags of old.
  ['1.0', '<', '1.0-beta'],
  ['1.0-beta', '<', '1.1'],
  ['', '<', '0'],
  [' 1.0', '=', '1.0'],
];

const PIECES = ['0', '1', '2', '10', '00', '.', '.', '.', '-', 'a', 'beta'];

describe('compareHackage', () => {
  it.each(ROWS)('%j %s %j', (a, sign, b) => {
    expect(signOf(compareHackage, a, b)).toBe(sign);
  });

  it.each([1, 2, 3])('is a total order over whatever it is given (seed %i)', (seed) => {
    expectTotalOrder(compareHackage, randomVersions(PIECES, 150, seed));
  });
});
