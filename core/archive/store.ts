/**
 * Puts an account's image into its archive: what was found in it, and what the account knew of it.
 *
 * The archive stands on its own. A digest's packages, lists and findings are shared by all accounts
 * while it is worked with, and swept when nobody has it any more; so they are copied, once for each
 * analysis and not for each account, and go with the last account that keeps them.
 *
 * @module
 */
import { listPackages } from '../catalog/package-list.ts';
import { deleteImage } from '../catalog/images.ts';
import type { Sql, Transaction } from '../database/connection.ts';
import { TidewaiterError } from '../errors.ts';
import { recordEvent } from '../events/record.ts';
import { readFindings } from './findings.ts';
import { packed } from './pieces.ts';

export interface ArchiveOptions {
  /** Whether the image leaves the account's working set. */
  readonly remove: boolean;
  /** Id of the rule that wants it. */
  readonly rule?: string | undefined;
}

/**
 * Archives an image as it was analysed last; one that is archived already is so anew.
 *
 * @throws TidewaiterError `image_not_found` (404), `image_not_analyzed` (409)
 */
export async function archiveImage(
  sql: Sql,
  account: string,
  digest: string,
  { remove, rule }: ArchiveOptions,
): Promise<void> {
  await sql.begin(async (tx) => {
    await lockAnalysed(tx, account, digest);
    await keepImage(tx, account, digest, await keepAnalysis(tx, digest));
    if (remove) {
      await deleteImage(tx, account, digest);
      await forgetAnalysis(tx, digest);
    }
    await recordEvent(tx, {
      account,
      type: 'system.analysis_archive.image_archived',
      level: 'info',
      resourceType: 'image_digest',
      resource: digest,
      message: remove
        ? `The analysis of ${digest} is in the archive, and no longer in the working set.`
        : `The analysis of ${digest} is in the archive.`,
      details: { removed: remove, ...(rule === undefined ? {} : { rule }) },
    });
  });
}

/** In the order in which who submits the image takes them. */
async function lockAnalysed(tx: Transaction, account: string, digest: string): Promise<void> {
  const images = await tx`
    select from images where account = ${account} and digest = ${digest} for update`;
  if (images.length === 0) {
    throw new TidewaiterError(
      'image_not_found',
      404,
      'The account has no image with this digest: nothing can be archived.',
    );
  }
  const [row] = await tx<{ state: string; known: boolean }[]>`
    select state, head is not null as known from analyses where digest = ${digest} for update`;
  if (row?.state === 'analyzed' && row.known) return;
  throw new TidewaiterError(
    'image_not_analyzed',
    409,
    `The image is ${row?.state ?? 'not_analyzed'}: only what is analyzed can be archived.`,
  );
}

/** The number of the archived analysis; written unless somebody has archived the same. */
async function keepAnalysis(tx: Transaction, digest: string): Promise<number> {
  for (;;) {
    const [fresh] = await tx<{ id: number }[]>`
      insert into archived_analyses (digest, analyzed_at, first_analyzed_at, head, imported_by)
      select digest, coalesce(analyzed_at, updated_at),
        coalesce(first_analyzed_at, analyzed_at, updated_at), head, imported_by
      from analyses where digest = ${digest}
      on conflict (digest, analyzed_at) do nothing
      returning id`;
    if (fresh !== undefined) {
      await keepDocuments(tx, digest, fresh.id);
      return fresh.id;
    }
    const [known] = await tx<{ id: number }[]>`
      select k.id from archived_analyses k join analyses a using (digest)
      where digest = ${digest} and k.analyzed_at = coalesce(a.analyzed_at, a.updated_at)
      for key share of k`;
    // It may have gone with its last account just now.
    if (known !== undefined) return known.id;
  }
}

async function keepDocuments(tx: Transaction, digest: string, id: number): Promise<void> {
  await tx`
    insert into archived_documents (analysis, kind, part, body)
    select ${id}, kind, part, body from documents where digest = ${digest}`;
  const lists = {
    packages: await listPackages(tx, digest),
    findings: readFindings(tx, digest),
  };
  for (const [kind, entries] of Object.entries(lists)) {
    let part = 0;
    for await (const body of packed(entries)) {
      await tx`
        insert into archived_documents (analysis, kind, part, body)
        values (${id}, ${kind}, ${part}, ${body})`;
      part += 1;
    }
  }
  await tx`
    update archived_analyses set size = (
      select coalesce(sum(length(body)), 0) from archived_documents where analysis = ${id})
    where id = ${id}`;
}

/** What it is read from is the account's own: whoever was the first to ask may have read elsewhere. */
async function keepImage(
  tx: Transaction,
  account: string,
  digest: string,
  analysis: number,
): Promise<void> {
  await tx`
    insert into archived_images (account, digest, analysis, parent_digest, image_id, annotations,
      dockerfile, reference, source, added_at)
    select i.account, i.digest, ${analysis}, i.parent_digest, i.image_id, i.annotations,
      i.dockerfile, coalesce(t.fulltag, i.digest),
      case when a.source->>'kind' = 'registry' and t.registry is not null
        then jsonb_build_object('kind', 'registry', 'registry', t.registry,
          'repository', t.repository)
        else a.source end,
      i.created_at
    from images i
    join analyses a using (digest)
    left join lateral (
      select registry, repository, fulltag from tags
      where tags.account = i.account and tags.digest = i.digest
      order by detected_at desc limit 1) t on true
    where i.account = ${account} and i.digest = ${digest}
    on conflict (account, digest) do update set analysis = excluded.analysis,
      parent_digest = excluded.parent_digest, annotations = excluded.annotations,
      dockerfile = excluded.dockerfile, reference = excluded.reference, source = excluded.source,
      added_at = excluded.added_at, created_at = now(), updated_at = now()`;
  await tx`delete from archived_tags where account = ${account} and digest = ${digest}`;
  await tx`
    insert into archived_tags (account, registry, repository, tag, digest, fulltag, detected_at,
      created_at)
    select account, registry, repository, tag, digest, fulltag, detected_at, created_at
    from tags where account = ${account} and digest = ${digest}`;
}

/**
 * Removes what was found from the working set unless another account has the image. The analysis is
 * locked: whoever submits the image meanwhile waits, and has it analysed if it is gone then.
 */
async function forgetAnalysis(tx: Transaction, digest: string): Promise<void> {
  await tx`
    delete from analyses a where digest = ${digest}
      and not exists (select from images i where i.digest = a.digest)`;
}
