/**
 * Ends an import: what was uploaded is checked against itself and becomes the analysis of the image in
 * its account, as a Job's report would, marked as imported. It feeds no layer that Jobs reuse, and says
 * nothing of which versions of analyzers there are.
 *
 * @module
 */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { ResolvedImage } from 'oci-client';
import type { ReportHead } from '../../jobs/contract/index.ts';
import { recordImage } from '../catalog/images.ts';
import { type ImageName, parseName } from '../catalog/names.ts';
import { keepPackages } from '../catalog/packages.ts';
import { isUnstorable, type Json, type Sql, type Transaction } from '../database/connection.ts';
import { messageOf, TidewaiterError } from '../errors.ts';
import { finishAnalysis } from '../queue/finished.ts';
import { lockImport, takeTurn } from '../queue/imported.ts';
import { LANE } from '../queue/lanes.ts';
import { importedHead, invalidImport, layersOf, uploadedImage } from './image.ts';
import {
  claimImport,
  closed,
  type ContentKind,
  importOf,
  readContent,
  settleImport,
} from './operations.ts';
import { type LeftOut, readPackages } from './packages.ts';

const compress = promisify(gzip);

/** What an account says of an import that is all there. Digests with or without `sha256:`. */
export interface ImportRequest {
  readonly account: string;
  readonly operation: string;
  readonly digest: string;
  readonly parentDigest: string | undefined;
  readonly tags: readonly string[];
  readonly contents: Readonly<Partial<Record<ContentKind, string>>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** By which clients of the original tell an import. */
const OPERATION = 'anchore.system/import_operation_id';
/** What is left out beyond that is not told one by one. */
const MOST_LEFT_OUT = 10_000;

type Uploads = Readonly<Partial<Record<ContentKind, Buffer>>>;

/**
 * Ends an import; the digest of its image.
 *
 * @throws TidewaiterError `import_not_found` (404), `import_closed`, `image_known` (409),
 * `import_invalid` and others (400)
 */
export async function finishImport(sql: Sql, request: ImportRequest): Promise<string> {
  const { account, operation } = request;
  const { state } = await importOf(sql, account, operation);
  if (state !== 'pending') throw closed(state);
  const names = namesOf(request.tags);
  const uploads = await uploadsOf(sql, request);
  await claimImport(sql, account, operation);
  try {
    await store(sql, request, names, uploads);
  } catch (error) {
    const known = isUnstorable(error)
      ? invalidImport(`The import holds what the database cannot: ${messageOf(error)}.`)
      : error;
    await settleImport(sql, operation, {
      state: 'failed',
      digest: request.digest,
      error: messageOf(known),
    });
    throw known;
  }
  return request.digest;
}

function namesOf(tags: readonly string[]): ImageName[] {
  return tags.map((tag) => {
    const name = parseName(tag);
    if (name.digest === undefined) return name;
    throw invalidImport('Tags of an import are names with a tag, without a digest.');
  });
}

/** What the request names, of what was uploaded. */
async function uploadsOf(
  sql: Sql,
  { operation, contents }: ImportRequest,
): Promise<Uploads> {
  const uploads: Partial<Record<ContentKind, Buffer>> = {};
  for (const [kind, named] of Object.entries(contents) as [ContentKind, string][]) {
    const digest = named.replace(/^sha256:/, '');
    const bytes = await readContent(sql, operation, kind, digest);
    if (bytes === undefined) {
      throw new TidewaiterError(
        'import_incomplete',
        400,
        `Nothing with the digest that "contents.${kind}" names was uploaded for this import.`,
        { detail: { kind, digest } },
      );
    }
    uploads[kind] = bytes;
  }
  return uploads;
}

function required(uploads: Uploads, kind: ContentKind): Buffer {
  const bytes = uploads[kind];
  if (bytes === undefined) throw invalidImport(`"contents.${kind}" is missing.`);
  return bytes;
}

function imageOf({ digest, parentDigest }: ImportRequest, uploads: Uploads): ResolvedImage {
  const parent = uploads.parent_manifest;
  const isOwn = parentDigest === undefined || parentDigest === digest;
  if (!isOwn && parent === undefined) {
    throw invalidImport('"parent_digest" needs "contents.parent_manifest", which shows it.');
  }
  return uploadedImage({
    digest,
    manifest: required(uploads, 'manifest'),
    config: required(uploads, 'image_config'),
    parent: isOwn || parent === undefined ? undefined : { digest: parentDigest, bytes: parent },
  });
}

function dockerfileOf({ dockerfile }: Uploads): string | undefined {
  return dockerfile?.toString('base64');
}

async function store(
  sql: Sql,
  request: ImportRequest,
  names: readonly ImageName[],
  uploads: Uploads,
): Promise<void> {
  const resolved = imageOf(request, uploads);
  const dockerfile = dockerfileOf(uploads);
  const told = readPackages(required(uploads, 'packages'), layersOf(resolved));
  if (told.manifestDigest !== undefined && told.manifestDigest !== resolved.digest) {
    throw invalidImport('The package document is of another image, as its source says.');
  }
  const head = importedHead(resolved, told);
  const links = await keepPackages(sql, told.packages, head.distribution);
  const unreadable = await listOf(told.leftOut);
  await sql.begin(async (tx) => {
    await takeTurn(tx, resolved.digest);
    for (const name of names) {
      await recordImage(tx, {
        account: request.account,
        name,
        resolved,
        annotations: { ...request.annotations, [OPERATION]: request.operation },
        dockerfile,
      });
    }
    await lockImport(tx, resolved.digest);
    await putAnalysis(tx, request, names, head);
    await finishAnalysis(tx, {
      digest: resolved.digest,
      links,
      documents: { unreadable },
      details: {
        packages: told.packages.length,
        left_out: told.leftOut.length,
        import: request.operation,
      },
    });
    await settleImport(tx, request.operation, { state: 'complete', digest: resolved.digest });
  });
}

/** What is left out, as reports tell of what could not be read. */
async function listOf(leftOut: readonly LeftOut[]): Promise<Buffer[]> {
  if (leftOut.length === 0) return [];
  const lines = leftOut.slice(0, MOST_LEFT_OUT).map(({ entry, reason }) =>
    `${JSON.stringify({ path: entry, analyzer: 'import', reason })}\n`
  );
  return [await compress(lines.join(''))];
}

/** Only the account's own import gives way to another one. */
async function putAnalysis(
  tx: Transaction,
  { account, digest }: ImportRequest,
  names: readonly ImageName[],
  head: ReportHead,
): Promise<void> {
  const [before] = await tx<{ firstAnalyzedAt: Date | null }[]>`
    delete from analyses
    where digest = ${digest} and imported_by = ${account} and state = 'analyzed'
      and not exists (select from images where digest = ${digest} and account <> ${account})
    returning first_analyzed_at as "firstAnalyzedAt"`;
  const rows = await tx`
    insert into analyses (digest, lane, account, reference, source, state, head, imported_by,
      analyzed_at, first_analyzed_at)
    select ${digest}, ${LANE.submitted}, ${account}, ${names[0]?.fulltag ?? digest},
      '{"kind": "import"}', 'analyzed', ${tx.json(head as unknown as Json)}, ${account},
      clock_timestamp(), coalesce(${
    before?.firstAnalyzedAt ?? null
  }::timestamptz, clock_timestamp())
    where not exists (select from images where digest = ${digest} and account <> ${account})
    on conflict (digest) do nothing
    returning 1`;
  if (rows.length > 0) return;
  throw new TidewaiterError(
    'image_known',
    409,
    'This digest is known from elsewhere already, and an import never takes the place of what Tidewaiter finds itself: submit the image by its tag, and its analysis counts.',
    { detail: { digest } },
  );
}
