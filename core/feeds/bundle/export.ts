/**
 * All groups of a store as one bundle. They are read in one snapshot, so each is whole and of one
 * generation, and lie in a folder until they are taken: the manifest comes first and has the hashes.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Queryable, Sql, Transaction } from '../../database/connection.ts';
import { TidewaiterError } from '../../errors.ts';
import { type FeedGroup, listGroups } from '../../vulnerabilities/store/groups.ts';
import { LARGEST_GROUP, LONGEST_LINE, MOST_GROUPS } from './limits.ts';
import {
  type BundledGroup,
  type FeedManifest,
  FORMAT,
  groupFile,
  MANIFEST,
  SIGNATURE,
  titleOf,
  VERSION,
  writeManifest,
} from './manifest.ts';
import { provenanceOf } from './provenance.ts';
import type { OpenBundle } from './reader.ts';
import { type NewMember, tarOf } from './tar.ts';

/** Rows that are fetched at once. */
const ROWS = 200;
/** Bytes that are written at once. */
const PIECE = 1024 * 1024;

export interface ExportOptions {
  /** A folder that is there, and empty. */
  readonly scratch: string;
  readonly coreVersion: string;
  /** Sources to export; all where there is none. */
  readonly sources: readonly string[];
  readonly signal?: AbortSignal | undefined;
}

/** A bundle whose groups lie in files. */
export interface SpooledBundle {
  readonly manifest: FeedManifest;
  /** Of the files, which are named by the last part of the manifest's. */
  readonly folder: string;
}

function problem(code: string, status: number, message: string): TidewaiterError {
  return new TidewaiterError(code, status, message);
}

function fileIn(folder: string, file: string): string {
  return join(folder, file.slice(file.indexOf('/') + 1));
}

async function groupsToExport(
  sql: Queryable,
  sources: readonly string[],
): Promise<readonly FeedGroup[]> {
  const loaded = (await listGroups(sql)).filter(({ generation }) => generation > 0);
  const known = new Set(loaded.map(({ source }) => source));
  const unknown = sources.find((source) => !known.has(source));
  if (loaded.length === 0) {
    throw problem(
      'no_feeds_loaded',
      409,
      'There is nothing to export, as no feed was loaded yet: sync the feeds first.',
    );
  }
  if (unknown !== undefined) {
    throw problem(
      'feed_not_loaded',
      404,
      `Nothing was loaded of a source "${unknown.slice(0, 200)}": there are ${
        [...known].sort().join(', ')
      }.`,
    );
  }
  if (loaded.length > MOST_GROUPS) {
    throw problem(
      'feed_bundle_too_large',
      409,
      `There are ${loaded.length} groups, and a bundle has room for ${MOST_GROUPS}: export some sources alone.`,
    );
  }
  return sources.length === 0 ? loaded : loaded.filter(({ source }) => sources.includes(source));
}

type Row = { line: string };

/** Advisories with their statements in an order of their own, so that equal records are equal text. */
function advisoriesOf(sql: Transaction, feed: number): AsyncIterable<Row[]> {
  return sql<Row[]>`
    select (a.body || jsonb_build_object('kind', 'advisory', 'key', a.key, 'statements',
      coalesce((
        select jsonb_agg(
          s.body || jsonb_build_object('namespace', s.namespace, 'package', s.package)
          order by s.namespace, s.package, s.body::text)
        from statements s where s.advisory = a.id), '[]')))::text as line
    from advisories a where a.feed = ${feed} order by a.key`.cursor(ROWS);
}

function factsOf(sql: Transaction, feed: number): AsyncIterable<Row[]> {
  return sql<Row[]>`
    select (body || jsonb_build_object('kind', kind, 'key', key))::text as line
    from feed_facts where feed = ${feed} order by key`.cursor(ROWS);
}

/** Writes lines to a file, counting and hashing them. */
class GroupFile {
  readonly #file: FileHandle;
  readonly #group: FeedGroup;
  readonly #hash = createHash('sha256');
  #pieces: Buffer[] = [];
  #waiting = 0;
  records = 0;
  bytes = 0;

