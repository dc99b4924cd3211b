import { describe, expect, it } from 'vitest';
import {
  match,
  Matching,
  type MatchInput,
  type RecordHead,
} from '../../../core/vulnerabilities/index.ts';
import { about, DEBIAN_12, headOf, inputOf, installed, onlyFinding, record } from './given.ts';

/** Some of everything: packages of the distribution and of languages, chains, notices, denials. */
const INPUT: MatchInput = inputOf({
  distribution: DEBIAN_12,
  packages: [
    installed('deb', 'libsope1', '5.8.0-1', { from: 'sope 5.8.0-1', distribution: DEBIAN_12 }),
    installed('deb', 'python3-requests', '2.28.1-1', { distribution: DEBIAN_12 }),
    installed('pypi', 'requests', '2.28.1', { owner: 'python3-requests' }),
    installed('pypi', 'requests', '2.28.1', { location: '/venv' }),
    installed('golang', 'github.com/tidwall/gjson', 'v1.9.0'),
    installed('generic', 'openssl', '3.0.7'),
    installed('npm', 'x', '1.0.0'),
  ],
  said: [
    record(
      'CVE-2025-53603',
      { feed: 'debian' },
      about('debian:12', 'sope', '>=0 <5.8.0-1+deb12u1', { names: 'source' }),
    ),
    record(
      'DSA-1',
      { related: ['CVE-2025-53603'] },
      about('debian:12', 'sope', '>=0 <5.8.0-1+deb12u1', { names: 'source' }),
    ),
    record(
      'GHSA-j8r2-6x86-q33q',
      { aliases: ['CVE-2023-32681'] },
      about('pypi', 'requests', '>=2.3.0 <2.31.0'),
    ),
    record(
      'PYSEC-2023-74',
      { aliases: ['GHSA-j8r2-6x86-q33q'] },
      about('pypi', 'requests', '>=2.3.0 <2.31.0'),
    ),
    record(
      'GO-2021-0265',
      { aliases: ['CVE-2021-42248', 'CVE-2021-42836', 'GHSA-c9gm', 'GHSA-ppj4'] },
      about('golang', 'github.com/tidwall/gjson', '>=0 <1.9.3'),
    ),
    record(
      'GHSA-c9gm',
      { aliases: ['CVE-2021-42248'] },
      about('golang', 'github.com/tidwall/gjson', '>=0 <1.9.2'),
    ),
    record(
      'GHSA-ppj4',
      { aliases: ['CVE-2021-42836'] },
      about('golang', 'github.com/tidwall/gjson', '>=0 <1.9.3'),
    ),
    record('CVE-2023-0286', {}, about('cpe', 'openssl:openssl', '>=3.0.0 <3.0.8')),
    record('GHSA-1', {}, about('npm', 'x', ['>=0 <1.0.1', '>=1.0.0 <2.0.0'])),
    record('GHSA-1', { feed: 'mirror' }, about('npm', 'x', '>=0 <1.0.1')),
    record('GHSA-2', {}, about('npm', 'x', '>=0', { affected: false })),
    record('MAL-1', { aliases: ['GHSA-2'], malicious: true }, about('npm', 'x', '>=0')),
  ],
  records: [
    headOf('CVE-2023-32681', { feed: 'nvd', severity: 'high', urls: ['https://nvd.nist.gov/1'] }),
    headOf('GHSA-c9gm', { severity: 'low' }),
    // A distribution has one for each of its packages.
    headOf('CVE-2023-32681', { feed: 'debian', urgency: 'low', urls: ['https://debian.org/1'] }),
    headOf('CVE-2023-32681', { feed: 'debian', urgency: 'high', urls: ['https://debian.org/2'] }),
  ],
  assessments: [],
});

/** The same items in another order, which is the same for the same seed. */
function shuffled<T>(items: readonly T[], seed: number): T[] {
  let state = seed;
  return items.map((item) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return [state, item] as const;
  }).sort(([a], [b]) => a - b).map(([, item]) => item);
}

/** All heads of an input as they are stored: each with a number. */
function stored({ statements, records = [] }: MatchInput): readonly RecordHead[] {
  const heads = new Set([...statements.map(({ head }) => head), ...records]);
  return [...heads].map((head, record) => ({ ...head, record }));
}

/** What a lookup of statements gives: names and what decides, and the number of the record. */
function lightly(input: MatchInput, all: readonly RecordHead[]): MatchInput['statements'] {
  const heads = [...new Set(input.statements.map(({ head }) => head))];
  const light = heads.map((head, record): RecordHead => {
    const { id, aliases, related, feed, informational } = all[record] ?? head;
    return { id, aliases, related, feed, informational, record, scores: [], urls: [] };
  });
  return input.statements.map(({ head, statement }) => ({
    head: light[heads.indexOf(head)] ?? head,
    statement,
  }));
}

