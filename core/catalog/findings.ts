/**
 * What analyses found: packages, and the long lists of an image in compressed pieces.
 *
 * @module
 */
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { ReportHead } from '../../jobs/contract/index.ts';
import type { Queryable } from '../database/connection.ts';
import { replacePackages, type SetLink } from './packages.ts';

const inflate = promisify(gunzip);

/** Replaces what is known of an image's packages and lists. */
export async function replaceFindings(
  sql: Queryable,
  digest: string,
  links: readonly SetLink[],
  documents: Readonly<Record<string, readonly Buffer[]>>,
): Promise<void> {
  await replacePackages(sql, digest, links);
  await sql`delete from documents where digest = ${digest}`;
  for (const [kind, parts] of Object.entries(documents)) {
    for (const [part, body] of parts.entries()) {
      await sql`
        insert into documents (digest, kind, part, body)
        values (${digest}, ${kind}, ${part}, ${body})`;
    }
  }
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
