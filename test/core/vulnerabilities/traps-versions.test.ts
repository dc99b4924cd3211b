import { describe, expect, it } from 'vitest';
import { lookupKeys } from '../../../core/vulnerabilities/index.ts';
import { about, ask, installed, onlyFinding, record, shortly } from './given.ts';

describe('trap 16: which fix', () => {
  const PHLEX = record(
    'GHSA-242p-4v39-2v8g',
    { aliases: ['CVE-2024-28199'] },
    about(
      'gem',
      'phlex',
      '>=0 <1.0.1 >=1.1 <1.1.1 >=1.2 <1.2.2 >=1.3 <1.3.3 >=1.4 <1.4.1 >=1.9 <1.9.1',
    ),
  );
  const phlex = (version: string) => ({
    packages: [installed('gem', 'phlex', version)],
    said: [PHLEX],
  });

  it.each([
    ['0.9.0', '1.0.1'],
    ['1.2.0', '1.2.2'],
    ['1.9.0', '1.9.1'],
  ])('%s goes to %s', (version, fix) => {
    expect(onlyFinding(phlex(version))).toMatchObject({
      fix,
      state: 'fixed',
      fixes: ['1.0.1', '1.1.1', '1.2.2', '1.3.3', '1.4.1', '1.9.1'],
    });
  });

  it.each(['1.0.1', '1.1.1', '1.5.0', '1.9.1'])('%s is between the ranges', (version) => {
    expect(shortly(phlex(version))).toEqual([]);
  });

  it('is none that another range of the same record takes in', () => {
    const said = [record(
      'CVE-2018-20679',
      {},
      about('alpine:3.11', 'busybox', ['>=0 <1.29.3-r10', '>=0 <1.30.1-r2']),
    )];
    const distribution = { id: 'alpine', version: '3.11.6', like: [] };
    const packages = [installed('apk', 'busybox', '1.27.2-r4', { distribution })];
    expect(onlyFinding({ packages, distribution, said })).toMatchObject({ fix: '1.30.1-r2' });
  });

  it('is none where a range goes on, though older lines are fixed', () => {
    const said = [record('GHSA-1', {}, about('npm', 'x', ['>=0 <1.4.2', '>=2.0.0']))];
    const found = onlyFinding({ packages: [installed('npm', 'x', '2.1.0')], said });
    expect(found).toMatchObject({ state: 'not-fixed', fixes: ['1.4.2'] });
    expect(found.fix).toBeUndefined();
  });

  it('is not known where only the last affected version is', () => {
    const statement = about('npm', 'x', ['>=0 <1.4.2', '>=2.0.0 <=2.3.0']);
    const said = [record('GHSA-1', {}, statement)];
    expect(onlyFinding({ packages: [installed('npm', 'x', '2.3.0')], said })).toMatchObject({
      state: 'unknown',
    });
  });

  it('may be told beside the ranges', () => {
    const statement = about('golang', 'code.gitea.io/gitea', '>=0', {
      state: 'fixed',
      fixes: ['1.22.1', '1.21.9'],
    });
    const packages = [installed('golang', 'code.gitea.io/gitea', 'v1.21.10')];
    expect(onlyFinding({ packages, said: [record('GO-2024-3056', {}, statement)] }).state)
      .toBe('not-fixed');
  });
});

describe('trap 17: pre-releases', () => {
  it.each([
    ['npm', '2.0.0-rc.1', '>=0 <2.0.0', true],
    ['npm', '2.0.0', '>=0 <2.0.0', false],
    ['npm', '1.5.0-beta', '>=1.5.0 <2.0.0', false],
    ['pypi', '2.0.0rc1', '>=0 <2.0.0', true],
    ['golang', 'v1.20.0-rc1', '>=1.20.0-0 <1.20.4', true],
    ['golang', 'v1.20.0-rc1', '>=1.20.0 <1.20.4', false],
    ['gem', '4.3.0.rc1', '>=0 <4.3.0', true],
  ])('%s %s in %s: %s', (type, version, range, isAffected) => {
    const said = [record('GHSA-1', {}, about(type, 'x', range))];
    expect(shortly({ packages: [installed(type, 'x', version)], said }).length)
      .toBe(isAffected ? 1 : 0);
  });
});

