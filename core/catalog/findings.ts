/**
 * What analyses found: packages, one row for each distinct one, and the long lists of an image in
 * compressed pieces.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { Package, ReportHead } from '../../jobs/contract/index.ts';
import type { Json, Queryable, Sql } from '../database/connection.ts';

const inflate = promisify(gunzip);
const BATCH = 2000;

/** Where an image has a package. */
export interface PackageLink {
  /** Id of the package: the start of a hash of everything it says of itself. */
  readonly package: string;
  readonly location: string;
  readonly layer: string;
  /** The distribution's package that brought it. */
  readonly owner: string | null;
}

/** What is the same for a package in every image. */
type PackageDetails = Omit<Package, 'location' | 'layer' | 'owner'>;

interface PackageRow {
  readonly id: string;
  readonly type: string;
  readonly name: string;
  readonly version: string;
  readonly details: PackageDetails;
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

/**
 * Keeps packages and returns where the image has them. Runs outside the report's transaction: rows
 * are named by their content, so one too many does no harm, and none is ever waited for.
 */
export async function keepPackages(sql: Sql, packages: readonly Package[]): Promise<PackageLink[]> {
  const rows = new Map<string, PackageRow>();
  const links = new Map<string, PackageLink>();
  for (const { location, layer, owner = null, ...details } of packages) {
    const row = packageRow(details);
    rows.set(row.id, row);
    links.set(`${row.id} ${location}`, { package: row.id, location, layer, owner });
  }
  const sorted = [...rows.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  for (const batch of batches(sorted)) {
    await sql`
      insert into packages (id, type, name, version, details)
      select id, type, name, version, details
      from jsonb_to_recordset(${sql.json(batch as unknown as Json)})
        as p(id uuid, type text, name text, version text, details jsonb)
      on conflict (id) do nothing`;
  }
  return [...links.values()];
}

/** Replaces what is known of an image's packages and lists. */
export async function replaceFindings(
  sql: Queryable,
  digest: string,
  links: readonly PackageLink[],
  documents: Readonly<Record<string, readonly Buffer[]>>,
): Promise<void> {
  await sql`delete from image_packages where digest = ${digest}`;
  for (const batch of batches(links)) {
    await sql`
      insert into image_packages (digest, package, location, layer, owner)
      select ${digest}, package, location, layer, owner
      from jsonb_to_recordset(${sql.json(batch as unknown as Json)})
        as l(package uuid, location text, layer text, owner text)`;
  }
  await sql`delete from documents where digest = ${digest}`;
  for (const [kind, parts] of Object.entries(documents)) {
    for (const [part, body] of parts.entries()) {
      await sql`
        insert into documents (digest, kind, part, body)
        values (${digest}, ${kind}, ${part}, ${body})`;
    }
  }
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

/** What the newest analysis says of an image as a whole; undefined while there is none. */
export async function readHead(sql: Queryable, digest: string): Promise<ReportHead | undefined> {
  const [row] = await sql<{ head: unknown }[]>`
    select head from analyses where digest = ${digest} and head is not null`;
  return row === undefined ? undefined : ReportHead.parse(row.head);
}

/** Reads a list piece by piece: each is newline-delimited JSON. */
export async function* readDocument(
  sql: Queryable,
  digest: string,
  kind: string,
): AsyncGenerator<string> {
  for (let part = 0;; part += 1) {
    const [row] = await sql<{ body: Buffer }[]>`
      select body from documents
      where digest = ${digest} and kind = ${kind} and part = ${part}`;
    if (row === undefined) return;
    yield (await inflate(row.body)).toString('utf8');
  }
}
