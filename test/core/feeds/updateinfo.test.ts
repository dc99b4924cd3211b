import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { updateinfo } from '../../../core/feeds/updateinfo/index.ts';
import { mutatedBytes } from '../../jobs/fuzz/mutators.ts';
import { randomOf } from '../../jobs/fuzz/random.ts';
import { bzip2Of } from '../../support/bzip2.ts';
import { feedFilesAt } from '../../support/feed-files.ts';
import { readFeed, readFile, writtenFile, writtenFolder } from '../../support/written-feed.ts';

/** Cut down from real updates. */
const AMAZON_2 =
  `<update author="linux-security@amazon.com" status="final" type="security" version="1.4">
  <id>ALAS2-2018-939</id>
  <title>Amazon Linux 2 2017.12 - ALAS2-2018-939: critical priority package update for kernel</title>
  <issued date="2018-01-11 21:05"/>
  <updated date="2018-01-16 01:28"/>
  <severity>critical</severity>
  <description>Package updates are available for Amazon Linux 2 that fix the following vulnerabilities:
CVE-2017-5754:
	An industry-wide issue was found &amp;amp; fixed.
1519781: 
CVE-2017-5754 hw: cpu: speculative execution permission faults handling

CVE-2017-5715:
	Variant CVE-2017-5715 triggers the speculative execution.
</description>
  <references>
    <reference href="http://cve.mitre.org/cgi-bin/cvename.cgi?name=CVE-2017-5715" id="CVE-2017-5715" title="" type="cve"/>
    <reference href="http://cve.mitre.org/cgi-bin/cvename.cgi?name=CVE-2017-5754" id="CVE-2017-5754" title="" type="cve"/>
    <reference href="https://rhn.redhat.com/errata/RHSA-2018:0007.html" id="RHSA-2018:0007" title="" type="redhat"/>
  </references>
  <pkglist>
    <collection short="amazon-linux-2">
      <name>Amazon Linux 2</name>
      <package arch="x86_64" epoch="0" name="kernel" release="38.79.amzn2" version="4.9.76"><filename>Packages/kernel-4.9.76-38.79.amzn2.x86_64.rpm</filename></package>
      <package arch="aarch64" epoch="0" name="kernel" release="38.79.amzn2" version="4.9.76"/>
      <package arch="noarch" epoch="2" name="kernel-doc" release="38.79.amzn2" version="4.9.76"/>
      <package arch="src" epoch="0" name="kernel" release="38.79.amzn2" version="4.9.76"/>
    </collection>
  </pkglist>
</update>`;

function amazon(id: string, title: string, short: string): string {
  return `<update status="final" type="security"><id>${id}</id><title>${title}</title>
    <severity>Important</severity><references>
    <reference href="x" id="CVE-2022-24903" title="" type="cve" /></references>
    <pkglist><collection short="${short}"><name>-</name>
    <package name="rsyslog" version="8.2204.0" release="3.amzn.0.2" epoch="0" arch="x86_64"/>
    </collection></pkglist></update>`;
}

const FEDORA =
  `<update from="updates@fedoraproject.org" status="stable" type="security" version="2.0">
  <id>FEDORA-2024-deafa21e1d</id>
  <title>nginx-1.24.0-6.fc40</title>
  <issued date="2024-02-27 02:07:15"/>
  <updated date="2024-02-28 01:27:47"/>
  <rights>Copyright (C) 2024 Red Hat, Inc. and others.</rights>
  <release>Fedora 40</release>
  <severity>Moderate</severity>
  <description>Fixes.</description>
  <references>
    <reference href="https://bugzilla.redhat.com/show_bug.cgi?id=2264297" id="2264297" type="bugzilla" title="TRIAGE CVE-2024-24989 nginx: NULL pointer dereference in HTTP/3 [fedora-all]"/>
    <reference href="https://bugzilla.redhat.com/show_bug.cgi?id=2232217" id="2232217" type="bugzilla" title="nginx-1.25.4 is available"/>
  </references>
  <pkglist><collection short="F40"><name>Fedora 40</name>
    <package name="nginx" epoch="2" version="1.24.0" release="6.fc40" arch="x86_64" src="nginx-1.24.0-6.fc40.src.rpm"><filename>nginx.rpm</filename></package>
  </collection></pkglist>
</update>`;

