/**
 * The order of Java runtime versions.
 *
 * @module
 */

import { describe, expect, it } from 'vitest';
import { compareJvm } from '../../../../core/vulnerabilities/versions/jvm.ts';
import { expectTotalOrder, type OrderRow, randomVersions, signOf } from './order.ts';
import { cpuMs } from '../../../support/cpu.ts';

const ROWS: readonly OrderRow[] = [
  // The current scheme: numbers, a missing one is 0.
  ['11', '=', '11.0.0'],
  ['11.0.9', '<', '11.0.10'],
  ['11.0.20', '<', '11.0.20.1'],
  ['17.0.8', '<', '21'],
  ['9.0.4', '<', '10'],
  // Builds and what follows them do not count.
  ['17.0.8+7', '=', '17.0.8+8'],
  ['17.0.8+7-LTS', '=', '17.0.8'],
  ['17.0.8-LTS', '=', '17.0.8'],
  ['17+35-LTS-2724', '=', '17'],
  ['17.0.9+9-Debian-1deb12u1', '=', '17.0.9'],
  // Pre-releases.
  ['17-ea+36', '<', '17'],
  ['17-ea', '>', '16.0.2'],
  ['17-ea+1', '=', '17-EA+36'],
  ['17-ea', '<', '17-internal'],
  ['17-2', '<', '17-10'],
  ['17-10', '<', '17-ea'],
  // The schemes before it.
  ['1.8.0_292', '=', '8.0.292'],
  ['8u292', '=', '1.8.0_292'],
  ['8u292-b10', '=', '1.8.0_292-b11'],
  ['8u362b09', '=', '8u362'],
  ['1.8.0_292', '>', '1.8.0_29'],
  ['1.8.0_131', '>', '8.0.4'],
  ['1.8.0', '<', '1.8.0_5'],
  ['1.8', '=', '8'],
  ['1.7.0_80', '<', '1.8.0'],
  ['1.8.0_402', '<', '9'],
  ['1.4.2_19', '<', '5.0u1'],
  ['1.5.0_22', '=', '5.0u22'],
  ['1.8.0_131-ea', '<', '1.8.0_131'],
  ['1.8.0_131-ea-b11', '=', '1.8.0_131-ea'],
  ['1.9.0-ea-b19', '=', '9-ea+19'],
  ['1.8.0_292-8u292-b10-0ubuntu1~20.04-b10', '=', '8u292'],
  ['1.8.0-internal', '<', '1.8.0'],
  // An update in words, as product names write it.
  ['8-update202', '=', '8u202'],
  ['8:update_202', '=', '8u202'],
  ['1.8.0:update202', '=', '8u202'],
  ['8.0.0-update302-b08', '=', '8u302'],
  ['11.0.1_5', '=', '11.0.1.5'],
  // What file names and tags write before it.
  ['jdk-17.0.8+7', '=', '17.0.8'],
  ['jdk8u292-b10', '=', '8u292'],
  ['OpenJDK17', '=', '17'],
  // Text that is no version.
  ['', '<', '0'],
  ['foo', '<', '0'],
  ['jdk', '<', 'jre'],
  ['17.x', '=', '17'],
];

const PIECES = [
  ...['0', '1', '8', '11', '.', '.0', '1.', '_', 'u', '-', '+', '-b10', '-ea', '-internal'],
  ...['update', ':', 'jdk', '-7', '-lts', 'x'],
];

describe('compareJvm', () => {
  it.each(ROWS)('%s %s %s', (a, sign, b) => {
    expect(signOf(compareJvm, a, b)).toBe(sign);
  });

  it('sorts a release history', () => {
    const history = [
      '1.4.2_19',
      '1.6.0_45-b06',
      '7u80',
      '1.8.0-ea',
      '1.8.0',
      '1.8.0_202-b08',
      '8u392',
      '9-ea+180',
      '9.0.4+11',
      '11.0.20+8',
      '11.0.20.1+1-LTS',
      '17.0.9',
      '22-ea+36',
      '22',
    ];
    expect(history.toReversed().sort(compareJvm)).toEqual(history);
  });

  it.each([1, 2, 3])('is a total order over whatever it is given (seed %i)', (seed) => {
    expectTotalOrder(compareJvm, randomVersions(PIECES, 150, seed));
  });

  it.each([['0'], ['9'], ['.0'], ['.1'], ['a']])('stays linear over a text of many %j', (piece) => {
    const long = piece.repeat(300_000);
    const started = cpuMs();
    expect(Math.sign(compareJvm(`1-${long}1`, `1-${long}2`))).toBeLessThan(1);
    expect(Math.sign(compareJvm(`1${long}-1`, `2${long}-2`))).toBe(-1);
    expect(cpuMs() - started).toBeLessThan(2000);
  });
});
