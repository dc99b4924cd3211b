/**
 * Packages that analyses found: one row for each distinct one, and where images have them.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { type Distribution, Package } from '../../jobs/contract/index.ts';
import type { Json, Queryable, Sql, Transaction } from '../database/connection.ts';
import { packageSets, type SetMember } from './package-sets.ts';

const BATCH = 2000;

/** What is the same for a package in every image. */
export type PackageDetails = Omit<Package, 'location' | 'layer' | 'owner'>;

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

function* batches<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < items.length; at += BATCH) yield items.slice(at, at + BATCH);
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
  await keepRows(sql, places);
  const subjects = await keepSubjects(sql, places, distribution);
  const links: SetLink[] = [];
  for (const [layer, own] of Map.groupBy(places, ({ layer: digest }) => digest)) {
    const id = await layerId(sql, layer);
    const members = own.flatMap((placed) => {
      const key = subjects.keyOf(placed);
      const subject = subjects.ids.get(key);
      return subject === undefined ? [] : [{ subject, location: placed.location, name: key }];
    });
    for (const set of await keepSets(sql, members)) links.push({ set, layer: id });
  }
  return links;
}

async function keepRows(sql: Sql, places: readonly Placed[]): Promise<void> {
  const rows = new Map(places.map(({ row }) => [row.id, row]));
  const sorted = [...rows.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  for (const batch of batches(sorted)) {
    await sql`
      insert into packages (id, type, name, version, details)
      select id, type, name, version, details
      from jsonb_to_recordset(${sql.json(batch as unknown as Json)})
        as p(id uuid, type text, name text, version text, details jsonb)
      on conflict (id) do nothing`;
  }
}

async function contextId(sql: Sql, distribution: Distribution | null): Promise<number> {
  const text = JSON.stringify(distribution);
  await sql`
    insert into contexts (distribution) values (${text}::text::jsonb)
    on conflict (distribution) do nothing`;
  const [row] = await sql<{ id: number }[]>`
    select id from contexts where distribution = ${text}::text::jsonb`;
  return row?.id ?? 0;
}

async function layerId(sql: Sql, digest: string): Promise<number> {
  await sql`insert into layers (digest) values (${digest}) on conflict (digest) do nothing`;
  const [row] = await sql<{ id: number }[]>`select id from layers where digest = ${digest}`;
  return row?.id ?? 0;
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
    await sql`
      insert into subjects (key, package, context, owner, owners)
      select decode(key, 'hex'), package, ${context}, owner, owners
      from jsonb_to_recordset(${sql.json(batch as unknown as Json)})
        as s(key text, package uuid, owner text, owners uuid[])
      on conflict (key) do nothing`;
    const found = await sql<{ key: string; id: number }[]>`
      select encode(s.key, 'hex') as key, s.id
      from unnest(${batch.map(({ key }) => key)}::text[]) as k(key)
      join subjects s on s.key = decode(k.key, 'hex')`;
    for (const { key, id } of found) ids.set(key, id);
  }
  return { ids, keyOf: (placed) => keys.get(placed) ?? '' };
}

/** Keeps the pieces that are not there yet, each with all of its members or not at all. */
async function keepSets(
  sql: Sql,
  members: readonly (SetMember & { readonly name: string })[],
): Promise<readonly number[]> {
  const sets = packageSets(members).sort((a, b) => Buffer.compare(a.key, b.key));
  const keys = sets.map(({ key }) => key.toString('hex'));
  return await sql.begin(async (tx) => {
    // Whatever is used is young again: what nobody has is swept by its age. Who comes second waits
    // for the first, whose rows then are there.
    const kept = await tx<{ id: number; key: string; fresh: boolean }[]>`
      insert into package_sets (key)
      select decode(key, 'hex') from unnest(${keys}::text[]) as k(key)
      on conflict (key) do update set used_at = now()
      returning id, encode(key, 'hex') as key, xmax = 0 as fresh`;
    const fresh = new Map(
      kept.flatMap(({ id, key, fresh: isNew }) => isNew ? [[key, id] as const] : []),
    );
    await putMembers(
      tx,
      sets.flatMap(({ key, members: own }) => {
        const set = fresh.get(key.toString('hex'));
        return set === undefined ? [] : own.map((member) => ({ set, ...member }));
      }),
    );
    return kept.map(({ id }) => id);
  });
}

async function putMembers(
  sql: Transaction,
  members: readonly (SetMember & { readonly set: number })[],
): Promise<void> {
  for (const batch of batches(members)) {
    await sql`
      insert into package_set_members (set, subject, location)
      select set, subject, location
      from jsonb_to_recordset(${sql.json(batch as unknown as Json)})
        as m(set int, subject int, location text)`;
  }
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

/** Which packages are listed. */
export interface PackageFilter {
  /** Of these types only; of all if not given. */
  readonly types?: readonly string[];
  /** Whether those that a package of the distribution brought are listed, too; they are by default. */
  readonly owned?: boolean;
}

/** Packages of an image, by name. */
export async function listPackages(
  sql: Queryable,
  digest: string,
  { types, owned = true }: PackageFilter = {},
): Promise<Package[]> {
  const rows = await sql<
    { details: PackageDetails; location: string; layer: string; owner: string | null }[]
  >`
    select p.details, l.location, l.layer, l.owner
    from image_packages l join packages p on p.id = l.package
    where l.digest = ${digest} ${types === undefined ? sql`` : sql`and p.type in ${sql(types)}`}
      ${owned ? sql`` : sql`and l.owner is null`}
    order by p.type, p.name, p.version, l.location`;
  return rows.map(({ details, location, layer, owner }) =>
    Package.parse({ ...details, location, layer, ...(owner === null ? {} : { owner }) })
  );
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
