import { describe, expect, it } from 'vitest';
import { advisoryFor, events, read, statementsFor } from './osv-samples.ts';

const PYPI = { ecosystem: 'PyPI', name: 'Django' };
const FROM_FIRST = { introduced: '0' };

/** The ranges, versions and state of an entry for one package. */
function said(entry: Readonly<Record<string, unknown>>) {
  return statementsFor({ package: PYPI, ...entry })
    .map(({ ranges, versions, state, fixes }) => ({ ranges, versions, state, fixes }));
}

describe('the versions of an entry', () => {
  it.each([
    ['from the first on', [FROM_FIRST], [['>=', '0']], 'not-fixed'],
    ['up to a fix', [FROM_FIRST, { fixed: '1.2' }], [['>=', '0'], ['<', '1.2']], 'fixed'],
    [
      'up to the last one',
      [FROM_FIRST, { last_affected: '1.2' }],
      [['>=', '0'], ['<=', '1.2']],
      'not-fixed',
    ],
    [
      'of several branches, not in order',
      [{ fixed: '2.2' }, { introduced: '1.0' }, { introduced: '2.0' }, { fixed: '1.4' }],
      [['<', '2.2'], ['>=', '1.0'], ['>=', '2.0'], ['<', '1.4']],
      'fixed',
    ],
    [
      'of branches of which one goes on',
      [FROM_FIRST, { fixed: '1.2' }, { introduced: '2.0' }],
      [['>=', '0'], ['<', '1.2'], ['>=', '2.0']],
      'fixed',
    ],
    [
      'whose events say more than one thing',
      [{ introduced: '1', fixed: '2', last_affected: null }],
      [['>=', '1'], ['<', '2']],
      'fixed',
    ],
    [
      'of a release, without what bounds commits',
      [FROM_FIRST, { limit: '*' }],
      [['>=', '0']],
      'not-fixed',
    ],
  ])('are those %s', (_, list, range, state) => {
    for (const type of ['ECOSYSTEM', 'SEMVER']) {
      expect(said({ ranges: [events(type, ...list)] }))
        .toEqual([{ ranges: [range], versions: [], state, fixes: undefined }]);
    }
  });

  it('are listed, alone or beside ranges', () => {
    expect(said({ versions: ['1.0', '1.1', '1.0', '', 5] }))
      .toEqual([{ ranges: [], versions: ['1.0', '1.1'], state: 'not-fixed' }]);
    const ranges = [events('ECOSYSTEM', FROM_FIRST, { fixed: '1.2' })];
    expect(said({ ranges, versions: ['2.0b1'] }))
      .toEqual([{ ranges: [[['>=', '0'], ['<', '1.2']]], versions: ['2.0b1'], state: 'fixed' }]);
  });

  it('need no list where all are affected', () => {
    expect(said({ ranges: [events('ECOSYSTEM', FROM_FIRST)], versions: ['1.0', '1.1'] }))
      .toEqual([{ ranges: [[['>=', '0']]], versions: [], state: 'not-fixed' }]);
  });

  it('are no commits', () => {
    const commits = { ...events('GIT', FROM_FIRST, { fixed: 'a'.repeat(40) }), repo: 'https://x' };
    expect(said({ ranges: [commits] })).toEqual([]);
    expect(said({ ranges: [commits, events('ECOSYSTEM', FROM_FIRST)] }))
      .toEqual([{ ranges: [[['>=', '0']]], versions: [], state: 'not-fixed' }]);
    expect(said({ ranges: [commits], versions: ['1.0'] }))
      .toEqual([{ ranges: [], versions: ['1.0'], state: 'not-fixed' }]);
  });

  it('are none where nothing begins', () => {
    expect(said({})).toEqual([]);
    expect(said({ ranges: [], versions: [] })).toEqual([]);
    expect(said({ ranges: null, versions: null })).toEqual([]);
    expect(said({ ranges: [events('SEMVER')] })).toEqual([]);
    expect(said({ ranges: [events('SEMVER', { fixed: '1.2' })] })).toEqual([]);
    expect(said({ ranges: [events('SEMVER', FROM_FIRST, { fixed: '0' })] })).toEqual([]);
  });

  it.each([
    ['<= 2.0', [FROM_FIRST], [['>=', '0'], ['<=', '2.0']]],
    ['< 2.0', [FROM_FIRST], [['>=', '0'], ['<', '2.0']]],
    ['= 2.0', [FROM_FIRST], [['>=', '0'], ['<=', '2.0']]],
    ['>= 1.0, < 2.0', [FROM_FIRST], [['>=', '0'], ['<', '2.0']]],
    ['< 2.0', [FROM_FIRST, { fixed: '2.1' }], [['>=', '0'], ['<', '2.1']]],
    ['<= 2.0', [FROM_FIRST, { last_affected: '1' }], [['>=', '0'], ['<=', '1']]],
    ['< 1.0 || < 2.0', [FROM_FIRST], [['>=', '0']]],
    ['~> 2.0', [FROM_FIRST], [['>=', '0']]],
    ['', [FROM_FIRST], [['>=', '0']]],
  ])("end with GitHub's %j only where no event of %j ends them", (known, list, range) => {
    const entry = {
      ranges: [events('ECOSYSTEM', ...list)],
      database_specific: { last_known_affected_version_range: known },
    };
    const isFixed = list.some((event) => 'fixed' in event);
    expect(said(entry))
      .toEqual([{ ranges: [range], versions: [], state: isFixed ? 'fixed' : 'not-fixed' }]);
  });

  it('of Go have fixes where the module proxy knows none', () => {
    expect(said({
      package: { ecosystem: 'Go', name: 'k8s.io/ingress-nginx' },
      ranges: [events('SEMVER', FROM_FIRST)],
      ecosystem_specific: {
        custom_ranges: [events('ECOSYSTEM', FROM_FIRST, { fixed: '1.9.0' })],
      },
    })).toEqual([{ ranges: [[['>=', '0']]], versions: [], state: 'fixed', fixes: ['1.9.0'] }]);
  });
});

