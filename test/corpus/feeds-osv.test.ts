/**
 * The OSV formats over real records of every ecosystem.
 *
 * Needs the folder of shared test material, named by the environment variable TIDEWAITER_SHARED;
 * it is no part of the repository, so the default tests leave this suite out.
 *
 * @module
 */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { FeedFormat } from '../../core/feeds/format.ts';
import { ghsa } from '../../core/feeds/ghsa.ts';
import { osv } from '../../core/feeds/osv.ts';
import { ubuntu } from '../../core/feeds/ubuntu.ts';
import { zippedFiles } from '../../core/feeds/zip.ts';
import type { Advisory, Statement } from '../../core/vulnerabilities/advisory.ts';
import { feedFilesAt } from '../support/feed-files.ts';
import { sharedFolder } from './corpus.ts';
import { DERIVED, OSV } from './feed-counts.ts';

function feeds(...path: readonly string[]): string {
  return join(sharedFolder(), 'feeds', ...path);
}

/** All advisories of a group by their keys; nothing may be noted. */
async function read(
  format: FeedFormat,
  path: string,
  group: string,
): Promise<ReadonlyMap<string, Advisory>> {
  const notes: string[] = [];
  const found = new Map<string, Advisory>();
  const note = (name: string, reason: string) => notes.push(`${name}: ${reason}`);
  for await (const record of format.read(group, feedFilesAt(path), note)) {
    if (record.kind === 'advisory') found.set(record.key, record);
  }
  expect(notes).toEqual([]);
  return found;
}

function statementsOf(advisories: ReadonlyMap<string, Advisory>): readonly Statement[] {
  return [...advisories.values()].flatMap(({ statements }) => statements);
}

function about(advisory: Advisory | undefined, name: string): readonly Statement[] {
  return advisory?.statements.filter((one) => one.package === name) ?? [];
}

describe('the OSV folder', () => {
  it('has the listed ecosystems', async () => {
    expect(await osv.groups(feedFilesAt(feeds('osv')))).toEqual(Object.keys(OSV));
    expect(await osv.groups(feedFilesAt(feeds('osv-derived')))).toEqual(Object.keys(DERIVED));
  });

  it.each(Object.entries(OSV))('has all records of %s: %d', async (group, count) => {
    expect((await read(osv, feeds('osv'), group)).size).toBe(count);
  });

  it.each(Object.entries(DERIVED))('has all derived records of %s: %d', async (group, count) => {
    expect((await read(osv, feeds('osv-derived'), group)).size).toBe(count);
  });

  it('is read of one archive, too', async () => {
    expect((await read(osv, feeds('osv', 'PyPI', 'all.zip'), 'all')).size).toBe(OSV['PyPI']);
    expect((await read(osv, feeds('osv', 'PyPI'), 'all')).size).toBe(OSV['PyPI']);
  });

  it('keeps every event of every record that holds', async () => {
    const group = 'PyPI';
    const path = feeds('osv', group, 'all.zip');
    const expected = new Map<string, string[]>();
    const options = { wants: () => true, limit: 2 ** 24, note: () => {} };
    for await (const { content } of zippedFiles({ path, name: path, size: 0 }, options)) {
      const record = JSON.parse(content.toString());
      const ranges = record.affected.flatMap((entry: { ranges?: unknown[] }) => entry.ranges ?? []);
      const events = record.withdrawn === undefined
        ? ranges.filter(({ type }: { type: string }) => type !== 'GIT')
          .flatMap((range: { events: object[] }) => range.events.flatMap(Object.values))
        : [];
      expected.set(record.id, [...new Set<string>(events)].sort());
    }
    const found = await read(osv, feeds('osv'), group);
    for (const [id, { statements }] of found) {
      const versions = statements.flatMap(({ ranges }) => ranges.flat().map(([, bound]) => bound));
      expect({ id, versions: [...new Set(versions)].sort() }).toEqual({
        id,
        versions: expected.get(id),
      });
    }
    expect([...found.values()].filter(({ withdrawn }) => withdrawn !== undefined)).toHaveLength(
      270,
    );
    expect(statementsOf(found).filter(({ ranges }) => ranges.length === 0)).toHaveLength(60);
  });

  it('tells no changes where records cannot be had one by one', async () => {
    const files = feedFilesAt(feeds('osv'));
    expect(await osv.changes?.('PyPI', files, '2026-07-20T00:00:00Z', () => {})).toBeUndefined();
  });
});

