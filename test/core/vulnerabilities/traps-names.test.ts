import { describe, expect, it } from 'vitest';
import { lookupKeys } from '../../../core/vulnerabilities/index.ts';
import {
  about,
  ask,
  DEBIAN_12,
  headOf,
  installed,
  onlyFinding,
  type Question,
  record,
  shortly,
  UBUNTU_22,
} from './given.ts';

/** What GitHub, PyPI and the NVD say of one vulnerability of requests. */
const GHSA = record(
  'GHSA-j8r2-6x86-q33q',
  { aliases: ['CVE-2023-32681'], severity: 'medium', title: 'Unintended leak of a header' },
  about('pypi', 'requests', '>=2.3.0 <2.31.0'),
);
const PYSEC = record(
  'PYSEC-2023-74',
  { aliases: ['CVE-2023-32681', 'GHSA-j8r2-6x86-q33q'] },
  about('pypi', 'requests', '>=2.3.0 <2.31.0'),
);
const NVD = headOf('CVE-2023-32681', {
  feed: 'nvd',
  severity: 'high',
  scores: [{
    type: 'CVSS_V3',
    vector: 'CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:C/C:H/I:N/A:N',
    base: 6.1,
    primary: true,
  }],
});
const requests = installed('pypi', 'requests', '2.28.1');

describe('trap 13: aliases', () => {
  it('make one finding of what all feeds say', () => {
    const question = { packages: [requests], said: [GHSA, PYSEC], records: [NVD] };
    expect(onlyFinding(question)).toMatchObject({
      id: 'GHSA-j8r2-6x86-q33q',
      aliases: ['CVE-2023-32681', 'PYSEC-2023-74'],
      ids: ['GHSA-j8r2-6x86-q33q', 'PYSEC-2023-74'],
      feeds: ['ghsa', 'pysec'],
      title: 'Unintended leak of a header',
      fix: '2.31.0',
    });
  });

  it('are told once where a record comes from two sources', () => {
    const mirror = GHSA.map(({ head, statement }) => ({
      head: { ...head, feed: 'mirror' },
      statement,
    }));
    expect(onlyFinding({ packages: [requests], said: [GHSA, mirror] })).toMatchObject({
      ids: ['GHSA-j8r2-6x86-q33q'],
      feeds: ['ghsa', 'mirror'],
      why: 'GHSA-j8r2-6x86-q33q: 2.28.1 in >=2.3.0 <2.31.0 (pep440)',
    });
  });

  it('are taken from records that are about no package here', () => {
    const apart = record('PYSEC-2023-74', {}, about('pypi', 'requests', '>=2.3.0 <2.31.0'));
    const bridge = headOf('OSV-2023-1', { aliases: ['PYSEC-2023-74', 'CVE-2023-32681'] });
    const question = { packages: [requests], said: [GHSA, apart], records: [bridge] };
    expect(onlyFinding(question).ids).toEqual(['GHSA-j8r2-6x86-q33q', 'PYSEC-2023-74']);
  });

  it('may be asked for by their CVE', () => {
    const options = { preferCve: true };
    expect(shortly({ packages: [requests], said: [GHSA], options })).toEqual(['CVE-2023-32681']);
  });

  it('do not join two CVEs', () => {
    const gjson = installed('golang', 'github.com/tidwall/gjson', 'v1.9.0');
    const said = [
      record(
        'GO-2021-0265',
        {
          aliases: [
            'CVE-2021-42248',
            'CVE-2021-42836',
            'GHSA-c9gm-7rfj-8w5h',
            'GHSA-ppj4-34rq-v8j9',
          ],
        },
        about('golang', 'github.com/tidwall/gjson', '>=0 <1.9.3'),
      ),
      record(
        'GHSA-c9gm-7rfj-8w5h',
        { aliases: ['CVE-2021-42248'] },
        about('golang', 'github.com/tidwall/gjson', '>=0 <1.9.2'),
      ),
      record(
        'GHSA-ppj4-34rq-v8j9',
        { aliases: ['CVE-2021-42836'] },
        about('golang', 'github.com/tidwall/gjson', '>=0 <1.9.3'),
      ),
    ];
    const { findings } = ask({ packages: [gjson], said });
    expect(findings.map(({ id, ids }) => [id, ids])).toEqual([
      ['GHSA-c9gm-7rfj-8w5h', ['GO-2021-0265', 'GHSA-c9gm-7rfj-8w5h']],
      ['GHSA-ppj4-34rq-v8j9', ['GHSA-ppj4-34rq-v8j9']],
    ]);
    // All names stay searchable.
    expect(findings[0]?.aliases).toContain('CVE-2021-42836');
  });

  it('of distributions are CVEs first', () => {
    const said = [record(
      'UBUNTU-CVE-2005-1515',
      { related: ['USN-4556-1'] },
      about('ubuntu:22.04', 'netqmail', '>=0 <1.06-6.3', { names: 'source' }),
    )];
    const packages = [installed('deb', 'netqmail', '1.06-6', { distribution: UBUNTU_22 })];
    expect(onlyFinding({ packages, distribution: UBUNTU_22, said })).toMatchObject({
      id: 'CVE-2005-1515',
      aliases: ['UBUNTU-CVE-2005-1515'],
      ids: ['UBUNTU-CVE-2005-1515'],
      related: ['USN-4556-1'],
    });
  });
});

