/**
 * Requirements of RubyGems.
 *
 * @module
 */

import { describe, expect, it } from 'vitest';
import { inGemRequirement } from '../../../../core/vulnerabilities/versions/gem-requirement.ts';
import { cpuMs } from '../../../support/cpu.ts';

const ROWS: readonly (readonly [requirement: string, version: string, included: boolean])[] = [
  ['= 1.2', '1.2.0', true],
  ['1.2', '1.2', true],
  ['1.2', '1.3', false],
  ['== 1.2', '1.2', true],
  ['!= 1.2', '1.2.0', false],
  ['!= 1.2', '1.2.1', true],
  ['> 1.2', '1.2', false],
  ['>1.2', '1.2.1', true],
  ['>= 1.2', '1.2', true],
  ['>= 1.2', '1.2.rc1', false],
  ['< 1.2', '1.2.rc1', true],
  ['<= 1.2', '1.2.0.1', false],
  ['>= 1.2', '1.2.0-java', true],
  // The pessimistic operator.
  ['~> 1.4', '1.4', true],
  ['~> 1.4', '1.9.9', true],
  ['~> 1.4', '2.0', false],
  ['~> 1.4', '2.0.rc1', false],
  ['~> 1.4', '1.3.9', false],
  ['~> 1.4.4', '1.4.10', true],
  ['~> 1.4.4', '1.5', false],
  ['~> 1.4.4', '1.5.0.a', false],
  ['~> 1.4.0.2', '1.4.0.9', true],
  ['~> 1.4.0.2', '1.4.1', false],
  ['~> 2', '2.9', true],
  ['~> 2', '3', false],
  ['~> 2.0.rc1', '2.0.rc2', true],
  ['~> 2.0.rc1', '2.5', true],
  ['~> 2.0.rc1', '3.0.rc1', false],
  ['~> 2.0-rc.1', '2.1', true],
  ['~> 5.x', '5.0.0', true],
  ['~> 5.x', '6', false],
  ['~> a', '1', false],
  // Several at once, and alternatives.
  ['', '1.0', true],
  ['  ', '1.0.rc1', true],
  ['>= 1.4, <= 1.6, != 1.5', '1.6', true],
  ['>= 1.4, <= 1.6, != 1.5', '1.5', false],
  ['>= 1.4 < 1.6', '1.5', true],
  ['>=1.4<1.6', '1.7', false],
  ['~> 1.4.4 || >= 2.1', '1.4.5', true],
  ['~> 1.4.4 || >= 2.1', '1.5', false],
  ['~> 1.4.4 || >= 2.1', '3', true],
  // Not well-formed.
  ['>=', '1.0', false],
  ['>= , 1.0', '1.0', false],
  ['>> 1.0', '2.0', false],
  ['> 0 ||', '1.0', false],
];

describe('inGemRequirement', () => {
  it.each(ROWS)('%j and %s: %s', (requirement, version, included) => {
    expect(inGemRequirement(requirement, version)).toBe(included);
  });

  it('stays linear over a long requirement', () => {
    const started = cpuMs();
    expect(inGemRequirement('!= 1.0, '.repeat(100_000), '1.1')).toBe(true);
    expect(inGemRequirement(`~> 1${'.0'.repeat(300_000)}`, '1')).toBe(true);
    expect(cpuMs() - started).toBeLessThan(2000);
  });
});
