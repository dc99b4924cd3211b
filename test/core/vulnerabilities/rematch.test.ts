import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { keepPackages } from '../../../core/catalog/packages.ts';
import type { Sql } from '../../../core/database/connection.ts';
import { matchImage, matchSubjects } from '../../../core/vulnerabilities/rematch.ts';
import { changeGroups } from '../../../core/vulnerabilities/store/changes.ts';
import { renewals } from '../../../core/verdicts/renew.ts';
import { imageFindings } from '../../../core/vulnerabilities/store/images.ts';
import { staleSubjects } from '../../../core/vulnerabilities/store/subjects.ts';
import { advisory, keepFound, loadRecords, saying } from '../../support/loaded-feed.ts';
import { testDatabase } from '../../support/postgres.ts';
import { addAnalysed } from '../catalog/samples.ts';
import { DEBIAN_12, installed, RHEL_9, WOLFI } from './given.ts';

let sql: Sql;
beforeAll(async () => {
  ({ sql } = await testDatabase());
});
beforeEach(async () => {
  await sql`delete from feed_groups`;
  await sql`truncate subjects, package_sets, contexts, images_to_judge cascade`;
});

/** Matches all that waits; how many subjects there were, and in how many something else was found. */
async function rematch(): Promise<{ matched: number; changed: number }> {
  const stale = await staleSubjects(sql, 10_000);
  return { matched: stale.length, changed: stale.length > 0 ? await matchSubjects(sql, stale) : 0 };
}

/** Makes all verdicts that are old; the number of images that had to be looked at. */
async function renew(): Promise<number> {
  let images = 0;
  for await (const some of renewals(sql)) images += some;
  return images;
}

async function image(
  name: string,
  packages: Parameters<typeof keepFound>[2],
  distribution: Parameters<typeof keepFound>[3] = DEBIAN_12,
): Promise<string> {
  const digest = await addAnalysed(sql, `registry.example/${name}:1`);
  await keepFound(sql, digest, packages, distribution);
  await matchImage(sql, digest);
  return digest;
}

async function found(digest: string): Promise<readonly string[]> {
  const { findings, suppressed } = await imageFindings(sql, digest);
  return [
    ...findings.map(({ id, package: { name }, fix = '-' }) => `${name} ${id} ${fix}`),
    ...suppressed.map(({ id, package: { name }, suppression }) =>
      `${name} ${id} ${suppression.reason}`
    ),
  ];
}

async function revision(digest: string): Promise<number> {
  const [row] = await sql<{ revision: number }[]>`
    select revision from images where digest = ${digest}`;
  return row?.revision ?? 0;
}

const openssl = installed('deb', 'openssl', '3.0.9-1', { location: '/var/lib/dpkg/status' });
const zlib = installed('deb', 'zlib1g', '1:1.2.13', {
  from: 'zlib 1:1.2.13',
  location: '/var/lib/dpkg/status',
});
const lodash = installed('npm', 'lodash', '4.17.0', { location: '/app/lodash/package.json' });

describe('a new image', () => {
  it('is matched at once, and one with the same packages finds all done', async () => {
    await loadRecords(sql, 'debian', [
      advisory('CVE-1-1', [saying('debian:12', 'openssl', '3.0.11-1')]),
      advisory('CVE-1-2', [saying('debian:12', 'zlib')]),
    ]);
    const first = await image('first', [openssl, zlib, lodash]);
    expect(await found(first)).toEqual(['openssl CVE-1-1 3.0.11-1', 'zlib1g CVE-1-2 -']);
    const [before] = await sql<{ at: Date }[]>`select max(matched_at) as at from subjects`;
    const second = await image('second', [openssl, zlib, lodash]);
    expect(await found(second)).toEqual(await found(first));
    expect((await sql<{ at: Date }[]>`select max(matched_at) as at from subjects`)[0]).toEqual(
      before,
    );
  });

  it('of another distribution is another matter', async () => {
    await loadRecords(sql, 'debian', [advisory('CVE-2-1', [saying('debian:12', 'openssl')])]);
    const other = { id: 'debian', version: '11', like: [] };
    expect(await found(await image('newer', [openssl]))).toEqual(['openssl CVE-2-1 -']);
    expect(await found(await image('older', [openssl], other))).toEqual([]);
    expect(await found(await image('none', [openssl], null))).toEqual([]);
  });

  it('is matched with all that feeds have said until then', async () => {
    await image('earlier', [openssl, zlib]);
    await loadRecords(sql, 'debian', [advisory('CVE-3-1', [saying('debian:12', 'zlib')])]);
    expect(await found(await image('later', [openssl, zlib]))).toEqual(['zlib1g CVE-3-1 -']);
    expect(await rematch()).toEqual({ matched: 0, changed: 0 });
  });
});

