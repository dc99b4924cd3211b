import { describe, expect, it } from 'vitest';
import { oracleOval } from '../../../../core/feeds/oval/index.ts';
import type { Statement } from '../../../../core/vulnerabilities/advisory.ts';
import { mutatedBytes } from '../../../jobs/fuzz/mutators.ts';
import { randomOf } from '../../../jobs/fuzz/random.ts';
import { bzip2Of } from '../../../support/bzip2.ts';
import { feedFilesAt } from '../../../support/feed-files.ts';
import { and, criterion, or, ovalOf, type ShortTest } from '../../../support/oval.ts';
import { readFeed, readFile, writtenFile, writtenFolder } from '../../../support/written-feed.ts';

const SIGNATURE: ShortTest = {
  object: 'x',
  state: [['signature_keyid', 'equals', '66ced3de1e5e0159']],
};

function below(object: string, evr: string): ShortTest {
  return { object, state: [['evr', 'less than', evr]] };
}

const TESTS: Readonly<Record<string, ShortTest>> = {
  'Oracle Linux 8 is installed': {
    object: 'oraclelinux-release',
    state: [['version', 'pattern match', '^8']],
  },
  'Oracle Linux 10 is installed': {
    object: 'oraclelinux-release',
    state: [['version', 'pattern match', '^10']],
  },
  'Oracle Linux arch is x86_64': {
    object: 'oraclelinux-release',
    state: [['arch', 'pattern match', 'x86_64']],
  },
  'Oracle Linux arch is aarch64': {
    object: 'oraclelinux-release',
    state: [['arch', 'pattern match', 'aarch64']],
  },
  'Module virt:ol is enabled': { object: 'virt', stream: 'ol' },
  'Module perl:5.30 is enabled': { object: 'perl', stream: '5\\.30' },
  'bind is earlier than 1': below('bind', '32:9.11.4-1.el8'),
  'bind is earlier than 2': below('bind', '32:9.11.4-2.el8'),
  'bind-libs is earlier than 1': below('bind-libs', '32:9.11.4-1.el8'),
  'bind is signed': SIGNATURE,
  'openssl is earlier than 2:1.1.1g-15.ksplice1.el8_3': below(
    'openssl',
    '2:1.1.1g-15.ksplice1.el8_3',
  ),
  'openssl is ksplice-based': {
    object: 'openssl',
    state: [['release', 'pattern match', 'ksplice']],
  },
  'gnutls is earlier than fips': below('gnutls', '10:3.6.16-4.0.1.el8_fips'),
  'gnutls is earlier than fips 9': below('gnutls', '10:3.7.6-23.el9_3_fips.1'),
};

const ON_8 = criterion('Oracle Linux 8 is installed');
const ON_X86 = criterion('Oracle Linux arch is x86_64');
const ON_ARM = criterion('Oracle Linux arch is aarch64');

function signed(test: string): string {
  return and(criterion(test), criterion('bind is signed'));
}

const METADATA = `<title>
ELSA-2021-9151:  bind security update (IMPORTANT)
</title><affected family="unix"><platform>Oracle Linux 8</platform></affected>
<reference source="elsa" ref_id="ELSA-2021-9151" ref_url="https://linux.oracle.com/errata/ELSA-2021-9151.html"/>
<reference source="CVE" ref_id="CVE-2021-3449" ref_url="https://linux.oracle.com/cve/CVE-2021-3449.html"/>
<reference source="CVE" ref_id="CVE-2021-3450" ref_url="https://linux.oracle.com/cve/CVE-2021-3450.html"/>
<description>
 [1.1.1g-15]
 - version bump
</description><!-- advisory details -->
<advisory><severity>IMPORTANT</severity><rights>Copyright 2021 Oracle, Inc.</rights><issued date="2021-04-01"/>
<cve cvss2="4.3/CVSS:2/AV:N/AC:M/Au:N/C:N/I:N/A:P" cvss3="5.9/CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:N/A:H" cwe="CWE-476" href="https://linux.oracle.com/cve/CVE-2021-3449.html" public="20210325">CVE-2021-3449</cve>
<cve href="https://linux.oracle.com/cve/CVE-2021-3450.html">CVE-2021-3450</cve>
</advisory>`;

async function statementsOf(criteria: string, metadata = METADATA): Promise<readonly Statement[]> {
  const document = ovalOf([{ criteria, metadata }], TESTS);
  const { records, notes } = await readFile(oracleOval, 'elsa.xml', document);
  expect(notes).toEqual([]);
  const [record] = records;
  return record?.kind === 'advisory' ? record.statements : [];
}

