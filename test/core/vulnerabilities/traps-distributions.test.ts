import { describe, expect, it } from 'vitest';
import { lookupKeys } from '../../../core/vulnerabilities/index.ts';
import {
  about,
  ALMA_8,
  ALPINE_3_11,
  ask,
  DEBIAN_12,
  installed,
  onlyFinding,
  record,
  RHEL_9,
  shortly,
  UBUNTU_22,
  WOLFI,
} from './given.ts';

/** Debian's tracker on sope, 389-ds-base and chromium. */
const SOPE = record(
  'CVE-2025-53603',
  { feed: 'debian' },
  about('debian:12', 'sope', '>=0 <5.8.0-1+deb12u1', { names: 'source' }),
  about('debian:11', 'sope', '>=0 <5.0.1-2+deb11u1', { names: 'source' }),
);

describe('trap 1: source packages', () => {
  const packages = [
    installed('deb', 'libsope1', '5.8.0-1', { from: 'sope 5.8.0-1', distribution: DEBIAN_12 }),
  ];

  it('are what Debian speaks of', () => {
    const finding = onlyFinding({ packages, distribution: DEBIAN_12, said: [SOPE] });
    expect(finding).toMatchObject({
      id: 'CVE-2025-53603',
      fix: '5.8.0-1+deb12u1',
      state: 'fixed',
      why: 'CVE-2025-53603: source sope 5.8.0-1 in <5.8.0-1+deb12u1 (dpkg)',
    });
  });

  it('are looked up beside the built ones', () => {
    expect(lookupKeys(packages, DEBIAN_12)).toEqual([
      { namespace: 'debian:12', package: 'libsope1' },
      { namespace: 'debian:12', package: 'sope' },
    ]);
  });

  it('are not meant by statements on built packages, nor these by the others', () => {
    const built = record('CVE-1999-0001', {}, about('rhel:9', 'vim', '>=0'));
    const source = record(
      'CVE-2023-0049',
      {},
      about('rhel:9', 'vim', '>=0', { names: 'source' }),
    );
    const found = installed('rpm', 'vim-minimal', '2:8.2.2637-20.el9', {
      from: 'vim 2:8.2.2637-20.el9',
      distribution: RHEL_9,
    });
    expect(shortly({ packages: [found], distribution: RHEL_9, said: [built, source] }))
      .toEqual(['CVE-2023-0049']);
  });
});

describe('trap 2: the version of the source', () => {
  it.each([
    ['a rebuild of the binary alone', '5.8.0-1+deb12u1+b1', 'sope 5.8.0-1+deb12u1', []],
    ['an epoch of the binary alone', '1:5.8.0-1', 'sope 5.8.0-1', ['CVE-2025-53603']],
    ['a version of its own', '99.1-1', 'sope 5.8.0-1', ['CVE-2025-53603']],
  ])('counts for %s', (_, version, from, ids) => {
    const packages = [installed('deb', 'libsope1', version, { from, distribution: DEBIAN_12 })];
    expect(shortly({ packages, distribution: DEBIAN_12, said: [SOPE] })).toEqual(ids);
  });
});

describe('trap 3: the epoch', () => {
  const SUSE = { id: 'sles', version: '15.5', like: ['suse'] };

  it.each([
    ['is zero where dpkg has none', 'deb', DEBIAN_12, 'debian:12', '5.8.0-1', '1:5.0-1', true],
    ['of dpkg always counts', 'deb', DEBIAN_12, 'debian:12', '1:5.0-1', '5.8.0-1', false],
    ['left out by Red Hat is zero', 'rpm', RHEL_9, 'rhel:9', '1:3.0.7-1.el9', '3.0.8-1.el9', false],
    ['left out by SUSE is not compared', 'rpm', SUSE, 'sles:15.5', '1:3.0-1.1', '3.1-1.1', true],
    ['told by SUSE counts', 'rpm', SUSE, 'sles:15.5', '3.2-1.1', '1:3.1-1.1', true],
  ])('%s', (_, type, distribution, namespace, version, fixed, isAffected) => {
    const said = [record('CVE-2024-0001', {}, about(namespace, 'tool', `>=0 <${fixed}`))];
    const packages = [installed(type, 'tool', version, { distribution })];
    expect(shortly({ packages, distribution, said }).length).toBe(isAffected ? 1 : 0);
  });

  it('of a source package that nobody tells is not compared', () => {
    const said = [record(
      'RLSA-2021:3891',
      { related: ['CVE-2021-35550'] },
      about('rocky:8', 'java-11-openjdk', '>=0 <1:11.0.13.0.8-1.el8_4', { names: 'either' }),
    )];
    const distribution = { id: 'rocky', version: '8.4', like: ['rhel'] };
    const of = (version: string) => [
      installed('rpm', 'java-11-openjdk-jmods', '7-1.el8', {
        from: `java-11-openjdk ${version}`,
        distribution,
      }),
    ];
    expect(shortly({ packages: of('11.0.12.0.7-0.el8_4'), distribution, said }))
      .toEqual(['RLSA-2021:3891']);
    expect(shortly({ packages: of('11.0.13.0.8-1.el8_4'), distribution, said })).toEqual([]);
  });
});

