/**
 * Which packages an image has, read from its sets.
 *
 * @module
 */
import { Package } from '../../jobs/contract/index.ts';
import type { Queryable } from '../database/connection.ts';
import { RememberedRows } from '../database/remembered.ts';

const PackageDetails = Package.omit({ location: true, layer: true, owner: true });
/** What is the same for a package in every image. */
export type PackageDetails = Omit<Package, 'location' | 'layer' | 'owner'>;

/** Where an image has a package. */
export interface PackagePlace {
  /** Hash of the package's details. */
  readonly package: string;
  readonly location: string;
  readonly layer: Package['layer'];
  readonly owner: string | null;
}

/** Bytes of text of packages that are remembered: some 20,000 of them. */
const REMEMBERED = 8 * 1024 * 1024;

const details = new RememberedRows<string, PackageDetails>(REMEMBERED, async (sql, ids) => {
  const rows = await sql<{ id: string; text: string }[]>`
    select id, details::text as text from packages where id = any(${[...ids]}::uuid[])`;
  return rows.map(({ id, text }) => ({
    key: id,
    value: PackageDetails.parse(JSON.parse(text)),
    size: text.length,
  }));
});

/** Reads the packages of some places; the answer tells the one at a place. */
export async function packagesAt(
  sql: Queryable,
  places: readonly PackagePlace[],
): Promise<(place: PackagePlace) => Package> {
  const known = await details.of(sql, places.map((place) => place.package));
  return ({ package: id, location, layer, owner }) => {
    const found = known.get(id);
    if (found === undefined) throw new Error(`The package ${id} of an image is not there.`);
    return { ...found, location, layer, ...(owner === null ? {} : { owner }) };
  };
}

/** Order of packages in lists: by type, name, version and place. */
export function comparePackages(a: Package, b: Package): number {
  for (const key of ['type', 'name', 'version', 'location'] as const) {
    if (a[key] !== b[key]) return a[key] < b[key] ? -1 : 1;
  }
  return 0;
}

/** Which packages are listed. */
export interface PackageFilter {
  /** Of these types only; of all if not given. */
  readonly types?: readonly string[];
  /** Whether those that a package of the distribution brought are listed, too; they are by default. */
  readonly owned?: boolean;
}

/** Packages of an image, by type and name. */
export async function listPackages(
  sql: Queryable,
  digest: string,
  { types, owned = true }: PackageFilter = {},
): Promise<Package[]> {
  const places = await sql<PackagePlace[]>`
    select package, location, layer, owner from image_packages
    where digest = ${digest} ${owned ? sql`` : sql`and owner is null`}`;
  const packageAt = await packagesAt(sql, places);
  return places.map(packageAt).filter(({ type }) => types === undefined || types.includes(type))
    .sort(comparePackages);
}
