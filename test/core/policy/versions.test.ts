/**
 * Versions of packages, as rules compare them.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import { compareVersions, isSameVersion } from '../../../core/policy/versions.ts';

describe('order', () => {
  it.each([
    [undefined, 'deb', '1.0~rc1-1', '1.0-1', -1],
    ['alpine', 'apk', '1.0_rc1-r0', '1.0-r0', -1],
    ['rhel', 'rpm', '1.0-1.el8', '1.0-2.el8', -1],
    ['rhel', 'rpm', '1:1.0-1', '2.0-1', 1],
    ['alpine', '', '1.0_rc1', '1.0', -1],
    ['debian', 'npm', '1.10.0', '1.9.0', 1],
    ['debian', 'deb', '1.0', '1.0', 0],
  ])('%s %s: %s and %s', (distribution, type, a, b, sign) => {
    expect(Math.sign(compareVersions(distribution, type, a, b))).toBe(sign);
    expect(Math.sign(compareVersions(distribution, type, b, a))).toBe(sign === 0 ? 0 : -sign);
  });
});

describe('sameness', () => {
  it.each([
    ['deb', '1:2.3-4', '1:2.3-4', true],
    ['deb', '1:2.3-4', '1:2.3', true],
    ['deb', '1:2.3-4', '2.3-4', true],
    ['deb', '1:2.3-4', '2.3', true],
    ['deb', '1:2.3-4', '2', false],
    ['deb', '2.3-beta-4', '2.3-beta', true],
    ['deb', '2.3-beta-4', '2.3', false],
    ['rpm', '7.9p1-10.el8', '7.9p1', true],
    ['apk', '1.2.3-r4', '1.2.3', true],
    ['apk', '1.2.3-4', '1.2.3', false],
    ['npm', '1.2.3-4', '1.2.3', false],
    ['npm', '1.2.3', '1.2.3', true],
  ])('%s %s as %s is %s', (type, installed, wanted, expected) => {
    expect(isSameVersion(type, installed, wanted)).toBe(expected);
  });
});