const ALMA = `<update from="packager@almalinux.org" status="final" type="security" version="1">
  <id>ALSA-2023:7549</id><title>Moderate: nodejs:18 security update</title>
  <issued date="1701129600"/><updated date="2023-11-28"/>
  <severity>Moderate</severity><description>Node.js is a platform.</description>
  <references>
    <reference href="https://access.redhat.com/security/cve/CVE-2023-44487" id="CVE-2023-44487" type="cve" title="CVE-2023-44487"/>
    <reference href="https://errata.almalinux.org/8/ALSA-2023-7549.html" id="ALSA-2023:7549" type="self" title="ALSA-2023:7549"/>
  </references>
  <pkglist>
    <collection short="a"><name>a</name><module name="nodejs" stream="18" version="8090020231101101624" context="a75119d5" arch="x86_64"/>
      <package name="nodejs" epoch="1" version="18.18.2" release="2.module_el8.9.0+3692+d4dc2e58" arch="x86_64"/>
    </collection>
    <collection short="b"><name>b</name>
      <package name="npm" epoch="1" version="10.2.3" release="1.module_el8.9.0+1+1" arch="x86_64"/>
      <package name="plain" version="1.0" release="1.el8" arch="x86_64"/>
    </collection>
  </pkglist>
</update>`;

function updates(...elements: string[]): string {
  return `<?xml version="1.0" ?>\n<updates>${elements.join('\n')}</updates>`;
}

function read(...elements: string[]) {
  return readFile(updateinfo, 'updateinfo.xml', updates(...elements));
}

