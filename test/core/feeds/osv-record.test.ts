import { describe, expect, it } from 'vitest';
import { advisoryFor, events, MODIFIED, read } from './osv-samples.ts';

const PYPI = { ecosystem: 'PyPI', name: 'Django' };

describe('an OSV record', () => {
  it('gives an advisory with all that it tells', () => {
    expect(advisoryFor({
      schema_version: '1.4.0',
      id: 'GHSA-v778-237x-gjrc',
      published: '2024-12-11T21:30:32Z',
      modified: '2024-12-12T13:13:13Z',
      aliases: ['CVE-2024-45337', 'GHSA-v778-237x-gjrc', 'CVE-2024-45337'],
      related: ['CVE-2024-45337', 'CGA-2c2h-8fj5-55vx'],
      summary: 'Misuse of ServerConfig.PublicKeyCallback\nmay cause\tauthorization bypass',
      details: 'Applications and libraries\r\nwhich misuse it\u0000.',
      severity: [
        { type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:N' },
        {
          type: 'CVSS_V4',
          score: 'CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:N/SC:N/SI:N/SA:N',
        },
        { type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:N' },
      ],
      affected: [{
        package: { ecosystem: 'Go', name: 'golang.org/x/crypto' },
        ranges: [events('SEMVER', { introduced: '0' }, { fixed: '0.31.0' })],
      }],
      references: [
        { type: 'PACKAGE', url: 'https://cs.opensource.google/go/x/crypto' },
        { type: 'WEB', url: 'https://go.dev/issue/70779' },
        { type: 'ADVISORY', url: 'https://nvd.nist.gov/vuln/detail/CVE-2024-45337' },
        { type: 'WEB', url: 'javascript:alert(1)' },
      ],
      database_specific: { cwe_ids: ['CWE-287', 'x'], severity: 'HIGH', github_reviewed: true },
    })).toEqual({
      kind: 'advisory',
      key: 'GHSA-v778-237x-gjrc',
      id: 'GHSA-v778-237x-gjrc',
      aliases: ['CVE-2024-45337'],
      related: ['CGA-2c2h-8fj5-55vx'],
      published: '2024-12-11T21:30:32.000Z',
      modified: '2024-12-12T13:13:13.000Z',
      title: 'Misuse of ServerConfig.PublicKeyCallback may cause authorization bypass',
      description: 'Applications and libraries\nwhich misuse it.',
      severity: 'high',
      scores: [
        { type: 'CVSS_V3', vector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:N' },
        {
          type: 'CVSS_V4',
          vector: 'CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:N/SC:N/SI:N/SA:N',
        },
      ],
      urls: [
        'https://nvd.nist.gov/vuln/detail/CVE-2024-45337',
        'https://go.dev/issue/70779',
        'https://cs.opensource.google/go/x/crypto',
      ],
      cwes: ['CWE-287'],
      statements: [{
        namespace: 'golang',
        package: 'golang.org/x/crypto',
        names: 'built',
        affected: true,
        ranges: [[['>=', '0'], ['<', '0.31.0']]],
        versions: [],
        state: 'fixed',
      }],
    });
  });

  it('needs nothing but its id', () => {
    expect(read({ id: 'OSV-2020-111' })).toEqual({
      advisory: {
        kind: 'advisory',
        key: 'OSV-2020-111',
        id: 'OSV-2020-111',
        aliases: [],
        related: [],
        scores: [],
        urls: [],
        statements: [],
      },
      notes: [],
    });
  });

  it('may have anything where it does not matter', () => {
    const wrong = Object.fromEntries(
      [
        'schema_version',
        'modified',
        'published',
        'withdrawn',
        'aliases',
        'upstream',
        'related',
        'summary',
        'details',
        'severity',
        'references',
        'credits',
        'database_specific',
      ].map((field) => [field, 5]),
    );
    const ranges = [events('SEMVER', { introduced: '0' })];
    const entry = { severity: 'HIGH', ecosystem_specific: [], database_specific: null };
    const affected = [{ package: { ...PYPI, purl: 7 }, ranges, versions: null, ...entry }];
    const { advisory, notes } = read({ ...wrong, id: 'PYSEC-1', affected });
    expect(notes).toEqual([]);
    expect(advisory?.statements).toHaveLength(1);
    expect(read({ id: 'PYSEC-1', affected: null, aliases: [5, 'CVE-2024-1', ' ', 'a b'] }).advisory)
      .toMatchObject({ aliases: ['CVE-2024-1'], statements: [] });
  });

  it.each([
    ['no JSON', '{"id": "GHSA-1"', 'it is not JSON'],
    ['a list', [], 'it: '],
    ['without an id', { modified: MODIFIED }, 'id: '],
    ['with an id that is none', { id: 'GHSA 1\n' }, 'id: '],
    ['with packages that are no list', { id: 'GHSA-1', affected: 'all' }, 'affected: '],
  ])('cannot be read where it is %s', (_, document, reason) => {
    const { advisory, notes } = read(document);
    expect(advisory).toBeUndefined();
    expect(notes).toEqual([expect.stringContaining(`file.json: ${reason}`)]);
  });

  it('says nothing of packages after it was withdrawn, whenever that was', () => {
    const affected = [{ package: PYPI, versions: ['1.0'] }];
    const fields = { affected, modified: MODIFIED };
    expect(advisoryFor({ ...fields, withdrawn: '2025-07-18T16:42:37Z' }))
      .toMatchObject({ withdrawn: '2025-07-18T16:42:37.000Z', statements: [] });
    expect(advisoryFor({ ...fields, withdrawn: 'yesterday' }))
      .toMatchObject({ withdrawn: '2024-03-15T12:30:37.000Z', statements: [] });
    expect(advisoryFor({ ...fields, withdrawn: '', modified: 'now' }).statements).toHaveLength(1);
    expect(advisoryFor({ ...fields, withdrawn: null }).statements).toHaveLength(1);
  });

  it.each([
    ['2026-07-23T14:34:38.042882Z', '2026-07-23T14:34:38.042Z'],
    ['2024-05-01', '2024-05-01T00:00:00.000Z'],
    ['2024-05-01T10:00:00', '2024-05-01T10:00:00.000Z'],
    ['2024-05-01T10:00:00+02:00', '2024-05-01T08:00:00.000Z'],
    ['2024-02-30T10:00:00Z', undefined],
    ['T04:00:00Z', undefined],
  ])('of %s was published at %s', (published, expected) => {
    expect(advisoryFor({ published }).published).toBe(expected);
  });

  it('cuts long texts and lists', () => {
    const { title, description, urls } = advisoryFor({
      summary: 'x'.repeat(1000),
      details: '𝒳'.repeat(4000),
      references: Array.from({ length: 50 }, (_, at) => ({ url: `https://example.org/${at}` })),
    });
    expect(title).toHaveLength(300);
    expect(description).toHaveLength(4000);
    expect(urls).toHaveLength(10);
  });
});

describe('other names of a record', () => {
  it.each([
    ['UBUNTU-CVE-2014-9913', ['CVE-2014-9913'], ['USN-4672-1']],
    ['DEBIAN-CVE-2014-9913', ['CVE-2014-9913'], ['USN-4672-1']],
    ['ALPINE-CVE-2014-9913', ['CVE-2014-9913'], ['USN-4672-1']],
    ['ALSA-2019:0973', [], ['CVE-2014-9913', 'USN-4672-1']],
    ['CVE-2014-9913', [], ['USN-4672-1']],
  ])('%s are %j; it goes with %j', (id, aliases, related) => {
    const fields = { id, upstream: ['CVE-2014-9913'], related: ['USN-4672-1', id] };
    expect(advisoryFor(fields)).toMatchObject({ aliases, related });
  });

  it('are not those of a notice, which goes with the vulnerabilities of its records', () => {
    const { aliases, related, statements } = advisoryFor({
      id: 'USN-5614-1',
      upstream: ['UBUNTU-CVE-2021-3782'],
      affected: [{
        package: { ecosystem: 'Ubuntu:22.04:LTS', name: 'wayland' },
        ranges: [events('ECOSYSTEM', { introduced: '0' }, { fixed: '1.20.0-1ubuntu0.1' })],
      }],
    });
    expect(aliases).toEqual([]);
    expect(related).toEqual(['UBUNTU-CVE-2021-3782', 'CVE-2021-3782']);
    expect(statements).toEqual([]);
  });
});

describe('the severity of a record', () => {
  it.each([
    ['GitHub', { database_specific: { severity: 'MODERATE' } }, 'medium'],
    ['Bitnami', { database_specific: { severity: 'Critical' } }, 'critical'],
    ['nobody', { database_specific: { severity: 'Unknown' } }, 'unknown'],
    ['Ubuntu', { severity: [{ type: 'Ubuntu', score: 'negligible' }] }, 'negligible'],
    ['Ubuntu later', { severity: [{ type: 'Ubuntu', score: 'untriaged' }] }, 'unknown'],
    ['AlmaLinux', { id: 'ALSA-2023:1', summary: 'Important: kernel update' }, 'high'],
    ['Rocky Linux', { id: 'RLSA-2023:1', summary: 'Moderate: ruby:3.3 update' }, 'medium'],
    [
      'AlmaLinux without a rating',
      { id: 'ALSA-2023:1', summary: 'None: kernel update' },
      undefined,
    ],
    ['other titles', { id: 'GHSA-1', summary: 'Critical: no erratum' }, undefined],
    ['vectors alone', { severity: [{ type: 'CVSS_V3', score: 'CVSS:3.0/AV:N/AC:L' }] }, undefined],
    ['malicious packages', {
      id: 'MAL-2023-11',
      severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:P/AC:H' }],
      database_specific: { severity: 'LOW' },
    }, 'critical'],
  ])('is in the words of %s', (_, fields, severity) => {
    expect(advisoryFor(fields).severity).toBe(severity);
  });

  it('keeps vectors of every version of CVSS by what they are', () => {
    const vectors = [
      ['CVSS_V2', 'AV:N/AC:L/Au:N/C:P/I:P/A:P'],
      ['CVSS_V3', 'CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H'],
      ['CVSS_V4', 'CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N'],
    ] as const;
    const severity = [...vectors, ['CVSS_V3', '7.5'], ['Ubuntu', 'low'], ['CVSS_V3', 'CVSS:9.9/x']]
      .map(([, score]) => ({ type: 'CVSS_V3', score }));
    expect(advisoryFor({ severity }).scores)
      .toEqual(vectors.map(([type, vector]) => ({ type, vector })));
  });

  it('is marked where packages are malicious or there is no vulnerability', () => {
    const affected = [{ package: PYPI, versions: ['1'] }];
    expect(advisoryFor({ id: 'MAL-2023-11', affected })).toMatchObject({ malicious: true });
    expect(advisoryFor({ database_specific: { 'malicious-packages-origins': [{}] }, affected }))
      .toMatchObject({ malicious: true, severity: 'critical' });
    expect(advisoryFor({
      id: 'RUSTSEC-2016-0004',
      affected: [{
        package: { ecosystem: 'crates.io', name: 'libusb' },
        ranges: [events('SEMVER', { introduced: '0.0.0-0' }, { fixed: '0.3.1-0' })],
        database_specific: { categories: [], cvss: null, informational: 'unmaintained' },
      }],
    })).toMatchObject({ informational: 'unmaintained', malicious: undefined });
  });
});
