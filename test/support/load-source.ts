/**
 * Whole sources loaded into a database, as a core loads them: asked for changes first, group by group.
 *
 * @module
 */
import type { Sql } from '../../core/database/connection.ts';
import { codeOf } from '../../core/errors.ts';
import { openFeedFiles } from '../../core/feeds/files.ts';
import type { FeedFormat } from '../../core/feeds/format.ts';
import { loadGroup } from '../../core/feeds/load.ts';
import { type FeedSource, Validators } from '../../core/feeds/source.ts';
import {
  ensureGroups,
  type FeedGroup,
  listGroups,
} from '../../core/vulnerabilities/store/groups.ts';

/** A source under a name of its own. */
export interface SourceToLoad {
  readonly name: string;
  readonly format: FeedFormat;
  /** A path or a URL. */
  readonly place: string;
}

export interface LoadSourceOptions {
  /** A folder for temporary files. */
  readonly scratch: string;
  /** Whether to read all, whatever the source says of changes. */
  readonly isForced?: boolean;
}

/** What became of one group. */
export interface LoadedGroup {
  readonly group: string;
  /** `loaded`, `unchanged` where the source said so and nothing was read, else a failure's code. */
  readonly outcome: string;
}

function validatorsOf({ validators }: FeedGroup): Validators {
  return Validators.parse(validators);
}

async function loadOne(
  sql: Sql,
  { name: source, format }: SourceToLoad,
  files: FeedSource,
  name: string,
  isForced: boolean,
): Promise<string> {
  const known = (await listGroups(sql)).find((one) => one.source === source && one.name === name);
  if (known === undefined) throw new Error(`there is no group ${name} of ${source}`);
  const watched = format.watched(name, files);
  const isChanged = await files.changed(watched, validatorsOf(known));
  if (!isChanged && !isForced) return 'unchanged';
  const group = { id: known.id, name, newest: isForced ? null : known.newest };
  await loadGroup(sql, format, group, files, { validators: files.validators(watched) });
  return 'loaded';
}

/** Loads all groups of a source. A group that fails does not keep the others from being loaded. */
export async function loadSource(
  sql: Sql,
  source: SourceToLoad,
  { scratch, isForced = false }: LoadSourceOptions,
): Promise<readonly LoadedGroup[]> {
  const groups = (await listGroups(sql)).filter((one) => one.source === source.name);
  const known = isForced ? {} : Object.assign({}, ...groups.map(validatorsOf));
  const files = await openFeedFiles(source.place, { scratch, known, proxy: 'none' });
  if (files === undefined) return groups.map(({ name }) => ({ group: name, outcome: 'unchanged' }));
  try {
    const names = await source.format.groups(files);
    await ensureGroups(sql, source.name, source.format.name, names);
    const loaded: LoadedGroup[] = [];
    for (const group of names) {
      const outcome = await loadOne(sql, source, files, group, isForced).catch((error: unknown) =>
        codeOf(error, String(error))
      );
      loaded.push({ group, outcome });
    }
    return loaded;
  } finally {
    await files.close();
  }
}
