import { describe, expect, it } from 'vitest';
import type { Distribution } from '../../../jobs/contract/index.ts';
import {
  about,
  ALMA_8,
  ALPINE_3_11,
  ask,
  DEBIAN_12,
  installed,
  onlyFinding,
  record,
  shortly,
  UBUNTU_22,
} from './given.ts';

describe('what is denied', () => {
  const CORRECTED = record(
    'ALPINE-CVE-2017-8806',
    { feed: 'osv' },
    about('alpine:3.11', 'postgresql', '>=0 <99-r0', { names: 'source' }),
  );
  const DENIED = record(
    'CVE-2017-8806',
    { feed: 'secdb' },
    about('alpine:3.11', 'postgresql', '>=0', {
      names: 'source',
      affected: false,
      state: 'unknown',
    }),
  );
  const packages = [installed('apk', 'postgresql', '12.2-r0', { distribution: ALPINE_3_11 })];
  const distribution = ALPINE_3_11;

  it('is not found, whatever others say, and can be seen', () => {
    const { findings, suppressed } = ask({ packages, distribution, said: [CORRECTED, DENIED] });
    expect(findings).toEqual([]);
    expect(suppressed).toMatchObject([{
      id: 'CVE-2017-8806',
      suppression: { reason: 'denied', text: 'not affected: CVE-2017-8806 (secdb)' },
    }]);
    expect(shortly({ packages, distribution, said: [CORRECTED] })).toEqual(['CVE-2017-8806']);
  });

  it('is denied for the versions that are meant', () => {
    const some = record(
      'CVE-2017-8806',
      { feed: 'secdb' },
      about('alpine:3.11', 'postgresql', '>=0 <12.0-r0', { names: 'source', affected: false }),
    );
    expect(shortly({ packages, distribution, said: [CORRECTED, some] })).toHaveLength(1);
    expect(shortly({ packages, distribution, said: [CORRECTED, some] })[0]).toBe('CVE-2017-8806');
  });

  it('is denied of products, too', () => {
    const said = [
      record('CVE-2018-1000500', { feed: 'nvd' }, about('cpe', 'busybox:busybox', '>=0 <1.32.0')),
      record(
        'CVE-2018-1000500',
        { feed: 'own' },
        about('cpe', 'busybox:busybox', '>=0', { affected: false }),
      ),
    ];
    const program = [installed('generic', 'busybox', '1.31.1')];
    expect(shortly({ packages: program, said })).toEqual(['CVE-2018-1000500 denied']);
  });

  it('speaks for the programs of a package', () => {
    const said = [
      DENIED,
      record('CVE-2017-8806', { feed: 'nvd' }, about('cpe', 'postgresql:postgresql', '>=0 <99')),
    ];
    const program = installed('generic', 'postgresql', '12.2', { owner: 'postgresql' });
    expect(shortly({ packages: [...packages, program], distribution, said })).toEqual([
      'CVE-2017-8806 owned',
    ]);
  });
});

describe('what means no version', () => {
  it('says nothing, neither for nor against', () => {
    const packages = [installed('deb', 'sope', '5.8.0-1', { distribution: DEBIAN_12 })];
    const investigated = record('CVE-2021-1', {}, about('debian:12', 'sope', []));
    const notice = record(
      'DSA-1',
      { related: ['CVE-2021-1'] },
      about('debian:12', 'sope', '>=0 <6'),
    );
    const said = [investigated, notice];
    expect(shortly({ packages, distribution: DEBIAN_12, said })).toEqual(['DSA-1']);
  });
});

describe('what is no vulnerability', () => {
  const LIBUSB = about('cargo', 'libusb', '>=0.0.0-0 <0.3.1-0');
  const packages = [installed('cargo', 'libusb', '0.3.0')];

  it('is no finding, and can be seen', () => {
    const said = [record('RUSTSEC-2016-0004', { informational: 'unmaintained' }, LIBUSB)];
    const { findings, suppressed } = ask({ packages, said });
    expect(findings).toEqual([]);
    expect(suppressed.map(({ suppression }) => suppression)).toEqual([
      { reason: 'informational', text: 'no vulnerability: unmaintained' },
    ]);
  });

  it("is decided by the ecosystem's own database", () => {
    const said = [
      record('RUSTSEC-2016-0004', { informational: 'unsound', aliases: ['GHSA-1'] }, LIBUSB),
      record('GHSA-1', { severity: 'low' }, LIBUSB),
    ];
    expect(shortly({ packages, said })).toEqual(['GHSA-1 informational']);
  });

  it('is not what others say in the same place', () => {
    const said = [
      record('PYSEC-1', { informational: 'notice', aliases: ['GHSA-1'] }, about('npm', 'x', '>=0')),
      record('GHSA-1', { severity: 'low' }, about('npm', 'x', '>=0')),
    ];
    expect(shortly({ packages: [installed('npm', 'x', '1.0.0')], said })).toEqual(['GHSA-1']);
  });
});