/** In short: namespace, package, the end of its only range, and what else there is. */
function brief({ namespace, package: name, ranges, module, channel, architectures }: Statement) {
  return [namespace, name, ranges[0]?.[1]?.[1], module, channel, architectures?.join(' ')];
}

describe('an erratum of Oracle', () => {
  it('is one advisory for each CVE', async () => {
    const criteria = and(ON_8, or(signed('bind is earlier than 1')));
    const { records, notes } = await readFile(
      oracleOval,
      'elsa.xml',
      ovalOf([{ criteria, metadata: METADATA }], TESTS),
    );
    const statements = [{
      namespace: 'ol:8',
      package: 'bind',
      names: 'built',
      affected: true,
      ranges: [[['>=', '0'], ['<', '32:9.11.4-1.el8']]],
      versions: [],
      state: 'fixed',
      module: '',
    }];
    expect(notes).toEqual([]);
    expect(records).toEqual([
      {
        kind: 'advisory',
        key: 'oval:org.example:def:1/CVE-2021-3449',
        id: 'CVE-2021-3449',
        aliases: [],
        related: ['ELSA-2021-9151'],
        published: '2021-04-01T00:00:00Z',
        title: 'ELSA-2021-9151: bind security update (IMPORTANT)',
        description: '[1.1.1g-15]\n - version bump',
        severity: 'high',
        scores: [
          { type: 'CVSS_V3', vector: 'CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:N/A:H', base: 5.9 },
          { type: 'CVSS_V2', vector: 'AV:N/AC:M/Au:N/C:N/I:N/A:P', base: 4.3 },
        ],
        urls: [
          'https://linux.oracle.com/cve/CVE-2021-3449.html',
          'https://linux.oracle.com/errata/ELSA-2021-9151.html',
        ],
        cwes: ['CWE-476'],
        statements,
      },
      expect.objectContaining({
        key: 'oval:org.example:def:1/CVE-2021-3450',
        id: 'CVE-2021-3450',
        scores: [],
        statements,
      }),
    ]);
  });

  it('has its own id where it names no CVE', async () => {
    const metadata = METADATA.replaceAll(/<reference source="CVE".*\/>/g, '')
      .replaceAll(/<cve .*<\/cve>/g, '');
    const { records } = await readFile(
      oracleOval,
      'elsa.xml',
      ovalOf([{ criteria: and(ON_8, signed('bind is earlier than 1')), metadata }], TESTS),
    );
    expect(records).toMatchObject([{ id: 'ELSA-2021-9151', related: [] }]);
  });

  it('is about what is so on all of its architectures', async () => {
    const same = or(
      and(ON_X86, or(signed('bind is earlier than 1'), signed('bind-libs is earlier than 1'))),
      and(ON_ARM, or(signed('bind is earlier than 1'))),
    );
    expect((await statementsOf(and(ON_8, same))).map(brief)).toEqual([
      ['ol:8', 'bind', '32:9.11.4-1.el8', '', undefined, undefined],
      ['ol:8', 'bind-libs', '32:9.11.4-1.el8', '', undefined, 'i686 noarch x86_64'],
    ]);
  });

  it('is about the architectures that have a build of their own', async () => {
    const different = or(
      and(ON_X86, or(signed('bind is earlier than 1'))),
      and(ON_ARM, or(signed('bind is earlier than 2'))),
    );
    expect((await statementsOf(and(ON_8, different))).map(brief)).toEqual([
      ['ol:8', 'bind', '32:9.11.4-1.el8', '', undefined, 'i686 noarch x86_64'],
      ['ol:8', 'bind', '32:9.11.4-2.el8', '', undefined, 'aarch64 noarch'],
    ]);
    expect(
      (await statementsOf(and(ON_8, and(ON_ARM, signed('bind is earlier than 1'))))).map(brief),
    )
      .toEqual([['ol:8', 'bind', '32:9.11.4-1.el8', '', undefined, 'aarch64 noarch']]);
  });

  it('is about the module that is enabled beside its packages', async () => {
    const modular = (module: string) =>
      and(ON_8, or(and(ON_ARM, and(criterion(module), or(signed('bind is earlier than 1'))))));
    expect((await statementsOf(modular('Module virt:ol is enabled'))).map(brief)).toEqual([
      ['ol:8', 'bind', '32:9.11.4-1.el8', 'virt:ol', undefined, 'aarch64 noarch'],
    ]);
    expect((await statementsOf(modular('Module perl:5.30 is enabled')))[0]?.module)
      .toBe('perl:5.30');
  });

  it('is about several releases', async () => {
    const criteria = or(
      and(ON_8, signed('bind is earlier than 1')),
      and(criterion('Oracle Linux 10 is installed'), signed('bind is earlier than 2')),
    );
    expect((await statementsOf(criteria)).map(brief)).toEqual([
      ['ol:8', 'bind', '32:9.11.4-1.el8', '', undefined, undefined],
      ['ol:10', 'bind', '32:9.11.4-2.el8', '', undefined, undefined],
    ]);
  });

  it('keeps builds for Ksplice and for FIPS apart', async () => {
    const ksplice = and(
      criterion('openssl is earlier than 2:1.1.1g-15.ksplice1.el8_3'),
      criterion('bind is signed'),
      criterion('openssl is ksplice-based'),
    );
    const fips = ['gnutls is earlier than fips', 'gnutls is earlier than fips 9'].map(signed);
    expect((await statementsOf(and(ON_8, or(ksplice, ...fips)))).map(brief)).toEqual([
      ['ol:8', 'openssl', '2:1.1.1g-15.ksplice1.el8_3', '', 'ksplice', undefined],
      ['ol:8', 'gnutls', '10:3.6.16-4.0.1.el8_fips', '', 'fips', undefined],
      ['ol:8', 'gnutls', '10:3.7.6-23.el9_3_fips.1', '', 'fips', undefined],
    ]);
  });

  it('is about what its platforms are called where no test tells', async () => {
    expect((await statementsOf(signed('bind is earlier than 1'))).map(brief)).toEqual([
      ['ol:8', 'bind', '32:9.11.4-1.el8', '', undefined, undefined],
    ]);
  });
});