describe('the entries of a record', () => {
  it('that cannot be read are noted, and only they are left out', () => {
    const { advisory, notes } = read({
      id: 'GHSA-1',
      affected: [
        'Django',
        { package: { ecosystem: 'PyPI' }, versions: ['1'] },
        { package: { ecosystem: 'PyPI', name: 'a\u0000b' }, versions: ['1'] },
        { package: PYPI, ranges: [events('SEMVER', { introduced: 0 })] },
        { package: PYPI, ranges: 'all' },
        { package: PYPI, ranges: [events('SEMVER', { introduced: '1'.repeat(600) })] },
        { ranges: [events('GIT', FROM_FIRST)] },
        { package: PYPI, versions: ['1.0'] },
      ],
    });
    expect(advisory?.statements.map(({ versions }) => versions)).toEqual([['1.0']]);
    expect(notes).toEqual([
      'GHSA-1: affected.0.it: Invalid input: expected object, received string',
      expect.stringMatching(/^GHSA-1: affected\.1\.package\.name: /),
      expect.stringMatching(/^GHSA-1: affected\.2\.package\.name: /),
      expect.stringMatching(/^GHSA-1: affected\.3\.ranges\.0\.events\.0\.introduced: /),
      expect.stringMatching(/^GHSA-1: affected\.4\.ranges: /),
      expect.stringMatching(/^GHSA-1: affected\.5\.ranges\.0\.events\.0\.introduced: /),
    ]);
  });

  it('for one package are one statement, with the builds of every module', () => {
    const builds = ['module_el8.5.0+119+9a9ec082', 'module_el8.4.0+2496+12421f43']
      .map((build) => `1:0.1.15-2.git2d0b8a3.${build}`);
    const affected = builds.map((fixed) => ({
      package: { ecosystem: 'AlmaLinux:8', name: 'oci-systemd-hook' },
      ranges: [events('ECOSYSTEM', FROM_FIRST, { fixed })],
    }));
    expect(statementsFor(...affected, ...affected)).toEqual([{
      namespace: 'almalinux:8',
      package: 'oci-systemd-hook',
      names: 'built',
      affected: true,
      ranges: builds.map((fixed) => [['>=', '0'], ['<', fixed]]),
      versions: [],
      state: 'fixed',
    }]);
  });

  it('for one package are several statements where only some are fixed', () => {
    const name = { ecosystem: 'Maven', name: 'org.apache.zookeeper:zookeeper' };
    const found = statementsFor(
      { package: name, ranges: [events('ECOSYSTEM', { introduced: '3.8.0' }, { fixed: '3.8.4' })] },
      { package: name, ranges: [events('ECOSYSTEM', FROM_FIRST, { last_affected: '3.7.2' })] },
      { package: name, ranges: [events('ECOSYSTEM', { introduced: '3.9.0' }, { fixed: '3.9.2' })] },
    );
    expect(found.map(({ ranges, state }) => [state, ranges])).toEqual([
      ['fixed', [[['>=', '3.8.0'], ['<', '3.8.4']], [['>=', '3.9.0'], ['<', '3.9.2']]]],
      ['not-fixed', [[['>=', '0'], ['<=', '3.7.2']]]],
    ]);
  });

  it('have names as installed packages have them', () => {
    const names = [
      ['PyPI', 'Flask_SQLAlchemy'],
      ['NuGet', 'Newtonsoft.Json'],
      ['npm', '@babel/core'],
      ['Go', 'stdlib'],
      ['Go', 'toolchain'],
      ['Packagist:https://packages.drupal.org/8', 'drupal/Core'],
    ] as const;
    const affected = names.map(([ecosystem, name]) => ({
      package: { ecosystem, name },
      versions: ['1'],
    }));
    expect(statementsFor(...affected).map((one) => `${one.namespace} ${one.package}`)).toEqual([
      'pypi flask-sqlalchemy',
      'nuget newtonsoft.json',
      'npm @babel/core',
      'golang stdlib',
      'golang toolchain',
      'composer drupal/core',
    ]);
  });
});