describe('trap 18: Go', () => {
  const STDLIB = record(
    'GO-2024-2687',
    { aliases: ['CVE-2023-45288', 'GHSA-4v7x-pqxf-cx7m'] },
    about('golang', 'stdlib', '>=0 <1.21.9 >=1.22.0-0 <1.22.2'),
  );

  it.each([
    ['1.21.8', true],
    ['1.21.9', false],
    ['1.22rc2', true],
    ['1.22.1 X:boringcrypto', true],
    ['1.22.2', false],
    ['1.22.2-fips', false],
  ])('the standard library of %s: %s', (version, isAffected) => {
    const packages = [installed('golang', 'stdlib', version)];
    expect(shortly({ packages, said: [STDLIB] }).length).toBe(isAffected ? 1 : 0);
  });

  it('the toolchain is looked up beside its product', () => {
    expect(lookupKeys([installed('generic', 'go', '1.21.8')], null)).toEqual([
      { namespace: 'cpe', package: 'golang:go' },
      { namespace: 'golang', package: 'toolchain' },
    ]);
  });

  it.each([
    ['v2.0.0+incompatible', '>=0 <2.0.0', false],
    ['v1.9.9+incompatible', '>=0 <2.0.0', true],
    ['v0.0.0-20200423152442-f4b650b51dc4', '>=0 <0.0.1', true],
    ['v0.5.0-alpha.5.0.20200423152441-f4b650b51dc4', '>=0 <0.5.0-alpha.5.0.20200423152442-x', true],
    ['(devel)', '>=0 <2.0.0', false],
    ['(devel)', '>=0', true],
  ])('%s in %s: %s', (version, range, isAffected) => {
    const said = [record('GO-1', {}, about('golang', 'go.etcd.io/etcd', range))];
    expect(shortly({ packages: [installed('golang', 'go.etcd.io/etcd', version)], said }).length)
      .toBe(isAffected ? 1 : 0);
  });

  it('a module path has its major version', () => {
    const said = [record('GO-1', {}, about('golang', 'github.com/a/b/v2', '>=0 <2.3.0'))];
    const packages = ['github.com/a/b', 'github.com/a/b/v2', 'github.com/a/b/v3'].map((name) =>
      installed('golang', name, 'v2.0.0')
    );
    expect(ask({ packages, said }).findings.map((finding) => finding.package.name)).toEqual([
      'github.com/a/b/v2',
    ]);
  });
});

describe('trap 19: Java', () => {
  const JACKSON = record(
    'GHSA-27xj-rqx5-2255',
    { aliases: ['CVE-2020-11619'], severity: 'high' },
    about('maven', 'com.fasterxml.jackson.core:jackson-databind', '>=2.9.0 <2.9.10.4'),
  );
  const jackson = (version: string, group?: string) =>
    installed(
      'maven',
      'jackson-databind',
      version,
      group === undefined ? {} : { group },
    );
  const GROUP = 'com.fasterxml.jackson.core';

  it.each([
    ['2.9.10.3', GROUP, 1],
    ['2.9.10.4', GROUP, 0],
    ['2.9.10.4', 'org.example', 0],
    ['2.9.10.3', 'org.example', 0],
    ['2.9.10.3', undefined, 0],
    ['${project.version}', GROUP, 0],
  ])('%s of %s', (version, group, count) => {
    expect(shortly({ packages: [jackson(version, group)], said: [JACKSON] })).toHaveLength(count);
  });

  it("remarks a vendor's own build", () => {
    const packages = [jackson('2.9.10.redhat-00003', GROUP)];
    expect(onlyFinding({ packages, said: [JACKSON] })).toMatchObject({
      notes: ['a build of redhat, which may have repaired it'],
    });
    expect(onlyFinding({ packages: [jackson('2.9.10', GROUP)], said: [JACKSON] }).notes)
      .toEqual([]);
  });

  it('counts what vendors add as later', () => {
    const packages = [jackson('2.9.10.4-redhat-00001', GROUP)];
    expect(shortly({ packages, said: [JACKSON] })).toEqual([]);
  });
});

