import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { FeedFiles } from '../../../core/feeds/format.ts';
import { nvd } from '../../../core/feeds/nvd.ts';
import { mutatedJson } from '../../jobs/fuzz/mutators.ts';
import { feedFilesAt } from '../../support/feed-files.ts';
import { CVE, cveWith, feedOf, filesOf } from './nvd-samples.ts';
import { folderWith, fuzz, listed, read, single, unlisted } from './read-feed.ts';

const PUBLISHED = '2026-08-22T00:00:00-04:00';

describe('the National Vulnerability Database', () => {
  it('gives one advisory for each record', async () => {
    const { records, notes } = await read(nvd, single('nvdcve-2.0-2021.json.gz', feedOf(CVE)));
    expect(notes).toEqual([]);
    expect(records).toEqual([{
      kind: 'advisory',
      key: 'CVE-2021-0002',
      id: 'CVE-2021-0002',
      aliases: [],
      related: [],
      published: '2021-08-11T13:15:15.513Z',
      modified: '2021-11-30T19:43:59.917Z',
      description: 'Improper conditions check in some Intel(R) Ethernet Controllers',
      severity: 'high',
      scores: [
        {
          type: 'CVSS_V3',
          vector: 'CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:N/A:H',
          source: 'nvd@nist.gov',
          base: 7.1,
          primary: true,
        },
        {
          type: 'CVSS_V2',
          vector: 'AV:L/AC:L/Au:N/C:P/I:N/A:P',
          source: 'nvd@nist.gov',
          base: 3.6,
          primary: true,
        },
        {
          type: 'CVSS_V4',
          vector: 'CVSS:4.0/AV:L/AC:L/AT:N/PR:L/UI:N/VC:L/VI:N/VA:L/SC:N/SI:N/SA:N',
          source: 'cna@vendor.example',
          base: 4.8,
          primary: false,
        },
        {
          type: 'CVSS_V3',
          vector: 'CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:N/I:N/A:L',
          source: 'psirt@vendor.example',
          base: 3.3,
          primary: false,
        },
      ],
      urls: [
        'https://nvd.nist.gov/vuln/detail/CVE-2021-0002',
        'https://www.intel.com/security/intel-sa-00515.html',
      ],
      cwes: ['CWE-754'],
      statements: [{
        namespace: 'cpe',
        package: 'intel:ethernet_controller_e810_firmware',
        names: 'either',
        affected: true,
        ranges: [[['>=', '0'], ['<', '1.4.11']]],
        versions: [],
        state: 'fixed',
        note: 'with intel:ethernet_controller_e810',
      }],
    }]);
  });

  it.each<[Readonly<Record<string, unknown>>, Readonly<Record<string, unknown>>]>([
    [{ vulnStatus: 'Rejected', configurations: CVE.configurations }, {
      withdrawn: '2026-08-20T10:00:00.000Z',
      statements: [],
    }],
    [{ vulnStatus: 'rejected', lastModified: 'once', published: '2020-01-02T03:04:05.6' }, {
      withdrawn: '2020-01-02T03:04:05.600Z',
    }],
    [{ vulnStatus: 'Rejected', lastModified: null }, { withdrawn: '1970-01-01T00:00:00.000Z' }],
    [{ vulnStatus: 'Deferred' }, { withdrawn: undefined, statements: [], severity: undefined }],
    [{ cisaVulnerabilityName: 'Router\nOS Command Injection' }, {
      title: 'Router OS Command Injection',
    }],
    [{ descriptions: 7, metrics: [], weaknesses: null, references: {}, configurations: '' }, {
      description: undefined,
      scores: [],
      statements: [],
    }],
    [{ metrics: { cvssMetricV2: [{ ...CVE.metrics.cvssMetricV2[0] }] } }, { severity: 'low' }],
    [
      { metrics: { cvssMetricV31: [{ cvssData: { vectorString: 'CVSS:3.1/X', baseScore: 11 } }] } },
      {
        severity: undefined,
        scores: [{
          type: 'CVSS_V3',
          vector: 'CVSS:3.1/X',
          source: undefined,
          base: undefined,
          primary: false,
        }],
      },
    ],
    [{ metrics: { cvssMetricV31: [{}, 7] } }, { scores: [] }],
  ])('reads of %j what it means', async (members, expected) => {
    const { records, notes } = await read(
      nvd,
      single('a.json', feedOf(cveWith('CVE-2024-1000', members))),
    );
    expect(notes).toEqual([]);
    expect(records).toEqual([expect.objectContaining(expected)]);
  });

  it('notes records without an id, and what it cannot read in others', async () => {
    const bad = [{ nodes: [{ cpeMatch: [{ vulnerable: true, criteria: 'cpe:x' }, 8] }] }];
    const feed = feedOf(
      cveWith('CVE-2024-1000', { configurations: [...bad, 'x', ...CVE.configurations] }),
      cveWith('GHSA-jfh8-c2jp-5v3q'),
      {},
      cveWith('CVE-2024-1000'),
    );
    const { records, notes } = await read(nvd, single('a.json', feed));
    expect(records).toMatchObject([{ key: 'CVE-2024-1000', statements: [{ namespace: 'cpe' }] }]);
    expect(notes).toEqual([
      'CVE-2024-1000: it names no product: cpe:x',
      'GHSA-jfh8-c2jp-5v3q: it has no id of a CVE',
      'vulnerabilities/2: it has no id of a CVE',
      'CVE-2024-1000: its key comes twice',
    ]);
  });

  it('has the years as groups, listed or asked for', async () => {
    const contents = {
      ...filesOf('2002', [cveWith('CVE-1999-0001'), cveWith('CVE-2002-0001')], PUBLISHED),
      ...filesOf('2021', [CVE], PUBLISHED),
      ...filesOf('modified', [CVE], PUBLISHED),
      'nvdcve-2.0-2023.json.gz': gzipSync(JSON.stringify(feedOf(cveWith('CVE-2023-1000')))),
    };
    for (const files of [listed(contents), unlisted(contents)]) {
      expect(await nvd.groups(files)).toEqual(['2002', '2021', '2023']);
      expect((await read(nvd, files, '2002')).records.map(({ key }) => key)).toEqual([
        'CVE-1999-0001',
        'CVE-2002-0001',
      ]);
      expect((await read(nvd, files)).records).toHaveLength(4);
      await expect(read(nvd, files, '2020')).rejects.toMatchObject({ code: 'feed_malformed' });
    }
    expect(nvd.watched('2021', listed(contents))).toEqual([
      'nvdcve-2.0-2021.meta',
      'nvdcve-2.0-2021.json.gz',
    ]);
  });

  it('has one group for documents of other names', async () => {
    const files = listed({
      'a/one.json': feedOf(CVE),
      'a/b/two.json.gz': gzipSync(JSON.stringify(feedOf(cveWith('CVE-2024-1000')))),
      'a/nvdcve-2.0-modified.json': feedOf(CVE),
      'a/README.md': 'x',
    });
    expect(await nvd.groups(files)).toEqual(['nvd']);
    expect((await read(nvd, files, 'nvd')).records).toHaveLength(2);
    const alone = single('x.json', feedOf(CVE));
    expect(await nvd.groups(alone)).toEqual(['nvd']);
    expect(nvd.watched('nvd', alone)).toEqual(['x.json']);
    expect(await nvd.groups(single('nvdcve-2.0-2021.json.gz', feedOf(CVE)))).toEqual(['2021']);
  });

  it.each<[string, Readonly<Record<string, unknown>>]>([
    ['another file than its .meta tells of', {
      'nvdcve-2.0-2021.json.gz': gzipSync(JSON.stringify(feedOf())),
    }],
    ['a cut file', {
      'nvdcve-2.0-2021.json.gz': gzipSync(JSON.stringify(feedOf(CVE))).subarray(0, 300),
    }],
    ['a .meta without a digest', { 'nvdcve-2.0-2021.meta': 'sha256:abc\n' }],
    ['another format', {
      'nvdcve-2.0-2021.json.gz': '{"CVE_Items":[]}',
      'nvdcve-2.0-2021.meta': '',
    }],
    ['records that are none', {
      'nvdcve-2.0-2021.json.gz': '{"vulnerabilities":[{"cveID":"CVE-2024-1000"}]}',
      'nvdcve-2.0-2021.meta': '',
    }],
  ])('fails whole on %s', async (_what, contents) => {
    const files = listed({ ...filesOf('2021', [CVE], PUBLISHED), ...contents });
    await expect(read(nvd, files, '2021')).rejects.toMatchObject({ code: 'feed_malformed' });
  });

  it('ends well whatever the bytes are', async () => {
    const feed = feedOf(CVE, cveWith('CVE-2024-1000', { vulnStatus: 'Rejected' }));
    const ends = await fuzz(
      nvd,
      (random) => feedFilesAt(folderWith({ 'a.json': mutatedJson(feed, random) })),
    );
    expect([...ends.keys()].toSorted()).toEqual(['feed_malformed', 'read']);
  });
});

