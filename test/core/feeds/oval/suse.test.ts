import { describe, expect, it } from 'vitest';
import { suseOval } from '../../../../core/feeds/oval/index.ts';
import type { Statement } from '../../../../core/vulnerabilities/advisory.ts';
import { feedFilesAt } from '../../../support/feed-files.ts';
import { unlisted } from '../../../support/feed-folders.ts';
import { and, criterion, or, ovalOf, type ShortTest } from '../../../support/oval.ts';
import { readFeed, readFile, writtenFile, writtenFolder } from '../../../support/written-feed.ts';

function release(object: string, version: string): ShortTest {
  return { object, state: [['version', 'equals', version]] };
}

const ARCH = ['arch', 'pattern match', '(aarch64|x86_64)'] as const;

const TESTS: Readonly<Record<string, ShortTest>> = {
  sles: release('sles-release', '15.1'),
  ltss: release('sles-ltss-release', '15.1'),
  sled: release('sled-release', '15.1'),
  hpc: release('SLE_HPC-release', '15.1'),
  manager: release('SUSE-Manager-Server-release', '4.1'),
  module: release('sle-module-basesystem-release', '15.1'),
  'module of 12': release('sle-module-web-scripting-release', '12'),
  leap: release('openSUSE-release', '15.2'),
  'leap 16': release('Leap-release', '16.0'),
  'leap micro': release('openSUSE-release', '5.2'),
  old: release('openSUSE-release', '13.2'),
  tumbleweed: {
    object: 'openSUSE-release',
    state: [['evr', 'greater than or equal', '0:20210101-0']],
  },
  micro: release('SLE-Micro-release', '5.5'),
  kernel: {
    object: 'kernel-default',
    state: [ARCH, ['evr', 'less than', '0:4.12.14-197.89.2']],
  },
  devel: { object: 'kernel-devel', state: [['evr', 'less than', '0:4.12.14-197.89.2']] },
  unfixed: { object: 'krb5', state: [['evr', 'greater than', '0:0-0']] },
  'not affected': { object: 'krb5-server', state: [['version', 'equals', '0']] },
  'lsb-release': { object: 'lsb-release', state: [['evr', 'less than', '0:3.0-1']] },
  'lsb-release unfixed': { object: 'lsb-release', state: [['evr', 'greater than', '0:0-0']] },
  'lsb-release not affected': { object: 'lsb-release', state: [['version', 'equals', '0']] },
  exact: { object: 'kernel-default', state: [['evr', 'equals', '0:4.12.14-150.66.1']] },
  patched: {
    object: 'kernel-livepatch-4_12_14-150_66-default',
    state: [['evr', 'greater than or equal', '0:14-2.2-0']],
    check: 'none satisfy',
  },
  signed: {
    object: 'krb5',
    state: [['signature_keyid', 'equals', 'b88b2fd43dbdc284']],
    check: 'all',
  },
  running: { object: 'x', kind: 'uname' },
};

