import { describe, expect, it } from 'vitest';
import { suseAdvisories } from '../../../core/feeds/suse-advisories.ts';
import { suseVex } from '../../../core/feeds/suse-vex.ts';
import { fileWith, folderWith, readAll } from '../../support/feed-folders.ts';
import { documentOf, idOf, type Product, recordOf, statementsOf } from './csaf/documents.ts';

const BASESYSTEM: Product = ['basesystem', 'cpe:/o:suse:sle-module-basesystem:15:sp5'];
const LTSS: Product = ['ltss', 'cpe:/o:suse:sles-ltss:15:sp3'];
const SERVER: Product = ['server', 'cpe:/o:suse:sles:15:sp3'];
const TUMBLEWEED: Product = ['tumbleweed', 'cpe:/o:opensuse:tumbleweed'];

const SAMBA = 'samba-4.19.2+git.322.7e9201cef5-1.1';

describe('a VEX document of SUSE', () => {
  it('is a record of its vulnerability', async () => {
    const id = 'CVE-2023-5568';
    const record = await recordOf(
      suseVex,
      documentOf({
        id,
        platforms: [TUMBLEWEED, BASESYSTEM],
        components: [[SAMBA], ['libsamba-util0'], ['samba']],
        statuses: {
          recommended: [`tumbleweed ${SAMBA}`],
          known_affected: ['basesystem libsamba-util0'],
          known_not_affected: ['basesystem samba'],
        },
        head: { title: `SUSE CVE ${id}`, aggregate_severity: { text: 'moderate' } },
        vulnerability: {
          title: id,
          notes: [{ category: 'general', title: 'CVE description', text: 'A flaw in Samba.' }],
          references: [
            { category: 'external', url: `https://www.suse.com/security/cve/${id}` },
          ],
          scores: [{
            cvss_v3: {
              baseScore: 6.5,
              vectorString: 'CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:N/I:N/A:H',
            },
            products: [],
          }],
          threats: [{ category: 'impact', details: 'moderate' }],
        },
      }),
    );
    expect(record).toMatchObject({
      key: 'cve-2023-5568',
      id,
      severity: 'medium',
      description: 'A flaw in Samba.',
      urls: [`https://www.suse.com/security/cve/${id}`],
      scores: [{ type: 'CVSS_V3', source: 'suse', base: 6.5 }],
    });
    expect(record.title).toBeUndefined();
    expect(record.statements).toEqual([
      {
        namespace: 'opensuse-tumbleweed',
        package: 'samba',
        names: 'built',
        affected: true,
        ranges: [[['>=', '0'], ['<', '4.19.2+git.322.7e9201cef5-1.1']]],
        versions: [],
        state: 'fixed',
      },
      {
        namespace: 'sles:15.5',
        package: 'libsamba-util0',
        names: 'either',
        affected: true,
        ranges: [[['>=', '0']]],
        versions: [],
        state: 'not-fixed',
      },
      {
        namespace: 'sles:15.5',
        package: 'samba',
        names: 'either',
        affected: false,
        ranges: [[['>=', '0']]],
        versions: [],
        state: 'unknown',
      },
    ]);
  });

  it('believes a fix in one product of a distribution before other words in another', async () => {
    const fixed = 'libcurl4-7.66.0-150200.4.60.1';
    const statements = await statementsOf(suseVex, {
      platforms: [LTSS, SERVER],
      components: [[fixed], ['libcurl4'], ['curl']],
      statuses: {
        recommended: [`ltss ${fixed}`],
        known_affected: ['server libcurl4', 'ltss curl'],
        known_not_affected: ['server curl'],
      },
    });
    expect(statements.map(({ package: name, affected, ranges }) => [name, affected, ranges]))
      .toEqual([
        ['libcurl4', true, [[['>=', '0'], ['<', '7.66.0-150200.4.60.1']]]],
        ['curl', true, [[['>=', '0']]]],
      ]);
  });

  it.each<[helper: string | undefined, name: string, namespaces: readonly string[]]>([
    ['cpe:/o:suse:sles:15:sp5', '', ['sles:15.5']],
    ['cpe:/o:suse:sles:15', '', ['sles:15']],
    ['cpe:/o:suse:sles:16.0', '', ['sles:16.0']],
    ['cpe:/o:suse:suse_sles:11:sp2', '', ['sles:11.2']],
    ['cpe:/o:suse:suse_sles_ltss:11:sp4', '', ['sles:11.4']],
    ['cpe:/o:suse:sles-ltss:12:sp2', '', ['sles:12.2']],
    ['cpe:/o:suse:sles_sap:12:sp4', '', ['sles:12.4']],
    ['cpe:/o:suse:sled:15:sp4', '', ['sles:15.4']],
    ['cpe:/o:suse:sle_hpc-espos:15:sp3', '', ['sles:15.3']],
    ['cpe:/o:suse:sle-ha:12:sp5', '', ['sles:12.5']],
    ['cpe:/o:suse:sle-module-basesystem:15:sp5', '', ['sles:15.5']],
    [
      'cpe:/o:suse:sle-module-web-scripting:12',
      '',
      ['sles:12', 'sles:12.1', 'sles:12.2', 'sles:12.3', 'sles:12.4', 'sles:12.5'],
    ],
    ['cpe:/o:suse:packagehub:15:sp5', '', ['sles:15.5']],
    ['cpe:/o:suse:suse-microos:5.2', '', ['sle-micro:5.2']],
    ['cpe:/o:suse:sle-micro:5.5', '', ['sle-micro:5.5']],
    ['cpe:/o:suse:sl-micro:6.0', '', ['sl-micro:6.0']],
    ['cpe:/o:opensuse:leap:15.5', '', ['opensuse-leap:15.5']],
    ['cpe:/o:opensuse:leap-micro:5.5', '', ['opensuse-leap-micro:5.5']],
    ['cpe:/o:opensuse:opensuse:13.2', '', ['opensuse:13.2']],
    ['cpe:/o:opensuse:tumbleweed', '', ['opensuse-tumbleweed']],
    ['cpe:/o:suse:ses:7.1', '', []],
    ['cpe:/o:suse:suse-manager-server:4.2', '', []],
    ['cpe:/o:redhat:enterprise_linux:8', '', []],
    [undefined, 'openSUSE Leap 15.6', ['opensuse-leap:15.6']],
    [undefined, 'openSUSE Leap Micro 5.5', ['opensuse-leap-micro:5.5']],
    [undefined, 'openSUSE Tumbleweed', ['opensuse-tumbleweed']],
    [undefined, 'SUSE Linux Enterprise Micro 5.3', ['sle-micro:5.3']],
    [undefined, 'SUSE Linux Enterprise Micro 6.0', ['sl-micro:6.0']],
    [undefined, 'SUSE Linux Micro 6.1', ['sl-micro:6.1']],
    [undefined, 'SUSE Linux Enterprise Server 15 SP3-LTSS', ['sles:15.3']],
    [undefined, 'SUSE Linux Enterprise Server for SAP Applications 12 SP5', ['sles:12.5']],
    [undefined, 'SUSE Linux Enterprise Module for Basesystem 15 SP4', ['sles:15.4']],
    [undefined, 'SUSE Linux Enterprise Server 16.0', ['sles:16.0']],
    [undefined, 'Container suse/sle15:15.5', []],
    [undefined, 'Image SLES15-SP5-BYOS', []],
  ])('%s (%s) is of %j', async (helper, name, namespaces) => {
    const document = documentOf({
      platforms: [helper === undefined ? ['p'] : ['p', helper]],
      components: [['samba']],
      statuses: { known_affected: ['p samba'] },
    });
    const json = JSON.stringify(document).replaceAll(
      '"name":"p"',
      `"name":${JSON.stringify(name)}`,
    );
    const { records } = await readAll(suseVex, fileWith('x.json', json));
    const found = records.flatMap((one) => one.kind === 'advisory' ? one.statements : []);
    expect(found.map(({ namespace }) => namespace)).toEqual(namespaces);
  });

  it.each<[id: string, name: string, version: string | undefined]>([
    ['bind-9.9.4P2-0.6.1.i586', 'bind', '9.9.4P2-0.6.1'],
    ['libImlib2-1-1.4.5-5.1.aarch64', 'libImlib2-1', '1.4.5-5.1'],
    [
      'samba-client-libs-4.19.4+git.339.acf1ccaa02-1.22',
      'samba-client-libs',
      '4.19.4+git.339.acf1ccaa02-1.22',
    ],
    ['kernel-default-5.14.21-150500.55.12.1.x86_64', 'kernel-default', '5.14.21-150500.55.12.1'],
    // What looks like a build, and is a name.
    ['libjavascriptcoregtk-4_0-18', 'libjavascriptcoregtk-4_0-18', undefined],
    ['typelib-1_0-Gtk-3_0', 'typelib-1_0-Gtk-3_0', undefined],
    ['libwbclient0-32bit', 'libwbclient0-32bit', undefined],
    ['libstdc++6-pp', 'libstdc++6-pp', undefined],
  ])('%s is %s of %s', async (id, name, version) => {
    const [statement] = await statementsOf(suseVex, {
      platforms: [SERVER],
      components: [[id]],
      statuses: { known_affected: [`server ${id}`] },
    });
    const end = version === undefined ? [] : [['<=', version]];
    expect([statement?.package, statement?.ranges]).toEqual([name, [[['>=', '0'], ...end]]]);
  });

  it('is none without a vulnerability', async () => {
    const files = folderWith({
      'cve-1999-0003.json': { document: { tracking: { id: 'CVE-1999-0003' } }, product_tree: {} },
    });
    expect(await readAll(suseVex, files)).toEqual({ records: [], notes: [] });
  });
});

describe('an advisory of SUSE', () => {
  it('is a record of all that it fixes', async () => {
    const id = 'openSUSE-SU-2016:1623-1';
    const component = 'imlib2-devel-1.4.5-5.1.aarch64';
    const record = await recordOf(
      suseAdvisories,
      documentOf({
        id,
        platforms: [['leap', 'cpe:/o:opensuse:leap:42.1']],
        components: [[component]],
        statuses: { recommended: [`leap ${component}`] },
        head: { title: 'Security update for Chromium' },
        vulnerability: {
          cve: 'CVE-2016-1704',
          remediations: [{ category: 'vendor_fix', product_ids: [idOf(`leap ${component}`)] }],
          threats: [{ category: 'impact', details: 'important' }],
        },
      }),
    );
    expect(record).toMatchObject({
      key: 'opensuse-su-2016_1623-1',
      id,
      title: 'Security update for Chromium',
      severity: 'high',
      related: ['CVE-2016-1704'],
      statements: [{
        namespace: 'opensuse-leap:42.1',
        package: 'imlib2-devel',
        names: 'built',
        ranges: [[['>=', '0'], ['<', '1.4.5-5.1']]],
        state: 'fixed',
      }],
    });
  });
});
