/**
 * The order of Maven versions.
 *
 * @module
 */

import { describe, expect, it } from 'vitest';
import { compareMaven } from '../../../../core/vulnerabilities/versions/maven.ts';
import { expectTotalOrder, type OrderRow, randomVersions, signOf } from './order.ts';
import { cpuMs } from '../../../support/cpu.ts';

const ROWS: readonly OrderRow[] = [
  // Numbers by value; what means nothing does not count at the end and before a hyphen.
  ['1', '=', '1.0'],
  ['1.0.0', '=', '1'],
  ['1.9', '<', '1.10'],
  ['1.01', '=', '1.1'],
  ['1.', '=', '1'],
  ['1-', '=', '1'],
  ['1-0', '=', '1.0'],
  ['1.0.0-0.0', '=', '1'],
  ['1.ga', '=', '1'],
  ['1.0.0.Final', '=', '1'],
  ['5.2.25.RELEASE', '=', '5.2.25'],
  ['1.0-1', '=', '1-1'],
  ['1-ga-1', '=', '1-1'],
  ['1.0.0-foo.0.0', '=', '1-foo'],
  ['1.0.1', '>', '1'],
  ['1-0.1', '>', '1'],
  ['123456789012345678901', '<', '123456789012345678902'],
  ['', '=', '0'],
  // Qualifiers.
  ['1-alpha', '<', '1-beta'],
  ['1-beta', '<', '1-milestone'],
  ['1-milestone', '<', '1-rc'],
  ['1-rc', '=', '1-cr'],
  ['1-rc', '<', '1-SNAPSHOT'],
  ['1-snapshot', '<', '1'],
  ['1', '<', '1-sp'],
  ['1-sp', '<', '1-foo'],
  ['1-foo', '<', '1-foz'],
  ['1-foo', '<', '1-1'],
  ['1-1', '<', '1.1'],
  ['1-RC', '=', '1-rc'],
  ['1-Foo', '=', '1-foo'],
  // Changes between digits and letters, and short qualifiers before a number.
  ['1foo', '=', '1-foo'],
  ['1foo2', '=', '1-foo-2'],
  ['1-foo2', '<', '1-foo10'],
  ['1a1', '=', '1-alpha-1'],
  ['1-b-2', '=', '1-beta-2'],
  ['1.0-M3', '=', '1.0-milestone-3'],
  ['1-a', '>', '1'],
  ['1-rc', '<', '1-rc1'],
  ['1-rc2', '<', '1-rc10'],
  ['1-rc1-SNAPSHOT', '<', '1-rc1'],
  ['1-1.foo-bar1baz-.1', '=', '1-1.foo-bar-1-baz-0.1'],
  // Separators: zeros before a qualifier do not count, known ones are the same behind both.
  ['2.0.a', '<', '2-1'],
  ['1.0.0.RC1', '=', '1-rc1'],
  ['1.0.0.RC1', '<', '1.0.0-RC2'],
  ['2.0.0-M4', '<', '2.0.0.M5'],
  ['1.0.RC2', '<', '1.0-RC3'],
  ['1.0-RC3', '<', '1.0.1'],
  ['1.foo', '<', '1-foo'],
  ['1.0.0.zoo1', '<', '1.0.0-foo2'],
  ['2-1', '<', '2.0.1'],
  // Real versions.
  ['1.0-redhat-1', '>', '1.0'],
  ['2.414.2-cb-5', '>', '2.414.2'],
  ['31.0-jre', '>', '31.0-android'],
  ['9.4.12.v20180830', '<', '9.4.13.v20181111'],
  ['4.1.0.Beta1', '<', '4.1.0.CR1'],
  ['4.1.0.CR1', '<', '4.1.0.Final'],
  ['2.15.0-rc1', '<', '2.15.0'],
  ['1.2.68', '<', '1.2.68.sec10'],
  ['v1.1', '<', 'v1.2'],
  ['r09', '<', 'r10'],
];

const PIECES = [
  ...['0', '1', '2', '10', '00', '.', '-', '.0', 'a', 'b1', 'm', 'x', 'foo', 'alpha', 'rc'],
  ...['ga', '.final', 'sp', '-snapshot', '_', 'É'],
];

describe('compareMaven', () => {
  it.each(ROWS)('%s %s %s', (a, sign, b) => {
    expect(signOf(compareMaven, a, b)).toBe(sign);
  });

  it('sorts a release history', () => {
    const history = [
      '1.0-alpha-1-SNAPSHOT',
      '1.0-alpha-1',
      '1.0-beta-2',
      '1.0-M1',
      '1.0-RC1',
      '1.0-RC1-1',
      '1.0-RC2',
      '1.0-SNAPSHOT',
      '1.0',
      '1.0-sp1',
      '1.0.x',
      '1.0-x',
      '1.0-1-SNAPSHOT',
      '1.0-1',
      '1.0.1-SNAPSHOT',
      '1.0.1',
    ];
    expect(history.toReversed().sort(compareMaven)).toEqual(history);
  });

  it.each([1, 2, 3])('is a total order over whatever it is given (seed %i)', (seed) => {
    const versions = randomVersions(PIECES, 100, seed);
    expectTotalOrder(compareMaven, [...versions, ...versions.map((version) => `1${version}`)]);
  });

  it.each([['0'], ['9'], ['.0'], ['-0'], ['-'], ['-1'], ['a1'], ['ga.'], ['.ga'], ['x']])(
    'stays linear over a text of many %j',
    (piece) => {
      const long = piece.repeat(300_000);
      const started = cpuMs();
      expect(Math.sign(compareMaven(`1${long}.1`, `1${long}.2`))).toBe(-1);
      expect(cpuMs() - started).toBeLessThan(2000);
    },
  );
});