describe('an update', () => {
  it('is one advisory for each CVE that it fixes', async () => {
    const { records, notes } = await read(AMAZON_2);
    const kernel = {
      namespace: 'amzn:2',
      package: 'kernel',
      names: 'built',
      affected: true,
      ranges: [[['>=', '0'], ['<', '0:4.9.76-38.79.amzn2']]],
      versions: [],
      state: 'fixed',
      architectures: ['aarch64', 'x86_64'],
    };
    const doc = {
      ...kernel,
      package: 'kernel-doc',
      ranges: [[['>=', '0'], ['<', '2:4.9.76-38.79.amzn2']]],
      architectures: ['noarch'],
    };
    expect(notes).toEqual([]);
    expect(records).toEqual([
      {
        kind: 'advisory',
        key: 'ALAS2-2018-939/CVE-2017-5715',
        id: 'CVE-2017-5715',
        aliases: [],
        related: ['ALAS2-2018-939'],
        published: '2018-01-11T21:05:00Z',
        modified: '2018-01-16T01:28:00Z',
        title:
          'Amazon Linux 2 2017.12 - ALAS2-2018-939: critical priority package update for kernel',
        description: 'Variant CVE-2017-5715 triggers the speculative execution.',
        severity: 'critical',
        scores: [],
        urls: [
          'https://alas.aws.amazon.com/AL2/ALAS-2018-939.html',
          'http://cve.mitre.org/cgi-bin/cvename.cgi?name=CVE-2017-5715',
          'https://rhn.redhat.com/errata/RHSA-2018:0007.html',
        ],
        statements: [kernel, doc],
      },
      expect.objectContaining({
        key: 'ALAS2-2018-939/CVE-2017-5754',
        id: 'CVE-2017-5754',
        description: 'An industry-wide issue was found &amp; fixed.\n1519781: \n' +
          'CVE-2017-5754 hw: cpu: speculative execution permission faults handling',
        statements: [kernel, doc],
      }),
    ]);
  });

  it.each<[string, string, string, string, string | undefined]>([
    [
      'ALAS-2011-1',
      'Amazon Linux AMI 2011.09 - ALAS-2011-1: x',
      'amazon-linux-ami',
      'amzn:2018.03',
      undefined,
    ],
    ['ALAS-2011-1', '', '', 'amzn:2018.03', undefined],
    ['ALAS2-2018-939', '', '', 'amzn:2', undefined],
    [
      'ALAS2022-2021-001',
      'Amazon Linux 2022 - ALAS2022-2021-001: x',
      'amazon-linux-2022',
      'amzn:2022',
      undefined,
    ],
    ['ALAS2023-2023-001', '', 'amazon-linux-2023', 'amzn:2023', undefined],
    ['ALAS-2023-001', '', 'amazon-linux-2023', 'amzn:2023', undefined],
    ['ALAS-2023-001', 'Amazon Linux 2023 - ALAS-2023-001: x', '', 'amzn:2023', undefined],
    ['ALAS2KERNEL-5.15-2022-001', '', 'amazon-linux-2---kernel-5.15', 'amzn:2', 'kernel-5.15'],
    [
      'ALAS2KERNEL-5.15-2022-001',
      'Amazon Linux 2 - Kernel-5.15 2.0 - ALAS2KERNEL-5.15-2022-001: x',
      '',
      'amzn:2',
      'kernel-5.15',
    ],
    [
      'ALAS2023LIVEPATCH-2023-001',
      'Amazon Linux 2023 - Kernel Livepatch - ALAS2023LIVEPATCH-2023-001: x',
      'amazon-linux-2023---kernel-livepatch',
      'amzn:2023',
      'kernel-livepatch',
    ],
    [
      'ALAS2023LIVEPATCH-2023-001',
      'Amazon Linux 2023 - Kernel Livepatch - ALAS2023LIVEPATCH-2023-001: x',
      '',
      'amzn:2023',
      'kernel-livepatch',
    ],
  ])('of Amazon is for its release: %s, %s, %s', async (id, title, short, namespace, channel) => {
    const { records } = await read(amazon(id, title, short));
    expect(records).toMatchObject([{ severity: 'high', statements: [{ namespace, channel }] }]);
  });

  it('of Fedora names CVEs in the titles of its bugs', async () => {
    const { records } = await read(FEDORA);
    expect(records).toMatchObject([{
      key: 'FEDORA-2024-deafa21e1d/CVE-2024-24989',
      id: 'CVE-2024-24989',
      severity: 'medium',
      urls: [
        'https://bodhi.fedoraproject.org/updates/FEDORA-2024-deafa21e1d',
        'https://bugzilla.redhat.com/show_bug.cgi?id=2264297',
        'https://bugzilla.redhat.com/show_bug.cgi?id=2232217',
      ],
      statements: [{
        namespace: 'fedora:40',
        package: 'nginx',
        ranges: [[['>=', '0'], ['<', '2:1.24.0-6.fc40']]],
        module: '',
        architectures: ['x86_64'],
      }],
    }]);
  });

  it('tells of the module of each collection', async () => {
    const { records } = await read(ALMA);
    expect(records).toMatchObject([{
      id: 'CVE-2023-44487',
      published: '2023-11-28T00:00:00Z',
      modified: '2023-11-28T00:00:00Z',
    }]);
    const [record] = records;
    const statements = record?.kind === 'advisory' ? record.statements : [];
    expect(
      statements.map(({ namespace, package: name, module, ranges }) => [
        namespace,
        name,
        module,
        ranges[0]?.[1]?.[1],
      ]),
    ).toEqual([
      ['almalinux:8', 'nodejs', 'nodejs:18', '1:18.18.2-2.module_el8.9.0+3692+d4dc2e58'],
      ['almalinux:8', 'npm', undefined, '1:10.2.3-1.module_el8.9.0+1+1'],
      // Without an epoch where the update tells none: that is not epoch 0.
      ['almalinux:8', 'plain', '', '1.0-1.el8'],
    ]);
  });

  it.each<[string, string, string]>([
    ['RLSA-2024:1', '3.el9_4', 'rocky:9'],
    ['RXSA-2024:1', '3.el8', 'rocky:8'],
    ['ELSA-2024-1', '3.0.1.el7_9', 'ol:7'],
    ['RHSA-2024:1', '3.module+el8.7.0+1+2', 'rhel:8'],
    ['openSUSE-SLE-15.5-2023-2765', '150500.3', 'opensuse-leap:15.5'],
    ['openSUSE-2023-12', '1', 'unknown'],
    ['SUSE-SLE-Module-Basesystem-15-SP5-2023-2765', '150500.3', 'sles:15.5'],
    ['FEDORA-EPEL-2018-abe0e978c0', '1.el8', 'unknown'],
    ['XYZ-2024-1', '1.el8', 'unknown'],
  ])('is for the distribution of its id and builds: %s, %s', async (id, release, namespace) => {
    const { records, notes } = await read(
      amazon('ALAS2-2024-1', '', ''),
      ALMA.replaceAll('ALSA-2023:7549', id).replace(/<collection short="a">.*?<\/collection>/s, '')
        .replace(/release="[^"]*"/g, `release="${release}"`),
    );
    const namespaces = records.flatMap((record) =>
      record.kind === 'advisory' ? record.statements.map((statement) => statement.namespace) : []
    );
    const isUnknown = namespace === 'unknown';
    expect(new Set(namespaces)).toEqual(new Set(isUnknown ? ['amzn:2'] : ['amzn:2', namespace]));
    expect(notes).toEqual(isUnknown ? [`${id}: its distribution is unknown`] : expect.any(Array));
  });

  it('has its own id where it names no CVE', async () => {
    const { records } = await read(FEDORA.replaceAll(/<reference .*\/>/g, ''));
    expect(records).toMatchObject([
      { key: 'FEDORA-2024-deafa21e1d', id: 'FEDORA-2024-deafa21e1d', related: [] },
    ]);
  });

  it('names CVEs in its text where no reference does', async () => {
    const { records } = await read(
      FEDORA.replaceAll(/<reference .*\/>/g, '').replace('Fixes.', 'Fixes cve-2024-0001.'),
    );
    expect(records).toMatchObject([{ id: 'CVE-2024-0001' }]);
  });

  it.each<[string, (update: string) => string]>([
    [
      'of another kind',
      (update) =>
        update.replaceAll(/<reference .*\/>/g, '').replace('type="security"', 'type="bugfix"'),
    ],
    ['taken back', (update) => update.replace('"stable"', '"retracted"')],
  ])('says nothing: one %s', async (_, change) => {
    expect(
      await readFeed(
        updateinfo,
        feedFilesAt(
          writtenFile('u.xml', updates(change(FEDORA), AMAZON_2)).path,
        ),
        'fedora:40',
      ),
    ).toEqual({ records: [], notes: [] });
  });

  it('fixes CVEs that it names whatever its kind', async () => {
    expect((await read(FEDORA.replace('"security"', '"bugfix"'))).records).toHaveLength(1);
  });

  it.each<[string, string, string]>([
    ['without an id', AMAZON_2.replace('<id>ALAS2-2018-939</id>', ''), 'update: it has no id'],
    [
      'without packages',
      AMAZON_2.replaceAll(/<package .*/g, ''),
      'ALAS2-2018-939: it names no packages',
    ],
  ])('is noted: one %s', async (_, update, note) => {
    const { records, notes } = await read(update, FEDORA);
    expect(notes).toEqual([note]);
    expect(records).toHaveLength(1);
  });

  it('is cut where it is foreign text without end', async () => {
    const { records } = await read(
      FEDORA.replace('Fixes.', `a\tb${'x'.repeat(9000)}`)
        .replace('nginx-1.24.0-6.fc40', `one\n two ${'y'.repeat(900)}`)
        .replace('2024-02-27 02:07:15', '2024-02-30 02:07:15')
        .replace('href="https://bugzilla', 'href="javascript:alert(1)//bugzilla'),
    );
    const [record] = records;
    if (record?.kind !== 'advisory') throw new Error('no advisory');
    expect(record.description).toHaveLength(4000);
    expect(record.title).toHaveLength(300);
    expect(record.title?.startsWith('one two yyy')).toBe(true);
    expect(record.published).toBeUndefined();
    expect(record.urls).toHaveLength(2);
  });

  it('that comes twice is read once, and one of two versions both times', async () => {
    const { records } = await read(
      FEDORA,
      FEDORA,
      FEDORA.replace('1.24.0" release', '1.24.1" release'),
    );
    expect(records).toMatchObject([
      { key: 'FEDORA-2024-deafa21e1d/CVE-2024-24989' },
      { key: 'FEDORA-2024-deafa21e1d#2/CVE-2024-24989' },
    ]);
  });
});

