import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { FeedFiles } from '../../../core/feeds/format.ts';
import { openvex } from '../../../core/feeds/openvex.ts';
import type { Assessment, FeedRecord } from '../../../core/vulnerabilities/advisory.ts';
import { mutations } from '../../jobs/catalogers/support.ts';
import { fileWith, folderWith, readAll, tarOf, unlisted } from '../../support/feed-folders.ts';
import { cpuMs } from '../../support/cpu.ts';

/** openvex/spec 0.2.0: parts of an image. */
const IMAGE = {
  '@context': 'https://openvex.dev/ns/v0.2.0',
  '@id': 'https://openvex.dev/docs/public/vex-d4e9020b6d0d26f131d535e055902dd6ccf3e208',
  author: 'The OpenVEX Project <openvex@openssf.org>',
  role: 'Demo Writer',
  timestamp: '2023-07-17T18:28:47.696004345-06:00',
  version: 1,
  statements: [{
    vulnerability: { name: 'CVE-2023-3446', aliases: ['GHSA-aaaa-bbbb-cccc', 'CVE-2023-3446'] },
    products: [{
      '@id':
        'pkg:oci/alpine@sha256%3A124c7d2707904eea7431fffe91522a01e5a861a624ee31d03372cc1d138a3126',
      subcomponents: [
        { '@id': 'pkg:apk/alpine/libssl3@3.0.8-r3' },
        { '@id': 'pkg:apk/alpine/libcrypto3@3.0.8-r3' },
      ],
    }],
    status: 'not_affected',
    justification: 'vulnerable_code_not_present',
    impact_statement: 'affected functions were removed before packaging',
  }],
};

function documentOf(statements: readonly unknown[], more: object = {}): typeof IMAGE {
  return { ...IMAGE, statements, ...more } as typeof IMAGE;
}

function statement(more: object): object {
  return {
    vulnerability: { name: 'CVE-2024-1' },
    products: [{ '@id': 'pkg:apk/wolfi/bash@1.0.0' }],
    status: 'fixed',
    ...more,
  };
}

function isAssessment(record: FeedRecord): record is Assessment {
  return record.kind === 'assessment';
}

async function assessmentsOf(
  files: FeedFiles,
): Promise<{ readonly found: readonly Assessment[]; readonly notes: readonly string[] }> {
  const { records, notes } = await readAll(openvex, files);
  return { found: records.filter(isAssessment), notes };
}

