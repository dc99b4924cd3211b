/**
 * Packages that analyses found: one row for each distinct one, and where images have them.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import type { Distribution, Package } from '../../jobs/contract/index.ts';
import type { Json, Queryable, Sql } from '../database/connection.ts';
import { batches, keepSets } from './kept-sets.ts';
import { listPackages, type PackageDetails } from './package-list.ts';

/** A piece of an image's packages that is kept, and the layer that it comes from. */
export interface SetLink {
  readonly set: number;
  readonly layer: number;
}

interface PackageRow {
  readonly id: string;
  readonly type: string;
  readonly name: string;
  readonly version: string;
  readonly details: PackageDetails;
}

/** A package at a place, before the database has given numbers to anything. */
interface Placed {
  readonly row: PackageRow;
  readonly location: string;
  readonly layer: string;
  readonly owner: string | undefined;
}

interface SubjectRow {
  /** Hex. */
  readonly key: string;
  readonly package: string;
  readonly owner: string | null;
  readonly owners: readonly string[];
}

function packageRow(details: PackageDetails): PackageRow {
  const { type, name, version } = details;
  const known = Object.entries(details).filter(([, value]) => value !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const hex = createHash('sha256').update(JSON.stringify(known)).digest('hex');
  const id = hex.slice(0, 32).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  return { id, type, name, version, details };
}

/** Each package at each place once. */
function placesOf(packages: readonly Package[]): readonly Placed[] {
  const places = new Map<string, Placed>();
  for (const { location, layer, owner, ...details } of packages) {
    const row = packageRow(details);
    places.set(`${row.id} ${location}`, { row, location, layer, owner });
  }
  return [...places.values()];
}

/**
 * Keeps packages and returns in which pieces the image has them. Runs outside the report's
 * transaction: rows are named by their content, so one too many does no harm, and none is waited for
 * longer than it takes to write it.
 */
export async function keepPackages(
  sql: Sql,
  packages: readonly Package[],
  distribution: Distribution | null,
): Promise<SetLink[]> {
  const places = placesOf(packages);
  const subjects = await keepSubjects(sql, places, distribution);
  const links: SetLink[] = [];
  const byLayer = Map.groupBy(places, ({ layer }) => layer);
  const ids = await layerIds(sql, [...byLayer.keys()]);
  for (const [layer, own] of byLayer) {
    const id = ids.get(layer) ?? 0;
    const members = own.flatMap((placed) => {
      const key = subjects.keyOf(placed);
      const subject = subjects.ids.get(key);
      return subject === undefined ? [] : [{ subject, location: placed.location, name: key }];
    });
    for (const set of await keepSets(sql, members)) links.push({ set, layer: id });
  }
  return links;
}

async function keepRows(sql: Sql, rows: readonly PackageRow[]): Promise<void> {
  const sorted = [...rows].sort((a, b) => (a.id < b.id ? -1 : 1));
  await sql`
    insert into packages (id, type, name, version, details)
    select id, type, name, version, details
    from jsonb_to_recordset(${sql.json(sorted as unknown as Json)})
      as p(id uuid, type text, name text, version text, details jsonb)
    on conflict (id) do nothing`;
}

async function contextId(sql: Sql, distribution: Distribution | null): Promise<number> {
  const text = JSON.stringify(distribution);
  const find = async () => {
    const [row] = await sql<{ id: number }[]>`
      select id from contexts where distribution = ${text}::text::jsonb`;
    return row?.id;
  };
  const known = await find();
  if (known !== undefined) return known;
  await sql`
    insert into contexts (distribution) values (${text}::text::jsonb)
    on conflict (distribution) do nothing`;
  return await find() ?? 0;
}

/** Numbers of layers by their digests. */
async function layerIds(
  sql: Sql,
  digests: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const find = async () =>
    await sql<{ id: number; digest: string }[]>`
      select id, digest from layers where digest = any(${[...digests]}::text[])`;
  const known = await find();
  if (known.length < digests.length) {
    await sql`
      insert into layers (digest) select unnest(${[...digests].sort()}::text[])
      on conflict (digest) do nothing`;
  }
  const all = known.length < digests.length ? await find() : known;
  return new Map(all.map(({ id, digest }) => [digest, id]));
}

/** Subjects of places, by their keys. */
interface Subjects {
  readonly ids: ReadonlyMap<string, number>;
  keyOf(placed: Placed): string;
}

async function keepSubjects(
  sql: Sql,
  places: readonly Placed[],
  distribution: Distribution | null,
): Promise<Subjects> {
  const context = await contextId(sql, distribution);
  const byName = Map.groupBy(
    places.filter(({ owner }) => owner === undefined),
    ({ row }) => row.name,
  );
  const ownersOf = (owner: string | undefined): readonly string[] =>
    owner === undefined
      ? []
      : [...new Set((byName.get(owner) ?? []).map(({ row }) => row.id))].sort();
  const keys = new Map<Placed, string>();
  const rows = new Map<string, SubjectRow>();
  const packages = new Map(places.map(({ row }) => [row.id, row]));
  for (const placed of places) {
    const { row, owner } = placed;
    const owners = ownersOf(owner);
    const text = JSON.stringify([row.id, context, owner ?? null, owners]);
    const key = createHash('sha256').update(text).digest('hex').slice(0, 32);
    keys.set(placed, key);
    rows.set(key, { key, package: row.id, owner: owner ?? null, owners });
  }
  const ids = new Map<string, number>();
  const sorted = [...rows.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
  for (const batch of batches(sorted)) {
    const find = async () => {
      const found = await sql<{ key: string; id: number }[]>`
        select encode(s.key, 'hex') as key, s.id
        from unnest(${batch.map(({ key }) => key)}::text[]) as k(key)
        join subjects s on s.key = decode(k.key, 'hex')`;
      for (const { key, id } of found) ids.set(key, id);
    };
    await find();
    const missing = batch.filter(({ key }) => !ids.has(key));
    if (missing.length === 0) continue;
    // Those of the others are there: a subject keeps its package.
    const unsure = new Set(missing.map((subject) => subject.package));
    await keepRows(sql, [...unsure].flatMap((id) => packages.get(id) ?? []));
    await sql`
      insert into subjects (key, package, context, owner, owners)
      select decode(key, 'hex'), package, ${context}, owner, owners
      from jsonb_to_recordset(${sql.json(missing as unknown as Json)})
        as s(key text, package uuid, owner text, owners uuid[])
      on conflict (key) do nothing`;
    await find();
  }
  return { ids, keyOf: (placed) => keys.get(placed) ?? '' };
}

/** Replaces what is known of an image's packages. */
export async function replacePackages(
  sql: Queryable,
  digest: string,
  links: readonly SetLink[],
): Promise<void> {
  await sql`delete from unsorted_packages where digest = ${digest}`;
  await sql`
    delete from image_sets i using analyses a where a.number = i.image and a.digest = ${digest}`;
  await sql`
    insert into image_sets (image, set, layer)
    select a.number, l.set, l.layer
    from analyses a, jsonb_to_recordset(${sql.json([...links] as unknown as Json)})
      as l(set int, layer int)
    where a.digest = ${digest}
    on conflict do nothing`;
}

/** Puts the packages into sets that an older core has written one by one. */
export async function sortPackages(sql: Sql, digest: string): Promise<void> {
  const [row] = await sql<{ distribution: Distribution | null }[]>`
    select head->'distribution' as distribution from analyses
    where digest = ${digest} and head is not null
      and exists (select from unsorted_packages where digest = ${digest})`;
  if (row === undefined) return;
  const links = await keepPackages(sql, await listPackages(sql, digest), row.distribution);
  await sql.begin((tx) => replacePackages(tx, digest, links));
}
