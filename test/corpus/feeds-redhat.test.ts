/**
 * Documents of Red Hat as they are published: VEX, advisories, and the map of repositories.
 *
 * Needs the folder of shared test material, named by the environment variable TIDEWAITER_SHARED;
 * it is no part of the repository, so the default tests leave this suite out.
 *
 * @module
 */
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { redhatAdvisories } from '../../core/feeds/redhat-advisories.ts';
import { redhatVex } from '../../core/feeds/redhat-vex.ts';
import { redhatRepositories } from '../../core/feeds/repository-cpes.ts';
import type { FeedFormat } from '../../core/feeds/format.ts';
import type { Advisory, Statement } from '../../core/vulnerabilities/advisory.ts';
import { compareRpm } from '../../core/vulnerabilities/versions/rpm.ts';
import { feedFilesAt } from '../support/feed-files.ts';
import { readAll, type Reading } from '../support/feed-folders.ts';
import { sharedFolder } from './corpus.ts';

function read(format: FeedFormat, path: string): Promise<Reading> {
  return readAll(format, feedFilesAt(join(sharedFolder(), 'feeds/redhat', path)));
}

function advisoryOf({ records }: Reading, id: string): Advisory {
  for (const record of records) {
    if (record.kind === 'advisory' && record.id === id) return record;
  }
  throw new Error(`there is no record of ${id}`);
}

/** The statements of a package in a namespace that are for a product. */
function about(
  { statements }: Advisory,
  namespace: string,
  name: string,
  cpe: string,
): readonly Statement[] {
  return statements.filter((one) =>
    one.namespace === namespace && one.package === name && one.cpes?.includes(cpe) === true
  );
}

/** Whether a build is in a range of a statement. */
function isIn({ ranges, versions }: Statement, version: string): boolean {
  return versions.includes(version) || ranges.some((range) => {
    let isAffected = false;
    for (const [operator, bound] of range.toSorted(([, a], [, b]) => compareRpm(a, b))) {
      const order = compareRpm(version, bound);
      if (operator === '>=' ? order >= 0 : operator === '<' && order >= 0) {
        isAffected = operator === '>=';
      } else if (operator === '<=' && order > 0) isAffected = false;
    }
    return isAffected;
  });
}

