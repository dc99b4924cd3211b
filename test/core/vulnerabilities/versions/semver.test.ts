/**
 * The order of SemVer versions.
 *
 * @module
 */

import { describe, expect, it } from 'vitest';
import {
  compareParsedSemver,
  compareSemver,
  parseSemver,
} from '../../../../core/vulnerabilities/versions/semver.ts';
import { expectTotalOrder, type OrderRow, randomVersions, signOf } from './order.ts';
import { cpuMs } from '../../../support/cpu.ts';

const ROWS: readonly OrderRow[] = [
  // Numbers by value, exact whatever their length.
  ['1.2.3', '=', '1.2.3'],
  ['1.9.0', '<', '1.10.0'],
  ['2.0.0', '<', '2.1.0'],
  ['2.1.0', '<', '2.1.1'],
  ['10.0.0', '>', '9.99.99'],
  ['1.0.9007199254740993', '>', '1.0.9007199254740992'],
  ['1.18446744073709551616.0', '>', '1.18446744073709551615.0'],
  // A pre-release precedes its release (section 9) and follows the release before.
  ['1.0.0-alpha', '<', '1.0.0'],
  ['1.0.0-alpha', '>', '0.9.9'],
  ['1.0.0-0', '<', '1.0.0-alpha'],
  // The example of section 11.
  ['1.0.0-alpha', '<', '1.0.0-alpha.1'],
  ['1.0.0-alpha.1', '<', '1.0.0-alpha.beta'],
  ['1.0.0-alpha.beta', '<', '1.0.0-beta'],
  ['1.0.0-beta', '<', '1.0.0-beta.2'],
  ['1.0.0-beta.2', '<', '1.0.0-beta.11'],
  ['1.0.0-beta.11', '<', '1.0.0-rc.1'],
  ['1.0.0-rc.1', '<', '1.0.0'],
  // Identifiers with a letter or a hyphen are text, those of digits alone are numbers.
  ['1.0.0-rc10', '<', '1.0.0-rc9'],
  ['1.0.0-999', '<', '1.0.0-0a'],
  ['1.0.0-1', '<', '1.0.0--1'],
  ['1.0.0-A', '<', '1.0.0-a'],
  ['1.0.0-a-b', '>', '1.0.0-a'],
  ['1.0.0-a.b', '<', '1.0.0-a-b'],
  ['1.0.0-18446744073709551616', '>', '1.0.0-18446744073709551615'],
  // Build metadata does not count (section 10).
  ['1.0.0+1', '=', '1.0.0+2'],
  ['1.0.0', '=', '1.0.0+build.5-x'],
  ['1.0.0-rc.1+a-b', '=', '1.0.0-rc.1'],
  ['1.0.0+a-b', '>', '1.0.0-a'],
  // What is no valid SemVer, by the nearest reading.
  ['v1.2.3', '=', '1.2.3'],
  ['V1.2.3', '=', '1.2.3'],
  [' 1.2.3\n', '=', '1.2.3'],
  ['1', '=', '1.0.0'],
  ['1.2', '=', '1.2.0'],
  ['1.2', '<', '1.2.1'],
  ['1.2-rc1', '=', '1.2.0-rc1'],
  ['01.02.03', '=', '1.2.3'],
  ['1.0.0-01', '=', '1.0.0-1'],
  ['1.2.3.0', '=', '1.2.3'],
  ['1.2.3.4', '>', '1.2.3'],
  ['1.2.3.4', '<', '1.2.4'],
  ['1.9.0b1', '=', '1.9.0-b1'],
  ['1.2.x', '<', '1.2.0'],
  ['1.2.3-', '<', '1.2.3'],
  ['1.2.3-', '<', '1.2.3-a'],
  ['1.2.3-a..b', '<', '1.2.3-a.b'],
  ['1.2.', '<', '1.2.0'],
  ['nightly.2026-03-10.0', '<', '0.0.0-0'],
  ['', '<', '0'],
  ['', '<', 'a'],
  ['a', '<', 'b'],
  ['version', '<', '0'],
  ['+1', '<', '0'],
];

const PIECES = [
  ...['0', '1', '2', '9', '10', '00', '.', '.', '.', '-', '-', '+', 'a', 'b', 'Z', 'rc', 'v'],
  ...[' ', '='],
];

describe('compareSemver', () => {
  it.each(ROWS)('%j %s %j', (a, sign, b) => {
    expect(signOf(compareSemver, a, b)).toBe(sign);
  });

  it('sorts a release history', () => {
    const history = [
      '0.9.0',
      '1.0.0-0',
      '1.0.0-alpha',
      '1.0.0-alpha.2',
      '1.0.0-alpha.10',
      '1.0.0-rc.1',
      '1.0.0',
      '1.0.1-0',
      '1.0.1',
      '1.10.0',
      '11.0.0',
    ];
    expect(history.toReversed().sort(compareSemver)).toEqual(history);
  });

  it.each([1, 2, 3])('is a total order over whatever it is given (seed %i)', (seed) => {
    const versions = randomVersions(PIECES, 100, seed);
    expectTotalOrder(compareSemver, [...versions, ...versions.map((version) => `1${version}`)]);
  });

  it.each([['0'], ['9'], ['.1'], ['-'], ['-a'], ['.a'], ['+'], ['v'], [' ']])(
    'stays linear over a text of many %j',
    (piece) => {
      const long = piece.repeat(500_000);
      const started = cpuMs();
      compareSemver(`1${long}1`, `1${long}2`);
      compareSemver(`${long}1`, `${long}2`);
      expect(cpuMs() - started).toBeLessThan(2000);
    },
  );

  it('tells long texts apart at their end', () => {
    const long = '.a'.repeat(100_000);
    expect(signOf(compareSemver, `1.0.0-a${long}.1`, `1.0.0-a${long}.2`)).toBe('<');
  });
});

describe('parseSemver', () => {
  it('reads a version once for many comparisons', () => {
    const installed = parseSemver('v1.2.3-rc.1+5');
    const bounds = ['1.2.3-0', '1.2.3-rc.1', '1.2.3'].map(parseSemver);
    expect(bounds.map((bound) => Math.sign(compareParsedSemver(installed, bound))))
      .toEqual([1, 0, -1]);
  });
});
