/**
 * Records of every kind, stores with them, and bundles of those.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { buffer } from 'node:stream/consumers';
import { afterAll } from 'vitest';
import type { Sql } from '../../../../core/database/connection.ts';
import { archiveOf, spoolFeeds } from '../../../../core/feeds/bundle/export.ts';
import {
  importBundle,
  type ImportedGroup,
  type ImportOptions,
} from '../../../../core/feeds/bundle/import.ts';
import {
  type BundledGroup,
  type FeedManifest,
  groupFile,
  writeManifest,
} from '../../../../core/feeds/bundle/manifest.ts';
import { checkBundleFile } from '../../../../core/feeds/bundle/reader.ts';
import { tarOf } from '../../../../core/feeds/bundle/tar.ts';
import type { FeedFile, FeedFormat } from '../../../../core/feeds/format.ts';
import { loadGroup } from '../../../../core/feeds/load.ts';
import type { Advisory, FeedRecord } from '../../../../core/vulnerabilities/advisory.ts';
import { ensureGroups, listGroups } from '../../../../core/vulnerabilities/store/groups.ts';

const folders: string[] = [];

afterAll(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A folder that is gone after the tests of the file. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tw-bundle-'));
  folders.push(folder);
  return folder;
}

/** A file with these bytes. */
export function fileOf(bytes: Uint8Array): FeedFile {
  const path = join(newFolder(), 'bundle');
  writeFileSync(path, bytes);
  return { path, name: 'bundle', size: statSync(path).size };
}

export const ADVISORY: Advisory = {
  kind: 'advisory',
  key: 'GHSA-aaaa-bbbb-cccc',
  id: 'GHSA-aaaa-bbbb-cccc',
  aliases: ['CVE-2026-0001', 'CVE-2026-0002'],
  related: ['DSA-1-1'],
  published: '2026-01-01T00:00:00Z',
  modified: '2026-01-02T03:04:05.678Z',
  title: 'Left is “wrong” ☃ 𝕏',
  description: 'Two lines,\nwith a\ttab and a \\u0041 that is none.',
  severity: 'high',
  urgency: 'medium',
  scores: [
    {
      type: 'CVSS_V3',
      vector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N',
      source: 'nvd@nist.gov',
      base: 7.5,
      primary: true,
    },
    { type: 'CVSS_V4', vector: 'CVSS:4.0/AV:N' },
  ],
  urls: ['https://example.org/advisory?a=1&b=2'],
  cwes: ['CWE-79'],
  malicious: true,
  informational: 'unsound',
  statements: [
    {
      namespace: 'npm',
      package: 'left',
      names: 'built',
      affected: true,
      ranges: [[['>=', '0'], ['<', '1.2.3']], [['>', '2.0.0'], ['<=', '2.1.0']]],
      versions: ['3.0.0-rc.1'],
      state: 'fixed',
      fixes: ['1.2.3'],
      severity: 'low',
      scores: [{ type: 'CVSS_V2', vector: 'AV:N/AC:L/Au:N/C:P/I:N/A:N' }],
      module: 'nodejs:18',
      architectures: ['x86_64'],
      cpes: ['cpe:/o:redhat:enterprise_linux:9'],
      channel: 'wordpress',
      note: 'no DSA: minor issue',
    },
    {
      namespace: 'debian:12',
      package: 'left',
      names: 'source',
      affected: false,
      ranges: [],
      versions: [],
      state: 'wont-fix',
    },
    {
      namespace: 'npm',
      package: 'left',
      names: 'built',
      affected: true,
      ranges: [],
      versions: ['0.0.1'],
      state: 'unknown',
    },
  ],
};

export const WITHDRAWN: Advisory = {
  kind: 'advisory',
  key: 'GHSA-withdrawn',
  id: 'CVE-2026-0003',
  aliases: [],
  related: [],
  withdrawn: '2026-01-03T00:00:00+02:00',
  scores: [],
  urls: [],
  statements: [],
};

/** Groups by `SOURCE/NAME`, with records of every kind, and one group with two kinds. */
export const GROUPS: Readonly<Record<string, readonly FeedRecord[]>> = {
  'osv/npm': [ADVISORY, WITHDRAWN],
  'debian/debian': [{ ...WITHDRAWN, key: 'CVE-2026-0009', id: 'CVE-2026-0009' }],
  'kev/kev': [
    {
      kind: 'exploited',
      key: 'CVE-2026-0001',
      added: '2026-02-03',
      due: '2026-02-24',
      action: 'Apply updates.',
      title: 'Left',
      ransomware: true,
    },
    { kind: 'exploited', key: 'CVE-2026-0002', added: '2026-02-03', ransomware: false },
  ],
  'epss/epss': [
    { kind: 'probability', key: 'CVE-2026-0001', score: 0.000_001, percentile: 1 },
    { kind: 'probability', key: 'CVE-2026-0002', score: 0.123_45, percentile: 0 },
  ],
  'endoflife/products': [
    {
      kind: 'lifecycle',
      key: 'debian/12',
      product: 'debian',
      cycle: '12',
      codename: 'Bookworm',
      released: '2023-06-10',
      ends: '2026-06-10',
      extendedEnds: true,
      latest: '12.11',
    },
    { kind: 'lifecycle', key: 'debian/13', product: 'debian', cycle: '13', ends: false },
  ],
  'redhat/repositories': [
    { kind: 'repository', key: 'rhel-9-baseos', cpes: ['cpe:/o:redhat:enterprise_linux:9'] },
  ],
  'vex/some': [
    {
      kind: 'assessment',
      key: 'a1',
      document: 'https://example.org/vex/1',
      author: 'Somebody',
      time: '2026-01-02T03:04:05Z',
      id: 'CVE-2026-0001',
      aliases: ['GHSA-aaaa-bbbb-cccc'],
      status: 'not_affected',
      justification: 'vulnerable_code_not_present',
      statement: 'It is not in there.',
      products: ['pkg:oci/shop?repository_url=registry.example/shop'],
      subcomponents: ['pkg:npm/left@1.0.0'],
    },
    { ...WITHDRAWN, key: 'with-an-assessment' },
  ],
};

