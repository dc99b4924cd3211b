/**
 * The order of Gentoo versions.
 *
 * @module
 */

import { describe, expect, it } from 'vitest';
import { comparePortage } from '../../../../core/vulnerabilities/versions/portage.ts';
import { expectTotalOrder, type OrderRow, randomVersions, signOf } from './order.ts';
import { cpuMs } from '../../../support/cpu.ts';

const ROWS: readonly OrderRow[] = [
  // Numbers: the first by value, later ones like decimal fractions once one starts with zero.
  ['1.0', '=', '1.0'],
  ['1.9', '<', '1.10'],
  ['010', '=', '10'],
  ['2', '<', '10'],
  ['1.0', '<', '1.0.0'],
  ['1.05', '<', '1.5'],
  ['1.010', '=', '1.01'],
  ['1.010', '<', '1.1'],
  ['1.001', '<', '1.01'],
  ['1.0', '=', '1.00'],
  ['1.10', '>', '1.09'],
  ['9999', '>', '2024.1'],
  ['1.18446744073709551616', '>', '1.18446744073709551615'],
  // The letter.
  ['1.0', '<', '1.0a'],
  ['1.0a', '<', '1.0b'],
  ['1.0b', '<', '1.0.1'],
  ['1.1.1w', '>', '1.1.1u-r2'],
  // Suffixes.
  ['1.0_alpha', '<', '1.0_beta'],
  ['1.0_beta', '<', '1.0_pre'],
  ['1.0_pre', '<', '1.0_rc'],
  ['1.0_rc9', '<', '1.0'],
  ['1.0', '<', '1.0_p'],
  ['1.0_p', '=', '1.0_p0'],
  ['1.0_p1', '<', '1.0_p2'],
  ['1.0_p9', '<', '1.0_p10'],
  ['1.0_p1', '<', '1.0.1'],
  ['1.0_alpha1_p2', '>', '1.0_alpha1'],
  ['1.0_alpha1_beta2', '<', '1.0_alpha1'],
  ['1.0_p1_rc1', '<', '1.0_p1'],
  ['1.0a_rc1', '<', '1.0a'],
  // Revisions.
  ['1.0', '=', '1.0-r0'],
  ['1.0-r2', '<', '1.0-r10'],
  ['1.0-r01', '=', '1.0-r1'],
  ['1.0-r9', '<', '1.0.1'],
  ['1.0_rc1-r9', '<', '1.0'],
  // What does not fit the grammar.
  ['', '<', '0'],
  ['foo', '<', '1'],
  ['1.0_foo', '>', '1.0'],
  ['1.0_alphabet', '>', '1.0'],
  ['1.0-1', '>', '1.0'],
  ['1.0-r', '>', '1.0'],
  ['1.0B', '<', '1.0C'],
  ['1..0', '<', '1.0'],
];

const PIECES = [
  ...['0', '1', '2', '10', '01', '.', '.1', '.05', 'a', 'p', '-r', '-r1', '_', '_rc', '_pre2'],
  ...['_p', '_alpha', 'X', '-'],
];

describe('comparePortage', () => {
  it.each(ROWS)('%s %s %s', (a, sign, b) => {
    expect(signOf(comparePortage, a, b)).toBe(sign);
  });

  it('sorts a release history', () => {
    const history = [
      '1.0_alpha1',
      '1.0_beta2-r1',
      '1.0_pre20240101',
      '1.0_rc1',
      '1.0',
      '1.0-r1',
      '1.0-r10',
      '1.0_p1',
      '1.0b',
      '1.0.1',
      '1.10',
      '9999',
    ];
    expect(history.toReversed().sort(comparePortage)).toEqual(history);
  });

  it.each([1, 2, 3])('is a total order over whatever it is given (seed %i)', (seed) => {
    const versions = randomVersions(PIECES, 100, seed);
    expectTotalOrder(comparePortage, [...versions, ...versions.map((version) => `1${version}`)]);
  });

  it.each([['0'], ['9'], ['.1'], ['.0'], ['_rc1'], ['_p'], ['x']])(
    'stays linear over a text of many %j',
    (piece) => {
      const long = piece.repeat(500_000);
      const started = cpuMs();
      expect(Math.sign(comparePortage(`1${long}1`, `1${long}2`))).toBe(-1);
      expect(cpuMs() - started).toBeLessThan(2000);
    },
  );
});
