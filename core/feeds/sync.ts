/**
 * One sync of one source: opens it, finds its groups, and loads those that have changed.
 *
 * @module
 */
import { isConnectionFailure, type Sql } from '../database/connection.ts';
import type { FeedSettings } from '../config/feed-settings.ts';
import type { Log } from '../log.ts';
import {
  ensureGroups,
  type FeedGroup,
  listGroups,
  noteUnchanged,
} from '../vulnerabilities/store/groups.ts';
import {
  beginSync,
  endSync,
  type Failure,
  type GroupOutcome,
  leaveSync,
  type SyncOutcome,
} from '../vulnerabilities/store/sources.ts';
import { configureGroups } from '../vulnerabilities/store/switches.ts';
import { openFeedFiles } from './files.ts';
import type { FeedSource, Validator, Validators } from './source.ts';
import { type ConfiguredSource, shownUrl, wantsGroup } from './sources.ts';
import { tellOutcome } from './sync-events.ts';
import { failureOf, syncGroup, type SyncOptions, unchanged, validatorsOf } from './sync-group.ts';
import { SyncProgress } from './sync-progress.ts';

export interface SyncServices {
  readonly sql: Sql;
  readonly log: Log;
  readonly settings: Pick<FeedSettings, 'proxy' | 'ca_files'>;
  /** Folder for temporary files. */
  readonly scratch: string;
}

/** The groups of a source that are to be loaded, as far as they are known. */
async function wantedGroups(sql: Sql, source: ConfiguredSource): Promise<FeedGroup[]> {
  return (await listGroups(sql)).filter((group) =>
    group.source === source.name && group.switched && wantsGroup(source, group.name)
  );
}

/** What all groups agree on: of a source that is one file, whether it is still that one. */
function commonValidators(groups: readonly FeedGroup[]): Validators {
  const [first = {}, ...others] = groups.map(validatorsOf);
  const isCommon = ([path, { sha256 }]: readonly [string, Validator]) =>
    others.every((one) => Object.hasOwn(one, path) && one[path]?.sha256 === sha256);
  return Object.fromEntries(Object.entries(first).filter(isCommon));
}

/** Finds the groups of a source that is open, and makes known those that are new. */
async function findGroups(
  sql: Sql,
  source: ConfiguredSource,
  files: FeedSource,
): Promise<FeedGroup[]> {
  const found = await source.format.groups(files);
  const names = [...new Set(found)].filter((name) => wantsGroup(source, name));
  const ids = await ensureGroups(sql, source.name, source.format.name, names);
  await configureGroups(sql, [...ids.values()], { othersStay: true });
  return (await wantedGroups(sql, source)).filter(({ name }) => ids.has(name));
}

/** The outcomes of the groups; none of them keeps another from being loaded. */
async function syncGroups(
  { sql, log, settings, scratch }: SyncServices,
  source: ConfiguredSource,
  known: readonly FeedGroup[],
  options: SyncOptions,
): Promise<GroupOutcome[]> {
  const { signal } = options;
  const progress = new SyncProgress({ sql, log, source: source.name, signal });
  const files = await openFeedFiles(source.url, {
    scratch,
    signal,
    known: options.isAnew ? {} : commonValidators(known),
    proxy: settings.proxy,
    caFiles: settings.ca_files,
    onProgress: progress.fetched,
  });
  if (files === undefined) {
    await noteUnchanged(sql, known.map(({ id }) => id));
    return known.map((group) => ({ group: group.name, ...unchanged(group), seconds: 0 }));
  }
  try {
    const outcomes: GroupOutcome[] = [];
    for (const group of await findGroups(sql, source, files)) {
      outcomes.push(await syncGroup(sql, source.format, group, files, progress, options));
    }
    return outcomes;
  } finally {
    await files.close();
  }
}

function sumOf(groups: readonly GroupOutcome[], of: (group: GroupOutcome) => number): number {
  return groups.reduce((sum, group) => sum + of(group), 0);
}

/** One line on how it went. */
function tellLog(log: Log, source: string, outcome: SyncOutcome): void {
  const { groups, seconds, failure } = outcome;
  const counts = {
    source,
    groups: groups.length,
    records: sumOf(groups, ({ records }) => records),
    changed: sumOf(groups, ({ changed }) => changed),
    removed: sumOf(groups, ({ removed }) => removed),
    unreadable: sumOf(groups, ({ unreadable }) => unreadable),
    seconds: Math.round(seconds * 10) / 10,
  };
  for (const { group, failure: own } of groups) {
    if (own !== undefined) log.warn('a feed cannot be loaded', { source, group, ...told(own) });
  }
  if (failure !== undefined) log.warn('a feed cannot be loaded', { source, ...told(failure) });
  else if (counts.changed + counts.removed > 0) log.info('a feed is loaded', counts);
  else log.info('a feed is as it was', counts);
}

function told({ code, message }: Failure) {
  return { code, error: message };
}

/**
 * Syncs a source and notes how it went. What fails at the source is in the outcome; what was loaded
 * before stays.
 *
 * @throws what the database fails with while it is away; the signal's reason
 */
export async function syncSource(
  services: SyncServices,
  source: ConfiguredSource,
  signal: AbortSignal,
): Promise<SyncOutcome> {
  const { sql, log } = services;
  const { name } = source;
  const begun = await beginSync(sql, name);
  const began = performance.now();
  log.info('looking at a feed', { source: name, url: shownUrl(source.url) });
  const known = await wantedGroups(sql, source);
  // Who wants all anew takes what is there.
  const mayShrink = source.mayShrink || begun.mayShrink || begun.isAnew;
  const options: SyncOptions = { isAnew: begun.isAnew, mayShrink, signal };
  let groups: readonly GroupOutcome[] = [];
  let failure: Failure | undefined;
  try {
    groups = await syncGroups(services, source, known, options);
  } catch (error) {
    if (signal.aborted) await leaveSync(sql, name).catch(() => {});
    signal.throwIfAborted();
    if (isConnectionFailure(error)) throw error;
    failure = failureOf(error);
  }
  const seconds = Math.round(performance.now() - began) / 1000;
  const outcome = { seconds, groups, ...(failure === undefined ? {} : { failure }) };
  const first = failure ?? groups.find((group) => group.failure !== undefined)?.failure;
  const groupsBefore = new Map(known.map(({ name: group, errorCode, error }) => [
    group,
    errorCode === null ? undefined : { code: errorCode, message: error ?? '' },
  ]));
  await sql.begin(async (tx) => {
    await tellOutcome(tx, name, outcome, begun.before, groupsBefore);
    await endSync(tx, name, begun, outcome, first);
  });
  tellLog(log, name, outcome);
  return outcome;
}