describe('an OpenVEX document', () => {
  it('of 0.2.0 is read', async () => {
    const { found, notes } = await assessmentsOf(fileWith('x.json', IMAGE));
    expect(found).toEqual([{
      kind: 'assessment',
      key: expect.stringMatching(new RegExp(`^${IMAGE['@id']}#[0-9a-f]{24}$`)),
      document: IMAGE['@id'],
      author: 'The OpenVEX Project <openvex@openssf.org>',
      time: '2023-07-18T00:28:47.696Z',
      id: 'CVE-2023-3446',
      aliases: ['GHSA-aaaa-bbbb-cccc'],
      status: 'not_affected',
      justification: 'vulnerable_code_not_present',
      statement: 'affected functions were removed before packaging',
      products: [IMAGE.statements[0]?.products[0]?.['@id']],
      subcomponents: ['pkg:apk/alpine/libcrypto3@3.0.8-r3', 'pkg:apk/alpine/libssl3@3.0.8-r3'],
    }]);
    expect(notes).toEqual([]);
  });

  it('of 0.0.1 is read, whose products and vulnerabilities are strings', async () => {
    const document = {
      '@context': 'https://openvex.dev/ns',
      '@id': 'my-vexdoc2',
      author: 'John Doe',
      statements: [
        {
          timestamp: '2022-12-22T16:36:43-05:00',
          products: ['pkg:apk/wolfi/bash@1.0.0', 'pkg:apk/wolfi/bash@1.0.1'],
          vulnerability: 'CVE-1234-5678',
          status: 'under_investigation',
          status_notes: '',
        },
        {
          timestamp: '2022-12-22T16:36:43-05:00',
          products: ['pkg:oci/image'],
          subcomponents: ['pkg:apk/wolfi/bash'],
          vulnerability: 'CVE-1234-5679',
          status: 'affected',
          action_statement: 'Update it.',
        },
      ],
    };
    const { found, notes } = await assessmentsOf(fileWith('x.json', document));
    expect(found).toMatchObject([
      {
        id: 'CVE-1234-5678',
        time: '2022-12-22T21:36:43.000Z',
        status: 'under_investigation',
        statement: undefined,
        products: ['pkg:apk/wolfi/bash@1.0.0', 'pkg:apk/wolfi/bash@1.0.1'],
        subcomponents: [],
      },
      {
        status: 'affected',
        statement: 'Update it.',
        products: ['pkg:oci/image'],
        subcomponents: ['pkg:apk/wolfi/bash'],
      },
    ]);
    expect(notes).toEqual([]);
  });

  it('of Canonical is read', async () => {
    const document = documentOf([{
      vulnerability: {
        '@id': 'https://nvd.nist.gov/vuln/detail/CVE-2023-38545',
        description: 'This flaw makes curl overflow a heap based buffer.',
        aliases: ['https://curl.se/docs/CVE-2023-38545.html', 'UBUNTU-CVE-2023-38545'],
      },
      timestamp: '2023-10-11T06:00:00.000Z',
      products: [
        { '@id': 'pkg:deb/ubuntu/curl@7.81.0-1ubuntu1.24?arch=source&distro=jammy' },
        { '@id': 'pkg:deb/ubuntu/curl@7.81.0-1ubuntu1.24?arch=amd64&distro=jammy' },
      ],
      status: 'fixed',
      status_notes: 'fixed in 7.81.0-1ubuntu1.14',
    }]);
    const { found } = await assessmentsOf(fileWith('x.json', document));
    expect(found).toMatchObject([{
      id: 'CVE-2023-38545',
      aliases: ['UBUNTU-CVE-2023-38545'],
      time: '2023-10-11T06:00:00.000Z',
      statement: 'fixed in 7.81.0-1ubuntu1.14',
      products: [
        'pkg:deb/ubuntu/curl@7.81.0-1ubuntu1.24?arch=amd64&distro=jammy',
        'pkg:deb/ubuntu/curl@7.81.0-1ubuntu1.24?arch=source&distro=jammy',
      ],
    }]);
  });

  it('names products by identifiers and digests', async () => {
    const sha256 = 'A'.repeat(64);
    const document = documentOf([statement({
      products: [
        { identifiers: { purl: 'pkg:pypi/joblib@1.0.0%2Bcgr.1', cpe23: 'cpe:2.3:a:x:y' } },
        { '@id': 'pkg:golang/a/b@v1', identifiers: { purl: 'pkg:golang/a/b' } },
        { '@id': 'https://example.com/product', hashes: { 'sha-256': sha256, md5: 'x' } },
      ],
    })]);
    const { found } = await assessmentsOf(fileWith('x.json', document));
    expect(found.map(({ products }) => products)).toEqual([[
      'pkg:golang/a/b',
      'pkg:golang/a/b@v1',
      'pkg:pypi/joblib@1.0.0%2Bcgr.1',
      `sha256:${'a'.repeat(64)}`,
    ]]);
  });

  it('says the same of several products once, for each of their sets of parts', async () => {
    const part = (...purls: readonly string[]) => purls.map((purl) => ({ '@id': purl }));
    const document = documentOf([statement({
      products: [
        { '@id': 'pkg:oci/a', subcomponents: part('pkg:npm/x', 'pkg:npm/y') },
        { '@id': 'pkg:oci/b', subcomponents: part('pkg:npm/y', 'pkg:npm/x') },
        { '@id': 'pkg:oci/c', subcomponents: part('pkg:npm/x') },
        { '@id': 'pkg:oci/d' },
        // Its parts cannot be named: it is not meant as a whole.
        { '@id': 'pkg:oci/e', subcomponents: part('the library') },
      ],
    })]);
    const { found } = await assessmentsOf(fileWith('x.json', document));
    expect(found.map(({ products, subcomponents }) => [products, subcomponents])).toEqual([
      [['pkg:oci/a', 'pkg:oci/b'], ['pkg:npm/x', 'pkg:npm/y']],
      [['pkg:oci/c'], ['pkg:npm/x']],
      [['pkg:oci/d'], []],
    ]);
    expect(new Set(found.map(({ key }) => key)).size).toBe(3);
  });

  it('means the latest of what it says twice', async () => {
    const document = documentOf([
      statement({ timestamp: '2024-01-02T00:00:00.000Z', status: 'affected' }),
      statement({ timestamp: '2024-01-03T00:00:00.000Z', status: 'fixed' }),
      statement({ timestamp: '2024-01-01T00:00:00.000Z', status: 'under_investigation' }),
    ]);
    const { found } = await assessmentsOf(fileWith('x.json', document));
    expect(found.map(({ status, time }) => [status, time]))
      .toEqual([['fixed', '2024-01-03T00:00:00.000Z']]);
  });

  it('has the keys of its statements whatever they say', async () => {
    const keysOf = async (...statements: readonly unknown[]) => {
      const { found } = await assessmentsOf(fileWith('x.json', documentOf(statements)));
      return found.map(({ key }) => key);
    };
    const other = statement({ vulnerability: { name: 'CVE-2024-2' } });
    const [first] = await keysOf(statement({ status: 'affected' }));
    expect(await keysOf(other, statement({ status: 'fixed', timestamp: '2024-01-01' })))
      .toEqual([expect.not.stringMatching(`${first}`), first]);
  });

  it.each<[string, readonly unknown[], number, string]>([
    [
      'a denial without a reason',
      [statement({ status: 'not_affected', justification: 'because' })],
      1,
      'say "not_affected" without a reason, and are kept',
    ],
    [
      'an unknown status',
      [statement({ status: 'perhaps' })],
      0,
      'have no vulnerability with a status',
    ],
    [
      'no vulnerability',
      [statement({ vulnerability: {} })],
      0,
      'have no vulnerability with a status',
    ],
    [
      'a name that is none',
      [statement({ vulnerability: 'a b' })],
      0,
      'have no vulnerability with a status',
    ],
    ['no product', [statement({ products: [] })], 0, 'name no product that can be used'],
    [
      'mere names',
      [statement({ products: ['x', { '@id': 7 }, 8] })],
      0,
      'name no product that can be used',
    ],
    ['something else', [7], 0, 'have no vulnerability with a status'],
  ])('with %s is noted', async (_what, statements, count, reason) => {
    const { found, notes } = await assessmentsOf(fileWith('x.json', documentOf(statements)));
    expect(found).toHaveLength(count);
    expect(notes).toEqual([`${IMAGE['@id']}: 1 of its statements ${reason}`]);
  });

  it('without any time is noted, and without an author too', async () => {
    const document = documentOf(
      [statement({}), statement({ timestamp: '2024-01-01' })],
      { timestamp: 'yesterday', author: undefined },
    );
    const { found, notes } = await assessmentsOf(fileWith('x.json', document));
    expect(found).toMatchObject([{ author: 'unknown', time: '2024-01-01T00:00:00.000Z' }]);
    expect(notes).toEqual([`${IMAGE['@id']}: 1 of its statements have no time`]);
  });
});

