import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { FeedFiles } from '../../../core/feeds/format.ts';
import { redhatVex } from '../../../core/feeds/redhat-vex.ts';
import type { FeedRecord } from '../../../core/vulnerabilities/advisory.ts';
import { mutations } from '../../jobs/catalogers/support.ts';
import { fileWith, folderWith, readAll, tarOf, unlisted } from '../../support/feed-folders.ts';
import { documentOf, idOf, recordOf } from './csaf/documents.ts';
import { BASEOS_94, build, pairs } from './csaf/redhat-products.ts';
import { cpuMs } from '../../support/cpu.ts';

describe('a VEX document of Red Hat', () => {
  it('is a record of its vulnerability', async () => {
    const component = build('glibc', '2.34-100.el9_4.2', 'x86_64');
    const [pair = ''] = pairs([BASEOS_94], [component]);
    const record = await recordOf(
      redhatVex,
      documentOf({
        platforms: [BASEOS_94],
        components: [component],
        statuses: { fixed: [pair] },
        head: { aggregate_severity: { text: 'Important' } },
        vulnerability: {
          title: 'glibc: Out of bounds write in iconv\nmay lead to remote code',
          cwe: { id: 'CWE-122', name: 'Heap-based Buffer Overflow' },
          release_date: '2024-04-17T17:30:00+00:00',
          notes: [
            { category: 'summary', text: 'glibc: Out of bounds write', title: 'Summary' },
            { category: 'description', text: 'An out-of-bounds write flaw.\u0007\nIn iconv.' },
          ],
          references: [
            { category: 'external', url: 'https://nvd.nist.gov/vuln/detail/CVE-2024-2961' },
            { category: 'external', url: 'javascript:alert(1)' },
            { category: 'self', url: 'https://access.redhat.com/security/cve/CVE-2024-2961' },
          ],
          remediations: [
            { category: 'workaround', details: 'Remove it.', product_ids: [idOf(pair)] },
            {
              category: 'vendor_fix',
              details: 'For details see',
              url: 'https://access.redhat.com/errata/RHSA-2024:3339',
              product_ids: [idOf(pair)],
            },
          ],
          scores: [{
            cvss_v3: {
              baseScore: 8.8,
              vectorString: 'CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H',
            },
            products: [idOf(pair)],
          }],
          threats: [{ category: 'impact', details: 'Important', product_ids: [idOf(pair)] }],
        },
      }),
    );
    expect(record).toEqual({
      kind: 'advisory',
      key: 'cve-2024-2961',
      id: 'CVE-2024-2961',
      aliases: [],
      related: ['RHSA-2024:3339'],
      published: '2024-04-17T17:30:00.000Z',
      modified: '2025-11-21T14:31:32.000Z',
      title: 'glibc: Out of bounds write in iconv may lead to remote code',
      description: 'An out-of-bounds write flaw.\nIn iconv.',
      severity: 'high',
      scores: [{
        type: 'CVSS_V3',
        vector: 'CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H',
        source: 'redhat',
        base: 8.8,
      }],
      urls: [
        'https://access.redhat.com/security/cve/CVE-2024-2961',
        'https://access.redhat.com/errata/RHSA-2024:3339',
        'https://nvd.nist.gov/vuln/detail/CVE-2024-2961',
      ],
      cwes: ['CWE-122'],
      statements: [{
        namespace: 'rhel:9',
        package: 'glibc',
        module: '',
        names: 'built',
        affected: true,
        ranges: [[['>=', '0'], ['<', '2.34-100.el9_4.2']]],
        versions: [],
        state: 'fixed',
        cpes: ['cpe:/o:redhat:enterprise_linux:9::baseos'],
        note: 'RHSA-2024:3339',
      }],
    });
  });
});

const HEAD = { tracking: { id: 'CVE-2024-1', current_release_date: '2026-01-02T03:04:05.000Z' } };
const OPENSSL = build('openssl', '1:3.0.7-6.el9_2', 'x86_64');

/** A document with one statement, of whatever id. */
function vex(id: string, modified = '2026-01-02T03:04:05.000Z'): Record<string, unknown> {
  return documentOf({
    id,
    platforms: [BASEOS_94],
    components: [OPENSSL],
    statuses: { fixed: pairs([BASEOS_94], [OPENSSL]) },
    head: { tracking: { id, status: 'final', current_release_date: modified } },
  });
}

