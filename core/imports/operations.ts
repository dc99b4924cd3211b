/**
 * Imports under way: what an account uploads of one image before it says that it is all there.
 *
 * @module
 */
import { createHash, randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type { Queryable, Sql } from '../database/connection.ts';
import { TidewaiterError } from '../errors.ts';

const compress = promisify(gzip);
const inflate = promisify(gunzip);

/** What is uploaded for an import. */
export const CONTENT_KINDS = [
  'packages',
  'dockerfile',
  'manifest',
  'parent_manifest',
  'image_config',
] as const;
export type ContentKind = (typeof CONTENT_KINDS)[number];

export type ImportState =
  | 'pending'
  | 'queued'
  | 'processing'
  | 'complete'
  | 'failed'
  | 'expired';

export interface ImportOperation {
  readonly id: string;
  readonly state: ImportState;
  /** Of the image, once it is known. */
  readonly digest: string | null;
  readonly error: string | null;
  readonly expiresAt: Date;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** Something that was uploaded. */
export interface Content {
  /** Hex of its SHA-256. */
  readonly digest: string;
  readonly createdAt: Date;
}

/** How long an import may take. */
const HOURS = 24;
/** Imports of an account that wait for their end. */
const MOST_PENDING = 50;
/** Uploads of one kind: of those that were wrong, some may stay. */
const MOST_CONTENTS = 4;
/** Bytes that all uploads of an account take while they wait, compressed. */
const LARGEST_CONTENTS = 512 * 1024 * 1024;

/** Begins an import. @throws TidewaiterError `imports_too_many` (409) */
export async function beginImport(sql: Sql, account: string): Promise<ImportOperation> {
  const id = randomUUID();
  await sql.begin(async (tx) => {
    // One after the other: each counts those before.
    await tx`select from accounts where name = ${account} for no key update`;
    const [row] = await tx<{ count: number }[]>`
      select count(*)::int as count from import_operations
      where account = ${account} and state in ('pending', 'queued', 'processing')
        and expires_at > now()`;
    if ((row?.count ?? 0) >= MOST_PENDING) {
      throw new TidewaiterError(
        'imports_too_many',
        409,
        `The account has ${MOST_PENDING} imports under way: finish or delete some of them first.`,
      );
    }
    await tx`
      insert into import_operations (id, account, expires_at)
      values (${id}, ${account}, now() + make_interval(hours => ${HOURS}))`;
  });
  return await importOf(sql, account, id);
}

function notFound(id: string): TidewaiterError {
  return new TidewaiterError('import_not_found', 404, 'The account has no import with this id.', {
    detail: { uuid: id },
  });
}

/** Ids are made here: what is none is nobody's. */
function checked(id: string): string {
  if (/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)) return id;
  throw notFound(id);
}

/** Imports of an account, the newest first. One that is too old is expired, whoever has noted it. */
export async function listImports(
  sql: Queryable,
  account: string,
  id?: string,
): Promise<ImportOperation[]> {
  return await sql<ImportOperation[]>`
    select id::text as id, digest, error, expires_at as "expiresAt", created_at as "createdAt",
      updated_at as "updatedAt",
      case when state in ('pending', 'queued', 'processing') and expires_at < now()
        then 'expired' else state end as state
    from import_operations
    where account = ${account} ${id === undefined ? sql`` : sql`and id = ${checked(id)}`}
    order by created_at desc, id`;
}

/** One import of an account. @throws TidewaiterError `import_not_found` (404) */
export async function importOf(
  sql: Queryable,
  account: string,
  id: string,
): Promise<ImportOperation> {
  const [found] = await listImports(sql, account, id);
  if (found === undefined) throw notFound(id);
  return found;
}

/** Gives an import up: what was uploaded is forgotten. */
export async function endImport(
  sql: Sql,
  account: string,
  id: string,
): Promise<ImportOperation> {
  await sql.begin(async (tx) => {
    const rows = await tx`
      update import_operations set state = 'expired', updated_at = now()
      where account = ${account} and id = ${checked(id)} and state in ('pending', 'queued')
      returning 1`;
    if (rows.length > 0) await tx`delete from import_contents where operation = ${id}`;
  });
  return await importOf(sql, account, id);
}

/**
 * Keeps an upload; the same again is the one that is there.
 *
 * @throws TidewaiterError `import_not_found` (404), `import_closed`, `import_full`,
 * `imports_too_many` (409)
 */
export async function addContent(
  sql: Sql,
  account: string,
  id: string,
  kind: ContentKind,
  bytes: Uint8Array,
): Promise<Content> {
  const digest = createHash('sha256').update(bytes).digest('hex');
  const body = await compress(bytes);
  return await sql.begin(async (tx) => {
    await tx`
      select from import_operations where account = ${account} and id = ${checked(id)} for update`;
    const { state } = await importOf(tx, account, id);
    if (state !== 'pending') throw closed(state);
    const known = await contentsOf(tx, id, kind);
    const same = known.find((content) => content.digest === digest);
    if (same !== undefined) return same;
    if (known.length >= MOST_CONTENTS) {
      throw new TidewaiterError(
        'import_full',
        409,
        `The import has ${MOST_CONTENTS} uploads of this kind already: begin another one.`,
      );
    }
    if (await waitingBytes(tx, account) + body.length > LARGEST_CONTENTS) {
      throw new TidewaiterError(
        'imports_too_many',
        409,
        `The uploads of the account take ${LARGEST_CONTENTS} bytes: finish or delete some imports first.`,
      );
    }
    const [row] = await tx<Content[]>`
      insert into import_contents (operation, kind, digest, body)
      values (${id}, ${kind}, ${digest}, ${body})
      returning digest, created_at as "createdAt"`;
    return row ?? { digest, createdAt: new Date() };
  });
}

async function waitingBytes(sql: Queryable, account: string): Promise<number> {
  const [row] = await sql<{ bytes: number }[]>`
    select coalesce(sum(length(c.body)), 0)::bigint as bytes
    from import_contents c join import_operations o on o.id = c.operation
    where o.account = ${account}`;
  return row?.bytes ?? 0;
}

/** Says that an import takes nothing more. */
export function closed(state: ImportState): TidewaiterError {
  return new TidewaiterError(
    'import_closed',
    409,
    `The import is ${state} and takes nothing more: begin another one.`,
    { detail: { status: state } },
  );
}

/** Uploads of one kind, the oldest first. */
export async function contentsOf(
  sql: Queryable,
  id: string,
  kind: ContentKind,
): Promise<Content[]> {
  return await sql<Content[]>`
    select digest, created_at as "createdAt" from import_contents
    where operation = ${id} and kind = ${kind} order by created_at, digest`;
}

/** One upload; undefined where there is none with this digest. */
export async function readContent(
  sql: Queryable,
  id: string,
  kind: ContentKind,
  digest: string,
): Promise<Buffer | undefined> {
  const [row] = await sql<{ body: Buffer }[]>`
    select body from import_contents
    where operation = ${id} and kind = ${kind} and digest = ${digest}`;
  return row === undefined ? undefined : await inflate(row.body);
}

/** Takes an import for its end: nobody else then does. @throws TidewaiterError `import_closed` (409) */
export async function claimImport(sql: Queryable, account: string, id: string): Promise<void> {
  const rows = await sql`
    update import_operations set state = 'processing', updated_at = now()
    where account = ${account} and id = ${checked(id)} and state = 'pending' and expires_at > now()
    returning 1`;
  if (rows.length === 0) throw closed((await importOf(sql, account, id)).state);
}

/** Ends an import that was taken. */
export async function settleImport(
  sql: Queryable,
  id: string,
  end: { readonly state: 'complete' | 'failed'; readonly digest: string; readonly error?: string },
): Promise<void> {
  await sql`
    update import_operations set state = ${end.state}, digest = ${end.digest},
      error = ${end.error ?? null}, updated_at = now()
    where id = ${id} and state = 'processing'`;
  await sql`delete from import_contents where operation = ${id}`;
}

/** Ends imports that took too long, and forgets those that ended some days ago. */
export async function expireImports(sql: Sql, days: number): Promise<void> {
  await sql`
    update import_operations set state = 'expired', updated_at = now()
    where expires_at < now() and state in ('pending', 'queued', 'processing')`;
  await sql`
    delete from import_contents c using import_operations o
    where o.id = c.operation and o.state in ('complete', 'failed', 'expired')`;
  await sql`
    delete from import_operations where expires_at < now() - make_interval(days => ${days})`;
}
