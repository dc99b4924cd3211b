/**
 * What the matcher finds by the same records, held in memory.
 *
 * @module
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Distribution, Package } from '../../../jobs/contract/index.ts';
import type { FeedFormat } from '../../../core/feeds/format.ts';
import { debian } from '../../../core/feeds/debian.ts';
import { ghsa } from '../../../core/feeds/ghsa.ts';
import { osv } from '../../../core/feeds/osv.ts';
import { chainguard, minimos, secdb, wolfi } from '../../../core/feeds/secdb.ts';
import { type AliasGroups, aliasGroups, namesOf } from '../../../core/vulnerabilities/groups.ts';
import {
  type FoundStatement,
  lookupKeys,
  match,
  type MatchResult,
  type RecordHead,
} from '../../../core/vulnerabilities/index.ts';
import {
  type InventoryPackage,
  readInventory,
} from '../../../core/vulnerabilities/inventory/index.ts';
import { feedFilesAt } from '../../support/feed-files.ts';

/** All that was read. */
export interface Records {
  /** By namespace and name. */
  readonly statements: ReadonlyMap<string, readonly FoundStatement[]>;
  readonly named: ReadonlyMap<string, readonly RecordHead[]>;
  readonly namespaces: ReadonlySet<string>;
  readonly groups: AliasGroups;
}

/** A format, and where its feed lies among the others. */
export const FEEDS: readonly (readonly [FeedFormat, path: string])[] = [
  [osv, 'osv'],
  [ghsa, 'ghsa-advisory-database-subset.tar.gz'],
  [osv, 'osv-derived'],
  [secdb, 'alpine/secdb'],
  [wolfi, 'wolfi/os'],
  [chainguard, 'chainguard/libraries'],
  [minimos, 'minimos/advisories/secdb'],
  [debian, 'debian/tracker/data/json'],
  // As large as the tracker really is, with vulnerabilities that were made up.
  [debian, 'synthetic/debian-tracker-scale.json.gz'],
];

const NO_LAYER = `sha256:${'0'.repeat(64)}` as Package['layer'];

function listed<T>(map: Map<string, T[]>, key: string): T[] {
  let list = map.get(key);
  if (list === undefined) map.set(key, list = []);
  return list;
}

/** Reads the feeds that lie in a folder. */
export async function readRecords(folder: string): Promise<Records> {
  const statements = new Map<string, FoundStatement[]>();
  const named = new Map<string, RecordHead[]>();
  const heads: RecordHead[] = [];
  const namespaces = new Set<string>();
  for (const [format, path] of FEEDS) {
    const place = join(folder, path);
    if (!existsSync(place)) throw new Error(`There is no feed ${place}.`);
    const files = feedFilesAt(place);
    for (const group of await format.groups(files)) {
      for await (const record of format.read(group, files, () => {})) {
        if (record.kind !== 'advisory') continue;
        const { statements: said, description: _, ...rest } = record;
        const head: RecordHead = { ...rest, feed: format.name };
        heads.push(head);
        for (const name of namesOf(head)) listed(named, name).push(head);
        for (const statement of said) {
          namespaces.add(statement.namespace);
          listed(statements, `${statement.namespace}\n${statement.package}`)
            .push({ head, statement });
        }
      }
    }
  }
  return { statements, named, namespaces, groups: aliasGroups(heads) };
}

/** What is said of packages, under all of their names. */
export function statementsOn(
  records: Records,
  packages: readonly Package[],
  distribution: Distribution | null,
): readonly FoundStatement[] {
  return lookupKeys(packages, distribution).flatMap(({ namespace, package: name }) =>
    records.statements.get(`${namespace}\n${name}`) ?? []
  );
}

/** Packages that are installed together, and what was found in them. */
export interface OwnResult extends MatchResult {
  readonly packages: readonly Package[];
  readonly distribution: Distribution | null;
}

/** Reads a list or a bill of materials and matches it, by the distributions of its packages. */
export function matchOwn(records: Records, text: string, name: string): readonly OwnResult[] {
  const note = (entry: string, reason: string) => {
    process.stderr.write(`${name}: ${entry}: ${reason}\n`);
  };
  const { packages, distribution } = readInventory(new TextEncoder().encode(text), name, note);
  const own = (found: InventoryPackage) => found.distribution ?? distribution;
  const byDistribution = Map.groupBy(packages, (found) => JSON.stringify(own(found)));
  return [...byDistribution.values()].map((ofOne) => {
    const installed = ofOne.map(({ distribution: _, module: __, ...told }): Package => ({
      ...told,
      licenses: [],
      location: '',
      layer: NO_LAYER,
    }));
    const [first] = ofOne;
    const of = first === undefined ? null : own(first);
    const statements = statementsOn(records, installed, of);
    const names = new Set(statements.flatMap(({ head }) => namesOf(head)));
    const others = new Set([...names].flatMap((one) => records.named.get(one) ?? []));
    return {
      packages: installed,
      distribution: of,
      ...match({
        packages: installed,
        distribution: of,
        statements,
        records: [...others],
        namespaces: records.namespaces,
      }),
    };
  });
}
