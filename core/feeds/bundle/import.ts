/**
 * Loads the groups of a bundle into a store, one after the other. Each becomes valid as a whole, or
 * stays as it was; groups that are not in the bundle stay, too.
 *
 * @module
 */
import {
  asDatabaseError,
  isConnectionFailure,
  isUnstorable,
  type Sql,
} from '../../database/connection.ts';
import { codeOf, messageOf, TidewaiterError } from '../../errors.ts';
import { ensureGroups, type FeedGroup, listGroups } from '../../vulnerabilities/store/groups.ts';
import { type LoadedChange, Loading } from '../../vulnerabilities/store/loading.ts';
import type { FeedFile } from '../format.ts';
import { malformedBundle } from './limits.ts';
import { type BundledGroup, titleOf } from './manifest.ts';
import { provenanceOf, validatorsOf } from './provenance.ts';
import { openBundleFile, type ReadGroup, recordsOf } from './reader.ts';

export interface ImportOptions {
  /** Whether what is older than what the store has may take its place. */
  readonly allowOlder: boolean;
  /** Whether a group may lose a large part of its records. */
  readonly allowSmaller: boolean;
}

/** What became of one group. */
export interface ImportedGroup {
  readonly source: string;
  readonly name: string;
  /** `unchanged`: the store had the same; `refused`: it is older; `failed`: all stays as it was. */
  readonly outcome: 'loaded' | 'unchanged' | 'refused' | 'failed';
  /** What the store has of it now. */
  readonly generation: number;
  readonly records: number;
  readonly changed: number;
  readonly removed: number;
  /** Why it was refused or has failed; null otherwise. */
  readonly code: string | null;
  readonly message: string | null;
}

function failure(code: string, message: string, cause?: unknown): TidewaiterError {
  return new TidewaiterError(code, 409, message, { cause });
}

/** Whether a bundle has an older state of a group than the store. */
function isOlder(bundled: BundledGroup, known: FeedGroup): boolean {
  const newest = bundled.newest === null ? undefined : Date.parse(bundled.newest);
  const knownNewest = known.newest?.getTime();
  if (newest !== undefined && knownNewest !== undefined && newest !== knownNewest) {
    return newest < knownNewest;
  }
  const { loadedAt } = provenanceOf(known);
  return loadedAt !== null && Date.parse(bundled.loaded_at) < loadedAt.getTime();
}

/** @throws TidewaiterError `feed_bundle_older`, `feed_format_differs` */
function checkFits(bundled: BundledGroup, known: FeedGroup, { allowOlder }: ImportOptions): void {
  const title = titleOf(bundled);
  if (known.format !== bundled.format) {
    throw failure(
      'feed_format_differs',
      `${title} is in the format ${known.format} here and in ${bundled.format} in the bundle: ` +
        'they are not the same source, so give one of them another name.',
    );
  }
  if (known.generation > 0 && !allowOlder && isOlder(bundled, known)) {
    throw failure(
      'feed_bundle_older',
      `${title} is newer here than in the bundle: import a newer bundle, or this one with ` +
        '--allow-older.',
    );
  }
}

function asFailure(group: BundledGroup, error: unknown): unknown {
  if (error instanceof TidewaiterError && error.code === 'feed_shrunken') {
    return failure(
      error.code,
      `${titleOf(group)} has ${group.records} records in the bundle, which is less than 70 % of ` +
        'what is here: look at the core that it is of, and import it with --allow-smaller if that ' +
        'is right.',
      error,
    );
  }
  if (!isUnstorable(error)) return error;
  return malformedBundle(
    `${titleOf(group)} holds what the database does not take (${messageOf(error)})`,
    error,
  );
}

async function loadRecords(
  sql: Sql,
  id: number,
  read: ReadGroup,
  { allowSmaller }: ImportOptions,
): Promise<LoadedChange> {
  const { group } = read;
  const loading = await Loading.begin(sql, id, { mayShrink: allowSmaller });
  try {
    for await (const record of recordsOf(read)) {
      if (await loading.add(record)) continue;
      throw malformedBundle(`${titleOf(group)} has the record ${record.key} twice`);
    }
    return await loading.finish({
      validators: validatorsOf(group),
      newest: group.newest ?? undefined,
      unreadable: group.unreadable,
      unreadableExamples: [],
    });
  } catch (error) {
    await loading.abandon().catch(() => {});
    throw error;
  }
}

async function loadGroup(
  sql: Sql,
  read: ReadGroup,
  known: FeedGroup | undefined,
  options: ImportOptions,
): Promise<LoadedChange> {
  const { group } = read;
  const { source, name, format } = group;
  if (known !== undefined) {
    const { generation, records, unreadable } = known;
    if (provenanceOf(known).sha256 === group.sha256) {
      return { generation, records, changed: 0, removed: 0, unreadable };
    }
    checkFits(group, known, options);
    return await loadRecords(sql, known.id, read, options);
  }
  const id = (await ensureGroups(sql, source, format, [name])).get(name);
  if (id === undefined) throw new Error(`${titleOf(group)} was not made`);
  try {
    return await loadRecords(sql, id, read, options);
  } catch (error) {
    // What was never there is not there after a failure, either.
    await sql`delete from feed_groups where id = ${id} and generation = 0`.catch(() => {});
    throw error;
  }
}

async function importGroup(
  sql: Sql,
  read: ReadGroup,
  known: FeedGroup | undefined,
  options: ImportOptions,
): Promise<ImportedGroup> {
  const { group } = read;
  const { source, name } = group;
  const before = { generation: known?.generation ?? 0, records: known?.records ?? 0 };
  try {
    const change = await loadGroup(sql, read, known, options);
    const outcome = change.generation === before.generation ? 'unchanged' : 'loaded';
    return { source, name, outcome, ...change, code: null, message: null };
  } catch (thrown) {
    const error = asDatabaseError(asFailure(group, thrown));
    if (isConnectionFailure(thrown) || !(error instanceof TidewaiterError)) throw error;
    const code = codeOf(error, 'failed');
    return {
      source,
      name,
      outcome: code === 'feed_bundle_older' ? 'refused' : 'failed',
      ...before,
      changed: 0,
      removed: 0,
      code,
      message: error.message,
    };
  }
}

/**
 * Loads all groups of a bundle that was found whole (`checkBundleFile`), and tells what became of
 * each when it is done. Stops where nothing can go on: the database is away, the file is gone.
 *
 * @throws TidewaiterError `feed_bundle_malformed`, `database_unavailable`
 */
export async function* importBundle(
  sql: Sql,
  file: FeedFile,
  options: ImportOptions,
): AsyncGenerator<ImportedGroup> {
  const bundle = await openBundleFile(file);
  for await (const read of bundle.groups()) {
    const { source, name } = read.group;
    const known = (await listGroups(sql)).find((one) => one.source === source && one.name === name);
    yield await importGroup(sql, read, known, options);
  }
}
