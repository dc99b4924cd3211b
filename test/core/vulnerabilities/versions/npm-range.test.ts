/**
 * Ranges of package.json.
 *
 * @module
 */

import { describe, expect, it } from 'vitest';
import {
  inNpmRange,
  type NpmRangeOptions,
} from '../../../../core/vulnerabilities/versions/npm-range.ts';
import { cpuMs } from '../../../support/cpu.ts';

type Row = readonly [range: string, version: string, included: boolean, options?: NpmRangeOptions];

const ROWS: readonly Row[] = [
  ['', '1.2.3', true],
  ['*', '1.2.3', true],
  ['1.2.3', '1.2.3', true],
  ['1.2.3', '1.2.4', false],
  ['>=1.0.0 <2.0.0', '1.9.9', true],
  ['>=1.0.0 <2.0.0', '2.0.0', false],
  ['^1.2.3', '1.9.0', true],
  ['^1.2.3', '2.0.0', false],
  ['^0.2.3', '0.3.0', false],
  ['^0.0.3', '0.0.4', false],
  ['~1.2.3', '1.2.9', true],
  ['~1.2.3', '1.3.0', false],
  ['1.x', '1.5.0', true],
  ['1.2.x || >=2.5.0', '2.6.0', true],
  ['1.2.x || >=2.5.0', '2.4.0', false],
  ['1.2 - 2.3', '2.3.9', true],
  ['1.2 - 2.3', '2.4.0', false],
  // Pre-releases.
  ['>=1.0.0', '1.1.0-rc.1', false],
  ['>=1.1.0-rc.0', '1.1.0-rc.1', true],
  ['>=1.1.0-rc.0', '1.2.0-rc.1', false],
  ['>=1.0.0', '1.1.0-rc.1', true, { includePrerelease: true }],
  ['^1.0.0', '2.0.0-rc.1', false, { includePrerelease: true }],
  // Loose forms.
  ['>=1.0.0', 'v1.0.0', true],
  ['~1.2.3beta', '1.2.3', true, { loose: true }],
  ['~1.2.3beta', '1.2.3', false],
  // What cannot be read.
  ['>=2', 'glorp', false],
  ['blerg', '1.2.3', false],
];

const CASES = ROWS.map((
  [range, version, included, options = {}],
): Required<Row> => [range, version, included, options]);

describe('inNpmRange', () => {
  it.each(CASES)('%j has %j: %s', (range, version, included, options) => {
    expect(inNpmRange(range, version, options)).toBe(included);
  });

  it('takes a long range for none, and is done soon', () => {
    const started = cpuMs();
    expect(inNpmRange('1.2.3 || '.repeat(1000), '1.2.3')).toBe(true);
    expect(inNpmRange('1.2.3 || '.repeat(1_000_000), '1.2.3')).toBe(false);
    expect(inNpmRange('^1', `1.${'2'.repeat(1_000_000)}`)).toBe(false);
    expect(cpuMs() - started).toBeLessThan(2000);
  });
});
