/**
 * The order of RPM versions.
 *
 * @module
 */

import { describe, expect, it } from 'vitest';
import {
  compareRpm,
  compareRpmKnownEpochs,
  compareRpmSegments,
} from '../../../../core/vulnerabilities/versions/rpm.ts';
import { expectTotalOrder, type OrderRow, randomVersions, signOf } from './order.ts';
import { cpuMs } from '../../../support/cpu.ts';

const ROWS: readonly OrderRow[] = [
  // Numbers by value, separators of any kind and number alike.
  ['1.0', '=', '1.0'],
  ['1.9', '<', '1.10'],
  ['1.05', '=', '1.5'],
  ['1.0010', '>', '1.9'],
  ['2.0', '<', '2.0.1'],
  ['1.', '=', '1'],
  ['1_0', '=', '1.0'],
  ['1..0', '=', '1.0'],
  ['1+0', '=', '1.0'],
  ['', '=', ''],
  ['', '<', '0'],
  ['.', '=', ''],
  ['1.\u03b2', '=', '1'],
  ['9007199254740993', '>', '9007199254740992'],
  ['18446744073709551616', '>', '18446744073709551615'],
  // Letters.
  ['1a', '>', '1'],
  ['1.a', '<', '1.0'],
  ['1.0a', '>', '1.0'],
  ['5.5p1', '<', '5.5p2'],
  ['5.5p10', '>', '5.5p2'],
  ['10xyz', '<', '10.1xyz'],
  ['xyz10', '<', 'xyz10.1'],
  ['xyz.4', '<', '8'],
  ['1.B', '<', '1.a'],
  ['2a', '<', '2b'],
  ['2a', '<', '2aa'],
  // Tilde below the end, caret above it but below any other segment.
  ['1.0~rc1', '<', '1.0'],
  ['1.0~rc1', '<', '1.0~rc2'],
  ['1.0~rc1~git123', '<', '1.0~rc1'],
  ['1.0~~', '<', '1.0~'],
  ['~', '<', ''],
  ['1.0^', '>', '1.0'],
  ['1.0^git1', '<', '1.0.1'],
  ['1.0^git1', '<', '1.0^git2'],
  ['1.0^git1', '<', '1.01'],
  ['1.0^20240101', '<', '1.0^20240101^git1'],
  ['1.0~rc1^git1', '>', '1.0~rc1'],
  ['1.0^git1~pre', '<', '1.0^git1'],
  ['1.0^a', '<', '1.0a'],
  ['1.0~', '<', '1.0^'],
  // Releases: none precedes every one.
  ['1.0-1', '<', '1.0-2'],
  ['1.0-1.el9', '<', '1.0-1.el9_2'],
  ['1.0-10.el8', '>', '1.0-9.el8'],
  ['1.0', '<', '1.0-1'],
  ['1.0', '<', '1.0-0'],
  ['1.0-', '>', '1.0'],
  ['1.0-1-2', '>', '1.0-1'],
  ['2.34-60.el9', '<', '2.34-60.el9_2.7'],
  ['4.18.0-477.el8', '<', '4.18.0-513.el8'],
  // Epochs.
  ['1:1.0', '>', '2.0'],
  ['0:1.0', '=', '1.0'],
  [':1.0', '=', '1.0'],
  ['01:1', '=', '1:1'],
  ['2:1', '<', '10:1'],
  ['1:1.0-1', '<', '1:1.0-2'],
  ['a:1', '<', '1'],
  ['1:2:3', '>', '1:2'],
];

const PIECES = ['0', '1', '2', '9', '10', '00', 'a', 'b', 'Z', '.', '-', '+', '~', '^', ':', 'rc'];

describe('compareRpm', () => {
  it.each(ROWS)('%s %s %s', (a, sign, b) => {
    expect(signOf(compareRpm, a, b)).toBe(sign);
  });

  it('sorts a release history', () => {
    const history = [
      '1.0~beta1-1.el9',
      '1.0~rc1-1.el9',
      '1.0-1.el9',
      '1.0-1.el9_1.2',
      '1.0-2.el9',
      '1.0^20240101gitabc-1.el9',
      '1.0.1-1.el9',
      '1.10-1.el9',
      '1:0.9-1.el9',
    ];
    expect(history.toReversed().sort(compareRpm)).toEqual(history);
  });

  it.each([1, 2, 3])('is a total order over whatever it is given (seed %i)', (seed) => {
    expectTotalOrder(compareRpm, randomVersions(PIECES, 150, seed));
  });

  it.each([['0'], ['9'], ['~'], ['^'], ['a1'], ['.'], ['1:']])(
    'stays linear over a text of many %j',
    (piece) => {
      const long = piece.repeat(500_000);
      const started = cpuMs();
      expect(Math.sign(compareRpm(`${long}1`, `${long}2`))).toBe(-1);
      expect(cpuMs() - started).toBeLessThan(2000);
    },
  );
});

describe('compareRpmKnownEpochs', () => {
  it.each<OrderRow>([
    // An epoch that one of the two leaves out does not count.
    ['2:1.0', '=', '1.0'],
    ['12:4.19.0-1.el7', '<', '4.19.0-1.el7_5'],
    ['2:4.19.01-1.el7', '=', '4.19.1-1.el7'],
    [':1.0', '=', '5:1.0'],
    // Two that are there do.
    ['1:0', '>', '0:1'],
    ['2:1.0', '<', '12:0.9'],
    ['0:1.0', '=', '00:1.0'],
    // The rest is the order of rpm.
    ['1.0-1', '<', '1.0-2'],
    ['1.0', '<', '1.0-1'],
    ['1.0~rc1', '<', '1.0'],
  ])('%s %s %s', (a, sign, b) => {
    expect(signOf(compareRpmKnownEpochs, a, b)).toBe(sign);
  });
});

describe('compareRpmSegments', () => {
  it.each<OrderRow>([
    ['1:1', '=', '1.1'],
    ['1-1', '=', '1.1'],
    ['1-2', '>', '1.1'],
    ['2:1', '>', '1:9'],
    ['1-2-3', '<', '1-2.4'],
    ['1~rc-1', '<', '1'],
  ])('%s %s %s', (a, sign, b) => {
    expect(signOf(compareRpmSegments, a, b)).toBe(sign);
  });

  it('is a total order over whatever it is given', () => {
    expectTotalOrder(compareRpmSegments, randomVersions(PIECES, 150, 1));
  });
});