const CRITERIA = and(ON_8, or(signed('bind is earlier than 1')));
const DOCUMENT = ovalOf([{ criteria: CRITERIA, metadata: METADATA }], TESTS);

describe("Oracle's file", () => {
  it.each<[string, Record<string, string | Uint8Array>]>([
    ['as upstream', {
      'com.oracle.elsa-all.xml.bz2': bzip2Of(Buffer.from(DOCUMENT.replace(/<!--.*?-->/g, ''))),
    }],
    ['by another name', { 'a.xml': '<other/>', 'sub/elsa.xml': DOCUMENT }],
  ])('is found in a folder %s', async (_, content) => {
    const files = feedFilesAt(writtenFolder(content));
    expect(await oracleOval.groups(files)).toEqual(['ol']);
    expect(oracleOval.watched('ol', files)).toEqual(['com.oracle.elsa-all.xml.bz2']);
    expect((await readFeed(oracleOval, files)).records).toHaveLength(2);
  });

  it('is one file by itself', () => {
    const files = feedFilesAt(writtenFile('elsa.xml', DOCUMENT).path);
    expect(oracleOval.watched('ol', files)).toEqual(['elsa.xml']);
  });

  it.each<[string, string]>([
    ['nothing of it', ''],
    ['its first half', DOCUMENT.slice(0, DOCUMENT.length / 2)],
    ['all but its end', DOCUMENT.slice(0, -3)],
    ['its definitions alone', DOCUMENT.slice(0, DOCUMENT.indexOf('<tests>'))],
    ['another document', '<html><body/></html>'],
  ])('fails where there is %s', async (_, content) => {
    await expect(readFile(oracleOval, 'elsa.xml', content)).rejects.toMatchObject({
      code: 'feed_malformed',
    });
  });

  it('fails where there is none', async () => {
    await expect(oracleOval.groups(feedFilesAt(writtenFolder({ 'a.txt': '' })))).rejects
      .toMatchObject({ code: 'feed_malformed' });
  });

  it('comes to an end on whatever bytes', async () => {
    const outcomes = { read: 0, failed: 0 };
    for (let seed = 1; seed <= 300; seed += 1) {
      const content = mutatedBytes(Buffer.from(DOCUMENT), randomOf(seed));
      try {
        const { records } = await readFile(oracleOval, 'elsa.xml', content);
        expect(records.length).toBeLessThanOrEqual(6);
        outcomes.read += 1;
      } catch (error) {
        expect(error).toMatchObject({ code: 'feed_malformed' });
        outcomes.failed += 1;
      }
    }
    expect(outcomes.read).toBeGreaterThan(10);
    expect(outcomes.failed).toBeGreaterThan(50);
  });
});
