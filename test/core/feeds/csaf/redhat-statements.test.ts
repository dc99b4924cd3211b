import { describe, expect, it } from 'vitest';
import { redhatVex } from '../../../../core/feeds/redhat-vex.ts';
import type { Statement } from '../../../../core/vulnerabilities/advisory.ts';
import { documentOf, idOf, type Product, recordOf, statementsOf } from './documents.ts';
import {
  APPSTREAM_94,
  BASEOS_93,
  BASEOS_94,
  build,
  EUS_92,
  pairs,
  RHEL8,
  RHEL9,
  RPM,
} from './redhat-products.ts';

/** A statement as far as a test looks at it. */
function shown({ package: name, names, module, ranges, state, cpes }: Statement): unknown {
  return { name, names, module, ranges, state, cpes };
}

describe('the statements of a document', () => {
  it('says what is the same in all repositories and architectures once', async () => {
    const fixes = ['x86_64', 'aarch64', 's390x', 'src'].flatMap((architecture) => [
      build('curl', '7.76.1-29.el9_4', architecture),
      ...architecture === 'src' ? [] : [build('libcurl', '7.76.1-29.el9_4', architecture)],
    ]);
    const statements = await statementsOf(redhatVex, {
      platforms: [BASEOS_94, APPSTREAM_94],
      components: fixes,
      statuses: { fixed: pairs([BASEOS_94, APPSTREAM_94], fixes) },
    });
    const common = {
      module: '',
      ranges: [[['>=', '0'], ['<', '7.76.1-29.el9_4']]],
      state: 'fixed',
      cpes: [
        'cpe:/a:redhat:enterprise_linux:9::appstream',
        'cpe:/o:redhat:enterprise_linux:9::baseos',
      ],
    };
    expect(statements.map(shown)).toEqual([
      { name: 'curl', names: 'either', ...common },
      { name: 'libcurl', names: 'built', ...common },
    ]);
    expect(statements.map(({ architectures }) => architectures)).toEqual([undefined, undefined]);
  });

  it('tells streams with products of their own apart, and those of one product by their builds', async () => {
    const [eus, older, newer] = [
      build('curl', '7.76.1-14.el9_0.9', 'x86_64'),
      build('curl', '7.76.1-23.el9_2.4', 'x86_64'),
      build('curl', '7.76.1-26.el9_3.2', 'x86_64'),
    ];
    const statements = await statementsOf(redhatVex, {
      platforms: [EUS_92, BASEOS_93, BASEOS_94],
      components: [eus, older, newer],
      statuses: {
        fixed: [
          ...pairs([EUS_92], [eus]),
          ...pairs([BASEOS_93], [newer]),
          ...pairs([BASEOS_94], [older]),
        ],
      },
    });
    expect(statements.map(({ ranges, cpes }) => ({ ranges, cpes }))).toEqual([
      {
        ranges: [[['>=', '0'], ['<', '7.76.1-14.el9_0.9']]],
        cpes: ['cpe:/o:redhat:rhel_eus:9.2::baseos'],
      },
      {
        ranges: [[
          ['>=', '0'],
          ['<', '7.76.1-23.el9_2.4'],
          ['>=', '7.76.1-24'],
          ['<', '7.76.1-26.el9_3.2'],
        ]],
        cpes: ['cpe:/o:redhat:enterprise_linux:9::baseos'],
      },
    ]);
  });

  it('names architectures where they have other fixes', async () => {
    const fixes = [
      build('kernel', '4.18.0-553.5.1.el8_10', 'x86_64'),
      build('kernel', '4.18.0-553.5.1.el8_10', 'aarch64'),
      build('kernel', '4.18.0-553.6.1.el8_10', 's390x'),
    ];
    const statements = await statementsOf(redhatVex, {
      platforms: [RHEL8],
      components: fixes,
      statuses: { fixed: pairs([RHEL8], fixes) },
    });
    expect(statements.map(({ ranges, architectures }) => [ranges[0]?.[1], architectures])).toEqual([
      [['<', '4.18.0-553.5.1.el8_10'], ['aarch64', 'x86_64']],
      [['<', '4.18.0-553.6.1.el8_10'], ['s390x']],
    ]);
  });

  it('says of unfixed packages whether they will be fixed', async () => {
    const components: Product[] = [
      ['openssl.src', `${RPM}openssl?arch=src`],
      ['openssl', `${RPM}openssl`],
      ['openssl-libs', `${RPM}openssl-libs`],
      ['compat-openssl11.src', `${RPM}compat-openssl11?arch=src`],
      ['shim', `${RPM}shim?arch=src`],
      ['edk2', `${RPM}edk2?arch=src`],
      ['nodejs.src', `${RPM}nodejs@9.9.9-1.el10?arch=src`],
    ];
    const id = (component: string) => `${RHEL9[0]}:${component}`;
    const statements = await statementsOf(redhatVex, {
      platforms: [RHEL9],
      components,
      statuses: { known_affected: pairs([RHEL9], components) },
      vulnerability: {
        remediations: [
          {
            category: 'none_available',
            details: 'Affected',
            product_ids: ['openssl.src', 'openssl', 'openssl-libs'].map(id),
          },
          {
            category: 'none_available',
            details: 'Fix deferred',
            product_ids: [id('compat-openssl11.src')],
          },
          { category: 'no_fix_planned', details: 'Out of support scope', group_ids: ['old'] },
          {
            category: 'vendor_fix',
            details: 'Apply advisory RHSA-2024:1234 as per vendors instructions.',
            product_ids: [id('nodejs.src')],
          },
          { category: 'workaround', details: 'Do not use it.', product_ids: [id('edk2')] },
        ],
      },
    });
    const common = {
      namespace: 'rhel:9',
      module: '',
      affected: true,
      ranges: [[['>=', '0']]],
      versions: [],
      cpes: ['cpe:/o:redhat:enterprise_linux:9'],
    };
    expect(statements).toEqual([
      { ...common, package: 'openssl', names: 'either', state: 'not-fixed' },
      { ...common, package: 'openssl-libs', names: 'built', state: 'not-fixed' },
      {
        ...common,
        package: 'compat-openssl11',
        names: 'source',
        state: 'not-fixed',
        note: 'Fix deferred',
      },
      { ...common, package: 'shim', names: 'source', state: 'not-fixed' },
      { ...common, package: 'edk2', names: 'source', state: 'not-fixed' },
      { ...common, package: 'nodejs', names: 'source', state: 'fixed', note: 'RHSA-2024:1234' },
    ]);
  });

  it('follows groups of products', async () => {
    const component: Product = ['shim', `${RPM}shim?arch=src`];
    const document = documentOf({
      platforms: [RHEL9],
      components: [component],
      statuses: { known_affected: pairs([RHEL9], [component]) },
      head: { aggregate_severity: { text: 'Low' } },
      vulnerability: {
        remediations: [
          { category: 'no_fix_planned', details: 'Will not fix', group_ids: ['g', 'unknown'] },
        ],
        threats: [{ category: 'impact', details: 'Moderate', group_ids: ['g'] }],
      },
    });
    const groups = { product_groups: [{ group_id: 'g', product_ids: [`${RHEL9[0]}:shim`] }] };
    const tree = { ...Object(document['product_tree']), ...groups };
    const { statements } = await recordOf(redhatVex, { ...document, product_tree: tree });
    expect(statements).toMatchObject([
      { state: 'wont-fix', note: 'Will not fix', severity: 'medium' },
    ]);
  });

  it('means builds up to the one that it names as affected', async () => {
    const component = build('openssl', '1:1.1.1k-7.el8_6', 'x86_64');
    const statements = await statementsOf(redhatVex, {
      platforms: [RHEL8],
      components: [component],
      statuses: { known_affected: pairs([RHEL8], [component]) },
    });
    expect(statements).toMatchObject([
      { names: 'built', ranges: [[['>=', '0'], ['<=', '1:1.1.1k-7.el8_6']]] },
    ]);
  });

  it('denies what is not affected, of all builds or of single ones', async () => {
    const bare: Product = ['kernel', `${RPM}kernel?arch=src`];
    const builds = [
      build('kernel-headers', '5.14.0-284.62.1.el9_2', 'x86_64'),
      build('kernel-headers', '5.14.0-284.62.1.el9_2', 's390x'),
      build('kernel-headers', '5.14.0-284.59.1.el9_2', 's390x'),
    ];
    const statements = await statementsOf(redhatVex, {
      platforms: [RHEL8, EUS_92],
      components: [bare, ...builds],
      statuses: {
        known_not_affected: [...pairs([RHEL8], [bare]), ...pairs([EUS_92], builds)],
      },
      vulnerability: {
        flags: [{
          label: 'vulnerable_code_not_present',
          product_ids: [...pairs([RHEL8], [bare]), ...pairs([EUS_92], builds)].map(idOf),
        }],
      },
    });
    const common = {
      module: '',
      affected: false,
      state: 'unknown',
      note: 'vulnerable_code_not_present',
    };
    expect(statements).toEqual([
      {
        ...common,
        namespace: 'rhel:8',
        package: 'kernel',
        names: 'source',
        ranges: [[['>=', '0']]],
        versions: [],
        cpes: ['cpe:/o:redhat:enterprise_linux:8'],
      },
      {
        ...common,
        namespace: 'rhel:9',
        package: 'kernel-headers',
        names: 'built',
        ranges: [],
        versions: ['5.14.0-284.59.1.el9_2', '5.14.0-284.62.1.el9_2'],
        cpes: ['cpe:/o:redhat:rhel_eus:9.2::baseos'],
      },
    ]);
  });

  it('says nothing of versions of what is under investigation, and denies nothing that is affected', async () => {
    const components: Product[] = [
      ['weldr-client', `${RPM}weldr-client?arch=src`],
      ['skopeo', `${RPM}skopeo?arch=src`],
    ];
    const statements = await statementsOf(redhatVex, {
      platforms: [RHEL9],
      components,
      statuses: {
        under_investigation: pairs([RHEL9], components),
        known_affected: pairs([RHEL9], components.slice(1)),
        known_not_affected: pairs([RHEL9], components.slice(1)),
      },
    });
    expect(statements).toMatchObject([
      { package: 'weldr-client', ranges: [], versions: [], note: 'under investigation' },
      { package: 'skopeo', affected: true, ranges: [[['>=', '0']]] },
    ]);
  });

  it('names modules, and says of other builds that they are in none', async () => {
    const module = '&rpmmod=python39:3.9:8100020240826142629:d47b87a4';
    const components = [
      build('python39', '3.9.19-7.module+el8.10.0+22237+51382d7c', 'x86_64', module),
      build('python3', '3.6.8-62.el8_10', 'x86_64'),
      // Of an older document: in a module that nobody names.
      build('postgresql', '13.11-1.module+el8.8.0+19081+0a277c66', 'x86_64'),
      ['python3-scipy::python36:3.6', `${RPM}python3-scipy?rpmmod=python36:3.6`],
    ] as const;
    const statements = await statementsOf(redhatVex, {
      platforms: [RHEL8],
      components,
      statuses: {
        fixed: pairs([RHEL8], components.slice(0, 3)),
        known_affected: pairs([RHEL8], components.slice(3)),
      },
    });
    expect(statements.map(({ package: name, module: found }) => [name, found])).toEqual([
      ['python39', 'python39:3.9'],
      ['python3', ''],
      ['postgresql', undefined],
      ['python3-scipy', 'python36:3.6'],
    ]);
  });

  it('keeps severities and scores that are of single products at their statements', async () => {
    const [a, b] = [build('a', '1-1.el9', 'x86_64'), build('b', '1-1.el9', 'x86_64')];
    const vector = (confidentiality: string) =>
      `CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:${confidentiality}/I:N/A:N`;
    const ids = pairs([RHEL9], [a, b]).map(idOf);
    const score = (confidentiality: string, products: readonly string[]) => ({
      cvss_v3: { vectorString: vector(confidentiality), baseScore: 5.3 },
      products,
    });
    const record = await recordOf(
      redhatVex,
      documentOf({
        platforms: [RHEL9],
        components: [a, b],
        statuses: { fixed: pairs([RHEL9], [a, b]) },
        vulnerability: {
          threats: [
            { category: 'impact', details: 'Important', product_ids: ids.slice(0, 1) },
            { category: 'impact', details: 'Low', product_ids: ids.slice(1) },
            { category: 'exploit_status', details: 'CISA', product_ids: ids },
          ],
          scores: [
            score('H', ids.slice(0, 1)),
            score('L', ids.slice(1)),
            { cvss_v3: { vectorString: 'not a vector' }, products: ids },
          ],
        },
      }),
    );
    expect(record.severity).toBe('high');
    expect(record.scores.map((one) => one.vector)).toEqual([vector('H')]);
    expect(record.statements.map(({ package: name, severity, scores }) => ({
      name,
      severity,
      vectors: scores?.map((one) => one.vector),
    }))).toEqual([
      { name: 'a', severity: undefined, vectors: undefined },
      { name: 'b', severity: 'low', vectors: [vector('L')] },
    ]);
  });

  it('cuts a note at the end of an id', async () => {
    const component = build('a', '1-1.el9', 'x86_64');
    const platforms = Array.from(
      { length: 40 },
      (_, at): Product => [`p${at}`, `cpe:/a:redhat:openshift:4.${at}::el9`],
    );
    const [statement] = await statementsOf(redhatVex, {
      platforms,
      components: [component],
      statuses: { fixed: pairs(platforms, [component]) },
      vulnerability: {
        remediations: platforms.map((platform, at) => ({
          category: 'vendor_fix',
          url: `https://access.redhat.com/errata/RHSA-2024:${1000 + at}`,
          product_ids: pairs([platform], [component]).map(idOf),
        })),
      },
    });
    expect(statement?.cpes).toHaveLength(40);
    expect(statement?.note).toMatch(/^(?:RHSA-2024:10\d\d, ){10,}RHSA-2024:10\d\d$/);
    expect(statement?.note?.length).toBeLessThanOrEqual(200);
  });
});