describe('a source of OpenVEX documents', () => {
  it('is a folder, whose documents may have the same id', async () => {
    const files = folderWith({
      'a/1.json': IMAGE,
      'a/2.json': documentOf([...IMAGE.statements, statement({})]),
      '3.json.gz': gzipSync(JSON.stringify(IMAGE)),
      'b.json': { document: {} },
      'c.txt': 'x',
    });
    const { found, notes } = await assessmentsOf(files);
    expect(found.map(({ key }) => key.split('#')[0])).toEqual([
      '3.json.gz',
      'a/1.json',
      'a/2.json',
      'a/2.json',
    ]);
    expect(new Set(found.map(({ key }) => key)).size).toBe(4);
    expect(notes).toEqual(['b.json: it is no OpenVEX document']);
  });

  it('is an archive', async () => {
    const { found } = await assessmentsOf(fileWith('vex.tar', await tarOf({ 'a/1.json': IMAGE })));
    expect(found.map(({ key }) => key.split('#')[0])).toEqual(['a/1.json']);
  });

  it.each<[string, () => FeedFiles]>([
    ['nothing', () => folderWith({ 'a.txt': 'x' })],
    ['a folder that nobody can list', () => unlisted(folderWith({ 'a.json': IMAGE }))],
    ['half a document', () => fileWith('x', JSON.stringify(IMAGE).slice(0, 500))],
    ['another document', () => fileWith('x', { '@context': 'https://schema.org', statements: [] })],
    ['a page', () => fileWith('x', '<html></html>')],
  ])('fails if it is %s', async (_what, files) => {
    await expect(assessmentsOf(files())).rejects.toMatchObject({ code: 'feed_malformed' });
  });

  it('ends with records, notes or a failure, whatever the bytes are', async () => {
    const started = cpuMs();
    let records = 0;
    const sample = JSON.stringify(documentOf([...IMAGE.statements, statement({})]));
    for (const mutated of mutations(sample, 20230717, 300)) {
      try {
        records += (await assessmentsOf(folderWith({ 'a.json': mutated }))).found.length;
      } catch (error) {
        expect(error).toMatchObject({ code: 'feed_malformed' });
      }
    }
    expect(records).toBeGreaterThan(50);
    expect(cpuMs() - started).toBeLessThan(20_000);
  });
});
