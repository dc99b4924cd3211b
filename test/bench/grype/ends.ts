/**
 * The versions at which what feeds say of packages begins and ends, read from the feeds' own files
 * without any of the product's loaders.
 *
 * @module
 */
import { createReadStream, existsSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { createGunzip, gunzipSync } from 'node:zlib';
import { extract } from 'tar-stream';
import { z } from 'zod';
import { namedIn, Osv, recordsOf } from '../../corpus/osv-rule.ts';

/** Versions by packages, by whose packages they are: an ecosystem of OSV, or a distribution. */
export type Ends = Map<string, Map<string, Set<string>>>;

/** What the files say. */
export interface Read {
  readonly ends: Ends;
  /** Records of OSV by their ids, in the order of the archives: several have some. */
  readonly records: ReadonlyMap<string, readonly Osv[]>;
}

const Secdb = z.object({
  distroversion: z.string().nullish(),
  packages: z.array(z.object({
    pkg: z.object({ name: z.string(), secfixes: z.unknown() }),
  })),
});
const Fixes = z.record(z.string(), z.unknown());

const Tracker = z.record(
  z.string(),
  z.record(
    z.string(),
    z.object({
      releases: z.record(z.string(), z.object({ fixed_version: z.string().optional() })),
    }),
  ),
);

/** Databases without branches, by whose they are. */
const ROLLING = {
  Wolfi: 'wolfi/os/security.json',
  Chainguard: 'chainguard/libraries/security.json',
  MinimOS: 'minimos/advisories/secdb/security.json',
} as const;
const GHSA = 'ghsa-advisory-database-subset.tar.gz';
const TRACKER = 'debian/tracker/data/json';
const GENERATED = 'synthetic/debian-tracker-scale.json.gz';

/** Reads the feeds in a folder. */
export async function readFeeds(feeds: string): Promise<Read> {
  const ends: Ends = new Map();
  const records = new Map<string, Osv[]>();
  const take = (read: readonly Osv[]) => {
    addOsv(ends, read);
    for (const record of read) {
      const known = records.get(record.id);
      if (known === undefined) records.set(record.id, [record]);
      else known.push(record);
    }
  };
  for (const folder of ['osv', 'osv-derived']) {
    for (const ecosystem of readdirSync(join(feeds, folder)).sort()) {
      const archive = join(feeds, folder, ecosystem, 'all.zip');
      if (existsSync(archive)) take(await recordsOf(archive));
    }
    // In this order Grype's database is made, which keeps the first of two with one id.
    if (folder === 'osv') take(await archivedRecords(join(feeds, GHSA)));
  }
  for (const branch of readdirSync(join(feeds, 'alpine/secdb')).sort()) {
    for (const file of readdirSync(join(feeds, 'alpine/secdb', branch)).sort()) {
      await addSecdb(ends, join(feeds, 'alpine/secdb', branch, file), `Alpine:${branch}`);
    }
  }
  for (const [name, path] of Object.entries(ROLLING)) {
    await addSecdb(ends, join(feeds, path), name);
  }
  addTracker(ends, JSON.parse(await readFile(join(feeds, TRACKER), 'utf8')));
  const generated = gunzipSync(await readFile(join(feeds, GENERATED)));
  addTracker(ends, JSON.parse(generated.toString('utf8')));
  return { ends, records };
}

function versionsOf(ends: Ends, whose: string, name: string): Set<string> {
  let packages = ends.get(whose);
  if (packages === undefined) ends.set(whose, packages = new Map());
  let versions = packages.get(name);
  if (versions === undefined) packages.set(name, versions = new Set());
  return versions;
}

function addOsv(ends: Ends, records: readonly Osv[]): void {
  for (const affected of records.flatMap((record) => record.affected ?? [])) {
    const { ecosystem, name } = affected.package;
    const versions = versionsOf(ends, ecosystem, name);
    for (const version of namedIn(affected)) if (version !== '0') versions.add(version);
  }
}

/** GitHub's archive: a record in each JSON file. */
async function archivedRecords(path: string): Promise<readonly Osv[]> {
  const records: Osv[] = [];
  const archive = extract();
  const read = async () => {
    for await (const entry of archive) {
      const content = await text(entry);
      if (entry.header.name.endsWith('.json')) records.push(Osv.parse(JSON.parse(content)));
    }
  };
  await Promise.all([pipeline(createReadStream(path), createGunzip(), archive), read()]);
  return records;
}

async function addSecdb(ends: Ends, path: string, whose: string): Promise<void> {
  const { packages } = Secdb.parse(JSON.parse(await readFile(path, 'utf8')));
  for (const { pkg: { name, secfixes } } of packages) {
    const versions = versionsOf(ends, whose, name);
    for (const version of Object.keys(Fixes.safeParse(secfixes).data ?? {})) {
      if (version !== '0') versions.add(version);
    }
  }
}

function addTracker(ends: Ends, document: unknown): void {
  for (const [name, entries] of Object.entries(Tracker.parse(document))) {
    for (const { releases } of Object.values(entries)) {
      for (const [codename, { fixed_version: fixed }] of Object.entries(releases)) {
        const versions = versionsOf(ends, `Debian:${codename}`, name);
        if (fixed !== undefined && fixed !== '0') versions.add(fixed);
      }
    }
  }
}