describe('trap 4: tildes, carets and suffixes', () => {
  it.each([
    ['debian:12', 'deb', DEBIAN_12, '5.8.0~rc1-1', '5.8.0-1', true],
    ['rhel:9', 'rpm', RHEL_9, '1.0~rc1-1.el9', '1.0-1.el9', true],
    ['rhel:9', 'rpm', RHEL_9, '1.0^20240101-1.el9', '1.0-1.el9', false],
    ['alpine:3.11', 'apk', ALPINE_3_11, '1.1.1d_rc1-r0', '1.1.1d-r0', true],
    ['alpine:3.11', 'apk', ALPINE_3_11, '1.1.1d_p1-r0', '1.1.1d-r3', false],
    ['alpine:3.11', 'apk', ALPINE_3_11, '1.1.1d-r2', '1.1.1d-r3', true],
  ])('%s: %s is %s before %s', (namespace, type, distribution, version, fixed, isAffected) => {
    const said = [record('CVE-2019-1551', {}, about(namespace, 'openssl', `>=0 <${fixed}`))];
    const packages = [installed(type, 'openssl', version, { distribution })];
    expect(shortly({ packages, distribution, said }).length).toBe(isAffected ? 1 : 0);
  });
});

describe('trap 5: only the own release counts', () => {
  const of = (distribution: { id: string; version: string; like: string[] }) =>
    shortly({
      packages: [
        installed('deb', 'libsope1', '4.9-1', { from: 'sope 4.9-1', distribution }),
      ],
      distribution,
      said: [SOPE],
    });

  it.each([
    ['debian', '12', 1],
    ['debian', '11', 1],
    ['debian', '10', 0],
    ['ubuntu', '22.04', 0],
    ['raspbian', '12', 0],
    ['kali', '2024.1', 0],
  ])('%s %s', (id, version, count) => {
    expect(of({ id, version, like: ['debian'] }).length).toBe(count);
  });

  it('and that of whom CentOS is built from', () => {
    const said = [record('CVE-2023-0049', {}, about('rhel:8', 'vim-common', '>=0'))];
    const distribution = { id: 'centos', version: '8', like: ['rhel', 'fedora'] };
    const packages = [installed('rpm', 'vim-common', '2:8.0.1763-19.el8', { distribution })];
    expect(shortly({ packages, distribution, said })).toEqual(['CVE-2023-0049']);
  });
});