describe('a change of a feed', () => {
  const records = [
    advisory('CVE-4-1', [saying('debian:12', 'openssl', '3.0.11-1')]),
    advisory('CVE-4-2', [saying('debian:12', 'zlib')]),
    advisory('CVE-4-3', [saying('debian:12', 'bash')]),
  ];

  it('matches again only packages that it is about, and revises only their images', async () => {
    await loadRecords(sql, 'debian', records);
    await rematch();
    const [one, two] = [await image('one', [openssl]), await image('two', [zlib])];
    const before = [await revision(one), await revision(two)];
    await loadRecords(sql, 'debian', [
      advisory('CVE-4-1', [saying('debian:12', 'openssl', '3.0.12-1')]),
      ...records.slice(1),
    ]);
    expect(await rematch()).toMatchObject({ matched: 1, changed: 1 });
    expect(await found(one)).toEqual(['openssl CVE-4-1 3.0.12-1']);
    expect(await renew()).toBe(1);
    expect([await revision(one), await revision(two)]).toEqual([(before[0] ?? 0) + 1, before[1]]);
  });

  it('that says the same in other words touches no verdict', async () => {
    await loadRecords(sql, 'debian', records);
    await image('words', [openssl]);
    await renew();
    await loadRecords(sql, 'debian', [
      { ...records[0]!, description: 'other' },
      ...records.slice(1),
    ]);
    expect(await rematch()).toMatchObject({ changed: 0 });
    expect(await renew()).toBe(0);
  });

  it('removes a finding with its record, and brings one with a new record', async () => {
    await loadRecords(sql, 'debian', records);
    const digest = await image('removed', [openssl]);
    await loadRecords(sql, 'debian', records.slice(1));
    await rematch();
    expect(await found(digest)).toEqual([]);
    await loadRecords(sql, 'debian', [
      ...records.slice(1),
      advisory('CVE-4-9', [saying('debian:12', 'openssl')]),
    ]);
    await rematch();
    expect(await found(digest)).toEqual(['openssl CVE-4-9 -']);
  });

  it('that is about the source package reaches what is built from it', async () => {
    await loadRecords(sql, 'debian', records.slice(0, 1));
    const digest = await image('source', [zlib]);
    await loadRecords(sql, 'debian', records);
    await rematch();
    expect(await found(digest)).toEqual(['zlib1g CVE-4-2 -']);
  });

  it('that tells of a vulnerability alone reaches the findings that have its name', async () => {
    await loadRecords(sql, 'debian', records);
    const digest = await image('named', [openssl]);
    const vector = 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H';
    const scores = [{ type: 'CVSS_V3', vector, base: 9.8, primary: true } as const];
    await loadRecords(sql, 'nvd', [advisory('CVE-4-1', [], { scores })]);
    expect(await rematch()).toMatchObject({ matched: 1, changed: 1 });
    expect((await imageFindings(sql, digest)).findings).toMatchObject([{ severity: 'critical' }]);
    await loadRecords(sql, 'nvd', [advisory('CVE-4-7', [], { scores })]);
    await rematch();
    expect((await imageFindings(sql, digest)).findings).toMatchObject([{ severity: 'unknown' }]);
  });

  it('decides who speaks for parts of packages once there is a feed for them', async () => {
    const python = installed('deb', 'python3-six', '1.16.0-4', {
      location: '/var/lib/dpkg/status',
    });
    const six = installed('pypi', 'six', '1.16.0', {
      location: '/six/METADATA',
      owner: 'python3-six',
    });
    await loadRecords(sql, 'osv', [advisory('PYSEC-4', [saying('pypi', 'six')])]);
    const digest = await image('owned', [python, six]);
    expect(await found(digest)).toEqual(['six PYSEC-4 -']);
    await loadRecords(sql, 'debian', records);
    await rematch();
    expect(await found(digest)).toEqual(['six PYSEC-4 owned']);
    await sql.begin(async (tx) => {
      const [group] = await tx<
        { id: number }[]
      >`select id from feed_groups where source = 'debian'`;
      await changeGroups(tx, [group?.id ?? 0], () =>
        tx`
        update feed_groups set enabled = false where id = ${group?.id ?? 0}`);
    });
    await rematch();
    expect(await found(digest)).toEqual(['six PYSEC-4 -']);
  });

  it('of the owner reaches the parts of it', async () => {
    const apk = installed('apk', 'py3-six', '1.16.0-r1', { location: '/lib/apk/db/installed' });
    const six = installed('pypi', 'six', '1.16.0', { location: '/six/METADATA', owner: 'py3-six' });
    await loadRecords(sql, 'osv', [
      advisory('PYSEC-5', [saying('pypi', 'six')], { aliases: ['CVE-5-1'] }),
    ]);
    await loadRecords(sql, 'wolfi', [advisory('CVE-5-2', [saying('wolfi', 'other')])]);
    const digest = await image('answered', [apk, six], WOLFI);
    expect(await found(digest)).toEqual(['six PYSEC-5 -']);
    await loadRecords(sql, 'wolfi', [
      advisory('CVE-5-1', [saying('wolfi', 'py3-six', '1.16.0-r0')]),
    ]);
    await rematch();
    expect(await found(digest)).toEqual(['six PYSEC-5 answered']);
  });

  it('in assessments has images judged again without matching anything', async () => {
    await loadRecords(sql, 'debian', records);
    const digest = await image('assessed', [openssl]);
    await renew();
    await loadRecords(sql, 'openvex', [{
      kind: 'assessment',
      key: 'a',
      document: 'd',
      author: 'somebody',
      time: '2026-01-01T00:00:00Z',
      id: 'CVE-4-1',
      aliases: [],
      status: 'not_affected',
      products: [openssl.purl],
      subcomponents: [],
    }]);
    expect(await rematch()).toMatchObject({ matched: 0 });
    expect(await found(digest)).toEqual(['openssl CVE-4-1 assessment']);
    expect(await renew()).toBe(1);
  });
});

