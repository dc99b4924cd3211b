import { describe, expect, it } from 'vitest';
import { rangeOfFixes } from '../../../../core/feeds/csaf/streams.ts';
import { compareRpm } from '../../../../core/vulnerabilities/versions/rpm.ts';

/** Whether a build is in the range of fixes, read as the ends of what is affected. */
function isAffected(fixes: readonly string[], build: string): boolean {
  const range = rangeOfFixes(fixes).toSorted(([, a], [, b]) => compareRpm(a, b));
  let isIn = false;
  for (const [operator, version] of range) {
    if (compareRpm(build, version) >= 0) isIn = operator === '>=';
  }
  return isIn;
}

describe('the fixes of several streams', () => {
  it.each<[fixes: readonly string[], affected: readonly string[], fixed: readonly string[]]>([
    [['3.0.7-6.el9_2'], ['3.0.7-5.el9'], ['3.0.7-6.el9_2', '3.0.7-24.el9']],
    // glibc of RHEL 8, CVE-2024-2961: 8.9 and 8.10.
    [
      ['2.28-251.el8_10.1', '2.28-236.el8_9.13'],
      ['2.28-225.el8', '2.28-236.el8_9.12', '2.28-251.el8', '2.28-251.el8_10', '2.28-240.el8'],
      ['2.28-236.el8_9.13', '2.28-236.el8_9.14', '2.28-251.el8_10.1', '2.28-251.el8_10.2'],
    ],
    // curl of RHEL 9, CVE-2023-38545: 9.2 and 9.3.
    [
      ['7.76.1-23.el9_2.4', '7.76.1-26.el9_3.2'],
      ['7.76.1-23.el9_2.2', '7.76.1-26.el9'],
      ['7.76.1-23.el9_2.4', '7.76.1-26.el9_3.2', '7.76.1-29.el9_4'],
    ],
    // Kernels count up before what they are built for.
    [
      ['4.18.0-513.24.1.el8_9', '4.18.0-553.5.1.el8_10'],
      ['4.18.0-513.18.1.el8_9', '4.18.0-553.el8_10'],
      ['4.18.0-513.24.1.el8_9', '4.18.0-513.30.1.el8_9', '4.18.0-553.8.1.el8_10'],
    ],
    // The same release number in two streams.
    [
      ['1.2-3.el9_2.1', '1.2-3.el9_3.1'],
      ['1.2-3.el9', '1.2-3.el9_3'],
      ['1.2-3.el9_2.1', '1.2-3.el9_2.7', '1.2-3.el9_3.1'],
    ],
    // Module builds of one stream, whose contexts have no order; the epoch counts.
    [
      [
        '1:0.78-11.module+el8.6.0+23193+53aa8c2a.1',
        '1:0.78-11.module+el8.6.0+23193+6b2b1cae.1',
        '1:0.78-11.module+el8.6.0+23193+c3786137.1',
      ],
      ['1:0.78-11.module+el8.6.0+22000+ffffffff', '0.78-99'],
      [
        '1:0.78-11.module+el8.6.0+23193+53aa8c2a.1',
        '1:0.78-11.module+el8.6.0+23193+6b2b1cae.1',
        '1:0.78-11.module+el8.6.0+23193+c3786137.1',
      ],
    ],
    [
      ['2.4.37-62.module+el8.9.0+20000+1', '2.4.37-62.module+el8.10.0+21000+2'],
      ['2.4.37-62.module+el8.8.0+1+1', '2.4.37-62.module+el8.10.0+20900+1'],
      ['2.4.37-62.module+el8.9.0+20500+1', '2.4.37-62.module+el8.10.0+21000+2'],
    ],
    // Other upstream versions.
    [
      ['3.7.6-23.el9_3.4', '3.8.3-4.el9_4'],
      ['3.7.6-23.el9_3.3', '3.8.2-3.el9', '3.8.3-1.el9'],
      ['3.7.6-23.el9_3.4', '3.8.3-4.el9_4', '3.8.3-6.el9'],
    ],
    // Two fixes of one stream: the first has it.
    [['3.10.0-1160.119.1.el7', '3.10.0-1160.125.1.el7'], [], ['3.10.0-1160.120.1.el7']],
    // Where nobody can tell, the last one has it.
    [['1.0', '2.0'], ['0.9', '1.5'], ['2.0']],
    [['1.0-rc', '1.0-1'], ['1.0-rc'], ['1.0-1']],
    [['1-1.el9', '1-99999999999999999999999999999999999999999999999.el9'], ['1-1.el9'], []],
  ])('%j', (fixes, affected, fixed) => {
    expect(affected.filter((build) => !isAffected(fixes, build))).toEqual([]);
    expect(fixed.filter((build) => isAffected(fixes, build))).toEqual([]);
    expect(isAffected(fixes, '0')).toBe(true);
  });

  it('make a range whose bounds alternate', () => {
    expect(rangeOfFixes(['2.28-251.el8_10.1', '2.28-236.el8_9.13'])).toEqual([
      ['>=', '0'],
      ['<', '2.28-236.el8_9.13'],
      ['>=', '2.28-237'],
      ['<', '2.28-251.el8_10.1'],
    ]);
  });
});
