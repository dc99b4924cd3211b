/**
 * The matcher's ranges against the rule of the OSV schema, over all published records of five
 * ecosystems.
 *
 * Needs the folder of shared test material, named by the environment variable TIDEWAITER_SHARED;
 * it is no part of the repository, so the default tests leave this suite out.
 *
 * @module
 */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { purl } from '../../jobs/catalogers/purl.ts';
import type { Distribution, Package } from '../../jobs/contract/index.ts';
import { osv } from '../../core/feeds/osv.ts';
import type { Bound, Statement } from '../../core/vulnerabilities/advisory.ts';
import { type FoundStatement, match } from '../../core/vulnerabilities/index.ts';
import { normalizePackageName } from '../../core/vulnerabilities/package-names.ts';
import { isPlainlyOutside, placeOf, prepare } from '../../core/vulnerabilities/ranges.ts';
import { type Scheme, schemeOf } from '../../core/vulnerabilities/schemes.ts';
import { feedFilesAt } from '../support/feed-files.ts';
import { sharedFolder } from './corpus.ts';
import { type Affected, isAffected, namedIn, neighbours, type Osv, recordsOf } from './osv-rule.ts';

interface Ecosystem {
  readonly folder: 'osv' | 'osv-derived';
  readonly name: string;
  readonly namespace: string;
  /** At least so many questions are asked. */
  readonly questions: number;
}

const ECOSYSTEMS: readonly Ecosystem[] = [
  { folder: 'osv', name: 'PyPI', namespace: 'pypi', questions: 1_500_000 },
  { folder: 'osv', name: 'Go', namespace: 'golang', questions: 500_000 },
  { folder: 'osv', name: 'crates.io', namespace: 'cargo', questions: 30_000 },
  { folder: 'osv', name: 'AlmaLinux', namespace: 'almalinux', questions: 5_000_000 },
  { folder: 'osv-derived', name: 'npm', namespace: 'npm', questions: 100_000 },
];

/** Versions of one package that are asked about; of more, an even choice. */
const VERSIONS = 400;
const INSTALLED_VERSIONS = 12;

/** An entry of a record with the record. */
interface Entry {
  readonly record: Osv;
  readonly affected: Affected;
}

function evenly<T>(items: readonly T[], most: number): readonly T[] {
  const step = Math.max(1, items.length / most);
  return items.length <= most
    ? items
    : Array.from({ length: most }, (_, at) => items[Math.floor(at * step)]).filter((item) =>
      item !== undefined
    );
}

/** Entries by the namespace and the name of their package. */
async function entriesOf({ folder, name, namespace }: Ecosystem) {
  const records = await recordsOf(join(sharedFolder(), 'feeds', folder, name, 'all.zip'));
  // Records of several ecosystems are in the archive of each.
  const entries = records.flatMap((record) =>
    (record.affected ?? []).flatMap((affected): readonly Entry[] =>
      affected.package.ecosystem.split(':')[0] === name ? [{ record, affected }] : []
    )
  );
  return Map.groupBy(entries, ({ affected: { package: { ecosystem, name } } }) => {
    const [, release] = ecosystem.split(':');
    const space = release === undefined ? namespace : `${namespace}:${release}`;
    return `${space} ${normalizePackageName(space, name)}`;
  });
}

function schemeIn(namespace: string): Scheme {
  const scheme = schemeOf(namespace, '');
  if (scheme === undefined) throw new Error(`no scheme of ${namespace}`);
  return scheme;
}

/** An entry as a statement, made here and not by the loader. */
function statementOf({ ranges, versions }: Affected): Pick<Statement, 'ranges' | 'versions'> {
  return {
    ranges: (ranges ?? []).filter(({ type }) => type !== 'GIT').map(({ events }) =>
      events.flatMap(({ introduced, fixed, last_affected: last }): Bound[] => [
        ...(introduced === undefined ? [] : [['>=', introduced]] satisfies Bound[]),
        ...(fixed === undefined ? [] : [['<', fixed]] satisfies Bound[]),
        ...(last === undefined ? [] : [['<=', last]] satisfies Bound[]),
      ])
    ),
    versions: versions ?? [],
  };
}

/** What the rule leaves open: an entry without ranges may list a version in another spelling. */
function isSpelling(version: string, { ranges, versions }: Affected, { compare }: Scheme): boolean {
  return (ranges ?? []).every(({ type }) => type === 'GIT') &&
    (versions ?? []).some((listed) => compare(listed, version) === 0);
}