describe('records of OSV', () => {
  it('of AlmaLinux keep the builds of every module', async () => {
    const found = await read(osv, feeds('osv'), 'AlmaLinux');
    expect(statementsOf(found).flatMap(({ ranges }) => ranges)).toHaveLength(69_160);
    const [statement] = about(found.get('ALBA-2019:0973'), 'oci-umount');
    expect(statement).toMatchObject({ namespace: 'almalinux:8', names: 'built', state: 'fixed' });
    expect(statement?.ranges.map((range) => range[1]?.[1])).toEqual([
      '2:2.3.4-2.git87f9237.module_el8.5.0+119+9a9ec082',
      '2:2.3.4-2.git87f9237.module_el8.4.0+2496+12421f43',
      '2:2.3.4-2.git87f9237.module_el8.3.0+2044+12421f43',
    ]);
    const severities = [...found.values()].map(({ severity }) => severity);
    expect(severities.filter((severity) => severity === 'high')).toHaveLength(2362);
  });

  it('of Go name the standard library and the toolchain', async () => {
    const found = await read(osv, feeds('osv'), 'Go');
    const names = statementsOf(found).map((one) => one.package);
    expect(names.filter((name) => name === 'stdlib')).toHaveLength(167);
    expect(names.filter((name) => name === 'toolchain')).toHaveLength(32);
    expect(about(found.get('GO-2021-0068'), 'toolchain')).toMatchObject([{
      ranges: [[['>=', '0'], ['<', '1.14.14'], ['>=', '1.15.0-0'], ['<', '1.15.7']]],
      note: 'only on windows',
    }]);
  });

  it('of Maven end where the last known affected version does', async () => {
    const found = await read(osv, feeds('osv'), 'Maven');
    expect(about(found.get('GHSA-wx5j-54mm-rqqq'), 'io.netty:netty')).toMatchObject([
      { ranges: [[['>=', '0'], ['<', '4.0.0']]], state: 'not-fixed' },
    ]);
    expect(about(found.get('GHSA-r978-9m6m-6gm6'), 'org.apache.zookeeper:zookeeper'))
      .toHaveLength(2);
  });

  it('of RustSec say where there is no vulnerability', async () => {
    const found = [...(await read(osv, feeds('osv'), 'crates.io')).values()];
    const counts = Map.groupBy(found, ({ informational }) => informational);
    expect(counts.get('unmaintained')).toHaveLength(267);
    expect(counts.get('unsound')).toHaveLength(203);
    expect(counts.get('notice')).toHaveLength(6);
    expect(found.filter(({ malicious }) => malicious)).toMatchObject([
      { id: 'MAL-2023-8429', severity: 'critical', statements: [{ versions: ['0.3.1'] }] },
    ]);
  });

  it('of Bitnami have a severity each', async () => {
    const found = [...(await read(osv, feeds('osv'), 'Bitnami')).values()];
    const counts = Map.groupBy(found, ({ severity }) => severity);
    expect(counts.get('critical')).toHaveLength(595);
    expect(counts.get('unknown')).toHaveLength(11);
    expect(counts.get(undefined)).toBeUndefined();
  });
});

describe("GitHub's repository", () => {
  it('is read whole', async () => {
    const path = feeds('ghsa-advisory-database-subset.tar.gz');
    const found = await read(ghsa, path, 'reviewed');
    expect(found.size).toBe(477);
    expect(found.get('GHSA-r978-9m6m-6gm6')).toMatchObject({
      aliases: ['CVE-2024-23944'],
      severity: 'medium',
      cwes: ['CWE-200'],
    });
  });
});

describe("Ubuntu's records", () => {
  it('are read whole', async () => {
    const found = await read(ubuntu, feeds('ubuntu', 'security-notices', 'osv'), 'ubuntu');
    expect(found.size).toBe(9);
    expect(found.get('USN-5614-1')).toMatchObject({
      related: ['UBUNTU-CVE-2021-3782', 'CVE-2021-3782'],
      statements: [],
    });
    expect(found.get('UBUNTU-CVE-2014-9913')).toMatchObject({
      aliases: ['CVE-2014-9913'],
      severity: 'negligible',
      statements: [
        { namespace: 'ubuntu-pro:14.04', package: 'unzip', names: 'source', state: 'fixed' },
        { namespace: 'ubuntu:16.04', package: 'unzip', names: 'source', state: 'fixed' },
      ],
    });
  });
});