describe('trap 22: versions of PyPI', () => {
  const of = (
    version: string,
    range: string | readonly string[],
    versions: readonly string[] = [],
  ) =>
    shortly({
      packages: [installed('pypi', 'Foo.Bar', version)],
      said: [record('PYSEC-1', {}, about('pypi', 'foo-bar', range, { versions }))],
    }).length;

  it.each([
    ['2004d', '>=0 <3000', [], 0],
    ['2004d', '>=0 <3000', ['2004d'], 1],
    ['2004d', '>=0', [], 1],
    ['1.0+cpu', '>=0 <=1.0', [], 0],
    ['1.0+cpu', '>=1.0 <1.1', [], 1],
    ['1.0.0', [], ['1.0'], 1],
    ['1.0.0', [], ['1.0.1'], 0],
    ['1.17.0', '>=0 <1.16.2', ['1.17.0'], 1],
  ])('%s in %s or %s', (version, range, versions, count) => {
    expect(of(version, range, versions)).toBe(count);
  });
});

describe('trap 24: products', () => {
  const OPENSSL = record(
    'CVE-2023-0286',
    { feed: 'nvd', severity: 'high' },
    about('cpe', 'openssl:openssl', [
      '>=1.0.2 <1.0.2zg',
      '>=1.1.1 <1.1.1t',
      '>=3.0.0 <3.0.8',
    ], { names: 'either' }),
  );
  const JDK = record(
    'CVE-2023-21930',
    { feed: 'nvd' },
    about('cpe', 'oracle:jdk', [
      '>=0 <1.8.0_371',
      '>=1.9 <8.0.371',
      '>=9 <11.0.19',
      '>=12 <17.0.7',
    ], { names: 'either', versions: ['1.8.0:update_361'] }),
  );

  it.each([
    ['openssl', '1.1.1k', 1],
    ['openssl', '1.1.1', 1],
    ['openssl', '1.1.1t', 0],
    ['openssl', '1.1.1za', 0],
    ['openssl', '1.0.2za', 1],
    ['openssl', '3.0.8-beta1', 1],
    ['openssl', '3.0.8', 0],
    ['openjdk', '1.8.0_361', 1],
    ['openjdk', '1.8.0_371', 0],
    ['openjdk', '11.0.18', 1],
    ['openjdk', '17.0.7', 0],
    ['jdk', '11.0.18', 0],
  ])('%s %s', (name, version, count) => {
    const packages = [installed('generic', name, version)];
    expect(shortly({ packages, said: [OPENSSL, JDK] })).toHaveLength(count);
  });

  it('are the program itself, and nothing of that name for something else', () => {
    const of = (channel?: string) => [record(
      'CVE-2024-1',
      {},
      about('cpe', 'hashicorp:vault', '>=0 <1.20.0', { names: 'either', channel }),
    )];
    const packages = [installed('generic', 'vault', '1.19.0')];
    expect(shortly({ packages, said: of('go') })).toHaveLength(1);
    expect(shortly({ packages, said: of() })).toHaveLength(1);
    expect(shortly({ packages, said: of('jenkins') })).toHaveLength(0);
  });

  it('are found once, whatever they are called', () => {
    const said = [record(
      'CVE-2024-7264',
      { feed: 'nvd' },
      about('cpe', 'haxx:libcurl', '>=7.32.0 <8.9.1', { names: 'either' }),
      about('cpe', 'haxx:curl', '>=7.32.0 <8.9.1', { names: 'either' }),
    )];
    const packages = [installed('generic', 'curl', '8.5.0')];
    expect(onlyFinding({ packages, said })).toMatchObject({
      ids: ['CVE-2024-7264'],
      fix: '8.9.1',
      why: 'CVE-2024-7264: 8.5.0 in >=7.32.0 <8.9.1 (program)',
    });
  });
});