export interface LoadedGroup {
  readonly records: readonly FeedRecord[];
  readonly mayShrink?: boolean;
  /** Of the source, and of its format unless given. */
  readonly format?: string;
}

/** Loads a group as from its source. */
export async function load(
  sql: Sql,
  title: string,
  { records, mayShrink = false, format: formatName }: LoadedGroup,
): Promise<void> {
  const [source = '', name = ''] = title.split('/');
  const id = (await ensureGroups(sql, source, formatName ?? source, [name])).get(name) ?? 0;
  const format: FeedFormat = {
    name: source,
    url: 'https://feeds.invalid',
    groups: () => Promise.resolve([name]),
    watched: () => [],
    async *read(_group, _files, note) {
      note('broken', 'it has no id');
      yield* records;
    },
  };
  const files = {
    single: undefined,
    open: () => Promise.resolve(undefined),
    list: () => Promise.resolve(undefined),
  };
  const options = { validators: { 'a.json': { etag: '"1"' } }, mayShrink };
  await loadGroup(sql, format, { id, name, newest: null }, files, options);
}

/** Loads all sample groups. */
export async function loadAll(sql: Sql): Promise<void> {
  for (const [title, records] of Object.entries(GROUPS)) await load(sql, title, { records });
}

/** A store's bundle, without a signature. */
export async function bundleOf(
  sql: Sql,
  sources: readonly string[] = [],
): Promise<{ readonly manifest: FeedManifest; readonly bytes: Buffer }> {
  const spooled = await spoolFeeds(sql, { scratch: newFolder(), coreVersion: '0.1.0', sources });
  return { manifest: spooled.manifest, bytes: await buffer(archiveOf(spooled)) };
}

/** Checks a bundle and imports it, as core does. */
export async function importFrom(
  sql: Sql,
  bytes: Uint8Array,
  options: Partial<ImportOptions> = {},
): Promise<ImportedGroup[]> {
  const file = fileOf(bytes);
  await checkBundleFile(file);
  const groups: ImportedGroup[] = [];
  const all = { allowOlder: false, allowSmaller: false, ...options };
  for await (const group of importBundle(sql, file, all)) groups.push(group);
  return groups;
}

/** All that a store has of feeds but for what is of this store alone; in an order of its own. */
export async function contentOfStore(sql: Sql): Promise<unknown> {
  const groups = await sql`
    select source, name, format, records, unreadable, newest, state, error
    from feed_groups order by source, name`;
  const advisories = await sql`
    select g.source, g.name, a.key, a.vulnerability, a.body,
      array(select unnest(a.names) order by 1) as names
    from advisories a join feed_groups g on g.id = a.feed order by g.source, g.name, a.key`;
  const statements = await sql`
    select g.source, g.name, a.key, s.namespace, s.package, s.body
    from statements s join advisories a on a.id = s.advisory join feed_groups g on g.id = a.feed
    order by g.source, g.name, a.key, s.namespace, s.package, s.body::text`;
  const facts = await sql`
    select g.source, g.name, f.key, f.kind, f.name as "lookedUpBy", f.body
    from feed_facts f join feed_groups g on g.id = f.feed order by g.source, g.name, f.key`;
  const [staged] = await sql`select count(*)::int as left from feed_staging`;
  return { groups, advisories, statements, facts, staged };
}

/** Generations by `SOURCE/NAME`. */
export async function generationsOf(sql: Sql): Promise<Readonly<Record<string, number>>> {
  const groups = await listGroups(sql);
  return Object.fromEntries(
    groups.map(({ source, name, generation }) => [`${source}/${name}`, generation]),
  );
}

/** A group of a bundle made by hand. */
export interface WrittenGroup {
  readonly title: string;
  /** Lines of its file; values that are no text are written as JSON. */
  readonly lines: readonly unknown[];
  /** What its manifest says otherwise. */
  readonly told?: Partial<BundledGroup>;
}

/** A bundle made by hand, whose hashes are right unless told otherwise. */
export async function writtenBundle(
  groups: readonly WrittenGroup[],
  more: Readonly<Record<string, unknown>> = {},
): Promise<Buffer> {
  const contents = groups.map(({ lines }) =>
    Buffer.from(
      lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join(''),
    )
  );
  const manifest = {
    format: 'tidewaiter-feeds',
    version: 1,
    created_at: '2026-03-01T00:00:00.000Z',
    core_version: '0.1.0',
    groups: groups.map(({ title, lines, told }, at) => {
      const [source = '', name = ''] = title.split('/');
      const content = contents[at] ?? Buffer.alloc(0);
      return {
        source,
        name,
        format: source,
        generation: 1,
        records: lines.length,
        newest: null,
        loaded_at: '2026-03-01T00:00:00.000Z',
        unreadable: 0,
        file: groupFile(at),
        bytes: content.length,
        sha256: createHash('sha256').update(content).digest('hex'),
        ...told,
      };
    }),
    ...more,
  };
  const bytes = writeManifest(manifest as FeedManifest);
  const members = [
    { name: 'manifest.json', size: bytes.length, content: [bytes] },
    ...contents.map((content, at) => ({
      name: groupFile(at),
      size: content.length,
      content: [content],
    })),
  ];
  return await buffer(tarOf(members, new Date(0)));
}

export function gzipped(bytes: Uint8Array): Buffer {
  return gzipSync(bytes);
}
