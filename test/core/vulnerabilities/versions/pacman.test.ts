/**
 * The order of Arch Linux versions.
 *
 * @module
 */

import { describe, expect, it } from 'vitest';
import { comparePacman } from '../../../../core/vulnerabilities/versions/pacman.ts';
import { expectTotalOrder, type OrderRow, randomVersions, signOf } from './order.ts';
import { cpuMs } from '../../../support/cpu.ts';

const ROWS: readonly OrderRow[] = [
  // Numbers by value.
  ['1.0', '=', '1.0'],
  ['1.9', '<', '1.10'],
  ['1.05', '=', '1.5'],
  ['1.5.0', '<', '1.5.1'],
  ['1.5', '<', '1.5.1'],
  ['1.5.0', '>', '1.5'],
  ['9007199254740993', '>', '9007199254740992'],
  // Letters: older behind the same version, newer behind a separator, older than a number.
  ['1.0a', '<', '1.0b'],
  ['1.0b', '<', '1.0beta'],
  ['1.0beta', '<', '1.0p'],
  ['1.0p', '<', '1.0pre'],
  ['1.0pre', '<', '1.0rc'],
  ['1.0rc', '<', '1.0'],
  ['1.0', '<', '1.0.a'],
  ['1.0.a', '<', '1.0.1'],
  ['1.5b', '<', '1.5.1'],
  ['1.5.a', '<', '1.5.1'],
  ['2.0a', '>', '1.0'],
  ['1.0rc', '<', '1.0rc1'],
  ['1.0rc2', '<', '1.0rc10'],
  ['3.0.0.r31.g29c', '>', '3.0.0'],
  ['a', '<', ''],
  ['1', '>', ''],
  // Separators: what they are does not matter, how many does.
  ['1_0', '=', '1.0'],
  ['2.0', '<', '2..0'],
  ['2..0', '=', '2_.0'],
  ['1.0.', '>', '1.0'],
  ['1.0.', '<', '1.0.1'],
  // Releases: none precedes every one.
  ['1.5-1', '<', '1.5-2'],
  ['1.5-9', '<', '1.5-10'],
  ['1.5-1', '<', '1.5-1.1'],
  ['1.5-1', '<', '1.5.1-1'],
  ['1.5', '<', '1.5-1'],
  ['1.5-1', '<', '1.6'],
  ['1.0-rc-1', '>', '1.0-1'],
  // Epochs.
  ['1:1.0', '>', '2.0'],
  ['0:1.0', '=', '1.0'],
  [':1.0', '=', '1.0'],
  ['0:1.0-1', '<', '0:1.0-2'],
  ['2:1.0', '<', '10:0.1'],
  ['1:2:3', '>', '1:2'],
];

const PIECES = ['0', '1', '2', '9', '10', '00', 'a', 'b', 'Z', '.', '..', '-', '+', ':', '_', 'rc'];

describe('comparePacman', () => {
  it.each(ROWS)('%s %s %s', (a, sign, b) => {
    expect(signOf(comparePacman, a, b)).toBe(sign);
  });

  it('sorts a release history', () => {
    const history = [
      '1.0alpha-1',
      '1.0rc1-1',
      '1.0-1',
      '1.0-1.1',
      '1.0-2',
      '1.0.r5.gabc-1',
      '1.0.1-1',
      '1.10-1',
      '1:0.9-1',
    ];
    expect(history.toReversed().sort(comparePacman)).toEqual(history);
  });

  it.each([1, 2, 3])('is a total order over whatever it is given (seed %i)', (seed) => {
    expectTotalOrder(comparePacman, randomVersions(PIECES, 150, seed));
  });

  it.each([['0'], ['9'], ['-'], ['.'], ['a1'], ['1:']])(
    'stays linear over a text of many %j',
    (piece) => {
      const long = piece.repeat(500_000);
      const started = cpuMs();
      expect(Math.sign(comparePacman(`${long}1`, `${long}2`))).toBe(-1);
      expect(cpuMs() - started).toBeLessThan(2000);
    },
  );
});
