/**
 * The order of Alpine versions.
 *
 * @module
 */

import { describe, expect, it } from 'vitest';
import { compareApk } from '../../../../core/vulnerabilities/versions/apk.ts';
import { expectTotalOrder, type OrderRow, randomVersions, signOf } from './order.ts';
import { cpuMs } from '../../../support/cpu.ts';

const ROWS: readonly OrderRow[] = [
  // Numbers: the first by value, later ones like decimal fractions once one starts with zero.
  ['1.0', '=', '1.0'],
  ['1.9', '<', '1.10'],
  ['2', '<', '10'],
  ['010', '=', '10'],
  ['1.2', '<', '1.2.0'],
  ['1.10', '>', '1.09'],
  ['1.05', '<', '1.5'],
  ['1.010', '<', '1.1'],
  ['1.001', '<', '1.01'],
  ['8.2.0', '<', '8.2.001'],
  ['8.2.0015', '<', '8.2.002'],
  ['20240203', '>', '1.2.3'],
  ['1.18446744073709551616', '>', '1.18446744073709551615'],
  // The letter, and the number that old versions have after it.
  ['1.0', '<', '1.0a'],
  ['1.0a', '<', '1.0b'],
  ['1.0b', '<', '1.0.1'],
  ['1.1.1w-r0', '>', '1.1.1u-r2'],
  ['9.9p1-r0', '<', '9.9p2-r0'],
  ['9.9p2-r0', '<', '9.9p10-r0'],
  ['9.9p1', '>', '9.9p'],
  ['9.9p1', '>', '9.9_p1'],
  ['9.9p1-r0', '<', '9.9p1-r1'],
  // Suffixes.
  ['1.0_alpha', '<', '1.0_beta'],
  ['1.0_beta', '<', '1.0_pre'],
  ['1.0_pre', '<', '1.0_rc'],
  ['1.0_rc9', '<', '1.0'],
  ['1.0', '<', '1.0_cvs'],
  ['1.0_cvs', '<', '1.0_svn'],
  ['1.0_svn', '<', '1.0_git'],
  ['1.0_git', '<', '1.0_hg'],
  ['1.0_hg', '<', '1.0_p'],
  ['1.0_p1', '<', '1.0.1'],
  ['1.0_rc', '<', '1.0_rc1'],
  ['1.0_rc2', '<', '1.0_rc10'],
  ['1.0_rc1_git2', '>', '1.0_rc1'],
  ['1.0_rc1_pre2', '<', '1.0_rc1'],
  ['1.0a_rc1', '<', '1.0a'],
  ['1.2.4_git20230717-r5', '>', '1.2.4_git20230717-r4'],
  // Commit and revision.
  ['1.0-r0', '>', '1.0'],
  ['1.0-r2', '<', '1.0-r10'],
  ['1.0-r9', '<', '1.0.1-r0'],
  ['1.0_rc1-r9', '<', '1.0-r0'],
  ['1.0_p1-r0', '>', '1.0-r3'],
  ['1.0-r', '=', '1.0-r0'],
  ['1.0-r01', '=', '1.0-r1'],
  ['1.0~1234', '<', '1.0~2345'],
  ['1.0~12', '<', '1.0~123'],
  ['1.0~1234', '>', '1.0'],
  ['1.0~1234', '>', '1.0-r9'],
  ['1.0~1234-r0', '<', '1.0~1234-r1'],
  // What does not fit the grammar precedes what ends there, and is ordered as text.
  ['1.0_foo', '<', '1.0'],
  ['1.0_alphabet', '<', '1.0'],
  ['1.0-rx', '<', '1.0'],
  ['1.0-1', '<', '1.0'],
  ['1.0bc', '>', '1.0'],
  ['1.0bc', '<', '1.0b'],
  ['1.0~', '<', '1.0'],
  ['1.0~xyz', '<', '1.0~1'],
  ['1..0', '<', '1'],
  ['23_foo', '>', '4_beta'],
  ['', '<', '0'],
  ['a', '<', 'b'],
  ['v1.0', '<', '1.0'],
];

const PIECES = [
  ...['0', '1', '2', '10', '01', '.', '.', '.1', '.05', 'a', 'p', '-r', '-r1', '_', '_rc'],
  ...['_pre2', '_p', '_git', '~', '~a1', 'X', '-'],
];

describe('compareApk', () => {
  it.each(ROWS)('%s %s %s', (a, sign, b) => {
    expect(signOf(compareApk, a, b)).toBe(sign);
  });

  it('sorts a release history', () => {
    const history = [
      '1.0_alpha1-r0',
      '1.0_beta2-r0',
      '1.0_rc1-r0',
      '1.0-r0',
      '1.0-r1',
      '1.0-r10',
      '1.0_git20240101-r0',
      '1.0_p1-r0',
      '1.0b-r0',
      '1.0.1-r0',
      '1.10-r0',
    ];
    expect(history.toReversed().sort(compareApk)).toEqual(history);
  });

  it.each([1, 2, 3])('is a total order over whatever it is given (seed %i)', (seed) => {
    const versions = randomVersions(PIECES, 100, seed);
    expectTotalOrder(compareApk, [...versions, ...versions.map((version) => `1${version}`)]);
  });

  it.each([['0'], ['9'], ['.1'], ['_rc1'], ['_git'], ['~a'], ['x']])(
    'stays linear over a text of many %j',
    (piece) => {
      const long = piece.repeat(500_000);
      const started = cpuMs();
      expect(Math.sign(compareApk(`1${long}1`, `1${long}2`))).toBe(-1);
      expect(cpuMs() - started).toBeLessThan(2000);
    },
  );
});
