/**
 * The order of Composer versions.
 *
 * @module
 */

import { describe, expect, it } from 'vitest';
import { compareComposer } from '../../../../core/vulnerabilities/versions/composer.ts';
import { expectTotalOrder, type OrderRow, randomVersions, signOf } from './order.ts';
import { cpuMs } from '../../../support/cpu.ts';

const ROWS: readonly OrderRow[] = [
  // Four numbers; what is left out is 0.
  ['1', '=', '1.0.0.0'],
  ['v1.2.3', '=', '1.2.3'],
  ['V1.2', '=', '1.2.0'],
  [' 1.0 ', '=', '1.0'],
  ['1.9', '<', '1.10'],
  ['1.0.0', '<', '1.0.0.1'],
  ['1.01', '=', '1.1'],
  ['1.2.3.4', '<', '1.2.3.4.0'],
  ['20240101', '<', '20240102'],
  ['2024.01.02', '=', '2024-01-02'],
  ['1.18446744073709551616', '>', '1.18446744073709551615'],
  // Stability suffixes, in any spelling.
  ['1.0-dev', '<', '1.0-alpha'],
  ['1.0-alpha', '<', '1.0-alpha1'],
  ['1.0-alpha9', '<', '1.0-alpha10'],
  ['1.0-alpha10', '<', '1.0-beta1'],
  ['1.0-beta1', '<', '1.0-RC1'],
  ['1.0-RC9', '<', '1.0'],
  ['1.0', '<', '1.0-patch1'],
  ['1.0-patch1', '<', '1.0-patch2'],
  ['1.0-p1', '<', '1.0.0.1'],
  ['1.0a1', '=', '1.0.0-alpha.1'],
  ['1.0.b2', '=', '1.0_BETA-2'],
  ['1.0rc1', '=', '1.0-RC.1'],
  ['1.0pl1', '=', '1.0-p1'],
  ['1.0-stable', '=', '1.0'],
  ['1.0-alpha.1.2', '>', '1.0-alpha.1'],
  ['1.0-beta1-dev', '<', '1.0-beta1'],
  ['3.0', '>', '3.0.0-beta'],
  // Build metadata, stability flags and aliases do not count.
  ['1.0.0+20130313', '=', '1.0.0'],
  ['1.0.0-beta+a.1', '=', '1.0.0-beta+b'],
  ['1.0@dev', '=', '1.0'],
  ['1.0-RC1@beta', '=', '1.0-RC1'],
  ['1.0 as 2.0', '=', '1.0'],
  // Lines of development come after all their releases.
  ['1.x-dev', '>', '1.999.0'],
  ['1.x-dev', '<', '2.0.0-alpha1'],
  ['1.2.x-dev', '>', '1.2.3'],
  ['1.2.x-dev', '<', '1.x-dev'],
  ['1.2.3.x-dev', '>', '1.2.3.4'],
  ['v2.1.*-dev', '=', '2.1.X-dev'],
  ['1.x.x-dev', '=', '1.x-dev'],
  // Branches come before every version.
  ['dev-main', '<', '0-dev'],
  ['dev-main', '<', ''],
  ['dev-a', '<', 'dev-b'],
  ['DEV-a', '=', 'dev-a'],
  ['dev-A', '<', 'dev-a'],
  ['master', '=', 'dev-master'],
  ['dev-1.0+a', '<', 'dev-1.0+b'],
  // Text that Composer rejects, as PHP reads it.
  ['4.3-2RC1', '<', '4.3-2'],
  ['4.3-2', '>', '4.3.1'],
  ['1.0-foo', '<', '1.0-dev'],
  ['1.0-foo', '=', '1.0-zoo'],
  ['1.0-foo1', '<', '1.0-zoo2'],
  ['1.2.3.#', '=', '1.2.3'],
  ['1.2.3.#.beta', '<', '1.2.3'],
  ['1.0-post1', '>', '1.0'],
  ['foo', '<', '1'],
  ['', '<', '0'],
];

const PIECES = [
  ...['0', '1', '2', '10', '01', '.', '-', '_', '.0', 'v', 'x', '.x', '*', 'dev', '-dev', 'dev-'],
  ...['alpha', 'b1', 'RC', '-p', 'foo', 'stable', '+', '@dev', ' as ', '#', 'master'],
];

describe('compareComposer', () => {
  it.each(ROWS)('%s %s %s', (a, sign, b) => {
    expect(signOf(compareComposer, a, b)).toBe(sign);
  });

  it('sorts a release history', () => {
    const history = [
      'dev-feature',
      'dev-main',
      'v1.0.0-dev',
      'v1.0.0-alpha1',
      '1.0.0-BETA1',
      'v1.0.0-RC1',
      'v1.0.0',
      'v1.0.0-p1',
      '1.0.0.1',
      '1.0.1',
      '1.0.x-dev',
      '1.10.0',
      '1.x-dev',
      'v2.0.0-beta.3',
    ];
    expect(history.toReversed().sort(compareComposer)).toEqual(history);
  });

  it.each([1, 2, 3])('is a total order over whatever it is given (seed %i)', (seed) => {
    const versions = randomVersions(PIECES, 100, seed);
    expectTotalOrder(compareComposer, [...versions, ...versions.map((version) => `1${version}`)]);
  });

  it.each([['0'], ['9'], ['.0'], ['.x'], ['-'], ['*'], ['a1'], ['@'], [' '], ['dev']])(
    'stays linear over a text of many %j',
    (piece) => {
      const long = piece.repeat(300_000);
      const started = cpuMs();
      expect(Math.sign(compareComposer(`1${long}.1`, `1${long}.2`))).toBe(-1);
      expect(cpuMs() - started).toBeLessThan(2000);
    },
  );
});