describe('dates', () => {
  const dates = async (digest: string) => {
    const { findings: [finding] } = await imageFindings(sql, digest);
    return { detected: finding?.detectedAt, fixed: finding?.fixSeenAt };
  };

  it('stay as they were first seen through every re-match, and through another id', async () => {
    await loadRecords(sql, 'ghsa', [
      advisory('GHSA-6', [saying('npm', 'lodash')], { aliases: ['CVE-6-1'] }),
    ]);
    const digest = await image('dated', [lodash]);
    const first = await dates(digest);
    expect(first).toEqual({ detected: expect.any(Date), fixed: undefined });
    await loadRecords(sql, 'ghsa', [
      advisory('GHSA-7', [saying('npm', 'lodash', '4.17.21')], { aliases: ['CVE-6-1'] }),
    ]);
    await rematch();
    const second = await dates(digest);
    expect(second).toEqual({ detected: first.detected, fixed: expect.any(Date) });
    await loadRecords(sql, 'ghsa', [
      advisory('GHSA-7', [saying('npm', 'lodash', '4.17.22')], { aliases: ['CVE-6-1'] }),
    ]);
    await rematch();
    expect(await dates(digest)).toEqual(second);
  });

  it('are those of the image where it came after the finding', async () => {
    await loadRecords(sql, 'ghsa', [advisory('GHSA-8', [saying('npm', 'lodash')])]);
    const older = await image('before', [lodash]);
    await new Promise((resolve) => setTimeout(resolve, 30));
    const newer = await image('after', [lodash]);
    const [a, b] = [await dates(older), await dates(newer)];
    expect((b.detected?.getTime() ?? 0) - (a.detected?.getTime() ?? 0)).toBeGreaterThan(20);
  });
});