describe('trap 6: modules', () => {
  const label = 'nodejs:14:8050020211221:abcdef';
  const NODE = record(
    'ALSA-2022:0350',
    { related: ['CVE-2021-3918'], title: 'Moderate: nodejs:14 security update' },
    about('almalinux:8', 'nodejs', [
      '>=0 <1:14.18.2-2.module_el8.5.0+2618+8d46dafd',
      '>=0 <1:14.18.2-2.module_el8.5.0+254+b4526b16',
    ]),
  );
  const node = (version: string, module?: string) =>
    installed('rpm', 'nodejs', version, {
      distribution: ALMA_8,
      ...(module === undefined ? {} : { module }),
    });

  it.each([
    ['an older release', '1:14.18.0-2.module_el8.5.0+1234+8d46dafd', true],
    ['a fixed build', '1:14.18.2-2.module_el8.5.0+2618+8d46dafd', false],
    ['another fixed build of the same', '1:14.18.2-2.module_el8.5.0+254+b4526b16', false],
    ['the fixed release built for an older platform', '1:14.18.2-2.module_el8.4.0+9+a', false],
    ['an older release built for a newer platform', '1:14.18.1-2.module_el8.6.0+9+a', true],
  ])('AlmaLinux: %s', (_, version, isAffected) => {
    const question = { packages: [node(version, label)], distribution: ALMA_8, said: [NODE] };
    expect(shortly(question).length).toBe(isAffected ? 1 : 0);
  });

  it('name one of several builds as the fix', () => {
    const packages = [node('1:14.18.0-2.module_el8.5.0+1234+8d46dafd', label)];
    expect(onlyFinding({ packages, distribution: ALMA_8, said: [NODE] })).toMatchObject({
      fix: '1:14.18.2-2.module_el8.5.0+254+b4526b16',
      why: 'ALSA-2022:0350: 1:14.18.0-2.module_el8.5.0+1234+8d46dafd in ' +
        '<1:14.18.2-2.module_el8.5.0+254+b4526b16 (rpm)',
    });
  });

  it('several builds of an ordinary package are one fix', () => {
    const said = [record(
      'ALSA-2021:4399',
      { related: ['CVE-2021-3426'] },
      about('almalinux:8', 'platform-python', ['>=0 <3.6.8-41.el8.alma', '>=0 <3.6.8-41.el8']),
    )];
    const of = (version: string) => ({
      packages: [installed('rpm', 'platform-python', version, { distribution: ALMA_8 })],
      distribution: ALMA_8,
      said,
    });
    expect(shortly(of('3.6.8-41.el8'))).toEqual([]);
    expect(shortly(of('3.6.8-39.el8'))).toEqual(['ALSA-2021:4399']);
  });

  it('builds of two systems are compared without what only their systems count', () => {
    const said = [record(
      'CVE-2021-23017',
      {},
      about('rhel:8', 'nginx', '>=0 <1:1.14.1-9.module+el8.0.0+11261+8fbf4c27'),
    )];
    const distribution = { id: 'centos', version: '8', like: ['rhel'] };
    const of = (version: string) => ({
      packages: [installed('rpm', 'nginx', version, { distribution })],
      distribution,
      said,
    });
    expect(shortly(of('1:1.14.1-9.module_el8.0.0+184+e34fea82'))).toEqual([]);
    expect(shortly(of('1:1.14.1-8.module_el8.0.0+184+e34fea82'))).toEqual(['CVE-2021-23017']);
  });

  const ofModule = (module: string, namespace = 'rhel:8') =>
    record(
      'RHSA-2022:7830',
      {},
      about(namespace, 'nodejs', '>=0 <1:14.20.1-2.module+el8.7.0+16991+b0a68a3e', { module }),
    );
  const RHEL_8 = { id: 'rhel', version: '8.7', like: ['fedora'] };
  const ORACLE = { id: 'ol', version: '8.7', like: ['fedora'] };

  it.each([
    ['the same stream', label, '1:14.18.2-2.module+el8.5.0+1+a', 'nodejs:14', true],
    ['another stream', label, '1:14.18.2-2.module+el8.5.0+1+a', 'nodejs:16', false],
    ['a label that is not known', undefined, '1:14.18.2-2.module+el8.5.0+1+a', 'nodejs:14', true],
    ['no module, an advisory of one', undefined, '1:14.18.2-2.el8', 'nodejs:14', false],
    ['no module and an advisory of none', undefined, '1:14.18.2-2.el8', '', true],
    ['a module, an advisory of none', label, '1:14.18.2-2.module+el8.5.0+1+a', '', false],
  ])('Red Hat: %s', (_, module, version, ofStatement, isAffected) => {
    const given = { distribution: RHEL_8, ...(module === undefined ? {} : { module }) };
    const packages = [installed('rpm', 'nodejs', version, given)];
    const question = { packages, distribution: RHEL_8, said: [ofModule(ofStatement)] };
    expect(shortly(question).length).toBe(isAffected ? 1 : 0);
  });

  it('Oracle: default streams have no label', () => {
    const packages = [installed('rpm', 'nodejs', '1:14.18.2-2.el8', { distribution: ORACLE })];
    const said = [ofModule('nodejs:14', 'ol:8')];
    expect(shortly({ packages, distribution: ORACLE, said })).toEqual(['RHSA-2022:7830']);
  });
});