const METADATA = `<title>CVE-2021-29154</title>
<affected family="unix"><platform>SUSE Linux Enterprise Server 15 SP1</platform></affected>
<reference ref_id="Mitre CVE-2021-29154" ref_url="https://cve.mitre.org/cgi-bin/cvename.cgi?name=CVE-2021-29154" source="CVE"/>
<reference ref_id="SUSE CVE-2021-29154" ref_url="https://www.suse.com/security/cve/CVE-2021-29154" source="SUSE CVE"/>
<reference ref_id="SUSE-SU-2021:1210-1" ref_url="https://lists.suse.com/pipermail/1.html" source="SUSE-SU"/>
<reference ref_id="TID7008287" ref_url="https://www.suse.com/support/kb/doc/?id=7008287" source="SUSE-SU"/>
<reference ref_id="openSUSE-SU-2021:0579-1" ref_url="https://lists.opensuse.org/2" source="SUSE-SU"/>
<description>
    BPF JIT compilers in the Linux kernel.
    </description>
<advisory from="security@suse.de"><issued date="2021-04-30"/><updated date="2021-07-14"/><severity>Important</severity>
<cve impact="high" cvss3="7/CVSS:3.1/AV:L/AC:H/PR:L/UI:N/S:U/C:H/I:H/A:H" cvss4="8.7/CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:H/SC:N/SI:N/SA:N" href="https://www.suse.com/security/cve/CVE-2021-29154/">CVE-2021-29154 at SUSE</cve>
<cve impact="critical" cvss3="7.8/CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H" href="https://nvd.nist.gov/vuln/detail/CVE-2021-29154">CVE-2021-29154 at NVD</cve>
<bugzilla href="https://bugzilla.suse.com/1184391">SUSE bug 1184391</bugzilla>
<affected_cpe_list><cpe>cpe:/o:suse:sles:15:sp1</cpe></affected_cpe_list></advisory>`;

async function read(criteria: string, metadata = METADATA, kind = 'vulnerability') {
  const document = ovalOf([{ class: kind, criteria, metadata }], TESTS);
  const { records, notes } = await readFile(suseOval, 'suse.xml', document);
  const [record] = records;
  return { records, notes, statements: record?.kind === 'advisory' ? record.statements : [] };
}

function brief({ namespace, package: name, ranges, state, channel, architectures }: Statement) {
  const range = ranges[0]?.map((bound) => bound.join(' ')).join(', ');
  return [namespace, name, range, state, channel, architectures?.join(' ')];
}

const FIXED = '>= 0, < 0:4.12.14-197.89.2';

function on(...platforms: string[]): string {
  return or(...platforms.map((name) => criterion(name)));
}

