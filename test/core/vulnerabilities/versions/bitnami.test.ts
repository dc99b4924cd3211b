/**
 * The order of Bitnami's versions.
 *
 * @module
 */

import { describe, expect, it } from 'vitest';
import { compareBitnami } from '../../../../core/vulnerabilities/versions/bitnami.ts';
import { expectTotalOrder, type OrderRow, randomVersions, signOf } from './order.ts';

const ROWS: readonly OrderRow[] = [
  ['2.3.0', '<', '2.3.1'],
  ['8.0.9', '<', '8.0.10'],
  ['2021.01.30', '<', '2021.3.4'],
  // The revision of the build does not count.
  ['2.3.1-1', '=', '2.3.1'],
  ['2.3.1-10', '=', '2.3.1-9'],
  ['2.3.1-1', '<', '2.3.2'],
  ['1.8.0-333', '=', '1.8'],
  // Anything else after the hyphen is a pre-release.
  ['2.6.0-rc1', '<', '2.6.0'],
  ['2.6.0-rc1', '<', '2.6.0-rc2'],
  ['2.6.0-rc1', '<', '2.6.0-1'],
  ['0.0.0-20250806193153-183891f8d535', '<', '0.0.0'],
  ['2.4.46-10.el8', '<', '2.4.46'],
  ['nightly.2026-03-10.0', '<', '0.0.0'],
  ['1.0.0-', '<', '1.0.0'],
];

const PIECES = ['0', '1', '2', '10', '.', '.', '.', '-', '-', '-1', '+', 'a', 'rc'];

describe('compareBitnami', () => {
  it.each(ROWS)('%j %s %j', (a, sign, b) => {
    expect(signOf(compareBitnami, a, b)).toBe(sign);
  });

  it.each([1, 2, 3])('is a total order over whatever it is given (seed %i)', (seed) => {
    const versions = randomVersions(PIECES, 100, seed);
    expectTotalOrder(compareBitnami, [...versions, ...versions.map((version) => `1${version}`)]);
  });
});
