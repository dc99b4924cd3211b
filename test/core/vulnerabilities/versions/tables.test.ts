/**
 * The schemes and ranges by name.
 *
 * @module
 */

import { describe, expect, it } from 'vitest';
import {
  NOTED_SCHEMES,
  RANGES,
  SCHEMES,
} from '../../../../core/vulnerabilities/versions/tables.ts';

describe('the tables', () => {
  it.each([...SCHEMES])('order versions by %s', (_, compare) => {
    expect(compare('1.2.3', '1.2.3')).toBe(0);
    expect(Math.sign(compare('1.2.3', '1.10.0'))).toBe(-1);
    expect(Math.sign(compare('20.0.0', '1.10.0'))).toBe(1);
  });

  it('note parts of schemes that there are', () => {
    for (const scheme of NOTED_SCHEMES.keys()) expect([...SCHEMES.keys()]).toContain(scheme);
  });

  it.each([...RANGES])('test ranges of %s', (_, inRange) => {
    expect(inRange('>= 1.2.0', '1.10.0', {})).toBe(true);
    expect(inRange('>= 1.2.0', '1.1.0', {})).toBe(false);
  });
});