describe('trap 14: disagreement', () => {
  const x = (version: string) => [installed('golang', 'golang.org/x/text', version)];
  const GO = record(
    'GO-2022-1059',
    { aliases: ['CVE-2022-32149', 'GHSA-69ch-w2m2-3vjp'] },
    about('golang', 'golang.org/x/text', '>=0 <0.3.7'),
  );
  const GITHUB = record(
    'GHSA-69ch-w2m2-3vjp',
    { aliases: ['CVE-2022-32149'], severity: 'high' },
    about('golang', 'golang.org/x/text', '>=0 <0.3.8'),
  );

  it("is settled by Go's own database", () => {
    const { findings, suppressed } = ask({ packages: x('v0.3.7'), said: [GO, GITHUB] });
    expect(findings).toEqual([]);
    expect(suppressed).toMatchObject([{
      id: 'GHSA-69ch-w2m2-3vjp',
      suppression: {
        reason: 'disagreement',
        text: 'other versions are affected: GO-2022-1059 (go)',
      },
    }]);
  });

  it('leaves the fix to that database, and all ids', () => {
    expect(onlyFinding({ packages: x('v0.3.6'), said: [GO, GITHUB] })).toMatchObject({
      ids: ['GO-2022-1059', 'GHSA-69ch-w2m2-3vjp'],
      fix: '0.3.7',
      severity: 'high',
    });
  });

  it('is none where that database is silent', () => {
    expect(shortly({ packages: x('v0.3.7'), said: [GITHUB] })).toEqual(['GHSA-69ch-w2m2-3vjp']);
  });

  it('is none where it only knows the name', () => {
    const other = record(
      'GO-2022-1059',
      { aliases: ['CVE-2022-32149', 'GHSA-69ch-w2m2-3vjp'] },
      about('golang', 'golang.org/x/tools', '>=0 <0.3.7'),
    );
    expect(shortly({ packages: x('v0.3.7'), said: [other, GITHUB] })).toEqual([
      'GHSA-69ch-w2m2-3vjp',
    ]);
  });

  it('elsewhere takes what any of them finds, and the fix that suffices for all', () => {
    const wider = record(
      'PYSEC-2023-74',
      { aliases: ['CVE-2023-32681'] },
      about('pypi', 'requests', '>=0 <2.32.0'),
    );
    const at = (version: string) => ({
      packages: [installed('pypi', 'requests', version)],
      said: [GHSA, wider],
    });
    expect(onlyFinding(at('2.31.0'))).toMatchObject({ ids: ['PYSEC-2023-74'], fix: '2.32.0' });
    expect(onlyFinding(at('2.28.1'))).toMatchObject({ fix: '2.32.0', fixes: ['2.31.0', '2.32.0'] });
  });
});