describe('a vulnerability of SUSE', () => {
  it('is one advisory with all that SUSE tells', async () => {
    const { records, notes } = await read(and(criterion('sles'), or(criterion('kernel'))));
    expect(notes).toEqual([]);
    expect(records).toEqual([{
      kind: 'advisory',
      key: 'oval:org.example:def:1',
      id: 'CVE-2021-29154',
      aliases: [],
      related: ['SUSE-SU-2021:1210-1', 'openSUSE-SU-2021:0579-1'],
      published: '2021-04-30T00:00:00Z',
      modified: '2021-07-14T00:00:00Z',
      description: 'BPF JIT compilers in the Linux kernel.',
      severity: 'high',
      scores: [
        {
          type: 'CVSS_V4',
          vector: 'CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:H/SC:N/SI:N/SA:N',
          source: 'SUSE',
          base: 8.7,
        },
        {
          type: 'CVSS_V3',
          vector: 'CVSS:3.1/AV:L/AC:H/PR:L/UI:N/S:U/C:H/I:H/A:H',
          source: 'SUSE',
          base: 7,
        },
        {
          type: 'CVSS_V3',
          vector: 'CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H',
          source: 'NVD',
          base: 7.8,
        },
      ],
      urls: [
        'https://www.suse.com/security/cve/CVE-2021-29154/',
        'https://nvd.nist.gov/vuln/detail/CVE-2021-29154',
        'https://cve.mitre.org/cgi-bin/cvename.cgi?name=CVE-2021-29154',
        'https://www.suse.com/security/cve/CVE-2021-29154',
        'https://lists.suse.com/pipermail/1.html',
        'https://lists.opensuse.org/2',
        'https://bugzilla.suse.com/1184391',
      ],
      statements: [{
        namespace: 'sles:15.1',
        package: 'kernel-default',
        names: 'built',
        affected: true,
        ranges: [[['>=', '0'], ['<', '0:4.12.14-197.89.2']]],
        versions: [],
        state: 'fixed',
        architectures: ['aarch64', 'x86_64'],
      }],
    }]);
  });

  it.each<[string, readonly string[]]>([
    ['sles', ['sles:15.1']],
    ['module', ['sles:15.1']],
    ['ltss', ['sles:15.1 ltss']],
    ['leap', ['opensuse-leap:15.2']],
    ['leap 16', ['opensuse-leap:16.0']],
    ['leap micro', ['opensuse-leap-micro:5.2']],
    ['old', ['opensuse:13.2']],
    ['tumbleweed', ['opensuse-tumbleweed']],
    ['micro', ['sle-micro:5.5']],
    ['module of 12', ['sles:12', 'sles:12.1', 'sles:12.2', 'sles:12.3', 'sles:12.4', 'sles:12.5']],
    // Those are no base of images.
    ['sled', []],
    ['hpc', []],
    ['manager', []],
  ])('is for the distribution that the release package %s stands for', async (test, expected) => {
    const { statements, notes } = await read(and(on(test), or(criterion('devel'))));
    const platforms = statements.map(({ namespace, channel }) =>
      channel === undefined ? namespace : `${namespace} ${channel}`
    );
    expect(platforms).toEqual(expected);
    expect(notes).toEqual([]);
  });

  it('is said once of a distribution that several products stand for', async () => {
    const { statements } = await read(or(
      and(on('sles', 'module', 'sled', 'hpc', 'ltss'), or(criterion('kernel'), criterion('devel'))),
      and(on('module', 'leap'), criterion('devel')),
    ));
    expect(statements.map(brief)).toEqual([
      ['sles:15.1', 'kernel-default', FIXED, 'fixed', undefined, 'aarch64 x86_64'],
      ['sles:15.1', 'kernel-devel', FIXED, 'fixed', undefined, undefined],
      ['opensuse-leap:15.2', 'kernel-devel', FIXED, 'fixed', undefined, undefined],
    ]);
  });

  it('is of every version where there is no fix', async () => {
    const { statements } = await read(and(criterion('leap'), criterion('unfixed')));
    expect(statements.map(brief)).toEqual([
      ['opensuse-leap:15.2', 'krb5', '>= 0', 'not-fixed', undefined, undefined],
    ]);
  });

  it('is of no version where SUSE says that it does not affect', async () => {
    const { statements } = await read(
      and(criterion('leap'), or(criterion('not affected'), criterion('unfixed'))),
    );
    expect(statements.map((statement) => statement.package)).toEqual(['krb5']);
    expect((await read(and(criterion('leap'), criterion('not affected')))).records).toEqual([]);
  });

  it('may be of a package that is called like one of a release', async () => {
    const { statements } = await read(and(
      criterion('leap'),
      or(
        criterion('lsb-release'),
        criterion('lsb-release unfixed'),
        criterion('lsb-release not affected'),
      ),
    ));
    expect(statements.map(brief)).toEqual([
      ['opensuse-leap:15.2', 'lsb-release', '>= 0, < 0:3.0-1', 'fixed', undefined, undefined],
      ['opensuse-leap:15.2', 'lsb-release', '>= 0', 'not-fixed', undefined, undefined],
    ]);
  });

  it('is of the kernels that a live patch is for', async () => {
    const { statements } = await read(
      and(criterion('sles'), or(and(criterion('exact'), criterion('patched')))),
    );
    expect(statements.map(brief)).toEqual([
      [
        'sles:15.1',
        'kernel-default',
        '>= 0:4.12.14-150.66.1, <= 0:4.12.14-150.66.1',
        'unknown',
        undefined,
        undefined,
      ],
    ]);
  });

  it('passes over tests of signatures and of kernels that run', async () => {
    const { statements, notes } = await read(
      and(criterion('sles'), and(criterion('kernel'), criterion('signed')), criterion('running')),
    );
    expect(statements).toHaveLength(1);
    expect(notes).toEqual([]);
  });

  it.each<[string, string[]]>([
    ['SUSE Linux Enterprise Server 15 SP1 is installed', ['sles:15.1']],
    ['SUSE Linux Enterprise Server 15 is installed', ['sles:15']],
    ['SUSE Linux Enterprise Server 15-LTSS is installed', ['sles:15 ltss']],
    ['SUSE Linux Enterprise Server 15 SP2-BCL is installed', ['sles:15.2 bcl']],
    ['SUSE Linux Enterprise Server 16.0 is installed', ['sles:16.0']],
    ['SUSE Linux Enterprise Module for Public Cloud 15 SP4 is installed', ['sles:15.4']],
    ['SUSE Linux Enterprise Workstation Extension 15 SP3 is installed', ['sles:15.3']],
    ['SUSE Linux Enterprise Micro 5.3 is installed', ['sle-micro:5.3']],
    ['SUSE Linux Micro 6.0 is installed', ['sl-micro:6.0']],
    ['openSUSE Leap 15.2 is installed', ['opensuse-leap:15.2']],
    ['openSUSE Leap Micro 5.2 is installed', ['opensuse-leap-micro:5.2']],
    ['openSUSE Tumbleweed is installed', ['opensuse-tumbleweed']],
    ['openSUSE 13.2 is installed', ['opensuse:13.2']],
    ['SUSE Linux Enterprise Server for SAP Applications 15 SP1 is installed', []],
    ['SUSE Linux Enterprise Desktop 15 SP1 is installed', []],
    ['SUSE Manager Server 4.3 is installed', []],
    ['Open Enterprise Server 23.4 is installed', []],
  ])('is for the product of its name where its test is missing: %s', async (comment, expected) => {
    const { statements, notes } = await read(and(criterion(comment), criterion('devel')));
    expect(
      statements.map(({ namespace, channel = '' }) => `${namespace} ${channel}`.trim()),
    ).toEqual(expected);
    expect(notes).toEqual([]);
  });

  it('is for its platforms where no test tells any', async () => {
    const { statements } = await read(
      criterion('devel').replace(/^/, '<criteria>') + '</criteria>',
    );
    expect(statements.map(({ namespace }) => namespace)).toEqual(['sles:15.1']);
  });

  it.each<[string, string, string]>([
    [
      'a package without its test',
      and(criterion('sles'), criterion('lib389-3.0.6-1 is installed')),
      'it refers to tests that are not in the file',
    ],
    ['no platform', `<criteria>${criterion('devel')}</criteria>`, 'nothing tells its platform'],
  ])('is noted: one of %s', async (_, criteria, reason) => {
    const metadata = METADATA.replace(/<platform>.*<\/platform>/, '');
    const { records, notes } = await read(criteria, metadata);
    expect(records).toEqual([]);
    expect(notes).toEqual([`oval:org.example:def:1: ${reason}`]);
  });

  it('is noted where its id comes twice or names nothing', async () => {
    const criteria = and(criterion('sles'), criterion('devel'));
    const metadata = '<title>Something</title>';
    const { records, notes } = await readFile(
      suseOval,
      'suse.xml',
      ovalOf([
        { class: 'vulnerability', criteria },
        { class: 'vulnerability', criteria, id: 'oval:org.example:def:1' },
        { class: 'vulnerability', criteria, metadata },
        { class: 'vulnerability', criteria, id: 'oval:org.example:def: 20125252' },
        { class: 'inventory', criteria },
      ], TESTS),
    );
    expect(records.map(({ key }) => key)).toEqual([
      'oval:org.example:def:1',
      'oval:org.example:def: 20125252',
    ]);
    expect(notes).toEqual([
      'oval:org.example:def:1: its id comes twice',
      'oval:org.example:def:3: it names neither a CVE nor an update',
    ]);
  });
});