describe('matching in two steps', () => {
  /** Answers as the store does, and remembers what it was asked for. */
  function lookUp(input: MatchInput, all: readonly RecordHead[]) {
    const matching = new Matching({ ...input, statements: lightly(input, all) });
    const asked = new Set<string>();
    let records: readonly RecordHead[] = [];
    for (let names = matching.namesToLookUp(); names.size > asked.size;) {
      for (const name of names) asked.add(name);
      records = all.filter(({ id, aliases }) => [id, ...aliases].some((name) => asked.has(name)));
      names = matching.namesToLookUp(records);
    }
    return { asked, result: matching.finish(records, []) };
  }

  it('finds the same as with all records at hand', () => {
    const all = stored(INPUT);
    const whole = INPUT.statements.map(({ head, statement }) => ({
      head: all.find((one) => one.id === head.id && one.feed === head.feed) ?? head,
      statement,
    }));
    const { result } = lookUp(INPUT, all);
    expect(result.findings.length).toBeGreaterThan(5);
    expect(result).toEqual(match({ ...INPUT, statements: whole, records: all }));
  });

  it('asks for nothing that only speaks of other versions', () => {
    const input = inputOf({
      packages: [installed('npm', 'x', '3.0.0'), installed('npm', 'y', '1.0.0')],
      said: [
        record('GHSA-old', { aliases: ['CVE-2020-1'] }, about('npm', 'x', '>=0 <1.0.1')),
        record('GHSA-new', { aliases: ['CVE-2020-2'] }, about('npm', 'y', '>=0 <1.0.1')),
      ],
    });
    expect([...lookUp(input, stored(input)).asked].sort()).toEqual(['CVE-2020-2', 'GHSA-new']);
  });

  it('asks on where a record joins what is found with what denies it', () => {
    const input = inputOf({
      packages: [installed('npm', 'x', '1.0.0')],
      said: [
        record('MAL-1', {}, about('npm', 'x', '>=0')),
        record(
          'GHSA-2',
          { aliases: ['CVE-2020-3'] },
          about('npm', 'x', '>=0', { affected: false }),
        ),
      ],
      records: [headOf('OTHER-1', { aliases: ['MAL-1', 'GHSA-2'] })],
    });
    const { asked, result } = lookUp(input, stored(input));
    expect([...asked].sort()).toEqual(['CVE-2020-3', 'GHSA-2', 'MAL-1']);
    expect(result.suppressed.map(({ suppression }) => suppression.reason)).toEqual(['denied']);
  });
});

describe('matching', () => {
  it('gives the same whatever the order of statements and records', () => {
    const expected = match(INPUT);
    expect(expected.findings.length).toBeGreaterThan(5);
    expect(expected.suppressed.length).toBeGreaterThan(1);
    for (let seed = 1; seed <= 50; seed++) {
      const statements = shuffled(INPUT.statements, seed);
      const records = shuffled(INPUT.records ?? [], seed);
      expect(match({ ...INPUT, statements, records })).toEqual(expected);
    }
  });

  it('gives the same twice, and changes nothing of what it was given', () => {
    const before = structuredClone({ ...INPUT, namespaces: undefined });
    expect(match(INPUT)).toEqual(match(INPUT));
    expect({ ...INPUT, namespaces: undefined }).toEqual(before);
  });

  it('gives the same whether heads are shared or copied', () => {
    const statements = INPUT.statements.map(({ head, statement }) => ({
      head: structuredClone(head),
      statement: structuredClone(statement),
    }));
    expect(match({ ...INPUT, statements })).toEqual(match(INPUT));
  });

  it('of each package does not depend on the others but for owners', () => {
    const { findings, suppressed } = match(INPUT);
    for (const found of INPUT.packages.filter(({ owner }) => owner === undefined)) {
      const alone = match({ ...INPUT, packages: [found] });
      const own = (finding: { package: unknown }) => finding.package === found;
      expect(alone.findings).toEqual(findings.filter(own));
      expect(alone.suppressed).toEqual(suppressed.filter(own));
    }
  });

  it('goes by the order of packages, then of ids', () => {
    const { findings } = match(INPUT);
    const places = findings.map((finding) => INPUT.packages.indexOf(finding.package));
    expect(places).toEqual(places.toSorted((a, b) => a - b));
  });

  it('finds nothing in nothing', () => {
    expect(match({ ...INPUT, packages: [] })).toEqual({ findings: [], suppressed: [] });
    expect(match({ ...INPUT, statements: [] })).toEqual({ findings: [], suppressed: [] });
  });

  it('tells all that is known of a finding', () => {
    const found = onlyFinding({
      packages: [installed('npm', 'lodash', '4.17.15')],
      said: [record(
        'GHSA-p6mc-m468-83gw',
        {
          feed: 'github',
          aliases: ['CVE-2020-8203'],
          severity: 'high',
          title: 'Prototype pollution in lodash',
          published: '2020-07-15T19:15:48Z',
          modified: '2026-01-01T00:00:00Z',
          urls: ['https://github.com/advisories/GHSA-p6mc-m468-83gw'],
          scores: [{ type: 'CVSS_V3', vector: 'CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:H/A:H' }],
        },
        about('npm', 'lodash', '>=3.7.0 <4.17.19'),
      )],
    });
    expect(found).toEqual({
      package: installed('npm', 'lodash', '4.17.15'),
      id: 'GHSA-p6mc-m468-83gw',
      aliases: ['CVE-2020-8203'],
      ids: ['GHSA-p6mc-m468-83gw'],
      related: [],
      feeds: ['github'],
      groups: [],
      namespaces: ['npm'],
      severity: 'high',
      severitySource: 'github',
      urgency: undefined,
      scores: [{ type: 'CVSS_V3', vector: 'CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:H/A:H' }],
      state: 'fixed',
      fix: '4.17.19',
      fixes: ['4.17.19'],
      urls: ['https://github.com/advisories/GHSA-p6mc-m468-83gw'],
      title: 'Prototype pollution in lodash',
      published: '2020-07-15T19:15:48Z',
      modified: '2026-01-01T00:00:00Z',
      malicious: false,
      why: 'GHSA-p6mc-m468-83gw: 4.17.15 in >=3.7.0 <4.17.19 (semver)',
      notes: [],
    });
  });
});
