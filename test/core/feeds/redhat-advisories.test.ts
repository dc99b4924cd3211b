import { describe, expect, it } from 'vitest';
import { redhatAdvisories } from '../../../core/feeds/redhat-advisories.ts';
import { documentOf, idOf, type Product, recordOf } from './csaf/documents.ts';
import { build, pairs } from './csaf/redhat-products.ts';

const E4S: Product = ['AppStream-8.4.0.Z.E4S', 'cpe:/a:redhat:rhel_e4s:8.4::appstream'];
const EUS: Product = ['BaseOS-8.6.0.Z.EUS', 'cpe:/o:redhat:rhel_eus:8.6::baseos'];

const ID = 'RHSA-2023:1441';
const HEAD = {
  title: 'Red Hat Security Advisory: openssl security update',
  aggregate_severity: { text: 'Important' },
  notes: [
    { category: 'summary', title: 'Topic', text: 'An update for openssl is now available.' },
    { category: 'general', title: 'Details', text: 'OpenSSL is a toolkit.' },
  ],
  references: [
    { category: 'external', url: 'https://bugzilla.redhat.com/show_bug.cgi?id=2164440' },
    { category: 'self', url: 'https://access.redhat.com/errata/RHSA-2023:1441' },
    {
      category: 'self',
      url: 'https://security.access.redhat.com/data/csaf/v2/advisories/2023/rhsa-2023_1441.json',
    },
  ],
  tracking: {
    id: ID,
    status: 'final',
    initial_release_date: '2023-03-23T11:14:00+00:00',
    current_release_date: '2024-03-24T00:00:00+00:00',
  },
};

const FIXES = [
  build('openssl', '1:1.1.1k-8.el8_6', 'x86_64'),
  build('openssl', '1:1.1.1k-8.el8_6', 'src'),
  build('openssl-libs', '1:1.1.1k-8.el8_6', 'i686'),
];

describe('an advisory of Red Hat', () => {
  it('is a record of all that it fixes', async () => {
    const other = build('kernel', '4.18.0-372.109.1.el8_6', 'x86_64');
    const all = pairs([EUS], FIXES);
    const document = documentOf({
      id: ID,
      platforms: [EUS],
      components: [...FIXES, other],
      statuses: { fixed: all, known_not_affected: pairs([EUS], [other]) },
      head: HEAD,
    });
    const [first] = Object(document['vulnerabilities']);
    const vulnerabilities = [
      {
        ...first,
        cve: 'CVE-2023-0286',
        product_status: { fixed: all.slice(0, 2).map(idOf) },
        scores: [{ products: [], cvss_v3: { vectorString: 'CVSS:3.1/AV:N', baseScore: 7 } }],
        threats: [{ category: 'impact', details: 'Low' }],
      },
      { ...first, cve: 'CVE-2023-0215' },
      { ...first, cve: 'not one' },
    ];
    expect(await recordOf(redhatAdvisories, { ...document, vulnerabilities })).toEqual({
      kind: 'advisory',
      key: 'rhsa-2023_1441',
      id: ID,
      aliases: [],
      related: ['CVE-2023-0286', 'CVE-2023-0215'],
      published: '2023-03-23T11:14:00.000Z',
      modified: '2024-03-24T00:00:00.000Z',
      title: 'Red Hat Security Advisory: openssl security update',
      description: 'OpenSSL is a toolkit.',
      severity: 'high',
      scores: [],
      urls: [
        'https://access.redhat.com/errata/RHSA-2023:1441',
        'https://bugzilla.redhat.com/show_bug.cgi?id=2164440',
      ],
      statements: ['openssl', 'openssl-libs'].map((name) => ({
        namespace: 'rhel:8',
        package: name,
        module: '',
        names: name === 'openssl' ? 'either' : 'built',
        affected: true,
        ranges: [[['>=', '0'], ['<', '1:1.1.1k-8.el8_6']]],
        versions: [],
        state: 'fixed',
        cpes: ['cpe:/o:redhat:rhel_eus:8.6::baseos'],
      })),
    });
  });

  it.each([
    ['the module is in the platform', true],
    ['the package is in the module', false],
  ])('has the modules of its packages, where %s', async (_what, isModuleInPlatform) => {
    const module = 'python36:3.6:8040020241213073301:9bf6f064';
    const component: Product = [
      'python3-docutils-0:0.14-12.module+el8.1.0+3334+5cb623d7.noarch',
      'pkg:rpm/redhat/python3-docutils@0.14-12.module%2Bel8.1.0%2B3334%2B5cb623d7?arch=noarch',
    ];
    const document = documentOf({
      id: ID,
      platforms: [E4S],
      components: [component, [module, `pkg:rpmmod/redhat/python36@${module.slice(9)}`]],
      statuses: {},
      head: HEAD,
    });
    const relationship = (id: string, product: string, platform: string) => ({
      category: 'default_component_of',
      full_product_name: { name: id, product_id: id },
      product_reference: product,
      relates_to_product_reference: platform,
    });
    const id = `${E4S[0]}:${module}::${component[0]}`;
    const relationships = isModuleInPlatform
      ? [relationship('middle', module, E4S[0]), relationship(id, component[0], 'middle')]
      : [relationship('middle', component[0], module), relationship(id, 'middle', E4S[0])];
    const { statements } = await recordOf(redhatAdvisories, {
      ...document,
      product_tree: { ...Object(document['product_tree']), relationships },
      vulnerabilities: [{ cve: 'CVE-2024-6345', product_status: { fixed: [id] } }],
    });
    expect(statements).toMatchObject([{
      package: 'python3-docutils',
      module: 'python36:3.6',
      ranges: [[['>=', '0'], ['<', '0.14-12.module+el8.1.0+3334+5cb623d7']]],
      cpes: ['cpe:/a:redhat:rhel_e4s:8.4::appstream'],
    }]);
  });

  it('is not caught by products that are parts of each other', async () => {
    const document = documentOf({
      id: ID,
      platforms: [EUS],
      components: FIXES,
      statuses: { fixed: pairs([EUS], FIXES) },
      head: HEAD,
    });
    const tree = Object(document['product_tree']);
    const circle = ['a', 'b'].map((id, at) => ({
      full_product_name: { product_id: id },
      product_reference: FIXES[0]?.[0],
      relates_to_product_reference: ['b', 'a'][at],
    }));
    const deep = Array.from({ length: 100 }).reduce<unknown>((inner) => ({
      category: 'product_family',
      branches: [inner],
    }), { category: 'product_version', product: { product_id: 'deep' } });
    const { statements } = await recordOf(redhatAdvisories, {
      ...document,
      product_tree: {
        branches: [...tree.branches, deep],
        relationships: [...tree.relationships, ...circle],
      },
    });
    expect(statements).toHaveLength(2);
  });
});
