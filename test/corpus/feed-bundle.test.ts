/**
 * Bundles of real feeds: out of one database, into another one, and what is matched with both.
 *
 * Needs the folder of shared test material, named by the environment variable TIDEWAITER_SHARED;
 * it is no part of the repository, so the default tests leave this suite out.
 *
 * @module
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase, type Sql } from '../../core/database/connection.ts';
import { BundledRecord } from '../../core/feeds/bundle/record-schema.ts';
import { reasonOf } from '../../core/feeds/osv-schema.ts';
import { FORMATS } from '../../core/feeds/index.ts';
import type { FeedFormat } from '../../core/feeds/format.ts';
import { loadGroup } from '../../core/feeds/load.ts';
import { findingsIn } from '../../core/vulnerabilities/inventory-findings.ts';
import { readInventory } from '../../core/vulnerabilities/inventory/index.ts';
import { ensureGroups } from '../../core/vulnerabilities/store/groups.ts';
import { bundleOf, contentOfStore, importFrom } from '../core/feeds/bundle/samples.ts';
import { feedFilesAt } from '../support/feed-files.ts';
import { newDatabase, testDatabase } from '../support/postgres.ts';
import { sharedFolder } from './corpus.ts';

/** Feeds with where they are, and the groups of them that are loaded; all where none is named. */
const LOADED: readonly (readonly [format: string, place: string, groups?: readonly string[]])[] = [
  ['osv', 'osv', ['Go', 'PyPI', 'crates.io']],
  ['debian', 'debian/tracker'],
  ['kev', 'kev'],
  ['endoflife', 'endoflife'],
];

/** All that is there, by format. */
const PLACES: readonly (readonly [format: string, place: string])[] = [
  ['azurelinux-oval', 'azurelinux'],
  ['chainguard', 'chainguard'],
  ['debian', 'debian/tracker'],
  ['debian', 'synthetic/debian-tracker-scale.json.gz'],
  ['endoflife', 'endoflife'],
  ['epss', 'epss'],
  ['ghsa', 'ghsa-advisory-database-subset.tar.gz'],
  ['kev', 'kev'],
  ['minimos', 'minimos/advisories/secdb'],
  ['nvd', 'nvd/json/cve/2.0'],
  ['nvd', 'nvd-derived'],
  ['openvex', 'openvex/documents'],
  ['oracle-oval', 'oracle/oval'],
  ['osv', 'osv'],
  ['osv', 'osv-derived'],
  ['redhat-advisories', 'redhat/csaf/v2/advisories'],
  ['redhat-repositories', 'redhat/metrics'],
  ['redhat-vex', 'redhat/csaf/v2/vex'],
  ['secdb', 'alpine/secdb'],
  ['suse-advisories', 'suse/csaf/advisories'],
  ['suse-oval', 'suse/oval'],
  ['suse-vex', 'suse/csaf/vex'],
  ['ubuntu', 'ubuntu/security-notices/osv'],
  ['updateinfo', 'amazon'],
  ['vex-repository', 'openvex/vexhub-main.tar.gz'],
  ['wolfi', 'wolfi/os/security.json'],
];

const PURLS = `
pkg:golang/golang.org/x/net@v0.7.0
pkg:golang/stdlib@v1.20.1
pkg:pypi/django@3.2.0
pkg:pypi/requests@2.19.0
pkg:cargo/time@0.1.40
pkg:deb/debian/openssl@3.0.9-1?arch=amd64&distro=debian-12
pkg:deb/debian/curl@7.88.1-10?arch=amd64&distro=debian-12
`;

function formatNamed(name: string): FeedFormat {
  const format = FORMATS.find((one) => one.name === name);
  if (format === undefined) throw new Error(`there is no format ${name}`);
  return format;
}

function placeOf(place: string): string {
  const path = join(sharedFolder(), 'feeds', place);
  statSync(path);
  return path;
}

let from: Sql;
let to: Sql;
beforeAll(async () => {
  ({ sql: from } = await testDatabase());
  to = openDatabase(await newDatabase(), { max: 4 });
  for (const [name, place, groups] of LOADED) {
    const format = formatNamed(name);
    const files = feedFilesAt(placeOf(place));
    for (const group of groups ?? await format.groups(files)) {
      const id = (await ensureGroups(from, name, name, [group])).get(group) ?? 0;
      await loadGroup(from, format, { id, name: group, newest: null }, files, { validators: {} });
    }
  }
}, 300_000);
afterAll(() => to.end({ timeout: 1 }));

async function findings(sql: Sql): Promise<readonly unknown[]> {
  await sql`analyze advisories, statements, feed_facts`;
  const note = (entry: string, reason: string) => {
    throw new Error(`${entry}: ${reason}`);
  };
  const inventory = readInventory(Buffer.from(PURLS.trim()), 'purls.txt', note);
  const found = await findingsIn(sql, inventory);
  return found.map((one) => JSON.stringify(one)).sort();
}

describe('a bundle of real feeds', () => {
  it('brings all of them, and what is matched with them is the same', async () => {
    const { manifest, bytes } = await bundleOf(from);
    const packed = gzipSync(bytes);
    const imported = await importFrom(to, packed);
    expect(imported.map(({ outcome }) => outcome)).toEqual(manifest.groups.map(() => 'loaded'));
    expect(imported.map(({ records }) => records))
      .toEqual(manifest.groups.map(({ records }) => records));
    const count = manifest.groups.reduce((sum, { records }) => sum + records, 0);
    expect(count).toBeGreaterThan(14_000);
    expect(await contentOfStore(to)).toEqual(await contentOfStore(from));
    const found = await findings(to);
    expect(found.length).toBeGreaterThan(50);
    expect(found).toEqual(await findings(from));
    const again = await importFrom(to, packed);
    expect(again.every(({ outcome }) => outcome === 'unchanged')).toBe(true);
    const second = await bundleOf(to);
    expect(second.manifest.groups.map(({ sha256 }) => sha256))
      .toEqual(manifest.groups.map(({ sha256 }) => sha256));
  });
});

describe('the schema of records', () => {
  it('is tried with every format', () => {
    expect([...new Set(PLACES.map(([name]) => name))])
      .toEqual(FORMATS.map(({ name }) => name).sort());
  });

  it.each(PLACES)('takes every record of %s in %s as it is', async (name, place) => {
    const format = formatNamed(name);
    const files = feedFilesAt(placeOf(place));
    let count = 0;
    for (const group of await format.groups(files)) {
      for await (const record of format.read(group, files, () => {})) {
        const stored: unknown = JSON.parse(JSON.stringify(record));
        const read = BundledRecord.safeParse(stored);
        if (!read.success) throw new Error(`${group} ${record.key}: ${reasonOf(read.error)}`);
        if (!isDeepStrictEqual(read.data, stored)) throw new Error(`${record.key} is another`);
        count += 1;
      }
    }
    expect(count).toBeGreaterThan(0);
  });
});
