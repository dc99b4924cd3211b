/**
 * The order of loosely written SemVer versions.
 *
 * @module
 */

import { describe, expect, it } from 'vitest';
import { compareSemverLoose } from '../../../../core/vulnerabilities/versions/semver-loose.ts';
import { expectTotalOrder, type OrderRow, randomVersions, signOf } from './order.ts';
import { cpuMs } from '../../../support/cpu.ts';

const ROWS: readonly OrderRow[] = [
  // What is valid comes out as in SemVer.
  ['1.0.0-alpha.1', '<', '1.0.0-alpha.beta'],
  ['1.0.0-beta.2', '<', '1.0.0-beta.11'],
  ['1.0.0-rc.1', '<', '1.0.0'],
  ['1.0.0-alpha.b', '<', '1.0.0-alpha-a'],
  ['1.0.0+1', '=', '1.0.0+2'],
  // Prefixes and blanks.
  ['v1.2.3', '=', '1.2.3'],
  ['=1.2.3', '=', '1.2.3'],
  ['= 1.2.3', '=', '1.2.3'],
  [' v 1.2.3 ', '=', '1.2.3'],
  ['=v1.2.3', '=', '1.2.3'],
  ['== v 1.2.3-beta', '=', '1.2.3-beta'],
  ['\t1.2.3', '=', '1.2.3'],
  [' = 1.2.3-beta+build', '=', '1.2.3-beta+otherbuild'],
  ['v2.0.0', '>', '= 1.2.3'],
  ['v1.0.0', '>', '1.0.0-rc.1'],
  // Missing, further and padded numbers.
  ['2', '=', '2.0.0'],
  ['2.3', '=', '2.3.0'],
  ['2.3', '<', '2.3.1'],
  ['v2.3-rc.1', '=', '2.3.0-rc.1'],
  ['1.2.3.4', '>', '1.2.3'],
  ['1.02.3', '=', '1.2.3'],
  // No hyphen, or a dot for it.
  ['1.2.3beta', '=', '1.2.3-beta'],
  ['1.21rc2', '=', '1.21.0-rc2'],
  ['1.21rc2', '<', '1.21'],
  ['1.0.0.rc.1', '=', '1.0.0-rc.1'],
  ['1.0.0.rc.2', '<', '1.0.0.rc.10'],
  ['1.0.0.rc1', '<', '1.0.0'],
  ['1.0.0.beta', '>', '1.0.0.alpha'],
  ['1.0.0.alpha.beta', '=', '1.0.0-alpha-beta'],
  ['4.1.0.Final', '<', '4.1.0'],
  // No version at all.
  ['', '<', '0'],
  ['=', '<', '0'],
  ['v', '<', '0'],
  ['latest', '<', 'v0.0.0-0'],
];

const PIECES = [
  ...['0', '1', '2', '10', '00', '.', '.', '.', '-', '-', '+', 'a', 'b', 'Z', 'rc', 'v', 'v'],
  ...[' ', '=', '='],
];

describe('compareSemverLoose', () => {
  it.each(ROWS)('%j %s %j', (a, sign, b) => {
    expect(signOf(compareSemverLoose, a, b)).toBe(sign);
  });

  it.each([1, 2, 3])('is a total order over whatever it is given (seed %i)', (seed) => {
    const versions = randomVersions(PIECES, 100, seed);
    expectTotalOrder(compareSemverLoose, [
      ...versions,
      ...versions.map((version) => `1.0${version}`),
    ]);
  });

  it.each([['0'], ['.1'], ['.a'], ['-a'], ['v'], ['='], [' '], ['= v']])(
    'stays linear over a text of many %j',
    (piece) => {
      const long = piece.repeat(500_000);
      const started = cpuMs();
      compareSemverLoose(`1${long}1`, `1${long}2`);
      compareSemverLoose(`${long}1`, `${long}2`);
      expect(cpuMs() - started).toBeLessThan(2000);
    },
  );
});