  constructor(file: FileHandle, group: FeedGroup) {
    this.#file = file;
    this.#group = group;
  }

  async add(line: string): Promise<void> {
    const piece = Buffer.from(`${line}\n`);
    this.records += 1;
    this.bytes += piece.length;
    if (piece.length > LONGEST_LINE || this.bytes > LARGEST_GROUP) {
      throw problem(
        'feed_bundle_too_large',
        409,
        `The group ${
          titleOf(this.#group)
        } has more than a bundle has room for: export the others, ` +
          'by their sources.',
      );
    }
    this.#pieces.push(piece);
    this.#waiting += piece.length;
    if (this.#waiting >= PIECE) await this.#flush();
  }

  async #flush(): Promise<void> {
    const piece = Buffer.concat(this.#pieces);
    this.#pieces = [];
    this.#waiting = 0;
    this.#hash.update(piece);
    await this.#file.writeFile(piece);
  }

  /** The hash of all. */
  async end(): Promise<string> {
    await this.#flush();
    return this.#hash.digest('hex');
  }
}

async function spoolGroup(
  sql: Transaction,
  group: FeedGroup,
  file: string,
  { scratch, signal }: ExportOptions,
): Promise<BundledGroup> {
  const handle = await open(fileIn(scratch, file), 'wx', 0o600);
  try {
    const lines = new GroupFile(handle, group);
    for (const rows of [advisoriesOf(sql, group.id), factsOf(sql, group.id)]) {
      for await (const some of rows) {
        signal?.throwIfAborted();
        for (const { line } of some) await lines.add(line);
      }
    }
    const sha256 = await lines.end();
    const { source, name, format, generation, newest, unreadable } = group;
    const loadedAt = provenanceOf(group).loadedAt ?? group.createdAt;
    return {
      source,
      name,
      format,
      generation,
      records: lines.records,
      newest: newest?.toISOString() ?? null,
      loaded_at: loadedAt.toISOString(),
      unreadable,
      file,
      bytes: lines.bytes,
      sha256,
    };
  } finally {
    await handle.close();
  }
}

/**
 * Reads all that is to be exported into a folder.
 *
 * @throws TidewaiterError `no_feeds_loaded`, `feed_not_loaded`, `feed_bundle_too_large`
 */
export async function spoolFeeds(sql: Sql, options: ExportOptions): Promise<SpooledBundle> {
  const groups = await sql.begin('isolation level repeatable read read only', async (tx) => {
    const spooled: BundledGroup[] = [];
    for (const [at, group] of (await groupsToExport(tx, options.sources)).entries()) {
      spooled.push(await spoolGroup(tx, group, groupFile(at), options));
    }
    return spooled;
  });
  const manifest: FeedManifest = {
    format: FORMAT,
    version: VERSION,
    created_at: new Date().toISOString(),
    core_version: options.coreVersion,
    groups,
  };
  return { manifest, folder: options.scratch };
}

/** A bundle as an archive without compression and without a signature. */
export function archiveOf({ manifest, folder }: SpooledBundle): AsyncGenerator<Uint8Array> {
  function* members(): Generator<NewMember> {
    const bytes = writeManifest(manifest);
    yield { name: MANIFEST, size: bytes.length, content: [bytes] };
    for (const { file, bytes: size } of manifest.groups) {
      yield { name: file, size, content: createReadStream(fileIn(folder, file)) };
    }
  }
  return tarOf(members(), new Date(manifest.created_at));
}

/** A bundle that is being read, with a signature; its hashes are checked on the way. */
export function signedArchiveOf(
  bundle: OpenBundle,
  signature: Buffer | undefined,
): AsyncGenerator<Uint8Array> {
  const { manifest, manifestBytes } = bundle;
  async function* members(): AsyncGenerator<NewMember> {
    yield { name: MANIFEST, size: manifestBytes.length, content: [manifestBytes] };
    if (signature !== undefined) {
      yield { name: SIGNATURE, size: signature.length, content: [signature] };
    }
    for await (const { group, content } of bundle.groups()) {
      yield { name: group.file, size: group.bytes, content: content() };
    }
  }
  return tarOf(members(), new Date(manifest.created_at));
}
