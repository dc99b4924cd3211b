/**
 * The order of Hex versions.
 *
 * @module
 */

import { describe, expect, it } from 'vitest';
import { compareHex } from '../../../../core/vulnerabilities/versions/hex.ts';
import { expectTotalOrder, type OrderRow, randomVersions, signOf } from './order.ts';

const ROWS: readonly OrderRow[] = [
  ['1.9.0', '<', '1.10.0'],
  ['2.5.3', '>', '2.5.2'],
  ['1.0.0-rc.1', '<', '1.0.0'],
  ['1.0.0-rc.2', '<', '1.0.0-rc.10'],
  ['1.0.0-rc.1', '<', '1.0.0-rc.1.x'],
  ['1.0.0-1', '<', '1.0.0-dev'],
  ['1.0.0+build.1', '=', '1.0.0+build.2'],
];

describe('compareHex', () => {
  it.each(ROWS)('%j %s %j', (a, sign, b) => {
    expect(signOf(compareHex, a, b)).toBe(sign);
  });

  it('is a total order over whatever it is given', () => {
    expectTotalOrder(compareHex, randomVersions(['0', '1', '.', '.', '-', '+', 'rc'], 150, 1));
  });
});