function keysOf(records: readonly FeedRecord[]): readonly string[] {
  return records.map(({ key }) => key).sort();
}

describe('a source of VEX documents', () => {
  const documents = {
    '2024/cve-2024-0001.json': vex('CVE-2024-0001'),
    '2024/cve-2024-0002.json': vex('CVE-2024-0002'),
    '2025/cve-2025-0003.json': vex('CVE-2025-0003'),
  };
  const keys = ['cve-2024-0001', 'cve-2024-0002', 'cve-2025-0003'];

  it('is a folder of documents', async () => {
    const { records, notes } = await readAll(
      redhatVex,
      folderWith({ ...documents, 'README.txt': 'x' }),
    );
    expect(keysOf(records)).toEqual(keys);
    expect(notes).toEqual([]);
  });

  it('is a folder of compressed documents', async () => {
    const files = folderWith({
      'a.json.gz': gzipSync(JSON.stringify(vex('CVE-2024-0001'))),
      'b.json.zst': zstdCompressSync(JSON.stringify(vex('CVE-2024-0002'))),
      'c.json.zst': zstdCompressSync(JSON.stringify(vex('CVE-2024-0004'))).subarray(0, -9),
    });
    const { records, notes } = await readAll(redhatVex, files);
    expect(keysOf(records)).toEqual(keys.slice(0, 2));
    expect(notes).toEqual([expect.stringContaining('c.json.zst')]);
  });

  it('is one document', async () => {
    const json = JSON.stringify(vex('CVE-2024-0001'));
    for (const content of [json, `\ufeff${json}\n`, gzipSync(json)]) {
      const { records } = await readAll(redhatVex, fileWith('x', content));
      expect(keysOf(records)).toEqual(keys.slice(0, 1));
    }
  });

  it('is one archive', async () => {
    const archive = zstdCompressSync(await tarOf(documents));
    const { records } = await readAll(redhatVex, fileWith('csaf_vex.tar.zst', archive));
    expect(keysOf(records)).toEqual(keys);
  });

  it('is an archive with what has changed since its day', async () => {
    const archive = await tarOf({ ...documents, '2025/cve-2025-0005.json': vex('CVE-2025-0005') });
    const files = unlisted(folderWith({
      'archive_latest.txt': 'csaf_vex_2026-08-22.tar.zst\n',
      'csaf_vex_2026-08-22.tar.zst': zstdCompressSync(archive),
      'changes.csv': [
        '"2024/cve-2024-0002.json","2026-08-22T09:00:00+00:00"',
        '"2026/cve-2026-0004.json","2026-08-23T00:00:00+00:00"',
        '"2025/cve-2025-0005.json","2026-08-23T00:00:00+00:00"',
        '"2025/cve-2025-0003.json","2026-08-24T00:00:00+00:00"',
        '"2024/cve-2024-0001.json","2026-08-21T23:59:59+00:00"',
      ].join('\n'),
      'deletions.csv': '"2025/cve-2025-0003.json","2026-08-24T00:00:01+00:00"\n',
      '2024/cve-2024-0002.json': vex('CVE-2024-0002', '2026-08-22T09:00:00.000Z'),
      '2026/cve-2026-0004.json': vex('CVE-2026-0004'),
      '2024/cve-2024-0001.json': vex('CVE-2024-0001', '1999-01-01T00:00:00.000Z'),
    }));
    const { records, notes } = await readAll(redhatVex, files);
    expect(keysOf(records)).toEqual([
      'cve-2024-0001',
      'cve-2024-0002',
      'cve-2025-0005',
      'cve-2026-0004',
    ]);
    expect(records.find(({ key }) => key === 'cve-2024-0002'))
      .toMatchObject({ modified: '2026-08-22T09:00:00.000Z' });
    expect(records.find(({ key }) => key === 'cve-2024-0001'))
      .toMatchObject({ modified: '2026-01-02T03:04:05.000Z' });
    expect(notes).toEqual(['2025/cve-2025-0005.json: it is listed, but cannot be read']);
  });

  it.each(['index.txt', 'changes.csv'])(
    'is a folder that nobody lists, but %s does',
    async (list) => {
      const paths = Object.keys(documents);
      const lines = list === 'index.txt'
        ? ['provider-metadata.txt', '../../etc/passwd', ...paths]
        : paths.map((path) => `"${path}","2026-08-22T09:00:00.000Z"`);
      const files = folderWith({ ...documents, [list]: lines.join('\n') });
      const { records, notes } = await readAll(redhatVex, unlisted(files));
      expect(keysOf(records)).toEqual(keys);
      expect(notes).toEqual([]);
    },
  );

  it('tells only what has changed', async () => {
    const files = folderWith({
      'changes.csv': [
        '"2024/cve-2024-0001.json","2026-08-01T00:00:00+00:00"',
        '"2024/cve-2024-0002.json","2026-08-02T00:00:00+00:00"',
        '"2025/cve-2025-0003.json","2026-08-02T00:00:01+00:00"',
        '"2025/cve-2025-0007.json","2026-08-04T00:00:00+00:00"',
        '"../cve-2025-0008.json","2026-08-04T00:00:00+00:00"',
        'nonsense',
      ].join('\r\n'),
      'deletions.csv': [
        '"2025/cve-2025-0006.json","2026-08-03T00:00:00+00:00"',
        '"2025/cve-2025-0007.json","2026-08-03T00:00:00+00:00"',
        '"2024/cve-2024-0009.json","2026-07-03T00:00:00+00:00"',
      ].join('\n'),
      ...documents,
      '2025/cve-2025-0003.json': { ...vex('CVE-2025-0003'), vulnerabilities: [] },
      '2025/cve-2025-0007.json': vex('CVE-2025-0007'),
    });
    const notes: string[] = [];
    const changes = await redhatVex.changes?.(
      'all',
      files,
      '2026-08-02T00:00:00.000Z',
      (...note) => {
        notes.push(note.join(': '));
      },
    );
    const found: string[] = [];
    for await (const { record, removed } of changes ?? []) found.push(record?.key ?? `-${removed}`);
    expect(found.sort()).toEqual([
      '-cve-2025-0003',
      '-cve-2025-0006',
      'cve-2024-0002',
      'cve-2025-0007',
    ]);
    expect(notes).toEqual(['changes.csv: 2 of its lines have no document with a time']);
  });

  it('does not tell what has changed without a list, or where it is one file', async () => {
    const since = '2026-08-02T00:00:00.000Z';
    for (const files of [folderWith(documents), fileWith('x.json', vex('CVE-2024-0001'))]) {
      expect(await redhatVex.changes?.('all', files, since, () => {})).toBeUndefined();
    }
  });

  it('notes what is no document, and reads the others', async () => {
    const { records, notes } = await readAll(
      redhatVex,
      folderWith({
        ...documents,
        'a.json': '{"document":{"tracking":{"id":"CVE-1"}',
        'b.json': { document: {} },
        'c.json': [],
        'd.json': 'null',
        'e.json': { document: HEAD, product_tree: 1, vulnerabilities: {} },
        'f.json': { document: { tracking: { ...HEAD.tracking, status: 'deleted' } } },
        'g.json': '{"document":{"tracking":{"id":"CVE-3"}},"vulnerabilities":[{"cve":x}]}',
        '2026/same.json': vex('CVE-2024-0001'),
      }),
    );
    expect(keysOf(records)).toEqual(keys);
    expect([...notes].sort()).toEqual([
      '2026/same.json: another document of the source has its id',
      'a.json: it is not JSON',
      'b.json: it is no CSAF document with an id',
      'c.json: it is no CSAF document with an id',
      'd.json: it is no CSAF document with an id',
      'f.json: another document of the source has its id',
      'g.json: it is not JSON',
    ]);
  });

  it('leaves out of a document what has a wrong shape', async () => {
    const document = vex('CVE-2024-0001');
    const [vulnerability] = Object(document['vulnerabilities']);
    const { statements } = await recordOf(redhatVex, {
      ...document,
      vulnerabilities: [{
        ...vulnerability,
        title: 7,
        cwe: 'CWE-1',
        release_date: 'soon',
        notes: { text: 'x' },
        references: [7, { url: 8 }],
        remediations: [{ category: 'vendor_fix', product_ids: 'all' }, null],
        scores: [{ products: 7, cvss_v3: { vectorString: 8 } }],
        threats: 'high',
        product_status: { ...vulnerability.product_status, known_affected: 7, __proto__: [1] },
      }],
    });
    expect(statements).toHaveLength(1);
  });

  it('notes ids that a document does not explain', async () => {
    const document = vex('CVE-2024-0001');
    const [vulnerability] = Object(document['vulnerabilities']);
    const fixed = [...vulnerability.product_status.fixed, 'nobody:knows', BASEOS_94[0]];
    const { notes } = await readAll(
      redhatVex,
      fileWith('x', { ...document, vulnerabilities: [{ product_status: { fixed } }] }),
    );
    expect(notes).toEqual(['CVE-2024-0001: 1 of its product ids are not in its product tree']);
  });

  it('notes a fix without a version', async () => {
    const component = ['openssl', 'pkg:rpm/redhat/openssl?arch=x86_64'] as const;
    const document = documentOf({
      platforms: [BASEOS_94],
      components: [component],
      statuses: { fixed: pairs([BASEOS_94], [component]) },
    });
    const { records, notes } = await readAll(redhatVex, fileWith('x', document));
    expect(records).toMatchObject([{ statements: [] }]);
    expect(notes).toEqual(['CVE-2024-2961: 1 of its fixed packages have no version']);
  });

  it.each<[string, () => Promise<FeedFiles> | FeedFiles]>([
    ['nothing', () => folderWith({ 'README.md': 'x' })],
    ['a folder that nobody can tell of', () => unlisted(folderWith(documents))],
    [
      'an archive that is not there',
      () => folderWith({ 'archive_latest.txt': 'csaf_2026-01-01.tar.zst' }),
    ],
    [
      'a pointer to elsewhere',
      () => folderWith({ 'archive_latest.txt': '../csaf_2026-01-01.tar.zst' }),
    ],
    ['an empty file', () => fileWith('x', '')],
    ['a page', () => fileWith('x', '<html><body>Not found</body></html>')],
    ['another JSON', () => fileWith('x', { some: 'thing' })],
    ['half a document', () => fileWith('x', JSON.stringify(vex('CVE-2024-0001')).slice(0, 900))],
    ['half an archive', async () => fileWith('x', (await tarOf(documents)).subarray(0, 5000))],
    [
      'a compressed archive that is cut off',
      async () => fileWith('x', zstdCompressSync(await tarOf(documents)).subarray(0, -4)),
    ],
    ['an archive of other things', async () => fileWith('x', await tarOf({ 'a.json': '{}' }))],
  ])('fails if it is %s', async (_what, files) => {
    await expect(readAll(redhatVex, await files())).rejects.toMatchObject({
      code: 'feed_malformed',
    });
  });

  it('is watched by its lists, or by its one file', () => {
    expect(redhatVex.watched('all', folderWith(documents)))
      .toEqual(['archive_latest.txt', 'changes.csv', 'deletions.csv']);
    expect(redhatVex.watched('all', fileWith('x.json', '{}'))).toEqual(['x.json']);
  });

  it('ends with records, notes or a failure, whatever the bytes are', async () => {
    const module = '&rpmmod=python39:3.9:8100020240826142629:d47b87a4';
    const components = [
      OPENSSL,
      build('python39', '3.9.19-7.module+el8.10.0+22237+51382d7c', 'x86_64', module),
    ];
    const sample = JSON.stringify(documentOf({
      platforms: [BASEOS_94],
      components,
      statuses: { fixed: pairs([BASEOS_94], components) },
      vulnerability: { threats: [{ category: 'impact', details: 'Low' }], flags: [{ label: 'x' }] },
    }));
    const started = cpuMs();
    let records = 0;
    for (const mutated of mutations(sample, 20260822, 400)) {
      try {
        const reading = await readAll(redhatVex, folderWith({ 'a.json': mutated }));
        records += reading.records.length;
      } catch (error) {
        expect(error).toMatchObject({ code: 'feed_malformed' });
      }
    }
    expect(records).toBeGreaterThan(50);
    expect(cpuMs() - started).toBeLessThan(20_000);
  });
});