describe('notices of several vulnerabilities', () => {
  const NOTICE = record(
    'DSA-5001',
    { related: ['CVE-2021-1', 'CVE-2021-2'], urls: ['https://www.debian.org/security/dsa-5001'] },
    about('debian:12', 'sope', '>=0 <5.8.0-2', { names: 'source' }),
  );
  const packages = [installed('deb', 'sope', '5.8.0-1', { distribution: DEBIAN_12 })];
  const cve = (id: string, ranges: string, affected = true) =>
    record(
      id,
      { feed: 'debian' },
      about('debian:12', 'sope', ranges, { names: 'source', affected }),
    );

  it('are findings where nothing else is said', () => {
    expect(onlyFinding({ packages, distribution: DEBIAN_12, said: [NOTICE] })).toMatchObject({
      id: 'DSA-5001',
      related: ['CVE-2021-1', 'CVE-2021-2'],
    });
  });

  it('go with the findings of their vulnerabilities', () => {
    const said = [NOTICE, cve('CVE-2021-1', '>=0 <5.8.0-2'), cve('CVE-2021-3', '>=0')];
    const { findings } = ask({ packages, distribution: DEBIAN_12, said });
    expect(findings.map(({ id, related, urls }) => [id, related, urls])).toEqual([
      ['CVE-2021-1', ['DSA-5001'], ['https://www.debian.org/security/dsa-5001']],
      ['CVE-2021-3', [], []],
    ]);
  });

  it.each([
    ['fixed', '>=0 <5.0.0-1', true],
    ['never there', '>=0', false],
  ])('say nothing where those are %s', (_, ranges, affected) => {
    const said = [NOTICE, cve('CVE-2021-1', ranges, affected)];
    expect(shortly({ packages, distribution: DEBIAN_12, said })).toEqual([]);
  });
});

describe('rebuilds of Red Hat Enterprise Linux', () => {
  const unfixed = record(
    'CVE-2023-0049',
    { feed: 'redhat' },
    about('rhel:8', 'vim', '>=0', {
      names: 'source',
      state: 'wont-fix',
      cpes: ['cpe:/o:redhat:enterprise_linux:8'],
    }),
  );
  const fixed = record(
    'CVE-2022-1154',
    { feed: 'redhat' },
    about('rhel:8', 'vim-minimal', '>=0 <2:8.0.1763-19.el8_6.2'),
  );
  const erratum = (version: string) =>
    record(
      'ALSA-2023:1',
      { related: ['CVE-2023-0049'] },
      about('almalinux:8', 'vim-minimal', `>=0 <${version}`),
    );
  const packages = [installed('rpm', 'vim-minimal', '2:8.0.1763-16.el8', {
    from: 'vim 2:8.0.1763-16.el8',
    distribution: ALMA_8,
  })];
  const asked = (...said: readonly ReturnType<typeof record>[]) =>
    shortly({ packages, distribution: ALMA_8, said });

  it('have what Red Hat has not fixed, and not what it has', () => {
    expect(asked(unfixed, fixed)).toEqual(['CVE-2023-0049']);
  });

  it('have fixes of their own', () => {
    expect(asked(unfixed, erratum('2:8.0.1763-16.el8'))).toEqual([]);
    expect(asked(unfixed, erratum('2:8.0.1763-17.el8'))).toEqual(['ALSA-2023:1']);
  });

  it('are of other repositories than the products that are known', () => {
    const cpes = ['cpe:/o:almalinux:almalinux:8::baseos'];
    expect(shortly({ packages, distribution: ALMA_8, said: [unfixed], cpes })).toHaveLength(1);
  });
});

