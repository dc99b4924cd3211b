/**
 * The order of Python versions.
 *
 * @module
 */

import { describe, expect, it } from 'vitest';
import { comparePep440, isPep440 } from '../../../../core/vulnerabilities/versions/pep440.ts';
import { expectTotalOrder, type OrderRow, randomVersions, signOf } from './order.ts';
import { cpuMs } from '../../../support/cpu.ts';

const ROWS: readonly OrderRow[] = [
  // Releases: numbers by value, zeros at the end do not count.
  ['1.0', '=', '1'],
  ['1.0.0', '=', '1'],
  ['1.9', '<', '1.10'],
  ['1.01', '=', '1.1'],
  ['1.0.1', '>', '1'],
  ['0', '<', '0.0.1'],
  ['2024.1', '>', '23.12'],
  ['1.18446744073709551616', '>', '1.18446744073709551615'],
  // Pre-releases, post-releases and development releases.
  ['1.0.dev1', '<', '1.0a1'],
  ['1.0a1.dev1', '<', '1.0a1'],
  ['1.0a1', '<', '1.0a2'],
  ['1.0a9', '<', '1.0a10'],
  ['1.0a2', '<', '1.0b1'],
  ['1.0b2', '<', '1.0rc1'],
  ['1.0rc9', '<', '1.0'],
  ['1.0a1', '<', '1.0a1.post1'],
  ['1.0a1.post1', '<', '1.0a2.dev1'],
  ['1.0rc1.post2', '<', '1.0'],
  ['1.0', '<', '1.0.post1.dev1'],
  ['1.0.post1.dev1', '<', '1.0.post1'],
  ['1.0.post1', '<', '1.0.1.dev1'],
  ['1.0.dev9', '<', '1.0.dev10'],
  // Epochs.
  ['1!0.1', '>', '99'],
  ['0!1.0', '=', '1.0'],
  ['2!1', '<', '10!1'],
  // Local versions: none, letters, numbers; the longer one is newer.
  ['1.0', '<', '1.0+abc'],
  ['1.0+abc', '<', '1.0+abd'],
  ['1.0+zz', '<', '1.0+1'],
  ['1.0+9', '<', '1.0+10'],
  ['1.0+ubuntu', '<', '1.0+ubuntu.1'],
  ['1.0+1.0', '>', '1.0+1'],
  ['1.0+cu118', '<', '1.0.post1'],
  ['1.0+ABC-1_2', '=', '1.0+abc.1.2'],
  ['1.0+01', '=', '1.0+1'],
  // Spellings that are normalised.
  [' v1.0\n', '=', '1.0'],
  ['V1.0', '=', '1.0'],
  ['1.0ALPHA1', '=', '1.0a1'],
  ['1.0-beta_2', '=', '1.0b2'],
  ['1.0.c.3', '=', '1.0rc3'],
  ['1.0pre1', '=', '1.0rc1'],
  ['1.0-preview-1', '=', '1.0rc1'],
  ['1.0a', '=', '1.0a0'],
  ['1.0rc.', '=', '1.0rc0'],
  ['1.0-1', '=', '1.0.post1'],
  ['1.0_rev2', '=', '1.0.post2'],
  ['1.0r3', '=', '1.0.post3'],
  ['1.0post', '=', '1.0.post0'],
  ['1.0a-1', '=', '1.0a1'],
  ['1.0a--1', '=', '1.0a0.post1'],
  ['1.0dev', '=', '1.0.dev0'],
  ['1.0_DEV_4', '=', '1.0.dev4'],
  // What PEP 440 does not know sorts below every valid version, in the order of setuptools.
  ['2.0.0-final', '<', '0.1'],
  ['trunk', '<', '0.dev0'],
  ['', '<', '0.dev0'],
  ['0.7.10p1', '<', '0.7.11p1'],
  ['0.7.9p1', '<', '0.7.10p1'],
  ['1.3.1-STAGING', '>', '1.3.0-STAGING'],
  ['1.0-x', '=', '1.0.0-x'],
  ['1.0-a.x', '<', '1.0-x'],
  ['1.0-rc.x', '=', '1.0-preview.x'],
  ['1.0-rc.x', '<', '1.0-final.x'],
  ['1.0.dev-3f0a', '<', '1.0-alpha-x'],
  ['2013-01-21T20:33:09+0100', '<', '2013-01-21T20:33:10+0100'],
];

const PIECES = [
  ...['0', '1', '2', '10', '01', '.', '.0', '.1', 'a', 'b1', 'rc', 'c2', '-alpha', '.pre'],
  ...['.post', '-1', 'rev3', '.dev', 'dev2', '+abc', '+1', '1!', 'v', ' ', 'x', '-', '_'],
];

describe('comparePep440', () => {
  it.each(ROWS)('%s %s %s', (a, sign, b) => {
    expect(signOf(comparePep440, a, b)).toBe(sign);
  });

  it('sorts a release history', () => {
    const history = [
      '1.0rc1-x',
      '1.dev0',
      '1.0.dev456',
      '1.0a1',
      '1.0a2.dev456',
      '1.0a12.dev456',
      '1.0a12',
      '1.0b1.dev456',
      '1.0b2',
      '1.0b2.post345.dev456',
      '1.0b2.post345',
      '1.0rc1.dev456',
      '1.0rc1',
      '1.0',
      '1.0+abc.5',
      '1.0+abc.7',
      '1.0+5',
      '1.0.post456.dev34',
      '1.0.post456',
      '1.0.15',
      '1.1.dev1',
    ];
    expect(history.toReversed().sort(comparePep440)).toEqual(history);
  });

  it.each([1, 2, 3])('is a total order over whatever it is given (seed %i)', (seed) => {
    const versions = randomVersions(PIECES, 100, seed);
    expectTotalOrder(comparePep440, [...versions, ...versions.map((version) => `1${version}`)]);
  });

  it.each([['0'], ['9'], ['.1'], ['.0'], ['a'], ['x1'], ['-'], ['+']])(
    'stays linear over a text of many %j',
    (piece) => {
      const long = piece.repeat(300_000);
      const started = cpuMs();
      expect(Math.sign(comparePep440(`1${long}.1`, `1${long}.2`))).toBe(-1);
      expect(cpuMs() - started).toBeLessThan(2000);
    },
  );
});

describe('isPep440', () => {
  it.each([
    ['1'],
    ['v1.0'],
    ['1!2.0rc1.post2.dev3+local.4'],
    ['1.0-1'],
    ['1.0.a.1'],
    ['1.0a.'],
    [' 1.0 '],
    ['1.0+ABC_d-1'],
  ])('takes %j', (version) => {
    expect(isPep440(version)).toBe(true);
  });

  it.each([
    [''],
    ['v'],
    ['x1.0'],
    ['1.'],
    ['1..0'],
    ['1!'],
    ['!1'],
    ['1.0p1'],
    ['1.0rc1rc2'],
    ['1.0.dev1.post1'],
    ['1.0+'],
    ['1.0+a..b'],
    ['1.0+a+b'],
    ['1.0+é'],
    ['1.0 1'],
    ['1.0-final'],
  ])('rejects %j', (version) => {
    expect(isPep440(version)).toBe(false);
  });
});
