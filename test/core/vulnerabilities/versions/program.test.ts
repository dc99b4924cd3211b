import { describe, expect, it } from 'vitest';
import { compareProgram } from '../../../../core/vulnerabilities/versions/program.ts';
import { expectTotalOrder, type OrderRow, randomVersions, signOf } from './order.ts';

const ROWS: readonly OrderRow[] = [
  ['1.1.1', '<', '1.1.1k'],
  ['1.1.1k', '<', '1.1.1t'],
  ['1.0.2z', '<', '1.0.2za'],
  ['1.0.2zg', '<', '1.0.2zh'],
  ['1.1.1za', '<', '3.0.0'],
  ['1.1.1-pre8', '<', '1.1.1'],
  ['3.0.0-alpha1', '<', '3.0.0-beta1'],
  ['3.0.0-beta1', '<', '3.0.0'],
  ['9.9p1', '<', '9.9p2'],
  ['9.9', '<', '9.9p1'],
  ['9.9p2', '<', '10.0p1'],
  ['3.12.0a1', '<', '3.12.0b1'],
  ['3.12.0b1', '<', '3.12.0rc1'],
  ['3.12.0rc1', '<', '3.12.0'],
  ['3.11.0:alpha2', '=', '3.11.0a2'],
  ['8.1.0RC1', '<', '8.1.0'],
  ['7.0.0:rc1', '=', '7.0.0-rc1'],
  ['7.0.0_rc1', '=', '7.0.0-rc1'],
  ['2.8-dev0', '<', '2.8-dev1'],
  ['2.8-dev12', '<', '2.8'],
  ['16devel', '<', '16beta1'],
  ['16beta1', '<', '16.0'],
  ['3.3.0preview2', '<', '3.3.0'],
  ['v1.2.3', '=', '1.2.3'],
  ['1.2', '=', '1.2.0'],
  ['1.9.5', '<', '1.25.3'],
];

describe('versions of programs', () => {
  it.each(ROWS)('%s %s %s', (a, sign, b) => {
    expect(signOf(compareProgram, a, b)).toBe(sign);
  });

  it('have one order', () => {
    const pieces = ['0', '1', '12', '.', '-', 'a', 'p', 'rc', 'dev', 'pre', 'k', ':', '_', 'v'];
    expectTotalOrder(compareProgram, randomVersions(pieces, 150, 7));
  });
});
