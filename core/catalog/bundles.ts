/**
 * Policy bundles of accounts: kept as they were given, one of them active.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import type { Queryable, Sql } from '../database/connection.ts';
import { TidewaiterError } from '../errors.ts';

export interface BundleRecord {
  readonly account: string;
  readonly id: string;
  readonly name: string;
  readonly description: string;
  /** The bundle as JSON text, as it was uploaded. */
  readonly document: string;
  /** Hash of the document: verdicts are made from it. */
  readonly sha256: string;
  readonly active: boolean;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** Bundles of an account, oldest first. */
export async function listBundles(sql: Queryable, account: string): Promise<BundleRecord[]> {
  return await select(sql, account, sql``);
}

/** One bundle, or the active one where no id is given. */
export async function findBundle(
  sql: Queryable,
  account: string,
  id?: string,
): Promise<BundleRecord | undefined> {
  const [row] = await select(
    sql,
    account,
    id === undefined ? sql`and active` : sql`and id = ${id}`,
  );
  return row;
}

async function select(
  sql: Queryable,
  account: string,
  more: ReturnType<Sql>,
): Promise<BundleRecord[]> {
  return await sql<BundleRecord[]>`
    select account, id, name, description, document, sha256, active,
      created_at as "createdAt", updated_at as "updatedAt"
    from bundles where account = ${account} ${more} order by created_at, id`;
}

/** What a bundle's document says of itself. */
export interface BundleDocument {
  readonly id: string;
  readonly name?: string | null | undefined;
  readonly description?: string | null | undefined;
}

/** What is kept of a bundle's document. */
export function storedDocument(bundle: BundleDocument): Pick<BundleRecord, 'document' | 'sha256'> {
  const document = JSON.stringify(bundle);
  return { document, sha256: createHash('sha256').update(document).digest('hex') };
}

/** Adds a bundle, or replaces the content of the one with the same id. */
export async function putBundle(
  sql: Queryable,
  account: string,
  bundle: BundleDocument,
): Promise<void> {
  const { document, sha256 } = storedDocument(bundle);
  await sql`
    insert into bundles (account, id, name, description, document, sha256)
    values (${account}, ${bundle.id}, ${bundle.name ?? ''}, ${bundle.description ?? ''},
      ${document}, ${sha256})
    on conflict (account, id) do update set name = excluded.name,
      description = excluded.description, document = excluded.document, sha256 = excluded.sha256,
      updated_at = now()`;
  await changed(sql);
}

/**
 * Makes one bundle the active one.
 *
 * @throws TidewaiterError `policy_not_found` (404); the one that is active then stays so
 */
export async function activateBundle(sql: Sql, account: string, id: string): Promise<void> {
  await sql.begin(async (tx) => {
    await tx`select from accounts where name = ${account} for update`;
    if (await findBundle(tx, account, id) === undefined) throw notFound(id);
    await tx`
      update bundles set active = false, updated_at = now()
      where account = ${account} and active and id <> ${id}`;
    await tx`
      update bundles set active = true, updated_at = now()
      where account = ${account} and id = ${id} and not active`;
    await changed(tx);
  });
}

function notFound(id: string): TidewaiterError {
  return new TidewaiterError('policy_not_found', 404, `There is no policy bundle ${id}.`);
}

/**
 * Removes a bundle.
 *
 * @throws TidewaiterError `policy_active` (409) for the active one, `policy_not_found` (404)
 */
export async function deleteBundle(sql: Queryable, account: string, id: string): Promise<void> {
  const rows = await sql`
    delete from bundles where account = ${account} and id = ${id} and not active returning id`;
  if (rows.length > 0) return;
  throw await findBundle(sql, account, id) === undefined ? notFound(id) : new TidewaiterError(
    'policy_active',
    409,
    `The policy bundle ${id} is active: activate another one first.`,
  );
}

/** Gives an account its first bundle, active, unless it has one. */
export async function ensureBundle(
  sql: Queryable,
  account: string,
  bundle: BundleDocument,
): Promise<void> {
  const { document, sha256 } = storedDocument(bundle);
  await sql`
    insert into bundles (account, id, name, description, document, sha256, active)
    select ${account}, ${bundle.id}, ${bundle.name ?? ''}, ${bundle.description ?? ''},
      ${document}, ${sha256}, true
    where not exists (select from bundles where account = ${account})
    on conflict do nothing`;
}

async function changed(sql: Queryable): Promise<void> {
  await sql`select pg_notify('tidewaiter', 'verdicts')`;
}
