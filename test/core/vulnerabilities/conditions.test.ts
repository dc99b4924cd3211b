import { describe, expect, it } from 'vitest';
import { about, ask, installed, onlyFinding, record, RHEL_9, shortly } from './given.ts';

const OPENSSL = installed('rpm', 'openssl', '1:3.0.7-25.el9_3', {
  architecture: 'x86_64',
  distribution: RHEL_9,
});

describe('architectures', () => {
  it.each([
    [['x86_64', 'aarch64'], 'x86_64', true],
    [['s390x'], 'x86_64', false],
    [[], 'x86_64', true],
    [['noarch'], 'x86_64', true],
    [['x86_64'], 'noarch', true],
    [['x86_64'], undefined, true],
  ])('a statement on %j, a package of %s: %s', (architectures, architecture, isAffected) => {
    const found = installed('rpm', 'openssl', '1:3.0.7-25.el9_3', {
      architecture,
      distribution: RHEL_9,
    });
    const said = [record('CVE-1999-1', {}, about('rhel:9', 'openssl', '>=0', { architectures }))];
    expect(shortly({ packages: [found], distribution: RHEL_9, said }).length)
      .toBe(isAffected ? 1 : 0);
  });
});

/** Repositories of longer support for 9.4. */
const EUS = ['cpe:/o:redhat:rhel_eus:9.4::baseos', 'cpe:/a:redhat:rhel_eus:9.4::appstream'];

describe('products of Red Hat', () => {
  const of = (cpe: string) =>
    record('CVE-1999-1', {}, about('rhel:9', 'openssl', '>=0', { cpes: [cpe] }));
  const asked = (stated: string, cpes?: readonly string[]) =>
    shortly({
      packages: [OPENSSL],
      distribution: RHEL_9,
      said: [of(stated)],
      ...(cpes === undefined ? {} : { cpes }),
    }).length;

  it.each([
    ['cpe:/o:redhat:enterprise_linux:9', 1],
    ['cpe:/o:redhat:enterprise_linux:9::baseos', 1],
    ['cpe:/a:redhat:enterprise_linux:9::appstream', 1],
    ['cpe:2.3:o:redhat:enterprise_linux:9:*:baseos:*:*:*:*:*', 1],
    ['cpe:/a:redhat:enterprise_linux:9::crb', 0],
    ['cpe:/o:redhat:enterprise_linux:8', 0],
    ['cpe:/o:redhat:enterprise_linux:9.2', 1],
    ['cpe:/o:redhat:rhel_eus:9.4::baseos', 0],
    ['cpe:/a:redhat:openshift:4.14::el9', 0],
    ['no name', 0],
  ])('where none is known the release itself is taken: %s', (stated, count) => {
    expect(asked(stated)).toBe(count);
  });

  it.each([
    ['cpe:/o:redhat:rhel_eus:9.4::baseos', EUS, 1],
    ['cpe:/a:redhat:rhel_eus:9.4', EUS, 1],
    ['cpe:/o:redhat:rhel_eus:9.2::baseos', EUS, 0],
    ['cpe:/o:redhat:enterprise_linux:9::baseos', EUS, 0],
    ['cpe:/a:redhat:openshift:4', ['cpe:/a:redhat:openshift:4.14::el9'], 1],
    ['cpe:/a:redhat:enterprise_linux:9::crb', ['cpe:/a:redhat:enterprise_linux:9::crb'], 1],
    ['cpe:/o:redhat:enterprise_linux:9', ['cpe:/o:redhat:enterprise_linux:9::baseos'], 1],
  ])('%s with %j', (stated, cpes, count) => {
    expect(asked(stated, cpes)).toBe(count);
  });

  it('before 8 every edition is of the release', () => {
    const distribution = { id: 'rhel', version: '7.9', like: [] };
    const said = [record(
      'CVE-1999-1',
      {},
      about('rhel:7', 'vim', '>=0', { cpes: ['cpe:/o:redhat:enterprise_linux:7::workstation'] }),
    )];
    const packages = [installed('rpm', 'vim', '2:7.4-1.el7', { distribution })];
    expect(shortly({ packages, distribution, said })).toHaveLength(1);
  });

  it('a stream of longer support may be fixed by an older build', () => {
    const said = [record(
      'CVE-2024-5535',
      {},
      about('rhel:9', 'openssl', '>=0 <1:3.2.2-6.el9_5', {
        cpes: ['cpe:/o:redhat:enterprise_linux:9::baseos'],
      }),
      about('rhel:9', 'openssl', '>=0 <1:3.0.7-28.el9_4', {
        cpes: ['cpe:/o:redhat:rhel_eus:9.4::baseos'],
      }),
    )];
    const cpes = [...EUS, 'cpe:/o:redhat:enterprise_linux:9::baseos'];
    const at = (version: string) => ({
      packages: [installed('rpm', 'openssl', version, { distribution: RHEL_9 })],
      distribution: RHEL_9,
      said,
    });
    expect(shortly({ ...at('1:3.0.7-28.el9_4'), cpes })).toEqual([]);
    expect(onlyFinding({ ...at('1:3.0.7-27.el9_4'), cpes }).fix).toBe('1:3.0.7-28.el9_4');
    expect(onlyFinding(at('1:3.0.7-28.el9_4')).fix).toBe('1:3.2.2-6.el9_5');
  });
});