describe('trap 7: what is not fixed is there', () => {
  it.each([
    [
      'Debian',
      DEBIAN_12,
      installed('deb', '389-ds-base', '2.3.1-1', { distribution: DEBIAN_12 }),
      record(
        'CVE-2016-5416',
        { feed: 'debian' },
        about('debian:12', '389-ds-base', '>=0', {
          names: 'source',
          note: 'no DSA: Minor issue',
        }),
      ),
      { id: 'CVE-2016-5416', state: 'not-fixed', notes: ['no DSA: Minor issue'] },
    ],
    [
      'Ubuntu',
      UBUNTU_22,
      installed('deb', 'libwolfssl', '3.4.8+dfsg-1', {
        from: 'wolfssl 3.4.8+dfsg-1',
        distribution: UBUNTU_22,
      }),
      record(
        'UBUNTU-CVE-2014-2901',
        { severity: 'medium' },
        about('ubuntu:22.04', 'wolfssl', '>=0', { names: 'source' }),
      ),
      { id: 'CVE-2014-2901', ids: ['UBUNTU-CVE-2014-2901'], state: 'not-fixed' },
    ],
    [
      'Red Hat',
      RHEL_9,
      installed('rpm', 'guava', '28.1-6.el9', { distribution: RHEL_9 }),
      record(
        'CVE-2023-2976',
        { feed: 'redhat', severity: 'medium' },
        about('rhel:9', 'guava', '>=0', {
          names: 'source',
          cpes: ['cpe:/o:redhat:enterprise_linux:9'],
        }),
      ),
      { id: 'CVE-2023-2976', state: 'not-fixed', severity: 'medium' },
    ],
  ])('%s', (_, distribution, found, said, expected) => {
    const finding = onlyFinding({ packages: [found], distribution, said: [said] });
    expect(finding).toMatchObject(expected);
    expect(finding.fix).toBeUndefined();
  });
});

describe('trap 8: what will not be fixed', () => {
  it.each(['end-of-life', 'Will not fix', 'no DSA, ignored: Minor issue'])('%s', (note) => {
    const said = [record(
      'CVE-2022-0456',
      {},
      about('debian:12', 'chromium', '>=0', { names: 'source', state: 'wont-fix', note }),
    )];
    const packages = [
      installed('deb', 'chromium', '90.0.4430.212-1', { distribution: DEBIAN_12 }),
    ];
    expect(onlyFinding({ packages, distribution: DEBIAN_12, said })).toMatchObject({
      state: 'wont-fix',
      notes: [note],
    });
  });
});

describe('trap 9: ownership', () => {
  const REQUESTS = record(
    'GHSA-j8r2-6x86-q33q',
    { aliases: ['CVE-2023-32681'], severity: 'medium' },
    about('pypi', 'requests', '>=2.3.0 <2.31.0'),
  );
  const part = (owner?: string) =>
    installed('pypi', 'requests', '2.28.1', owner === undefined ? {} : { owner });
  const debian = installed('deb', 'python3-requests', '2.28.1+dfsg-1', {
    from: 'requests 2.28.1+dfsg-1',
    distribution: DEBIAN_12,
  });
  const namespaces = new Set(['debian:12', 'pypi']);
  const said = [REQUESTS];

  it('drops what belongs to a package of the distribution', () => {
    const packages = [debian, part('python3-requests')];
    const { findings, suppressed } = ask({ packages, distribution: DEBIAN_12, said, namespaces });
    expect(findings).toEqual([]);
    expect(suppressed.map(({ suppression }) => suppression)).toEqual([
      { reason: 'owned', text: 'owned by python3-requests' },
    ]);
  });

  it.each([
    ['nobody owns it', DEBIAN_12, namespaces, {}, undefined],
    ['no feed is loaded', DEBIAN_12, new Set(['pypi']), {}, 'python3-requests'],
    ['the distribution is not known', null, namespaces, {}, 'python3-requests'],
    ['its life has ended', DEBIAN_12, namespaces, { isEnded: true }, 'python3-requests'],
  ])('keeps it where %s', (_, distribution, loaded, rest, owner) => {
    const packages = [debian, part(owner)];
    const question = { packages, distribution, said, namespaces: loaded, ...rest };
    expect(shortly(question)).toEqual(['GHSA-j8r2-6x86-q33q']);
  });

  it.each([
    ['Red Hat, Inc.', 'owned'],
    ['Node Source', undefined],
  ])('looks at the vendor of an rpm: %s', (origin, reason) => {
    const owner = installed('rpm', 'python3-requests', '2.28.1-1.el9', {
      origin,
      distribution: RHEL_9,
    });
    const question = {
      packages: [owner, part('python3-requests')],
      distribution: RHEL_9,
      said,
      namespaces: new Set(['rhel:9', 'pypi']),
    };
    const id = 'GHSA-j8r2-6x86-q33q';
    expect(shortly(question)).toEqual([reason === undefined ? id : `${id} ${reason}`]);
  });
});