describe('changes of the National Vulnerability Database', () => {
  const OLD = cveWith('CVE-2021-1000', { lastModified: '2026-08-14T00:00:00.000' });
  const NEW = cveWith('CVE-2021-2000', { lastModified: '2026-08-21T00:00:00.000' });
  const REJECTED = cveWith('CVE-2021-3000', {
    lastModified: '2026-08-21T00:00:00.000',
    vulnStatus: 'Rejected',
  });
  const MODIFIED = [OLD, NEW, REJECTED, cveWith('CVE-1999-4000'), cveWith('CVE-2001-5000')];
  const SINCE = '2026-08-19T00:00:00Z';

  async function changed(files: FeedFiles, group: string, since = SINCE) {
    const changes = await nvd.changes?.(group, files, since, () => {});
    if (changes === undefined) return undefined;
    const keys: (string | undefined)[] = [];
    for await (const { record } of changes) keys.push(record?.key);
    return keys;
  }

  it('come from the file of what was modified, for the years it belongs to', async () => {
    const files = listed({
      ...filesOf('2001', [], PUBLISHED),
      ...filesOf('2002', [], PUBLISHED),
      ...filesOf('2021', [], PUBLISHED),
      ...filesOf('modified', MODIFIED, PUBLISHED),
    });
    expect(await changed(files, '2021')).toEqual(['CVE-2021-2000', 'CVE-2021-3000']);
    expect(await changed(files, '2002')).toEqual(['CVE-1999-4000']);
    expect(await changed(files, '2001')).toEqual(['CVE-2001-5000']);
    expect(await changed(files, '2021', '2026-08-21T02:00:00+02:00')).toHaveLength(2);
    expect(await changed(files, '2021', '2026-08-21T00:00:01Z')).toEqual([]);
  });

  it('are not told where the file does not reach back, is missing or older', async () => {
    const year = filesOf('2021', [], PUBLISHED);
    const whole = { ...year, ...filesOf('modified', MODIFIED, PUBLISHED) };
    expect(await changed(listed(whole), '2021', '2026-08-14T00:00:00Z')).toBeUndefined();
    expect(await changed(listed(year), '2021')).toBeUndefined();
    const older = { ...year, ...filesOf('modified', MODIFIED, '2026-08-21T00:00:00-04:00') };
    expect(await changed(listed(older), '2021')).toBeUndefined();
    expect(await changed(listed(whole), 'nvd')).toBeUndefined();
    expect(await changed(single('nvdcve-2.0-2021.json.gz', feedOf(CVE)), '2021')).toBeUndefined();
  });

  it('fail where the file is not what its .meta tells', async () => {
    const files = listed({
      ...filesOf('2021', [], PUBLISHED),
      ...filesOf('modified', MODIFIED, PUBLISHED),
      'nvdcve-2.0-modified.json.gz': gzipSync(JSON.stringify(feedOf(NEW))),
    });
    await expect(changed(files, '2021')).rejects.toMatchObject({ code: 'feed_malformed' });
  });
});
