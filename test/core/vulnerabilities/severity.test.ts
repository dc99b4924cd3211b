/**
 * Severities by CVSS vectors, where a source has no words.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import type { Score, Severity } from '../../../core/vulnerabilities/advisory.ts';
import { about, headOf, installed, onlyFinding, record } from './given.ts';

const requests = installed('pypi', 'requests', '2.28.1');
const EVERY_REQUESTS = about('pypi', 'requests', '>=0');
const NVD = headOf('CVE-2023-32681', {
  feed: 'nvd',
  severity: 'high',
  scores: [{ type: 'CVSS_V3', vector: 'x', base: 7, primary: true }],
});

describe('the severity', () => {
  const HIGH = { type: 'CVSS_V3', vector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N' } as const;
  const LOW = { type: 'CVSS_V3', vector: 'CVSS:3.0/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:L/A:N' } as const;
  const NONE = { type: 'CVSS_V3', vector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N' } as const;
  const V4 = {
    type: 'CVSS_V4',
    vector: 'CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N',
  } as const;
  const V2 = { type: 'CVSS_V2', vector: 'AV:N/AC:L/Au:N/C:C/I:C/A:C' } as const;
  const BROKEN = { type: 'CVSS_V3', vector: 'CVSS:3.1/AV:N' } as const;

  it.each<[string, readonly Score[], Severity]>([
    ['of version 3', [HIGH], 'high'],
    ['of version 3, without impact', [NONE], 'negligible'],
    ['of version 4', [V4], 'critical'],
    ['of version 2, which knows nothing above high', [V2], 'high'],
    ['of the newest version', [V2, LOW, V4], 'critical'],
    ['the first of one version', [LOW, HIGH], 'low'],
    ['whose base score is told', [{ ...LOW, base: 7.1 }], 'high'],
    ['the primary one', [{ ...V4, primary: false }, { ...LOW, primary: true }], 'low'],
    [
      'the next, where the primary one is none',
      [{ ...HIGH, primary: false }, { ...BROKEN, primary: true }],
      'high',
    ],
    ['the next, where one is none', [BROKEN, LOW], 'low'],
    ['that is none', [BROKEN], 'unknown'],
  ])('is by the vector where there is neither: %s', (_, scores, severity) => {
    const said = [record('PYSEC-1', { scores }, about('pypi', 'requests', '>=0'))];
    expect(onlyFinding({ packages: [requests], said }).severity).toBe(severity);
  });

  it('is by the vector of the statement before that of the record', () => {
    const own = about('pypi', 'requests', '>=0', { scores: [HIGH] });
    const said = [record('PYSEC-1', { scores: [LOW] }, own)];
    expect(onlyFinding({ packages: [requests], said }).severity).toBe('high');
  });

  it("is by the record's word before the vector of the statement", () => {
    const own = about('pypi', 'requests', '>=0', { scores: [HIGH] });
    const said = [record('PYSEC-1', { severity: 'low' }, own)];
    expect(onlyFinding({ packages: [requests], said }).severity).toBe('low');
  });

  it('is by a vector of an earlier source before the word of a later one', () => {
    const said = [
      record('PYSEC-1', { aliases: ['CVE-2023-32681'], scores: [LOW] }, EVERY_REQUESTS),
    ];
    const found = onlyFinding({ packages: [requests], said, records: [NVD] });
    expect([found.severity, found.severitySource]).toEqual(['low', 'pysec']);
    const silent = [
      record('PYSEC-1', { aliases: ['CVE-2023-32681'], scores: [BROKEN] }, EVERY_REQUESTS),
    ];
    const other = onlyFinding({ packages: [requests], said: silent, records: [NVD] });
    expect([other.severity, other.severitySource]).toEqual(['high', 'nvd']);
  });

  it('of a malicious package is critical, whatever its vector says', () => {
    const said = [record('MAL-1', { malicious: true, scores: [LOW] }, EVERY_REQUESTS)];
    expect(onlyFinding({ packages: [requests], said }).severity).toBe('critical');
  });
});