const DOCUMENT = updates(AMAZON_2);
const PACKED = gzipSync(DOCUMENT);

function repomd(content: Uint8Array, path: string, changes: Record<string, string> = {}): string {
  const sum = changes['sum'] ?? createHash('sha256').update(content).digest('hex');
  return `<?xml version="1.0"?><repomd xmlns="http://linux.duke.edu/metadata/repo">
    <data type="primary"><location href="repodata/primary.xml.gz"/></data>
    <data type="${changes['data'] ?? 'updateinfo'}">
      <checksum type="${changes['type'] ?? 'sha256'}">${sum}</checksum>
      <location href="${path}"/></data></repomd>`;
}

describe('a repository', () => {
  const path = 'repodata/abc-updateinfo.xml.gz';

  it('is found through its index', async () => {
    const folder = writtenFolder({
      'repodata/repomd.xml': repomd(PACKED, path),
      [path]: PACKED,
      'repodata/primary.xml.gz': gzipSync('<metadata/>'),
    });
    const files = feedFilesAt(folder);
    expect(await updateinfo.groups(files)).toEqual(['amzn:2']);
    expect(updateinfo.watched('amzn:2', files)).toContain('repodata/repomd.xml');
    expect((await readFeed(updateinfo, files)).records).toHaveLength(2);
  });

  it.each<[string, Record<string, string | Uint8Array>, string]>([
    [
      'with another sum',
      { 'repodata/repomd.xml': repomd(Buffer.from(''), path), [path]: PACKED },
      'it does not have the sha256',
    ],
    ['without a sum', {
      'repodata/repomd.xml': repomd(PACKED, path, { type: 'x' }),
      [path]: PACKED,
    }, 'it has no sum'],
    ['without the file', { 'repodata/repomd.xml': repomd(PACKED, path) }, 'it is not there'],
    [
      'without updateinfo',
      { 'repodata/repomd.xml': repomd(PACKED, path, { data: 'other' }) },
      'it names no updateinfo',
    ],
    [
      'with a path out of it',
      { 'repodata/repomd.xml': repomd(PACKED, '../../etc/passwd') },
      'outside of itself',
    ],
    [
      'elsewhere',
      { 'repodata/repomd.xml': repomd(PACKED, 'https://example.org/u.xml.gz') },
      'outside of itself',
    ],
    ['with a broken index', { 'repodata/repomd.xml': '<repomd><data>' }, 'unclosed tag'],
    ['that is none', { 'readme.txt': 'hello' }, 'neither it nor any updateinfo is there'],
  ])('fails: one %s', async (_, content, reason) => {
    await expect(readFeed(updateinfo, feedFilesAt(writtenFolder(content)), 'amzn:2')).rejects
      .toMatchObject({ code: 'feed_malformed', message: expect.stringContaining(reason) });
  });

  it('of Amazon is found through the lists of its mirrors, with those beside it', async () => {
    const livepatch = gzipSync(updates(amazon(
      'ALAS2023LIVEPATCH-2023-001',
      '',
      'amazon-linux-2023---kernel-livepatch',
    )));
    const docker = gzipSync(updates(amazon('ALAS2DOCKER-2021-001', '', 'amazon-linux-2---docker')));
    const core = gzipSync(updates(amazon('ALAS2023-2023-001', '', 'amazon-linux-2023')));
    const files = feedFilesAt(writtenFolder({
      '2/core/latest/x86_64/mirror.list': 'https://cdn.example.org/2/core/2.0/x86_64/a1/\n',
      '2/core/2.0/x86_64/a1/repodata/repomd.xml': repomd(PACKED, path),
      [`2/core/2.0/x86_64/a1/${path}`]: PACKED,
      '2/extras-catalog.json': JSON.stringify({
        topics: [{ n: 'docker', x: 1 }, { n: 'ruby2.6' }, { n: '../x' }],
      }),
      '2/extras/docker/latest/x86_64/mirror.list': 'http://cdn.example.org/2/extras/docker/b2',
      '2/extras/docker/b2/repodata/repomd.xml': repomd(docker, path),
      [`2/extras/docker/b2/${path}`]: docker,
      '2/extras/ruby2.6/latest/x86_64/mirror.list': 'http://cdn.example.org/2/extras/ruby2.6/b3',
      '2/extras/ruby2.6/b3/repodata/repomd.xml': repomd(docker, path, { data: 'other' }),
      'al2023/core/mirrors/latest/x86_64/mirror.list':
        '\n\nhttps://cdn.example.org/al2023/core/guids/c/x86_64/\n',
      'al2023/core/guids/c/x86_64/repodata/repomd.xml': repomd(core, path),
      [`al2023/core/guids/c/x86_64/${path}`]: core,
      'al2023/kernel-livepatch/mirrors/latest/x86_64/mirror.list':
        'https://cdn.example.org/al2023/kernel-livepatch/d',
      'al2023/kernel-livepatch/d/repodata/repomd.xml': repomd(livepatch, path),
      [`al2023/kernel-livepatch/d/${path}`]: livepatch,
    }));
    expect(await updateinfo.groups(files)).toEqual(['amzn:2', 'amzn:2023']);
    const keysOf = async (group: string) =>
      (await readFeed(updateinfo, files, group)).records.map(({ key }) => key);
    expect(await keysOf('amzn:2')).toEqual([
      'ALAS2-2018-939/CVE-2017-5715',
      'ALAS2-2018-939/CVE-2017-5754',
      'ALAS2DOCKER-2021-001/CVE-2022-24903',
    ]);
    expect(await keysOf('amzn:2023')).toEqual([
      'ALAS2023-2023-001/CVE-2022-24903',
      'ALAS2023LIVEPATCH-2023-001/CVE-2022-24903',
    ]);
  });

  it('of Fedora is found in the folder of its release', async () => {
    const content = gzipSync(updates(FEDORA));
    const files = feedFilesAt(writtenFolder({
      '40/Everything/x86_64/repodata/repomd.xml': repomd(content, path),
      [`40/Everything/x86_64/${path}`]: content,
      '41/readme': '',
      'testing/40/readme': '',
    }));
    expect(await updateinfo.groups(files)).toEqual(['fedora:40']);
    expect((await readFeed(updateinfo, files)).records).toHaveLength(1);
  });

  it('is a folder of documents, too, whatever they are called', async () => {
    const files = feedFilesAt(writtenFolder({
      'a/b/one.xml': updates(FEDORA),
      'two.xml.gz': PACKED,
      'three.xml.bz2': bzip2Of(Buffer.from(updates('<!-- none -->'))),
      'repomd_valid.xml': '<repomd/>',
      'broken.xml': '{',
      '.hidden/four.xml': updates(FEDORA),
      'notes.txt': 'hello',
    }));
    expect(await updateinfo.groups(files)).toEqual(['amzn:2', 'fedora:40']);
    expect((await readFeed(updateinfo, files)).records).toHaveLength(3);
  });

  it.each<[string, string | Uint8Array]>([
    ['cut off', DOCUMENT.slice(0, -5)],
    ['cut off and packed', PACKED.subarray(0, -20)],
    ['another document', '<repomd/>'],
    ['empty', ''],
  ])('fails where its document is no whole one: %s', async (_, content) => {
    const files = feedFilesAt(writtenFile('updateinfo.xml', content).path);
    expect(updateinfo.watched('amzn:2', files)).toEqual(['updateinfo.xml']);
    await expect(readFeed(updateinfo, files, 'amzn:2')).rejects.toMatchObject({
      code: 'feed_malformed',
    });
  });
});

it('comes to an end on whatever bytes', async () => {
  const sample = Buffer.from(updates(AMAZON_2, FEDORA, ALMA));
  const outcomes = { read: 0, failed: 0 };
  for (let seed = 1; seed <= 300; seed += 1) {
    const { path } = writtenFile('u.xml', mutatedBytes(sample, randomOf(seed)));
    try {
      const { records } = await readFeed(updateinfo, feedFilesAt(path));
      expect(records.length).toBeLessThan(20);
      outcomes.read += 1;
    } catch (error) {
      expect(error).toMatchObject({ code: 'feed_malformed' });
      outcomes.failed += 1;
    }
  }
  expect(outcomes.read).toBeGreaterThan(10);
  expect(outcomes.failed).toBeGreaterThan(50);
});
