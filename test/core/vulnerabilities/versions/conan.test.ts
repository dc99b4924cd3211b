/**
 * The order of Conan versions.
 *
 * @module
 */

import { describe, expect, it } from 'vitest';
import { compareConan } from '../../../../core/vulnerabilities/versions/conan.ts';
import { expectTotalOrder, type OrderRow, randomVersions, signOf } from './order.ts';
import { cpuMs } from '../../../support/cpu.ts';

const ROWS: readonly OrderRow[] = [
  ['1.2.3', '=', '1.2.3'],
  ['1.9', '<', '1.10'],
  ['1.2.3.4.5', '<', '1.2.3.4.6'],
  // Zeros at the end do not count, in no part.
  ['1.0', '=', '1'],
  ['1.0.0', '<', '1.0.1'],
  ['0.0', '=', '0'],
  ['1-rc.0', '=', '1.0-rc'],
  ['10', '>', '1'],
  ['1.00', '=', '1.0'],
  ['1.0.a', '>', '1.0'],
  // Letters.
  ['1.1.1', '<', '1.1.1a'],
  ['1.1.1s', '<', '1.1.1w'],
  ['1.0.2u', '<', '1.1.0l'],
  ['9a', '<', '10a'],
  ['1.a', '>', '1.9'],
  ['8.9', '<', 'cci.20200101'],
  ['cci.20200101', '<', 'cci.20210101'],
  ['cci.9', '<', 'cci.10'],
  // Pre-releases.
  ['1.0-rc', '<', '1.0'],
  ['1.0-rc', '<', '1'],
  ['1.0-rc.2', '<', '1.0-rc.10'],
  ['1.0-alpha', '<', '1.0-beta'],
  ['1.0-rc', '<', '1.0-rc-1'],
  ['1.1-rc', '>', '1.0'],
  ['1.0-', '<', '1.0'],
  // Builds.
  ['1.0', '<', '1.0+1'],
  ['1.0+9', '<', '1.0+10'],
  ['1.0-rc', '<', '1.0-rc+1'],
  ['1.0-rc+2', '<', '1.0+1'],
  ['1.0+a-b', '>', '1.0+a'],
  ['1.0+a-b', '>', '1.0'],
  ['1+2+3', '>', '1+2'],
  [' 1.0 ', '=', '1.0'],
  ['', '<', '1'],
];

const PIECES = ['0', '1', '2', '10', '00', '.', '.', '-', '+', 'a', 'b', 'rc', '.0', '1a', 'cci'];

describe('compareConan', () => {
  it.each(ROWS)('%j %s %j', (a, sign, b) => {
    expect(signOf(compareConan, a, b)).toBe(sign);
  });

  it.each([1, 2, 3])('is a total order over whatever it is given (seed %i)', (seed) => {
    expectTotalOrder(compareConan, randomVersions(PIECES, 150, seed));
  });

  it.each([['0'], ['.0'], ['.1'], ['-'], ['+'], ['a']])(
    'stays linear over a text of many %j',
    (piece) => {
      const long = piece.repeat(500_000);
      const started = cpuMs();
      compareConan(`1${long}`, `1${long}0`);
      expect(Math.sign(compareConan(`1${long}1`, `1${long}2`))).toBe(-1);
      expect(cpuMs() - started).toBeLessThan(2000);
    },
  );
});