describe('Ubuntu Pro', () => {
  const FOR_ALL = about('ubuntu:22.04', 'wolfssl', '>=0', { names: 'source' });
  const FOR_SUBSCRIBERS = about('ubuntu-pro:22.04', 'wolfssl', '>=0 <5.2.0-2+esm2', {
    names: 'source',
  });
  const wolfssl = (version: string) => ({
    packages: [installed('deb', 'libwolfssl', version, {
      from: `wolfssl ${version}`,
      distribution: UBUNTU_22,
    })],
    distribution: UBUNTU_22,
  });
  const head = { related: ['USN-1-1'] };
  const said = [record('UBUNTU-CVE-2024-1', head, FOR_ALL, FOR_SUBSCRIBERS)];

  it('is no fix for others, and is hinted at', () => {
    expect(onlyFinding({ ...wolfssl('5.2.0-2'), said })).toMatchObject({
      state: 'not-fixed',
      notes: ['fixed in 5.2.0-2+esm2 with Ubuntu Pro'],
      fixes: [],
    });
  });

  it('is a fix for subscribers', () => {
    expect(onlyFinding({ ...wolfssl('5.2.0-2+esm1'), said })).toMatchObject({
      state: 'fixed',
      fix: '5.2.0-2+esm2',
    });
    expect(shortly({ ...wolfssl('5.2.0-2+esm2'), said })).toEqual([]);
  });

  it('tells of what is said to nobody else', () => {
    const alone = [record('UBUNTU-CVE-2024-1', head, FOR_SUBSCRIBERS)];
    const found = onlyFinding({ ...wolfssl('5.2.0-2'), said: alone });
    expect(found).toMatchObject({
      state: 'not-fixed',
      notes: ['fixed in 5.2.0-2+esm2 with Ubuntu Pro'],
    });
    expect(found.fix).toBeUndefined();
  });

  it('is silent where the fix is for all, or the vulnerability is gone', () => {
    const fixed = about('ubuntu:22.04', 'wolfssl', '>=0 <5.2.0-3', { names: 'source' });
    const both = [record('UBUNTU-CVE-2024-1', head, fixed, FOR_SUBSCRIBERS)];
    expect(onlyFinding({ ...wolfssl('5.2.0-2'), said: both })).toMatchObject({
      fix: '5.2.0-3',
      notes: [],
    });
    const gone = about('ubuntu:22.04', 'wolfssl', '>=0 <5.2.0-1', { names: 'source' });
    expect(shortly({
      ...wolfssl('5.2.0-2'),
      said: [record('UBUNTU-CVE-2024-1', head, gone, FOR_SUBSCRIBERS)],
    })).toEqual([]);
  });
});

describe('longer support of SUSE', () => {
  const distribution = { id: 'sles', version: '15.3', like: ['suse'] };
  const of = (version: string) => ({
    packages: [installed('rpm', 'vim', version, { distribution })],
    distribution,
  });
  const LTSS = about('sles:15.3', 'vim', '>=0 <9.0.1632-1', { channel: 'ltss' });
  const said = [record('CVE-2023-2426', { feed: 'suse' }, LTSS)];

  it('is no fix for others, and is hinted at', () => {
    expect(onlyFinding({ ...of('9.0.1572-1'), said })).toMatchObject({
      state: 'not-fixed',
      notes: ['fixed in 9.0.1632-1 with LTSS'],
    });
    expect(shortly({ ...of('9.0.1632-1'), said })).toEqual([]);
  });

  it('is a fix where the image has it', () => {
    const channels = new Set(['ltss']);
    expect(onlyFinding({ ...of('9.0.1572-1'), said, channels })).toMatchObject({
      state: 'fixed',
      fix: '9.0.1632-1',
    });
  });

  it('says nothing where the fix came in time for all', () => {
    const inTime = about('sles:15.3', 'vim', '>=0 <9.0.1500-1');
    expect(shortly({
      ...of('9.0.1572-1'),
      said: [record('CVE-2023-2426', { feed: 'suse' }, LTSS, inTime)],
    })).toEqual([]);
  });
});

describe('kernels', () => {
  const fedora: Distribution = { id: 'fedora', version: '40', like: [] };

  it.each([
    ['deb', 'linux-image-6.1.0-13-amd64', 'linux-signed-amd64', DEBIAN_12, 'kernel'],
    ['deb', 'linux-libc-dev', 'linux', DEBIAN_12, 'kernel'],
    ['deb', 'linux-headers-6.1.0-13-common', 'linux', DEBIAN_12, 'kernel'],
    ['deb', 'linux-modules-6.5.0-14-generic', 'linux-hwe-6.5', UBUNTU_22, 'kernel'],
    ['deb', 'linux-base', 'linux-base', DEBIAN_12, undefined],
    ['deb', 'libpam0g', 'pam', DEBIAN_12, undefined],
    ['deb', 'util-linux', 'util-linux', DEBIAN_12, undefined],
    ['rpm', 'kernel-core', 'kernel', fedora, 'kernel'],
    ['rpm', 'kernel-headers', 'kernel-headers', fedora, 'kernel'],
    ['rpm', 'perf', 'kernel', fedora, 'kernel'],
    ['rpm', 'kernel-srpm-macros', 'kernel-srpm-macros', fedora, undefined],
    ['apk', 'linux-headers', 'linux-headers', ALPINE_3_11, 'kernel'],
    ['apk', 'linux-lts', 'linux-lts', ALPINE_3_11, 'kernel'],
    ['apk', 'linux-pam', 'linux-pam', ALPINE_3_11, undefined],
  ])('%s %s of %s', (type, name, source, distribution, reason) => {
    const { id, version } = distribution;
    const namespace = `${id}:${id === 'alpine' ? '3.11' : version}`;
    const said = [record('CVE-1999-1', {}, about(namespace, name, '>=0'))];
    const packages = [installed(type, name, '1-1', { from: source, distribution })];
    const expected = reason === undefined ? 'CVE-1999-1' : `CVE-1999-1 ${reason}`;
    expect(shortly({ packages, distribution, said })).toEqual([expected]);
  });
});