describe('trap 15: withdrawn records', () => {
  const AIOHTTP = about('pypi', 'aiohttp', '>=0 <=3.8.1');
  const aiohttp = [installed('pypi', 'aiohttp', '3.8.1')];

  it('find nothing', () => {
    const said = [record('GHSA-rwqr-c348-m5wr', { withdrawn: '2022-06-28T16:39:06Z' }, AIOHTTP)];
    expect(shortly({ packages: aiohttp, said })).toEqual([]);
    expect(shortly({ packages: aiohttp, said: [record('GHSA-rwqr-c348-m5wr', {}, AIOHTTP)] }))
      .toEqual(['GHSA-rwqr-c348-m5wr']);
  });

  it('join nothing', () => {
    const said = [
      record('PYSEC-1-1', {}, AIOHTTP),
      record('PYSEC-1-2', {}, AIOHTTP),
    ];
    const joining = { aliases: ['PYSEC-1-1', 'PYSEC-1-2'] };
    const living = headOf('GHSA-1', joining);
    const gone = headOf('GHSA-1', { ...joining, withdrawn: '2022-06-28T16:39:06Z' });
    expect(shortly({ packages: aiohttp, said, records: [living] })).toHaveLength(1);
    expect(shortly({ packages: aiohttp, said, records: [gone] })).toHaveLength(2);
  });
});

describe('trap 20: names that look alike', () => {
  it('are of the ecosystem they are installed from', () => {
    const said = [record('MAL-2024-1', {}, about('npm', 'rake', '>=0'))];
    const types = ['gem', 'pypi', 'generic', 'deb', 'vscode-extension', 'npm'];
    const packages = types.map((type) => installed(type, 'rake', '1.0.0'));
    const { findings } = ask({ packages, said });
    expect(findings.map((finding) => finding.package.type)).toEqual(['npm']);
  });
});

describe('trap 21: bundles', () => {
  it('are not guessed at: packages of languages are looked up by their own name alone', () => {
    const packages = [
      installed('npm', 'jquery', '3.3.1'),
      installed('generic', 'jquery', '3.3.1'),
      installed('generic', 'openssl', '3.0.0'),
    ];
    expect(lookupKeys(packages, DEBIAN_12)).toEqual([
      { namespace: 'npm', package: 'jquery' },
      { namespace: 'cpe', package: 'openssl:openssl' },
    ]);
  });
});

describe('trap 23: malicious packages', () => {
  const COOKIES = { malicious: true, severity: 'low' } as const;

  it.each([
    [
      'a version that is listed',
      about('npm', '@hyperion-util/cookies', [], {
        versions: ['77.77.79'],
      }),
    ],
    ['every version', about('npm', '@hyperion-util/cookies', '>=0')],
  ])('block %s', (_, statement) => {
    const said = [record('MAL-2023-1', COOKIES, statement)];
    const packages = [installed('npm', '@hyperion-util/cookies', '77.77.79')];
    expect(onlyFinding({ packages, said })).toMatchObject({
      id: 'MAL-2023-1',
      severity: 'critical',
      severitySource: 'mal',
      malicious: true,
    });
  });

  it('do not block other versions', () => {
    const said = [record(
      'MAL-2023-1',
      COOKIES,
      about('npm', '@hyperion-util/cookies', [], { versions: ['77.77.79'] }),
    )];
    const packages = [installed('npm', '@hyperion-util/cookies', '1.0.0')];
    expect(shortly({ packages, said })).toEqual([]);
  });
});