describe('what an entry says beside versions', () => {
  const ranges = [events('ECOSYSTEM', FROM_FIRST, { fixed: '2' })];
  const [scored, other] = ['H', 'L'].map((impact) => ({
    type: 'CVSS_V3',
    score: `CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:${impact}/I:H/A:H`,
  }));

  it("is the record's where all entries say the same", () => {
    const affected = [{ package: PYPI, ranges, severity: [scored] }];
    const advisory = advisoryFor({ affected });
    expect(advisory.scores).toEqual([{ type: 'CVSS_V3', vector: scored?.score }]);
    expect(advisory.statements[0]?.scores).toBeUndefined();
  });

  it('stays with entries that differ', () => {
    const npm = { ecosystem: 'npm', name: 'x' };
    const advisory = advisoryFor({
      severity: [{ type: 'Ubuntu', score: 'low' }],
      affected: [
        { package: PYPI, ranges, severity: [scored, { type: 'Ubuntu', score: 'high' }] },
        { package: npm, ranges, severity: [other, { type: 'Ubuntu', score: 'low' }] },
      ],
    });
    expect(advisory.scores).toEqual([]);
    expect(advisory.statements).toMatchObject([
      { severity: 'high', scores: [{ vector: scored?.score }] },
      { scores: [{ vector: other?.score }] },
    ]);
    expect(advisory.statements[1]?.severity).toBeUndefined();
  });

  it('of Debian is its urgency', () => {
    const entry = (release: string, urgency: string) => ({
      package: { ecosystem: `Debian:${release}`, name: 'unixodbc' },
      ranges: [events('ECOSYSTEM', FROM_FIRST)],
      ecosystem_specific: { urgency },
    });
    const same = advisoryFor({
      affected: [entry('11', 'unimportant'), entry('12', 'unimportant')],
    });
    expect(same).toMatchObject({
      urgency: 'unimportant',
      statements: [
        { namespace: 'debian:11', names: 'source', severity: 'negligible', state: 'not-fixed' },
        { namespace: 'debian:12', names: 'source', severity: 'negligible', state: 'not-fixed' },
      ],
    });
    const differing = advisoryFor({ affected: [entry('11', 'end-of-life'), entry('12', 'low')] });
    expect(differing.urgency).toBeUndefined();
    expect(differing.statements).toMatchObject([
      { namespace: 'debian:11', state: 'wont-fix', note: 'end-of-life' },
      { namespace: 'debian:12', state: 'not-fixed', note: undefined },
    ]);
  });

  it('of Ubuntu is who gets a fix, and its own priority', () => {
    const entry = (ecosystem: string, specific: object) => ({
      package: { ecosystem, name: 'unzip' },
      ranges,
      ecosystem_specific: specific,
    });
    expect(statementsFor(
      entry('Ubuntu:Pro:14.04:LTS', { availability: 'Available with Ubuntu Pro: https://x' }),
      entry('Ubuntu:16.04:LTS', { availability: 'No subscription required' }),
      entry('Ubuntu:18.04:LTS', { ubuntu_priority: 'high' }),
    )).toMatchObject([
      { namespace: 'ubuntu-pro:14.04', note: 'Available with Ubuntu Pro: https://x' },
      { namespace: 'ubuntu:16.04', note: undefined, severity: undefined },
      { namespace: 'ubuntu:18.04', severity: 'high' },
    ]);
  });

  it('of a distribution may be that no version was ever affected', () => {
    const never = [events('ECOSYSTEM', FROM_FIRST, { fixed: '0' })];
    const components = [{ status: 'not_affected', justification: 'VULNERABLE_CODE_NOT_PRESENT' }];
    expect(statementsFor({
      package: { ecosystem: 'Wolfi', name: 'syncthing' },
      ranges: never,
      ecosystem_specific: { components },
    })).toEqual([{
      namespace: 'wolfi',
      package: 'syncthing',
      names: 'built',
      affected: false,
      ranges: [[['>=', '0']]],
      versions: [],
      state: 'unknown',
      note: 'VULNERABLE_CODE_NOT_PRESENT',
    }]);
    expect(statementsFor({ package: PYPI, ranges: never })).toEqual([]);
  });

  it('of Rocky Linux is the repository of a group that builds apart', () => {
    const entry = (distro: string) => ({
      package: {
        ecosystem: 'Rocky Linux:8',
        name: 'kernel',
        purl: `pkg:rpm/rocky-linux/kernel?distro=${distro}&epoch=0`,
      },
      ranges,
    });
    expect(
      statementsFor(
        entry('rocky-linux-8-sig-cloud'),
        entry('rocky-linux-8'),
        entry('rocky-linux-8-4-legacy'),
      ).map(({ channel }) => channel),
    ).toEqual(['sig-cloud', undefined]);
  });

  it.each([
    [
      'Go',
      { imports: [{ goos: ['windows'] }, { goos: ['windows', 'js'] }] },
      'only on windows, js',
    ],
    ['Go', { imports: [{ goos: ['windows'] }, { path: 'os' }] }, undefined],
    ['Go', { imports: [{ goos: ['linux', 'darwin'] }] }, undefined],
    ['crates.io', { affects: { os: ['windows'], arch: [], functions: {} } }, 'only on windows'],
    ['crates.io', { affects: { os: [], arch: [] } }, undefined],
  ])('of %s with %j is %j', (ecosystem, specific, note) => {
    const entry = { package: { ecosystem, name: 'x' }, ranges, ecosystem_specific: specific };
    expect(statementsFor(entry)[0]?.note).toBe(note);
  });

  it('of Red Hat is the product', () => {
    expect(statementsFor({
      package: { ecosystem: 'Red Hat:enterprise_linux:9::baseos', name: 'bash' },
      ranges,
    })).toMatchObject([
      { namespace: 'rhel:9', cpes: ['cpe:/o:redhat:enterprise_linux:9::baseos'], names: 'built' },
    ]);
  });
});
