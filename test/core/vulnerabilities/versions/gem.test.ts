/**
 * The order of RubyGems versions.
 *
 * @module
 */

import { describe, expect, it } from 'vitest';
import { compareGem } from '../../../../core/vulnerabilities/versions/gem.ts';
import { expectTotalOrder, type OrderRow, randomVersions, signOf } from './order.ts';
import { cpuMs } from '../../../support/cpu.ts';

const ROWS: readonly OrderRow[] = [
  // Numbers by value; zeros at the end do not count.
  ['1.0', '=', '1'],
  ['1.0.0', '=', '1.0'],
  ['1.9', '<', '1.10'],
  ['1.01', '=', '1.1'],
  ['1.2', '<', '1.2.0.1'],
  ['0.9', '<', '1.0'],
  ['7.0.8.1', '>', '7.0.8'],
  ['9007199254740993', '>', '9007199254740992'],
  ['', '=', '0'],
  [' 1.0 ', '=', '1.0'],
  // Letters make a pre-release.
  ['1.0.a', '<', '1.0'],
  ['1.0.a1', '=', '1.0.a.1'],
  ['1.0.a9', '<', '1.0.a10'],
  ['1.0.a', '<', '1.0.a1'],
  ['1.0.a10', '<', '1.0.b1'],
  ['1.0.beta', '<', '1.0.rc'],
  ['1.0.rc1', '<', '1.0.rc2'],
  ['1.0.pre', '>', '0.9.9'],
  ['1.0.B', '<', '1.0.a'],
  ['1.a', '<', '1.0.1'],
  ['2.0.0b3', '<', '2.0.0'],
  // Zeros before the letters do not count, nor at the end of a pre-release.
  ['1.0.a', '=', '1.a'],
  ['1.0.0.a', '=', '1.a'],
  ['0.beta.1', '=', '0.0.beta.1'],
  ['0.0.beta', '<', '0.beta.1'],
  ['5.a', '<', '5.0.0.rc2'],
  ['5.x', '>', '5.0.0.rc2'],
  ['1.a.0', '=', '1.a'],
  ['1.a.0.1', '>', '1.a'],
  ['1.0.1.a', '>', '1.a'],
  // A hyphen stands for ".pre.".
  ['1.0.0-alpha', '=', '1.0.0.pre.alpha'],
  ['1.0.0-alpha.1', '<', '1.0.0-beta.2'],
  ['1.0.0-1', '<', '1.0.0'],
  ['1.0-rc', '>', '1.0.a'],
  // A platform does not count.
  ['1.15.4-x86_64-linux', '=', '1.15.4'],
  ['1.15.4-aarch64-linux-musl', '=', '1.15.4-arm64-darwin'],
  ['1.15.4-java', '=', '1.15.4'],
  ['1.16.0.rc1-x64-mingw-ucrt', '=', '1.16.0.rc1'],
  ['1.2.0-alpha-x86-mingw32', '=', '1.2.0-alpha'],
  ['1.2.0-javascript', '<', '1.2.0'],
  // Text that is no version.
  ['1..2', '=', '1.2'],
  ['1_2', '=', '1.2'],
  ['a', '<', '0'],
  ['-1', '<', '0'],
];

const PIECES = [
  ...['0', '1', '2', '10', '00', '.', '.0', 'a', 'b', 'Z', 'rc', 'pre', '-', '-x86-linux'],
  ...['-java', '_', ' '],
];

describe('compareGem', () => {
  it.each(ROWS)('%s %s %s', (a, sign, b) => {
    expect(signOf(compareGem, a, b)).toBe(sign);
  });

  it('sorts a release history', () => {
    const history = [
      '0.9.10',
      '1.0.0.alpha1',
      '1.0.0.beta.2',
      '1.0.0-rc1',
      '1.0.0.rc1',
      '1.0.0.rc10',
      '1.0.0',
      '1.0.0.1',
      '1.0.1.pre',
      '1.0.1',
      '1.0.10',
    ];
    expect(history.toReversed().sort(compareGem)).toEqual(history);
  });

  it.each([1, 2, 3])('is a total order over whatever it is given (seed %i)', (seed) => {
    expectTotalOrder(compareGem, randomVersions(PIECES, 150, seed));
  });

  it.each([['0'], ['9'], ['.0'], ['.1'], ['-'], ['-a'], ['-x'], ['a1'], ['_'], ['.0.a']])(
    'stays linear over a text of many %j',
    (piece) => {
      const long = piece.repeat(300_000);
      const started = cpuMs();
      expect(Math.sign(compareGem(`1${long}.1`, `1${long}.2`))).toBe(-1);
      expect(cpuMs() - started).toBeLessThan(2000);
    },
  );
});
