/**
 * The order of Debian versions.
 *
 * @module
 */

import { describe, expect, it } from 'vitest';
import { compareDpkg } from '../../../../core/vulnerabilities/versions/dpkg.ts';
import { expectTotalOrder, type OrderRow, randomVersions, signOf } from './order.ts';
import { cpuMs } from '../../../support/cpu.ts';

const ROWS: readonly OrderRow[] = [
  // Numbers by value.
  ['1.0', '=', '1.0'],
  ['1.9', '<', '1.10'],
  ['1.2.3', '<', '1.2.4'],
  ['1.0', '<', '1.0.0'],
  ['1.01', '=', '1.1'],
  ['1.00', '=', '1.0'],
  ['2.36', '>', '2.9'],
  ['20240203', '>', '2024'],
  ['9007199254740993', '>', '9007199254740992'],
  ['1.18446744073709551616', '>', '1.18446744073709551615'],
  // An end counts as zero before a number and as nothing before anything else.
  ['1.', '=', '1.0'],
  ['1.a', '>', '1.'],
  ['', '=', '0'],
  ['', '<', '1'],
  ['1', '<', '1a'],
  // Letters before other characters, tilde before the end.
  ['1.0~rc1', '<', '1.0'],
  ['1.0~~', '<', '1.0~'],
  ['1.0~~a', '<', '1.0~'],
  ['1.0~', '<', '1.0'],
  ['1.0~beta1~svn1245', '<', '1.0~beta1'],
  ['1.0~beta1', '<', '1.0'],
  ['1.0a', '<', '1.0+'],
  ['1.0a', '<', '1.0.'],
  ['1.0z', '<', '1.0+dfsg'],
  ['1.0A', '<', '1.0a'],
  ['1.0+b1', '<', '1.0.1'],
  ['1.0+dfsg', '>', '1.0'],
  ['1.2a10', '>', '1.2a9'],
  // Revisions.
  ['1.0', '<', '1.0-1'],
  ['1.0-0', '=', '1.0'],
  ['1.0-1', '<', '1.0-1.1'],
  ['1.0-2', '<', '1.0-10'],
  ['1.0-1', '<', '1.0-1+b1'],
  ['1.0-1~bpo12+1', '<', '1.0-1'],
  ['1.0-1', '<', '1.0.0-1'],
  ['1-1-1', '<', '1-1-2'],
  ['1-1-1', '>', '1-1'],
  ['2.36-9+deb12u3', '<', '2.36-9+deb12u10'],
  ['3.0.11-1~deb12u2', '<', '3.0.11-1'],
  ['1.1.1n-0+deb11u5', '>', '1.1.1n-0+deb11u4'],
  ['5.15.0-91.101', '<', '5.15.0-100.110'],
  ['2.35-0ubuntu3.4', '<', '2.35-0ubuntu3.10'],
  // Epochs.
  ['1:0.1', '>', '99.9'],
  ['0:1.0', '=', '1.0'],
  ['00:1.0', '=', '0:1.0'],
  ['2:1.0', '<', '10:1.0'],
  ['1:1.0-1', '<', '1:1.0-2'],
  ['1:2:3', '>', '1:2'],
  // Forms that policy forbids.
  [' 1.0 ', '=', '1.0'],
  ['1_0', '>', '1-0'],
  ['1^', '>', '1'],
  ['a:1', '>', '1'],
  [':1', '>', '1'],
  ['1-', '=', '1'],
];

const PIECES = ['0', '1', '2', '9', '10', '00', 'a', 'b', 'Z', '.', '-', '+', '~', ':', '_', 'rc'];

describe('compareDpkg', () => {
  it.each(ROWS)('%s %s %s', (a, sign, b) => {
    expect(signOf(compareDpkg, a, b)).toBe(sign);
  });

  it('sorts a release history', () => {
    const history = [
      '1.0~alpha1-1',
      '1.0~rc1-1',
      '1.0-1~bpo11+1',
      '1.0-1',
      '1.0-1+b1',
      '1.0-1+deb12u1',
      '1.0-2',
      '1.0+dfsg-1',
      '1.0.1-1',
      '1:0.9-1',
    ];
    expect(history.toReversed().sort(compareDpkg)).toEqual(history);
  });

  it.each([1, 2, 3])('is a total order over whatever it is given (seed %i)', (seed) => {
    expectTotalOrder(compareDpkg, randomVersions(PIECES, 150, seed));
  });

  it.each([['0'], ['9'], ['~'], ['-'], ['a1'], ['1:'], [' ']])(
    'stays linear over a text of many %j',
    (piece) => {
      const long = piece.repeat(500_000);
      const started = cpuMs();
      expect(Math.sign(compareDpkg(`${long}1`, `${long}2`))).toBe(-1);
      expect(cpuMs() - started).toBeLessThan(2000);
    },
  );
});
