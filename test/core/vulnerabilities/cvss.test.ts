/**
 * CVSS: vectors with the scores that the National Vulnerability Database and FIRST publish of them.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import { cvssOf, type CvssVersion, severityOfBase } from '../../../core/vulnerabilities/cvss.ts';

const V2 = 'AV:N/AC:M/Au:N/C:P/I:P/A:P';
const V3 = 'CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N';
const V4 = 'CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N';

describe('a vector of version 2 or 3', () => {
  it.each([
    ['AV:N/AC:L/Au:S/C:P/I:P/A:P', 6.5, 8, 6.4, 'medium'],
    ['AV:N/AC:L/Au:N/C:C/I:C/A:C', 10, 10, 10, 'high'],
    ['AV:L/AC:L/Au:N/C:P/I:P/A:P', 4.6, 3.9, 6.4, 'medium'],
    ['AV:N/AC:L/Au:N/C:P/I:P/A:P', 7.5, 10, 6.4, 'high'],
    ['AV:N/AC:M/Au:N/C:N/I:P/A:N', 4.3, 8.6, 2.9, 'medium'],
    ['AV:L/AC:L/Au:N/C:C/I:C/A:C', 7.2, 3.9, 10, 'high'],
    ['AV:L/AC:L/Au:N/C:P/I:N/A:N', 2.1, 3.9, 2.9, 'low'],
    ['AV:A/AC:L/Au:N/C:N/I:N/A:P', 3.3, 6.5, 2.9, 'low'],
    ['AV:N/AC:M/Au:N/C:N/I:N/A:P', 4.3, 8.6, 2.9, 'medium'],
    ['AV:A/AC:L/Au:S/C:P/I:P/A:P', 5.2, 5.1, 6.4, 'medium'],
    ['AV:N/AC:M/Au:N/C:P/I:N/A:N', 4.3, 8.6, 2.9, 'medium'],
    ['AV:L/AC:L/Au:N/C:N/I:P/A:N', 2.1, 3.9, 2.9, 'low'],
    ['AV:N/AC:L/Au:N/C:P/I:N/A:N', 5, 10, 2.9, 'medium'],
    ['AV:N/AC:L/Au:S/C:N/I:P/A:N', 4, 8, 2.9, 'medium'],
    ['AV:N/AC:M/Au:N/C:P/I:P/A:N', 5.8, 8.6, 4.9, 'medium'],
    ['AV:N/AC:L/Au:N/C:N/I:P/A:P', 6.4, 10, 4.9, 'medium'],
    ['AV:N/AC:L/Au:N/C:N/I:P/A:N', 5, 10, 2.9, 'medium'],
    ['AV:N/AC:L/Au:N/C:N/I:N/A:P', 5, 10, 2.9, 'medium'],
    ['AV:L/AC:M/Au:N/C:P/I:P/A:P', 4.4, 3.4, 6.4, 'medium'],
    ['AV:L/AC:L/Au:N/C:N/I:N/A:P', 2.1, 3.9, 2.9, 'low'],
    ['AV:N/AC:M/Au:N/C:P/I:P/A:P', 6.8, 8.6, 6.4, 'medium'],
    ['AV:N/AC:M/Au:S/C:N/I:P/A:N', 3.5, 6.8, 2.9, 'low'],
    ['AV:L/AC:L/Au:N/C:P/I:N/A:P', 3.6, 3.9, 4.9, 'low'],
    ['AV:N/AC:L/Au:S/C:P/I:N/A:N', 4, 8, 2.9, 'medium'],
    ['AV:N/AC:M/Au:N/C:C/I:C/A:C', 9.3, 8.6, 10, 'high'],
    ['AV:N/AC:L/Au:M/C:N/I:P/A:N', 3.3, 6.4, 2.9, 'low'],
    ['CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H', 10, 3.9, 6, 'critical'],
    ['CVSS:3.0/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:H/A:N', 5.9, 2.2, 3.6, 'medium'],
    ['CVSS:3.0/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:N/A:H', 5.9, 2.2, 3.6, 'medium'],
    ['CVSS:3.0/AV:L/AC:H/PR:H/UI:N/S:U/C:L/I:L/A:L', 3.9, 0.5, 3.4, 'low'],
    ['CVSS:3.0/AV:L/AC:L/PR:N/UI:R/S:U/C:H/I:N/A:N', 5.5, 1.8, 3.6, 'medium'],
    ['CVSS:3.0/AV:L/AC:L/PR:L/UI:N/S:C/C:N/I:H/A:N', 6.5, 2, 4, 'medium'],
    ['CVSS:3.0/AV:N/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:H', 8.8, 2.8, 5.9, 'high'],
    ['CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N', 7.5, 3.9, 3.6, 'high'],
    ['CVSS:3.0/AV:N/AC:L/PR:H/UI:R/S:C/C:L/I:L/A:N', 4.8, 1.7, 2.7, 'medium'],
    ['CVSS:3.0/AV:N/AC:H/PR:N/UI:R/S:U/C:H/I:H/A:H', 7.5, 1.6, 5.9, 'high'],
    ['CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H', 9.8, 3.9, 5.9, 'critical'],
    ['CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:H/A:N', 7.5, 3.9, 3.6, 'high'],
    ['CVSS:3.0/AV:P/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H', 6.8, 0.9, 5.9, 'medium'],
    ['CVSS:3.0/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:L', 7.1, 2.8, 3.7, 'high'],
    ['CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:L/I:L/A:L', 6.3, 2.8, 3.4, 'medium'],
    ['CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N', 7.5, 3.9, 3.6, 'high'],
    ['CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:C/C:H/I:H/A:H', 9, 2.2, 6, 'critical'],
    ['CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:H/I:H/A:H', 7.5, 1.6, 5.9, 'high'],
    ['CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:N/I:N/A:H', 5.5, 1.8, 3.6, 'medium'],
    ['CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H', 9.8, 3.9, 5.9, 'critical'],
    ['CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H', 8.8, 2.8, 5.9, 'high'],
    ['CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:L', 5.3, 3.9, 1.4, 'medium'],
    ['CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:N', 9.1, 3.9, 5.2, 'critical'],
    ['CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:L/A:N', 3.7, 2.2, 1.4, 'low'],
    ['CVSS:3.1/AV:A/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:N', 7.3, 2.1, 5.2, 'high'],
    ['CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H', 7.8, 1.8, 5.9, 'high'],
    ['CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:N/A:N', 5.5, 1.8, 3.6, 'medium'],
    ['CVSS:3.1/AV:A/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H', 6.5, 2.8, 3.6, 'medium'],
    ['CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:N/I:H/A:N', 6.5, 2.8, 3.6, 'medium'],
    ['CVSS:3.1/AV:A/AC:L/PR:L/UI:N/S:U/C:L/I:L/A:L', 5.5, 2.1, 3.4, 'medium'],
    ['CVSS:3.1/AV:L/AC:L/PR:L/UI:R/S:C/C:L/I:L/A:N', 4.6, 1.5, 2.7, 'medium'],
    ['CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H', 10, 3.9, 6, 'critical'],
    ['CVSS:3.1/AV:P/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:H', 6.6, 0.7, 5.9, 'medium'],
    ['CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:H', 8.8, 2.8, 5.9, 'high'],
    ['CVSS:3.1/AV:L/AC:L/PR:H/UI:N/S:U/C:H/I:H/A:H', 6.7, 0.8, 5.9, 'medium'],
    ['CVSS:3.1/AV:L/AC:L/PR:H/UI:N/S:U/C:N/I:H/A:L', 5.1, 0.8, 4.2, 'medium'],
    ['CVSS:3.1/AV:L/AC:L/PR:N/UI:R/S:U/C:N/I:N/A:H', 5.5, 1.8, 3.6, 'medium'],
    ['CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:C/C:L/I:L/A:L', 6.5, 2.2, 3.7, 'medium'],
    ['CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H', 7.5, 3.9, 3.6, 'high'],
    ['CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:L/I:L/A:H', 9.9, 3.9, 5.3, 'critical'],
    ['CVSS:3.1/AV:L/AC:L/PR:H/UI:N/S:U/C:H/I:H/A:N', 6, 0.8, 5.2, 'medium'],
    ['CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:L/A:N', 6.5, 3.9, 2.5, 'medium'],
    ['CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:N/A:N', 5.3, 3.9, 1.4, 'medium'],
    ['CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:H/A:N', 5.9, 2.2, 3.6, 'medium'],
    ['CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:L/A:L', 7.3, 3.9, 3.4, 'high'],
    ['CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:N/A:N', 5.9, 2.2, 3.6, 'medium'],
    ['CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N', 6.1, 2.8, 2.7, 'medium'],
    ['CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:L/A:N', 5.3, 3.9, 1.4, 'medium'],
    ['CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:L/I:L/A:N', 6.4, 3.1, 2.7, 'medium'],
    ['CVSS:3.1/AV:N/AC:L/PR:H/UI:N/S:C/C:H/I:H/A:H', 9.1, 2.3, 6, 'critical'],
    ['CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N', 0, 3.9, 0, 'negligible'],
    ['CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:N/I:N/A:N', 0, 3.9, 0, 'negligible'],
    ['AV:N/AC:L/Au:N/C:N/I:N/A:N', 0, 10, 0, 'low'],
  ])('%s is %d', (vector, base, exploitability, impact, severity) => {
    const version = /^CVSS:(3\.[01])/.exec(vector)?.[1] ?? '2.0';
    expect(cvssOf(vector)).toEqual({ version, base, exploitability, impact, severity });
  });
});

describe('a vector of version 4', () => {
  it.each([
    ['AV:N/AC:L/AT:N/PR:L/UI:N/VC:L/VI:L/VA:L/SC:N/SI:N/SA:N', 5.3],
    ['AV:N/AC:L/AT:P/PR:N/UI:N/VC:H/VI:L/VA:N/SC:H/SI:L/SA:N', 9],
    ['AV:N/AC:L/AT:P/PR:N/UI:N/VC:N/VI:N/VA:H/SC:N/SI:N/SA:N', 8.2],
    ['AV:A/AC:L/AT:N/PR:L/UI:N/VC:H/VI:H/VA:N/SC:N/SI:N/SA:N', 8.5],
    ['AV:N/AC:L/AT:N/PR:L/UI:N/VC:N/VI:L/VA:N/SC:N/SI:N/SA:N', 5.3],
    ['AV:N/AC:L/AT:N/PR:N/UI:N/VC:L/VI:L/VA:L/SC:N/SI:N/SA:N', 6.9],
    ['AV:N/AC:L/AT:N/PR:H/UI:N/VC:N/VI:L/VA:N/SC:N/SI:N/SA:N', 5.1],
    ['AV:L/AC:L/AT:N/PR:L/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N', 8.5],
    ['AV:N/AC:L/AT:P/PR:N/UI:P/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N', 7.7],
    ['AV:N/AC:L/AT:P/PR:N/UI:N/VC:H/VI:L/VA:L/SC:N/SI:N/SA:N', 8.3],
    ['AV:L/AC:L/AT:N/PR:N/UI:A/VC:L/VI:N/VA:N/SC:N/SI:N/SA:N', 4.6],
    ['AV:N/AC:L/AT:N/PR:N/UI:A/VC:N/VI:N/VA:N/SC:L/SI:L/SA:N', 5.1],
    ['AV:N/AC:L/AT:N/PR:N/UI:N/VC:L/VI:L/VA:N/SC:N/SI:N/SA:N', 6.9],
    ['AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:N/VA:N/SC:N/SI:N/SA:N', 8.7],
    ['AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H', 10],
    ['AV:A/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:N/SC:H/SI:N/SA:H', 6.4],
    ['AV:L/AC:L/AT:N/PR:H/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H', 9.3],
    ['AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N', 9.3],
    ['AV:N/AC:L/AT:N/PR:N/UI:P/VC:N/VI:H/VA:L/SC:H/SI:H/SA:H', 8.6],
    ['AV:N/AC:L/AT:P/PR:H/UI:A/VC:H/VI:L/VA:N/SC:L/SI:N/SA:L', 5.7],
    ['AV:P/AC:H/AT:P/PR:H/UI:A/VC:L/VI:L/VA:L/SC:L/SI:L/SA:L', 1],
    ['AV:P/AC:H/AT:P/PR:H/UI:A/VC:N/VI:N/VA:N/SC:N/SI:N/SA:N', 0],
    ['AV:P/AC:H/AT:P/PR:H/UI:A/VC:N/VI:N/VA:N/SC:N/SI:N/SA:L', 1],
  ])('%s is %d', (metrics, base) => {
    const severity = severityOfBase('4.0', base);
    expect(cvssOf(`CVSS:4.0/${metrics}`)).toEqual({ version: '4.0', base, severity });
  });
});

describe('other metrics', () => {
  it.each([
    ['temporal', `${V2}/E:POC/RL:OF/RC:C`, V2],
    ['environmental', `${V2}/CDP:LM/TD:ND/CR:M/IR:H/AR:L`, V2],
    ['temporal', `${V3}/E:P/RL:O/RC:C`, V3],
    ['environmental', `${V3}/CR:H/MAV:P/MAC:H/MPR:X/MUI:N/MS:U/MC:N/MI:L/MA:H`, V3],
    ['threat', `${V4}/E:U`, V4],
    ['environmental', `${V4}/CR:L/IR:M/AR:H/MAV:P/MAT:P/MVC:L/MSI:S/MSA:S`, V4],
    ['supplemental', `${V4}/S:P/AU:Y/R:I/V:C/RE:H/U:Amber`, V4],
  ])('do not count: %s', (_, vector, base) => {
    expect(cvssOf(vector)).toEqual(cvssOf(base));
    expect(cvssOf(vector)).toBeDefined();
  });
});

describe('a vector is read', () => {
  it.each([
    ['in any order', 'CVSS:3.1/A:N/I:L/C:L/S:C/UI:R/PR:N/AC:L/AV:N', V3],
    ['with other metrics first', `CVSS:4.0/E:P/${V4.slice('CVSS:4.0/'.length)}`, V4],
    ['in parentheses', `(${V2})`, V2],
    ['with a prefix', `CVSS:2.0/${V2}`, V2],
    ['with the prefix of Red Hat', `CVSS2#${V2}`, V2],
    ['with a slash at the end', `${V3}/`, V3],
  ])('%s', (_, vector, same) => {
    expect(cvssOf(vector)).toEqual(cvssOf(same));
    expect(cvssOf(vector)).toBeDefined();
  });
});

describe('no vector is', () => {
  it.each([
    ['nothing', ''],
    ['a prefix alone', 'CVSS:3.1/'],
    ['a number', '9.8'],
    ['a word', 'HIGH'],
    ['without prefix', V3.slice('CVSS:3.1/'.length)],
    ['of another version', V3.replace('3.1', '3.2')],
    ['of version 1', V3.replace('3.1', '1.0')],
    ['under a false prefix', V3.replace('3.1', '4.0')],
    ['version 2 under the prefix of version 3', `CVSS:3.0/${V2}`],
    ['a metric missing', 'CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L'],
    ['a metric twice', `${V3}/AV:N`],
    ['another metric twice', `${V3}/E:P/E:P`],
    ['an unknown metric', `${V3}/XX:N`],
    ['an unknown value', V3.replace('AV:N', 'AV:Q')],
    ['an unknown value of another metric', `${V3}/E:Q`],
    ['of another version: value', `${V2}/E:X`],
    ['a base metric not defined', V3.replace('AV:N', 'AV:X')],
    ['safety in a base metric', V4.replace('SI:N', 'SI:S')],
    ['a value missing', V3.replace('AV:N', 'AV')],
    ['a value empty', V3.replace('AV:N', 'AV:')],
    ['a value too many', V3.replace('AV:N', 'AV:N:N')],
    ['a part empty', V3.replace('/AC', '//AC')],
    ['in lower case', V3.toLowerCase()],
    ['a blank', ` ${V3}`],
    ['half a parenthesis', `(${V2}`],
    ['a name that every object has', `${V3}/constructor:name`],
    ['a value that every object has', V3.replace('AV:N', 'AV:toString')],
    ['without end', `${V3}${'/E:X'.repeat(1_000_000)}`],
  ])('%s', (_, vector) => {
    expect(cvssOf(vector)).toBeUndefined();
  });
});

describe('the word for a base score', () => {
  it.each<[CvssVersion, number, string]>([
    ['3.1', 0, 'negligible'],
    ['3.1', 0.1, 'low'],
    ['3.1', 3.9, 'low'],
    ['3.0', 4, 'medium'],
    ['3.0', 6.9, 'medium'],
    ['4.0', 7, 'high'],
    ['4.0', 8.9, 'high'],
    ['3.1', 9, 'critical'],
    ['3.1', 10, 'critical'],
    ['2.0', 0, 'low'],
    ['2.0', 3.9, 'low'],
    ['2.0', 4, 'medium'],
    ['2.0', 6.9, 'medium'],
    ['2.0', 7, 'high'],
    ['2.0', 10, 'high'],
  ])('of version %s, %d: %s', (version, base, severity) => {
    expect(severityOfBase(version, base)).toBe(severity);
  });
});
