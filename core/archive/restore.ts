/**
 * Brings an image back from the archive: no registry is asked and no Job runs. Vulnerabilities are
 * looked for anew, by what feeds say today.
 *
 * @module
 */
import { Package, ReportHead } from '../../jobs/contract/index.ts';
import { keepPackages, replacePackages, type SetLink } from '../catalog/packages.ts';
import type { Json, Queryable, Sql, Transaction } from '../database/connection.ts';
import { TidewaiterError } from '../errors.ts';
import { recordEvent } from '../events/record.ts';
import { lockImport, takeTurn } from '../queue/imported.ts';
import { LANE } from '../queue/lanes.ts';
import { putFindings } from './findings.ts';
import { unpacked } from './pieces.ts';

interface Kept {
  /** Of the archived analysis. */
  readonly id: number;
  readonly digest: string;
  readonly head: unknown;
  /** Whether the account has brought it from elsewhere: it counts for nobody else. */
  readonly isImported: boolean;
}

/**
 * Restores an account's archived image; it stays in the archive, too. Its digest, which may be given
 * by that of its index.
 *
 * @throws TidewaiterError `archived_image_not_found` (404), `image_exists` (409)
 */
export async function restoreImage(sql: Sql, account: string, wanted: string): Promise<string> {
  const [kept] = await sql<Kept[]>`
    select k.id, i.digest, k.head, k.imported_by is not null as "isImported"
    from archived_images i join archived_analyses k on k.id = i.analysis
    where i.account = ${account} and (i.digest = ${wanted} or i.parent_digest = ${wanted})
    order by i.digest <> ${wanted}, i.created_at desc limit 1`;
  if (kept === undefined) throw notArchived(wanted);
  const head = ReportHead.parse(kept.head);
  const links = await keepPackages(sql, await packagesOf(sql, kept.id), head.distribution);
  await sql.begin(async (tx) => {
    if (kept.isImported) await takeTurn(tx, kept.digest);
    const same = await tx`
      select from archived_images
      where account = ${account} and digest = ${kept.digest} and analysis = ${kept.id} for share`;
    if (same.length === 0) throw notArchived(wanted);
    await putImage(tx, account, kept.digest);
    if (kept.isImported) await lockImport(tx, kept.digest);
    if (await putAnalysis(tx, account, kept)) await putFound(tx, kept, links);
    await recordEvent(tx, {
      account,
      type: 'system.image_analysis.restored_from_archive',
      level: 'info',
      resourceType: 'image_digest',
      resource: kept.digest,
      message: `The image ${kept.digest} is restored from the archive.`,
    });
    await tx`select pg_notify('tidewaiter', 'queue')`;
    await tx`select pg_notify('tidewaiter', 'verdicts')`;
    await tx`select pg_notify('tidewaiter', ${`image:${kept.digest}`})`;
  });
  return kept.digest;
}

/** Says that an archive does not have an image. */
export function notArchived(digest: string): TidewaiterError {
  return new TidewaiterError(
    'archived_image_not_found',
    404,
    'The archive of the account has no image with this digest.',
    { detail: { digest } },
  );
}

async function* documents(sql: Queryable, id: number, kind: string): AsyncGenerator<unknown[]> {
  for (let part = 0;; part += 1) {
    const [row] = await sql<{ body: Buffer }[]>`
      select body from archived_documents
      where analysis = ${id} and kind = ${kind} and part = ${part}`;
    if (row === undefined) return;
    yield await unpacked(row.body);
  }
}

async function packagesOf(sql: Sql, id: number): Promise<Package[]> {
  const packages: Package[] = [];
  for await (const some of documents(sql, id, 'packages')) {
    for (const one of some) packages.push(Package.parse(one));
  }
  return packages;
}

/** Tags keep their times: one that has moved on names the newer image still. */
async function putImage(tx: Transaction, account: string, digest: string): Promise<void> {
  const images = await tx`
    insert into images (account, digest, parent_digest, image_id, annotations, dockerfile, created_at)
    select account, digest, parent_digest, image_id, annotations, dockerfile, added_at
    from archived_images where account = ${account} and digest = ${digest}
    on conflict (account, digest) do nothing
    returning 1`;
  if (images.length === 0) {
    throw new TidewaiterError(
      'image_exists',
      409,
      'The image is in the working set: delete it there before it is restored from the archive.',
      { detail: { digest } },
    );
  }
  await tx`
    insert into tags (account, registry, repository, tag, digest, fulltag, detected_at, created_at)
    select account, registry, repository, tag, digest, fulltag, detected_at, created_at
    from archived_tags where account = ${account} and digest = ${digest}`;
}

/** False where the digest is known from an analysis since, which counts, or a Job is at it. */
async function putAnalysis(
  tx: Transaction,
  account: string,
  { id, digest }: Kept,
): Promise<boolean> {
  const rows = await tx`
    insert into analyses (digest, lane, account, reference, source, state, head, analyzed_at,
      first_analyzed_at, imported_by)
    select i.digest, ${LANE.submitted}, i.account, i.reference, i.source, 'analyzed', k.head,
      k.analyzed_at, k.first_analyzed_at, k.imported_by
    from archived_images i join archived_analyses k on k.id = i.analysis
    where i.account = ${account} and i.digest = ${digest} and k.id = ${id}
      and (k.imported_by is null or not exists (
        select from images o where o.digest = i.digest and o.account <> i.account))
    on conflict (digest) do update set state = 'analyzed', head = excluded.head,
      imported_by = excluded.imported_by, analyzed_at = excluded.analyzed_at, first_analyzed_at = excluded.first_analyzed_at,
      error = null, error_code = null, failures = 0, progress = null, updated_at = now()
    where analyses.head is null and analyses.state in ('not_analyzed', 'analysis_failed')
    returning 1`;
  return rows.length > 0;
}

async function putFound(
  tx: Transaction,
  { id, digest }: Kept,
  links: readonly SetLink[],
): Promise<void> {
  await replacePackages(tx, digest, links);
  await tx`delete from documents where digest = ${digest}`;
  await tx`
    insert into documents (digest, kind, part, body)
    select ${digest}, kind, part, body from archived_documents
    where analysis = ${id} and kind not in ('packages', 'findings')`;
  for await (const findings of documents(tx, id, 'findings')) {
    await putFindings(tx, findings as Json[]);
  }
  await tx`update images set revision = revision + 1 where digest = ${digest}`;
}