describe.each(ECOSYSTEMS)('records of $name', (ecosystem) => {
  it('affect the versions that the rule says, and no others', async () => {
    const differences: string[] = [];
    let questions = 0;
    let found = 0;
    for (const [key, entries] of await entriesOf(ecosystem)) {
      const scheme = schemeIn(key.split(' ')[0] ?? '');
      const named = new Set(entries.flatMap(({ affected }) => namedIn(affected)));
      const around = [...named].flatMap((version) => [version, ...neighbours(version)]);
      const versions = evenly([...new Set(around)], VERSIONS);
      for (const { record, affected } of entries) {
        const prepared = prepare(statementOf(affected), scheme);
        for (const version of versions) {
          if (!scheme.isOrdered(version)) continue;
          questions += 1;
          const expected = isAffected(version, affected, scheme.compare);
          const isOutside = isPlainlyOutside(prepared.statement, scheme, version, true);
          const actual = placeOf(prepared, version) !== undefined && !isOutside;
          if (expected) found += 1;
          if (actual === expected || (actual && isSpelling(version, affected, scheme))) continue;
          differences.push(`${record.id}: ${key} ${version} is ${expected ? 'affected' : 'not'}`);
        }
      }
    }
    expect(differences.slice(0, 20)).toEqual([]);
    expect(questions).toBeGreaterThan(ecosystem.questions);
    expect(found).toBeGreaterThan(questions / 100);
    expect(found).toBeLessThan(questions);
  });
});

/** What the loader makes of a group. */
async function statementsOf({ folder, name }: Ecosystem): Promise<readonly FoundStatement[]> {
  const files = feedFilesAt(join(sharedFolder(), 'feeds', folder));
  const found: FoundStatement[] = [];
  for await (const record of osv.read(name, files, () => {})) {
    if (record.kind !== 'advisory') continue;
    const { statements, ...head } = record;
    found.push(...statements.map((statement) => ({ head: { ...head, feed: 'osv' }, statement })));
  }
  return found;
}

/** One installed package for each version. */
function packagesOf(
  { namespace }: Ecosystem,
  key: string,
  versions: readonly string[],
): readonly { readonly key: string; readonly package: Package }[] {
  const [space = '', full = ''] = key.split(' ');
  const isRpm = namespace === 'almalinux';
  const type = isRpm ? 'rpm' : namespace;
  return versions.map((version) => {
    const found = { type, name: full, version, licenses: [], location: '/' };
    const distribution = isRpm ? distributionOf(space) : null;
    const layer = `sha256:${'0'.repeat(64)}` as Package['layer'];
    return { key, package: { ...found, layer, purl: purl({ ...found }, distribution) } };
  });
}

function distributionOf(namespace: string): Distribution {
  const [id = '', version = ''] = namespace.split(':');
  return { id, version, like: [] };
}

/** What a build of a module adds to a release: its platform. */
const MODULE = /\.module_el[\d.]+/;

/**
 * What the rule and the matcher may differ in: bounds that GitHub tells beside the ranges, and
 * builds of AlmaLinux, of which each one has the fix, and which have no order where they are of
 * modules of different releases.
 */
function isExplained(entries: readonly Entry[], id: string, version: string): boolean {
  const own = entries.filter(({ record }) => record.id === id);
  const fixes = own.flatMap(({ affected: { ranges } }) =>
    (ranges ?? []).flatMap(({ events }) => events.flatMap(({ fixed }) => fixed ?? []))
  );
  const platform = MODULE.exec(version)?.[0];
  return own.some(({ affected: { database_specific: specific } }) =>
    specific?.last_known_affected_version_range !== undefined
  ) || (id.startsWith('AL') && (new Set(fixes).size > 1 ||
    (platform !== undefined && fixes.every((fixed) => MODULE.exec(fixed)?.[0] !== platform))));
}

describe.each(ECOSYSTEMS)('packages of $name', (ecosystem) => {
  it('have all vulnerabilities that the rule says, through the loader and the matcher', async () => {
    const entries = await entriesOf(ecosystem);
    const statements = await statementsOf(ecosystem);
    const installed = [...entries].flatMap(([key, own]) => {
      const scheme = schemeIn(key.split(' ')[0] ?? '');
      const named = [...new Set(own.flatMap(({ affected }) => namedIn(affected)))];
      const versions = evenly(named, INSTALLED_VERSIONS)
        .filter((version) => version !== '0' && scheme.isOrdered(version));
      return packagesOf(ecosystem, key, versions);
    });
    const bySpace = Map.groupBy(installed, ({ key }) => key.split(' ')[0] ?? '');
    const differences: string[] = [];
    let found = 0;
    let explained = 0;
    for (const [space, ofSpace] of bySpace) {
      const result = match({
        packages: ofSpace.map((one) => one.package),
        distribution: ecosystem.namespace === 'almalinux' ? distributionOf(space) : null,
        statements,
        namespaces: new Set([space]),
        options: { kernel: true },
      });
      const all = [...result.findings, ...result.suppressed];
      const ids = Map.groupBy(all, (finding) => finding.package);
      for (const { key, package: one } of ofSpace) {
        const own = entries.get(key) ?? [];
        const actual = new Set((ids.get(one) ?? []).flatMap((finding) => finding.ids));
        const expected = new Set(
          own.filter(({ record, affected }) =>
            !record.withdrawn && isAffected(one.version, affected, schemeIn(space).compare)
          ).map(({ record }) => record.id),
        );
        found += actual.size;
        for (const id of expected.symmetricDifference(actual)) {
          if (isExplained(own, id, one.version)) explained += 1;
          else differences.push(`${id}: ${key} ${one.version} ${expected.has(id) ? '-' : '+'}`);
        }
      }
    }
    expect(differences.slice(0, 20)).toEqual([]);
    expect(found).toBeGreaterThan(1000);
    expect(explained).toBeLessThan(found / 20);
  });
});
