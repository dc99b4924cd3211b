/**
 * Version ranges of Maven.
 *
 * @module
 */

import { describe, expect, it } from 'vitest';
import { inMavenRange } from '../../../../core/vulnerabilities/versions/maven-range.ts';
import { cpuMs } from '../../../support/cpu.ts';

const ROWS: readonly (readonly [range: string, version: string, included: boolean])[] = [
  // Intervals.
  ['[1.0,2.0)', '1.0.0', true],
  ['[1.0,2.0)', '1.0-rc1', false],
  ['[1.0,2.0)', '2.0', false],
  ['[1.0,2.0)', '2.0-rc1', true],
  ['[1.0,2.0]', '2.0', true],
  ['(1.0,2.0]', '1.0', false],
  ['(,1.0]', '0.1', true],
  ['(,1.0)', '1.0', false],
  ['[1.5,)', '99', true],
  ['[1.5,]', '1.4', false],
  ['[,]', '1', true],
  ['(,)', '1-alpha', true],
  [' [ 1.0 , 2.0 ) ', '1.5', true],
  ['[1.0]', '1.0.0', true],
  ['[1.0]', '1.0.1', false],
  ['[2.0,1.0]', '1.5', false],
  // Unions.
  ['(,1.0],[1.2,)', '1.0', true],
  ['(,1.0],[1.2,)', '1.1', false],
  ['(,1.0] , [1.2,)', '1.2', true],
  ['[1.0],[1.2]', '1.2', true],
  ['[1.0,1.1)||[2.0,2.1)', '2.0.5', true],
  // Comparisons.
  ['', '1.0', true],
  ['1.0', '1.0.0', true],
  ['2.1', '2.1.1', false],
  ['= 1.0', '1', true],
  ['== 1.0', '1.1', false],
  ['!= 1.0', '1.0.0', false],
  ['< 1.1', '1.1-rc1', true],
  ['=< 1.1', '1.1', true],
  ['=> 1.1', '1.0', false],
  ['>= 1.0, < 1.2', '1.1', true],
  ['> 1.0 < 1.2 || > 3.0, < 4.0', '3.5', true],
  ['> 1.0 < 1.2 || > 3.0, < 4.0', '2', false],
  // Not well-formed.
  ['(1.0)', '1.0', false],
  ['[1.0)', '1.0', false],
  ['[]', '0', false],
  ['[1.0,2.0', '1.5', false],
  ['[1.0,2.0,3.0]', '1.5', false],
  ['[1.0,[2.0]', '1.5', false],
  ['[1.0,2.0]x', '1.5', false],
  ['[1.0,2.0],3.0', '1.5', false],
  ['~> 1.0', '1.0', false],
  ['>= 1.0 ||', '1.0', false],
];

describe('inMavenRange', () => {
  it.each(ROWS)('%j and %s: %s', (range, version, included) => {
    expect(inMavenRange(range, version)).toBe(included);
  });

  it('stays linear over a long union', () => {
    const started = cpuMs();
    expect(inMavenRange('[1,2),'.repeat(100_000), '3')).toBe(false);
    expect(inMavenRange('['.repeat(300_000), '3')).toBe(false);
    expect(inMavenRange(`[1,${' '.repeat(300_000)}`, '3')).toBe(false);
    expect(cpuMs() - started).toBeLessThan(2000);
  });
});