describe('trap 25: time', () => {
  const said = [GHSA, PYSEC];
  const question: Question = { packages: [requests], said, records: [NVD] };

  it('changes nothing of an answer, only what feeds say does', () => {
    expect(ask(question)).toEqual(ask(question));
    expect(shortly({ ...question, said: [] })).toEqual([]);
  });

  it('tells each record that a finding came of, and its feed', () => {
    expect(onlyFinding(question)).toMatchObject({
      ids: ['GHSA-j8r2-6x86-q33q', 'PYSEC-2023-74'],
      feeds: ['ghsa', 'pysec'],
    });
  });
});

describe('trap 26: severity', () => {
  const secondary = headOf('CVE-2023-32681', {
    feed: 'nvd',
    severity: 'critical',
    scores: [{ type: 'CVSS_V3', vector: 'CVSS:3.1/AV:N', base: 9.8, primary: false }],
  });
  const github = headOf('GHSA-j8r2-6x86-q33q', { aliases: ['CVE-2023-32681'], severity: 'medium' });
  const another = headOf('RHSA-2023:1', { aliases: ['CVE-2023-32681'], severity: 'critical' });
  const ubuntu = (severity?: 'low') =>
    record(
      'UBUNTU-CVE-2023-32681',
      { feed: 'ubuntu', severity },
      about('ubuntu:22.04', 'requests', '>=0', { names: 'source' }),
    );
  const system = installed('deb', 'requests', '2.28.1-1', { distribution: UBUNTU_22 });

  it.each(
    [
      ['the vendor', 'low', [NVD, github], 'low', 'ubuntu'],
      ['the ecosystem', undefined, [NVD, github, another], 'medium', 'ghsa'],
      [
        'the NVD itself',
        undefined,
        [secondary, { ...NVD, feed: 'nvd-mirror' }],
        'high',
        'nvd-mirror',
      ],
      ['whom the NVD quotes', undefined, [secondary], 'critical', 'nvd'],
      ['nobody: it is unknown, not low', undefined, [another], 'unknown', undefined],
    ] as const,
  )('of a distribution is told by %s', (_, word, records, severity, severitySource) => {
    const said = [ubuntu(word)];
    const packages = [system];
    const found = onlyFinding({ packages, distribution: UBUNTU_22, said, records: [...records] });
    expect([found.severity, found.severitySource]).toEqual([severity, severitySource]);
  });

  it('of a language is told by the ecosystem before the NVD, and all scores are kept', () => {
    const found = onlyFinding({ packages: [requests], said: [GHSA, PYSEC], records: [NVD] });
    expect(found).toMatchObject({ severity: 'medium', severitySource: 'ghsa' });
    expect(found.scores.map(({ base }) => base)).toEqual([6.1]);
  });

  it('of one release may differ from that of the record', () => {
    const said = [record(
      'CVE-2016-1585',
      { feed: 'debian', severity: 'high', urgency: 'unimportant' },
      about('debian:12', 'apparmor', '>=0', { severity: 'negligible' }),
    )];
    const packages = [installed('deb', 'apparmor', '3.0.8-3', { distribution: DEBIAN_12 })];
    expect(onlyFinding({ packages, distribution: DEBIAN_12, said })).toMatchObject({
      severity: 'negligible',
      urgency: 'unimportant',
    });
  });

  it.each(
    [
      ['CVSS_V3', 9, 'critical'],
      ['CVSS_V3', 8.9, 'high'],
      ['CVSS_V4', 6.9, 'medium'],
      ['CVSS_V3', 3.9, 'low'],
      ['CVSS_V3', 0, 'negligible'],
      ['CVSS_V2', 10, 'high'],
    ] as const,
  )('is by the base score where there is no word: %s %s', (type, base, severity) => {
    const scores = [{ type, vector: 'x', base }];
    const said = [record('PYSEC-1', { scores }, about('pypi', 'requests', '>=0'))];
    expect(onlyFinding({ packages: [requests], said }).severity).toBe(severity);
  });
});
