/**
 * Images that do not exist, with packages of images that do: distributions at several points of
 * their updates, and applications in many versions that differ in a few packages each.
 *
 * @module
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Distribution, Package } from '../../../jobs/contract/index.ts';
import { purl } from '../../../jobs/catalogers/purl.ts';
import { mulberry32 } from '../../core/policy/samples.ts';

const Expected = z.object({
  os: z.record(z.string(), z.string()),
  packages: z.record(
    z.string(),
    z.array(z.looseObject({
      name: z.string(),
      version: z.string().nullish(),
      source: z.string().nullish(),
      sourceVersion: z.string().nullish(),
      group: z.string().nullish(),
      arch: z.string().nullish(),
    })),
  ),
});

const TYPES: Readonly<Record<string, string>> = {
  deb: 'deb',
  apk: 'apk',
  rpm: 'rpm',
  npm: 'npm',
  python: 'pypi',
  java: 'maven',
  go: 'golang',
  gem: 'gem',
  rust: 'cargo',
  composer: 'composer',
};
const SYSTEM = new Set(['deb', 'apk', 'rpm']);

/** What a distribution's image has. */
export interface Base {
  readonly name: string;
  readonly distribution: Distribution;
  readonly packages: readonly Package[];
}

/** Packages of real images. */
export interface Real {
  readonly bases: readonly Base[];
  /** Packages of languages, by type. */
  readonly pools: readonly (readonly Package[])[];
}

const NOWHERE = `sha256:${'0'.repeat(64)}` as Package['layer'];

/** Reads the true contents of the images of the corpus. */
export function realPackages(shared: string): Real {
  const folder = join(shared, 'corpus/expected');
  const bases: Base[] = [];
  const pools = new Map<string, Map<string, Package>>();
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.json')).sort()) {
    const { os, packages } = Expected.parse(JSON.parse(readFileSync(join(folder, file), 'utf8')));
    const distribution = { id: os['ID'] ?? '', version: os['VERSION_ID'] ?? '', like: [] };
    const system: Package[] = [];
    for (const [kind, found] of Object.entries(packages)) {
      const type = TYPES[kind];
      if (type === undefined) continue;
      for (const { name, version, source, sourceVersion, group, arch } of found) {
        if (typeof version !== 'string' || version === '') continue;
        const isSystem = SYSTEM.has(type);
        const made: Package = {
          type,
          name,
          version,
          ...(isSystem && arch ? { architecture: arch } : {}),
          ...(source && (source !== name || (sourceVersion ?? version) !== version)
            ? { source: { name: source, version: sourceVersion ?? version } }
            : {}),
          licenses: [],
          purl: purl(
            {
              type,
              name,
              version,
              architecture: undefined,
              source: undefined,
              licenses: [],
              namespace: group ?? undefined,
              qualifiers: undefined,
            },
            isSystem ? distribution : null,
          ),
          location: isSystem ? '/var/lib/packages' : `/app/${type}/${name}`,
          layer: NOWHERE,
        };
        if (isSystem) system.push(made);
        else {
          const pool = pools.get(type) ?? new Map<string, Package>();
          pool.set(`${name} ${version}`, made);
          pools.set(type, pool);
        }
      }
    }
    if (system.length > 10 && distribution.id !== '') {
      bases.push({ name: file.slice(0, -5), distribution, packages: system });
    }
  }
  return {
    bases,
    pools: [...pools.values()].map((pool) => [...pool.values()]).filter((pool) => pool.length > 50),
  };
}

/** The next version of a package: its last number is one more. */
function updated(found: Package, by: number): Package {
  const version = found.version.replace(/(\d+)(?=\D*$)/, (number) => String(Number(number) + by));
  const { source } = found;
  return {
    ...found,
    version,
    purl: found.purl.replace(encodeURIComponent(found.version), encodeURIComponent(version)),
    ...(source === undefined ? {} : { source: { ...source, version } }),
  };
}

/** A distribution after some updates: a few packages are newer each time. */
export function updatedBase(base: Base, generation: number): readonly Package[] {
  const random = mulberry32(generation * 7919 + base.packages.length);
  const layer = layerOf(`${base.name} ${generation}`);
  return base.packages.map((found) => ({
    ...(random() < 0.05 * Math.min(generation, 6) ? updated(found, generation) : found),
    layer,
  }));
}

/** An application in one of its versions. */
export function applicationOf(
  pools: Real['pools'],
  application: number,
  version: number,
): readonly Package[] {
  const random = mulberry32(application + 1);
  const pool = pools[application % pools.length] ?? [];
  const count = Math.min(pool.length, 30 + Math.floor(random() * 120));
  const names = Math.min(count, new Set(pool.map(({ name }) => name)).size);
  const chosen = new Map<string, Package>();
  while (chosen.size < names) {
    const found = pool[Math.floor(random() * pool.length)];
    if (found !== undefined) chosen.set(found.name, found);
  }
  const layer = layerOf(`application ${application} ${version}`);
  return [...chosen.values()].map((found, at) => {
    // From version to version some of them are updated, each in its turn.
    const updates = Math.floor((version + at) / 25);
    const location = `/app-${application}/${found.type}/${found.name}`;
    return { ...(updates === 0 ? found : updated(found, updates)), location, layer };
  });
}

function layerOf(text: string): Package['layer'] {
  const hex = Buffer.from(text).toString('hex').padEnd(64, '0').slice(0, 64);
  return `sha256:${hex}` as Package['layer'];
}
