import { describe, expect, it } from 'vitest';
import {
  aliasGroups,
  type Named,
  namesOf,
  preferredId,
} from '../../../core/vulnerabilities/groups.ts';

function named(id: string, ...aliases: readonly string[]): Named {
  return { id, aliases };
}

const CHAIN: readonly Named[] = [
  named('GHSA-1', 'CVE-2024-0001'),
  named('PYSEC-1', 'GHSA-1'),
  named('GO-1', 'PYSEC-1'),
  named('CVE-2024-0002'),
];

/** A record that names two CVEs, and what others call by one of them. */
const TWO_CVES: readonly Named[] = [
  named('GO-1', 'CVE-2024-0001', 'CVE-2024-0002', 'GHSA-1', 'GHSA-2'),
  named('GHSA-1', 'CVE-2024-0001'),
  named('GHSA-2', 'CVE-2024-0002'),
  named('PYSEC-2', 'GHSA-2'),
];

describe('groups', () => {
  it('are the closure of all aliases', () => {
    const groups = aliasGroups(CHAIN);
    expect(groups.membersOf('GO-1')).toEqual(['CVE-2024-0001', 'GHSA-1', 'GO-1', 'PYSEC-1']);
    expect(groups.keyOf('GO-1')).toBe(groups.keyOf('CVE-2024-0001'));
    expect(groups.keyOf('GO-1')).not.toBe(groups.keyOf('CVE-2024-0002'));
  });

  it('of an id that no record names are that id', () => {
    expect(aliasGroups([]).membersOf('X-1')).toEqual(['X-1']);
    expect(aliasGroups(CHAIN).membersOf('CVE-2024-0002')).toEqual(['CVE-2024-0002']);
  });

  it('hold one CVE each', () => {
    const groups = aliasGroups(TWO_CVES);
    expect(groups.membersOf('CVE-2024-0001')).toEqual(['CVE-2024-0001', 'GHSA-1', 'GO-1']);
    expect(groups.membersOf('CVE-2024-0002')).toEqual(['CVE-2024-0002', 'GHSA-2', 'PYSEC-2']);
  });

  it('are the same whatever the order of the records', () => {
    const members = (records: readonly Named[]) => {
      const groups = aliasGroups(records);
      return records.flatMap(({ id }) => [id, groups.keyOf(id), groups.membersOf(id)]);
    };
    const all = [
      ...CHAIN,
      ...TWO_CVES.map(({ id, aliases }) => named(`${id}0`, ...aliases.map((alias) => `${alias}0`))),
    ];
    const sorted = (records: readonly Named[]) => {
      const groups = aliasGroups(records);
      return all.map(({ id }) => groups.membersOf(id));
    };
    expect(members(all)).toHaveLength(3 * all.length);
    for (let turn = 1; turn < all.length; turn++) {
      expect(sorted([...all.slice(turn), ...all.slice(0, turn)])).toEqual(sorted(all));
      expect(sorted([...all.slice(turn), ...all.slice(0, turn)].reverse())).toEqual(sorted(all));
    }
  });

  it('are not joined by what was withdrawn', () => {
    const gone = { ...named('GHSA-1', 'CVE-2024-0001'), withdrawn: '2024-01-01T00:00:00Z' };
    expect(aliasGroups([gone]).membersOf('GHSA-1')).toEqual(['GHSA-1']);
  });

  it('hold long chains', () => {
    const chain = Array.from({ length: 20_000 }, (_, at) => named(`X-${at}`, `X-${at + 1}`));
    expect(aliasGroups(chain).membersOf('X-7')).toHaveLength(20_001);
  });
});

describe('the names of a record', () => {
  it.each([
    [named('DEBIAN-CVE-2024-1234'), ['DEBIAN-CVE-2024-1234', 'CVE-2024-1234']],
    [named('UBUNTU-CVE-2024-1234', 'CVE-2024-1234'), ['UBUNTU-CVE-2024-1234', 'CVE-2024-1234']],
    [named('GHSA-1', 'GHSA-1', 'CVE-1'), ['GHSA-1', 'CVE-1']],
    [named('DSA-1234'), ['DSA-1234']],
  ])('%j', (record, names) => {
    expect(namesOf(record)).toEqual(names);
  });
});

describe('the preferred id', () => {
  const ids = ['PYSEC-1', 'CVE-2024-0001', 'GHSA-1'];

  it.each(
    [
      ['cve', ids, 'CVE-2024-0001'],
      ['ghsa', ids, 'GHSA-1'],
      ['cve', ['PYSEC-1', 'GHSA-1'], 'PYSEC-1'],
      ['ghsa', ['PYSEC-1', 'CVE-2024-0001'], 'CVE-2024-0001'],
      ['ghsa', ['PYSEC-1'], 'PYSEC-1'],
    ] as const,
  )('%s first of %j is %s', (first, all, id) => {
    expect(preferredId(all, { first })).toBe(id);
  });
});
