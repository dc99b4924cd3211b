/**
 * The order of Dart package versions.
 *
 * @module
 */

import { describe, expect, it } from 'vitest';
import { comparePub } from '../../../../core/vulnerabilities/versions/pub.ts';
import { expectTotalOrder, type OrderRow, randomVersions, signOf } from './order.ts';
import { cpuMs } from '../../../support/cpu.ts';

const ROWS: readonly OrderRow[] = [
  ['1.0.0', '<', '1.0.1'],
  ['1.9.0', '<', '1.10.0'],
  ['1.0.0-dev.28', '<', '1.0.0-dev.100'],
  ['1.0.0-alpha', '<', '1.0.0-alpha.1'],
  ['1.0.0-alpha', '<', '1.0.0'],
  // Builds count after everything else.
  ['1.0.0', '<', '1.0.0+1'],
  ['1.0.0+9', '<', '1.0.1'],
  ['1.0.0+1', '<', '1.0.0+2'],
  ['1.0.0+9', '<', '1.0.0+10'],
  ['1.0.0+9', '<', '1.0.0+a'],
  ['1.0.0+a', '<', '1.0.0+a.1'],
  ['1.0.0+a.b', '>', '1.0.0+a.9'],
  ['1.0.0+hotfix.4', '<', '1.0.0+hotfix.10'],
  ['1.0.0-dev', '<', '1.0.0-dev+1'],
  ['1.0.0-dev+9', '<', '1.0.0'],
  ['1.0.0+', '>', '1.0.0'],
  ['v1.0.0+1', '=', '1.0.0+1'],
];

const PIECES = ['0', '1', '2', '10', '.', '.', '.', '-', '+', '+', 'a', 'b', 'dev', 'v'];

describe('comparePub', () => {
  it.each(ROWS)('%j %s %j', (a, sign, b) => {
    expect(signOf(comparePub, a, b)).toBe(sign);
  });

  it.each([1, 2, 3])('is a total order over whatever it is given (seed %i)', (seed) => {
    const versions = randomVersions(PIECES, 100, seed);
    expectTotalOrder(comparePub, [...versions, ...versions.map((version) => `1${version}`)]);
  });

  it.each([['+1'], ['.a'], ['+']])('stays linear over a text of many %j', (piece) => {
    const long = piece.repeat(500_000);
    const started = cpuMs();
    expect(Math.sign(comparePub(`1+${long}1`, `1+${long}2`))).toBe(-1);
    expect(cpuMs() - started).toBeLessThan(2000);
  });
});