describe('trap 10: Wolfi answers for the libraries in its packages', () => {
  const apko = (version: string) => installed('apk', 'apko', version, { distribution: WOLFI });
  const net = installed('golang', 'golang.org/x/net', 'v0.13.0', { owner: 'apko' });
  const NET = record(
    'GHSA-4374-p667-p6c8',
    { aliases: ['CVE-2023-39325'] },
    about('golang', 'golang.org/x/net', '>=0 <0.17.0'),
  );
  const APKO = record(
    'CVE-2023-39325',
    { feed: 'wolfi' },
    about('wolfi', 'apko', '>=0 <0.10.0-r6', { names: 'source' }),
  );
  const NEVER = record(
    'GHSA-4374-p667-p6c8',
    { feed: 'wolfi' },
    about('wolfi', 'apko', '>=0', { names: 'source', affected: false, state: 'unknown' }),
  );
  const namespaces = new Set(['wolfi', 'golang']);

  it.each([
    ['fixed', '0.10.0-r6', APKO, ['GHSA-4374-p667-p6c8 answered']],
    ['never affected', '0.1-r0', NEVER, ['GHSA-4374-p667-p6c8 answered']],
    ['found', '0.9.0-r0', APKO, ['CVE-2023-39325', 'GHSA-4374-p667-p6c8 answered']],
    ['silent', '0.9.0-r0', [], ['GHSA-4374-p667-p6c8']],
  ])('%s', (_, version, answer, expected) => {
    const packages = [apko(version), net];
    const question = { packages, distribution: WOLFI, said: [NET, answer], namespaces };
    expect(shortly(question)).toEqual(expected);
  });
});

describe('trap 11: the kernel', () => {
  const said = [record(
    'CVE-2023-0045',
    {},
    about('debian:12', 'linux', '>=0', { names: 'source' }),
  )];
  const of = (name: string) =>
    installed('deb', name, '6.1.1-1', {
      from: 'linux 6.1.1-1',
      distribution: DEBIAN_12,
    });
  const asked = (name: string, kernel?: boolean) =>
    shortly({
      packages: [of(name)],
      distribution: DEBIAN_12,
      said,
      ...(kernel === undefined ? {} : { options: { kernel } }),
    });

  it('is kept out, and can be let in', () => {
    expect(asked('linux-image-amd64')).toEqual(['CVE-2023-0045 kernel']);
    expect(asked('linux-image-amd64', true)).toEqual(['CVE-2023-0045']);
  });

  it('is in no headers', () => {
    expect(asked('linux-libc-dev')).toEqual(['CVE-2023-0045 kernel']);
    expect(asked('linux-libc-dev', true)).toEqual(['CVE-2023-0045 kernel']);
  });

  it('is not all that begins with its name', () => {
    const pam = record('CVE-2024-10041', {}, about('debian:12', 'linux-pam', '>=0'));
    const packages = [installed('deb', 'linux-pam', '1.5.2-6', { distribution: DEBIAN_12 })];
    expect(shortly({ packages, distribution: DEBIAN_12, said: [pam] })).toEqual([
      'CVE-2024-10041',
    ]);
  });
});

describe('trap 12: all packages of a source', () => {
  it('are found, each with its source to group them by', () => {
    const packages = ['sope-bin', 'libsope-dev', 'sope-doc'].map((name) =>
      installed('deb', name, '5.8.0-1', { from: 'sope 5.8.0-1', distribution: DEBIAN_12 })
    );
    const { findings } = ask({ packages, distribution: DEBIAN_12, said: [SOPE] });
    expect(findings.map((finding) => finding.package.source?.name)).toEqual([
      'sope',
      'sope',
      'sope',
    ]);
    expect(findings.map((finding) => finding.package)).toEqual(packages);
  });
});