describe('several streams of one product', () => {
  it('are told in one range, which may be clear of what the main stream has not', () => {
    const said = [record(
      'CVE-2024-2961',
      {},
      about('rhel:9', 'glibc', '>=0 <2.34-125.el9_5', {
        cpes: ['cpe:/o:redhat:enterprise_linux:9::baseos'],
      }),
      about('rhel:9', 'glibc', '>=0 <2.34-60.el9_2.14 >=2.34-61 <2.34-100.el9_4.2', {
        cpes: ['cpe:/o:redhat:rhel_eus:9.4::baseos'],
      }),
    )];
    const cpes = [...EUS, 'cpe:/o:redhat:enterprise_linux:9::baseos'];
    const at = (version: string) => ({
      packages: [installed('rpm', 'glibc', version, { distribution: RHEL_9 })],
      distribution: RHEL_9,
      said,
      cpes,
    });
    expect(shortly(at('2.34-100.el9_4.2'))).toEqual([]);
    expect(shortly(at('2.34-60.el9_2.14'))).toEqual([]);
    expect(onlyFinding(at('2.34-83.el9_3.7')).fix).toBe('2.34-100.el9_4.2');
  });
});

describe('channels', () => {
  const AMAZON = { id: 'amzn', version: '2', like: [] };
  const of = (name: string, channel?: string, id = 'ALAS2-2022-1') =>
    record(id, {}, about('amzn:2', name, '>=0 <99-1.amzn2', { channel }));
  const asked = (said: readonly ReturnType<typeof record>[], channels?: ReadonlySet<string>) =>
    shortly({
      packages: [installed('rpm', 'docker', '20.10-1.amzn2', { distribution: AMAZON })],
      distribution: AMAZON,
      said,
      ...(channels === undefined ? {} : { channels }),
    });

  it('that are known decide', () => {
    const said = [of('docker', 'docker')];
    expect(asked(said, new Set(['docker']))).toHaveLength(1);
    expect(asked(said, new Set(['ecs']))).toHaveLength(0);
  });

  it('that nobody knows are sure where there is but one', () => {
    const core = of('docker', undefined, 'ALAS2-2022-2');
    const other = of('docker', 'ecs', 'ALAS2-2022-3');
    expect(asked([of('docker', 'docker')])).toEqual(['ALAS2-2022-1']);
    expect(asked([of('docker', 'docker'), other])).toEqual([]);
    expect(asked([of('docker', 'docker'), core])).toEqual(['ALAS2-2022-2']);
  });
});

describe("Oracle's flavours", () => {
  const ORACLE = { id: 'ol', version: '8.9', like: ['fedora'] };
  const FIXED = {
    ordinary: '1:1.1.1k-12.el8_9',
    ksplice: '2:1.1.1k-12.ksplice1.el8_9',
    fips: '10:1.1.1k-12.el8_9_fips',
  };

  it.each([
    ['1:1.1.1k-9.el8_7', ['ordinary']],
    ['2:1.1.1k-9.ksplice1.el8_7', ['ksplice']],
    ['10:1.1.1k-9.el8_7_fips', ['fips']],
  ])('only match their own kind: %s', (version, expected) => {
    const packages = [installed('rpm', 'openssl', version, { distribution: ORACLE })];
    const byVersion = Object.entries(FIXED).map(([id, fixed]) =>
      record(id, {}, about('ol:8', 'openssl', `>=0 <${fixed}`))
    );
    expect(shortly({ packages, distribution: ORACLE, said: byVersion })).toEqual(expected);
    const byChannel = Object.keys(FIXED).map((id) =>
      record(
        id,
        {},
        about('ol:8', 'openssl', '>=0', { channel: id === 'ordinary' ? undefined : id }),
      )
    );
    expect(shortly({ packages, distribution: ORACLE, said: byChannel })).toEqual(expected);
  });
});

describe('packages that are the same', () => {
  it('have the same findings, each with its own package', () => {
    const said = [record('GHSA-1', {}, about('npm', 'minimist', '>=0 <1.2.6'))];
    const packages = ['/a', '/b'].map((location) =>
      installed('npm', 'minimist', '1.2.5', { location })
    );
    const { findings } = ask({ packages, said });
    expect(findings.map((finding) => finding.package)).toEqual(packages);
  });
});
