/**
 * Which vulnerabilities the packages of an inventory have. Packages of several distributions may
 * stand in one: each is matched with those of its own.
 *
 * @module
 */
import type { Distribution, Package } from '../../jobs/contract/index.ts';
import type { Queryable } from '../database/connection.ts';
import { matchPackages } from './ask.ts';
import type { Finding } from './index.ts';
import type { Inventory, InventoryPackage } from './inventory/index.ts';

/** A finding in a package of an inventory, as commands and clients are told of it. */
export interface InventoryFinding {
  /** As the inventory has it. */
  readonly purl: string;
  /** All records by which it was found, before they were grouped. */
  readonly ids: readonly string[];
  readonly id: string;
  readonly aliases: readonly string[];
  readonly severity: string;
  /** Null while there is none. */
  readonly fix: string | null;
  readonly state: string;
  /** The sources of those records, with commas. */
  readonly source: string;
  readonly why: string;
}

/** A layer that no image has. */
const NO_LAYER = `sha256:${'0'.repeat(64)}` as Package['layer'];

function installed({ distribution: _, module: __, ...told }: InventoryPackage): Package {
  return { ...told, licenses: [], location: '', layer: NO_LAYER };
}

function findingOf({ package: { purl }, ...finding }: Finding): InventoryFinding {
  const { ids, id, aliases, severity, fix = null, state, feeds, why } = finding;
  return { purl, ids, id, aliases, severity, fix, state, source: feeds.join(','), why };
}

/** Findings in the order of the packages of each distribution. */
export async function findingsIn(
  sql: Queryable,
  { packages, distribution }: Inventory,
): Promise<InventoryFinding[]> {
  const findings: InventoryFinding[] = [];
  const own = (found: InventoryPackage): Distribution | null => found.distribution ?? distribution;
  for (const ofOne of Map.groupBy(packages, (found) => JSON.stringify(own(found))).values()) {
    const [first] = ofOne;
    const result = await matchPackages(sql, {
      packages: ofOne.map(installed),
      distribution: first ? own(first) : null,
    });
    findings.push(...result.findings.map(findingOf));
  }
  return findings;
}