describe('products of an image', () => {
  const EUS = 'rhel-9-for-x86_64-baseos-eus-rpms';
  const records = [
    advisory('CVE-10-1', [
      saying('rhel:9', 'openssl', '1:3.2.2-6.el9_5', {
        cpes: ['cpe:/o:redhat:enterprise_linux:9::baseos'],
      }),
      saying('rhel:9', 'openssl', '1:3.0.7-28.el9_4', {
        cpes: ['cpe:/o:redhat:rhel_eus:9.4::baseos'],
      }),
    ]),
    advisory('CVE-10-2', [saying('rhel:9', 'openssl', undefined, {
      cpes: ['cpe:/a:redhat:openshift:4.14::el9'],
    })]),
    advisory('CVE-10-3', [saying('rhel:9', 'openssl', undefined, {
      cpes: ['cpe:/o:redhat:enterprise_linux:9'],
    })]),
  ];
  const map = (key: string, ...cpes: string[]) => ({ kind: 'repository', key, cpes }) as const;
  const built = installed('rpm', 'openssl', '1:3.0.7-28.el9_4', {
    distribution: RHEL_9,
    location: '/var/lib/rpm/rpmdb.sqlite',
  });
  const from = (...repositories: string[]) => ({ ...RHEL_9, repositories });

  it('are those that its repositories belong to, beside the release itself', async () => {
    await loadRecords(sql, 'redhat', records);
    await loadRecords(sql, 'repositories', [
      map(EUS, 'cpe:/o:redhat:rhel_eus:9.4::baseos'),
      map('openshift', 'cpe:/a:redhat:openshift:4.14::el9'),
    ]);
    const main = ['openssl CVE-10-1 1:3.2.2-6.el9_5', 'openssl CVE-10-3 -'];
    expect(await found(await image('plain', [built], RHEL_9))).toEqual(main);
    expect(await found(await image('unknown', [built], from('nobody-knows')))).toEqual(main);
    expect(await found(await image('eus', [built], from(EUS)))).toEqual(['openssl CVE-10-3 -']);
    expect(await found(await image('layered', [built], from('openshift')))).toEqual([
      'openssl CVE-10-1 1:3.2.2-6.el9_5',
      'openssl CVE-10-2 -',
      'openssl CVE-10-3 -',
    ]);
  });

  it('change with the map, and nothing else is matched again', async () => {
    await loadRecords(sql, 'redhat', records);
    await loadRecords(sql, 'repositories', [map('other', 'cpe:/a:redhat:other:1')]);
    await image('of-none', [built], RHEL_9);
    await image('of-another', [built], from('other'));
    const digest = await image('of-eus', [built], from(EUS));
    expect(await found(digest)).toHaveLength(2);
    await loadRecords(sql, 'repositories', [
      map('other', 'cpe:/a:redhat:other:1'),
      map(EUS, 'cpe:/o:redhat:rhel_eus:9.4::baseos'),
    ]);
    expect(await rematch()).toEqual({ matched: 1, changed: 1 });
    expect(await found(digest)).toEqual(['openssl CVE-10-3 -']);
    await loadRecords(sql, 'repositories', [map('other', 'cpe:/a:redhat:other:1')]);
    expect(await rematch()).toEqual({ matched: 1, changed: 1 });
    expect(await found(digest)).toHaveLength(2);
  });
});

describe('matching while feeds change', () => {
  it('never keeps what was read before the change', async () => {
    const digest = await image('meanwhile', [openssl, zlib, lodash]);
    for (let turn = 0; turn < 10; turn += 1) {
      const fix = `3.0.${20 + turn}-1`;
      await Promise.all([
        loadRecords(sql, 'debian', [advisory('CVE-9-1', [saying('debian:12', 'openssl', fix)])]),
        rematch(),
        rematch(),
      ]);
      await rematch();
      expect(await found(digest)).toEqual([`openssl CVE-9-1 ${fix}`]);
    }
  });

  it('and while reports come in ends without a deadlock', async () => {
    const packages = Array.from(
      { length: 400 },
      (_, at) => installed('npm', `many-${at}`, '1.0.0'),
    );
    const first = await image('many', packages);
    for (let turn = 0; turn < 6; turn += 1) {
      await loadRecords(
        sql,
        'osv',
        packages.map(({ name }) => advisory(`GHSA-${name}`, [saying('npm', name, `2.${turn}.0`)])),
      );
      const stale = await staleSubjects(sql, 10_000);
      const parts = [0, 1].map((part) => stale.filter((_, at) => at % 2 === part));
      const coming = [0, 1, 2, 3].map((place) =>
        keepPackages(
          sql,
          packages.map((one) => ({ ...one, location: `/${turn}/${place}` })),
          DEBIAN_12,
        )
      );
      await Promise.all([...coming, ...parts.map((part) => matchSubjects(sql, part))]);
    }
    expect(await staleSubjects(sql, 1)).toEqual([]);
    expect(await found(first)).toHaveLength(400);
  });
});