it('an update of SUSE is one advisory for each CVE, as severe as that', async () => {
  const metadata = METADATA.replace(
    '</advisory>',
    '<cve impact="low" href="https://x.y/">CVE-2021-0001 at SUSE</cve></advisory>',
  )
    .replace('<title>CVE-2021-29154</title>', '<title>kernel-4.12 on GA media (Important)</title>');
  const { records } = await read(and(criterion('sles'), criterion('devel')), metadata, 'patch');
  expect(records).toMatchObject([
    {
      key: 'oval:org.example:def:1/CVE-2021-29154',
      title: 'kernel-4.12 on GA media (Important)',
      severity: 'high',
    },
    { key: 'oval:org.example:def:1/CVE-2021-0001', severity: 'low', scores: [] },
  ]);
});

describe("SUSE's files", () => {
  const document = (package_: string) =>
    ovalOf(
      [{ class: 'vulnerability', criteria: and(criterion('sles'), criterion(package_)) }],
      TESTS,
    );

  it('are taken once for each product, the fullest of each', async () => {
    const files = feedFilesAt(writtenFolder({
      'suse.linux.enterprise.15.xml': document('devel'),
      'suse.linux.enterprise.15-affected.xml': document('unfixed'),
      'suse.linux.enterprise.15-patch.xml': document('devel'),
      'suse.linux.enterprise.15-sp4.xml': document('devel'),
      'suse.linux.enterprise.server.15.xml': document('devel'),
      'suse.linux.enterprise.16.0.xml': document('devel'),
      'suse.linux.enterprise.micro.5.2.xml': document('devel'),
      'suse.manager.4.3.xml': document('devel'),
      'opensuse.leap.15.2-patch.xml': document('devel'),
      'opensuse.tumbleweed.xml': document('devel'),
      'org.opensuse.CVE-2008-5679.txt': '',
      'SHA256SUMS': '',
    }));
    expect(await suseOval.groups(files)).toEqual([
      'opensuse.leap.15.2',
      'opensuse.tumbleweed',
      'suse.linux.enterprise.15',
      'suse.linux.enterprise.micro.5.2',
    ]);
    expect(suseOval.watched('suse.linux.enterprise.15', files)).toContain(
      'suse.linux.enterprise.15-affected.xml.gz',
    );
    const { records } = await readFeed(suseOval, files, 'suse.linux.enterprise.15');
    expect(records).toMatchObject([{ statements: [{ package: 'krb5', state: 'not-fixed' }] }]);
  });

  it('may be files of somebody by other names, nested', async () => {
    const files = feedFilesAt(writtenFolder({ 'a/mine.xml': document('devel'), 'b.xml': '<x/>' }));
    expect(await suseOval.groups(files)).toEqual(['a/mine']);
    expect((await readFeed(suseOval, files)).records).toHaveLength(1);
  });

  it('may be one file', async () => {
    const file = writtenFile('suse.linux.enterprise.15-sp4-patch.xml', document('devel'));
    const files = feedFilesAt(file.path);
    expect(await suseOval.groups(files)).toEqual(['suse.linux.enterprise.15-sp4']);
    expect(suseOval.watched('x', files)).toEqual(['suse.linux.enterprise.15-sp4-patch.xml']);
    expect((await readFeed(suseOval, files)).records).toHaveLength(1);
  });

  it('are those of the products of today where a server does not tell them', async () => {
    const name = 'suse.linux.enterprise.15-affected.xml';
    const files = unlisted(feedFilesAt(writtenFolder({ [name]: document('devel') })));
    expect(await suseOval.groups(files)).toContain('suse.linux.enterprise.15');
    const { records } = await readFeed(suseOval, files, 'suse.linux.enterprise.15');
    expect(records).toHaveLength(1);
  });

  it('must be there', async () => {
    const files = feedFilesAt(writtenFolder({ 'a.txt': '' }));
    await expect(suseOval.groups(files)).rejects.toMatchObject({ code: 'feed_malformed' });
    await expect(readFeed(suseOval, files, 'suse.linux.enterprise.15')).rejects.toMatchObject({
      code: 'feed_malformed',
    });
  });
});
