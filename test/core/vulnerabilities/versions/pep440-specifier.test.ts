/**
 * Python version specifiers.
 *
 * @module
 */

import { describe, expect, it } from 'vitest';
import { inPep440Specifier } from '../../../../core/vulnerabilities/versions/pep440-specifier.ts';
import { cpuMs } from '../../../support/cpu.ts';

const ROWS: readonly (readonly [specifier: string, version: string, included: boolean])[] = [
  // Equality: zeros and spellings do not matter, a local version only where the clause has one.
  ['==1.1', '1.1.0', true],
  ['==1.1', '1.1.post1', false],
  ['==1.1', '1.1+cpu', true],
  ['==1.1+cpu', '1.1+CPU', true],
  ['==1.1+cpu', '1.1', false],
  ['==1.1-1', '1.1.post1', true],
  ['!=1.1', '1.1+cpu', false],
  ['!=1.1+cpu', '1.1', true],
  ['== v1.1', '1.1', true],
  // Prefixes.
  ['==1.1.*', '1.1', true],
  ['==1.1.*', '1.1.5', true],
  ['==1.1.*', '1.1a1', true],
  ['==1.1.*', '1.10', false],
  ['==1.1.0.*', '1.1', true],
  ['==1.*', '1!1.0', false],
  ['==1!1.*', '1!1.0', true],
  ['==1.1a1.*', '1.1a1.post2', true],
  ['==1.1a1.*', '1.1a2', false],
  ['==1.1.post1.*', '1.1.post1.dev3', true],
  ['==1.1.post1.*', '1.1', false],
  ['!=1.1.*', '1.1.post1', false],
  ['!=1.1.*', '1.2', true],
  // Inclusive order: local versions do not count.
  ['<=1.0', '1.0+cpu', true],
  ['<=1.0', '1.0.post1', false],
  ['<=1.0', '1.0rc1', true],
  ['>=1.0', '1.0+cpu', true],
  ['>=1.0', '1.0.dev1', false],
  ['>=1.0', '2!0.1', true],
  // Exclusive order: neither the pre-releases of the upper bound nor the post-releases of the lower.
  ['<2.0', '2.0rc1', false],
  ['<2.0', '2.0.dev1', false],
  ['<2.0', '1.9.post1', true],
  ['<2.0rc2', '2.0rc1', true],
  ['<2.0.post1', '2.0', true],
  ['<2.0.post1', '2.0.post1.dev1', false],
  ['<2.0', '2.0+cpu', false],
  ['>1.7', '1.7.1', true],
  ['>1.7', '1.7.0.post1', false],
  ['>1.7', '1.7+cpu', false],
  ['>1.7.post2', '1.7.post3', true],
  ['>1.7.post2', '1.7.post2+cpu', false],
  ['>1.7a1', '1.7a1.post1', false],
  ['>1.7a1', '1.7.post1', true],
  ['>1.7.dev1', '1.7', true],
  // Compatible releases.
  ['~=2.2', '2.3', true],
  ['~=2.2', '3.0', false],
  ['~=2.2', '2.1', false],
  ['~=2.2.0', '2.2.post3', true],
  ['~=2.2.0', '2.3', false],
  ['~=2.2rc1', '2.2', true],
  ['~=2.2rc1', '2.2b1', false],
  ['~=1!2.2', '2.5', false],
  ['~=2', '2.1', false],
  // The text itself.
  ['===1.0', '1.0', true],
  ['===1.0', '1.0.0', false],
  ['=== Weekly', 'weekly', true],
  // Sets.
  ['', '1.0', true],
  [' , ', '1.0', true],
  ['>=1.0, !=1.5, <2', '1.4', true],
  ['>=1.0, !=1.5, <2', '1.5.0', false],
  ['>=1.0,<2,', '1.9', true],
  // A version that is none meets no clause but the one about its text.
  ['>=0', 'trunk', false],
  ['!=1.0', 'trunk', false],
  ['===trunk,!=1.0', 'trunk', false],
  ['', 'trunk', true],
  // Clauses that are not well-formed.
  ['1.0', '1.0', false],
  ['=1.0', '1.0', false],
  ['>=', '1.0', false],
  ['>=1.0+cpu', '1.0', false],
  ['~=1.0+cpu', '1.0', false],
  ['>=1.*', '1.0', false],
  ['==1.0.dev1.*', '1.0.dev1', false],
  ['==1.0+cpu.*', '1.0+cpu', false],
  ['!=x', '1.0', false],
];

describe('inPep440Specifier', () => {
  it.each(ROWS)('%j and %s: %s', (specifier, version, included) => {
    expect(inPep440Specifier(specifier, version)).toBe(included);
  });

  it('stays linear over a long set', () => {
    const started = cpuMs();
    expect(inPep440Specifier('!=1.0,'.repeat(100_000), '1.1')).toBe(true);
    expect(inPep440Specifier(`==1${'.0'.repeat(300_000)}.*`, '1')).toBe(true);
    expect(cpuMs() - started).toBeLessThan(2000);
  });
});