describe("Red Hat's VEX documents", () => {
  let all: Reading;
  beforeAll(async () => {
    all = await read(redhatVex, 'csaf/v2/vex');
  });

  it('are 79, each a record, all of them readable', () => {
    expect(all.notes).toEqual([]);
    expect(new Set(all.records.map(({ key }) => key)).size).toBe(79);
  });

  it('are the same from the archive alone', async () => {
    const { records } = await read(redhatVex, 'csaf/v2/vex/csaf_vex_2026-08-22.tar.zst');
    expect(records).toEqual(all.records);
  });

  it('are read from plain files as well', async () => {
    const { records, notes } = await read(redhatVex, 'csaf/v2/vex/2023');
    expect([records.length, notes]).toEqual([14, []]);
    const same = all.records.filter(({ key }) => records.some((one) => one.key === key));
    expect(same).toHaveLength(14);
  });

  it('become few statements', () => {
    const counts = all.records.map((record) =>
      record.kind === 'advisory' ? record.statements.length : 0
    );
    expect(counts.reduce((sum, count) => sum + count)).toBeGreaterThan(5000);
    expect(counts.reduce((sum, count) => sum + count)).toBeLessThan(10_000);
    expect(advisoryOf(all, 'CVE-2024-2961').statements.length).toBeLessThan(2000);
  });

  it('tell what changed since a time', async () => {
    const files = feedFilesAt(join(sharedFolder(), 'feeds/redhat/csaf/v2/vex'));
    const notes: string[] = [];
    const changes = await redhatVex.changes?.('all', files, '2026-08-04T05:00:00Z', (name) => {
      notes.push(name);
    });
    const keys: string[] = [];
    for await (const { record } of changes ?? []) if (record !== undefined) keys.push(record.key);
    expect(keys).toEqual(['cve-2019-14852']);
    // They have changed as well, but there are no plain files of them.
    expect(notes.sort()).toEqual([
      '2022/cve-2022-24834.json',
      '2023/cve-2023-28484.json',
      '2024/cve-2024-1597.json',
    ]);
  });

  it.each<[string, string, string, string, affected: readonly string[], fixed: readonly string[]]>([
    [
      'CVE-2024-2961',
      'rhel:8',
      'glibc',
      'cpe:/o:redhat:enterprise_linux:8::baseos',
      ['2.28-225.el8', '2.28-236.el8_9.12', '2.28-251.el8'],
      ['2.28-236.el8_9.13', '2.28-251.el8_10.1', '2.28-251.el8_10.2'],
    ],
    [
      'CVE-2024-2961',
      'rhel:9',
      'glibc',
      'cpe:/o:redhat:enterprise_linux:9::baseos',
      ['2.34-100.el9_4'],
      ['2.34-100.el9_4.2'],
    ],
    [
      'CVE-2023-38545',
      'rhel:9',
      'libcurl-minimal',
      'cpe:/o:redhat:rhel_eus:9.0::baseos',
      ['7.76.1-14.el9_0.8'],
      ['7.76.1-14.el9_0.9'],
    ],
    [
      'CVE-2023-38545',
      'rhel:9',
      'curl',
      'cpe:/o:redhat:enterprise_linux:9::baseos',
      ['7.76.1-23.el9_2.2', '7.76.1-26.el9'],
      ['7.76.1-23.el9_2.4', '7.76.1-26.el9_3.2'],
    ],
  ])('%s in %s: %s of %s', (id, namespace, name, cpe, affected, fixed) => {
    const statements = about(advisoryOf(all, id), namespace, name, cpe)
      .filter((one) => one.affected && one.module === '');
    expect(statements).toHaveLength(1);
    const hit = (version: string) => statements.some((one) => isIn(one, version));
    expect(affected.filter((version) => !hit(version))).toEqual([]);
    expect(fixed.filter(hit)).toEqual([]);
  });

  it('say what will not be fixed, and why', () => {
    const [old] = about(
      advisoryOf(all, 'CVE-2024-0727'),
      'rhel:6',
      'openssl',
      'cpe:/o:redhat:enterprise_linux:6',
    );
    expect(old).toMatchObject({
      names: 'either',
      state: 'wont-fix',
      note: 'Out of support scope',
      ranges: [[['>=', '0']]],
    });
    const deferred = about(
      advisoryOf(all, 'CVE-2026-2297'),
      'rhel:8',
      'python39-six',
      'cpe:/o:redhat:enterprise_linux:8',
    );
    expect(deferred).toMatchObject([
      { module: 'python39-devel:3.9', state: 'not-fixed', note: 'Fix deferred', names: 'built' },
    ]);
  });
});

describe("Red Hat's advisories", () => {
  let all: Reading;
  beforeAll(async () => {
    all = await read(redhatAdvisories, 'csaf/v2/advisories');
  });

  it('are 58, each a record; two of them were made to name products in vain', () => {
    expect([...all.notes].sort()).toEqual([
      'RHSA-2021:3029: 1 of its product ids are not in its product tree',
      'RHSA-2023:4378: 1 of its product ids are not in its product tree',
    ]);
    expect(new Set(all.records.map(({ key }) => key)).size).toBe(58);
  });

  it('go with what they fix', () => {
    expect(advisoryOf(all, 'RHSA-2024:2394').related.length).toBeGreaterThan(60);
    expect(advisoryOf(all, 'RHSA-2024:2394').statements.length).toBeLessThan(100);
    const python = about(
      advisoryOf(all, 'RHSA-2024:6220'),
      'rhel:8',
      'python39-setuptools',
      'cpe:/a:redhat:rhel_e4s:8.6::appstream',
    );
    expect(python).toMatchObject([{ module: 'python39:3.9', state: 'fixed', names: 'built' }]);
  });
});

describe("Red Hat's map of repositories", () => {
  it('has 8,564 of them', async () => {
    const { records, notes } = await read(redhatRepositories, 'metrics');
    expect([records.length, notes]).toEqual([8564, []]);
    expect(records).toContainEqual({
      kind: 'repository',
      key: 'rhel-8-for-x86_64-supplementary-eus-rpms__8_DOT_6',
      cpes: ['cpe:/a:redhat:rhel_eus:8.6::supplementary'],
    });
  });
});
