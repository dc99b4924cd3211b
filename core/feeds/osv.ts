/**
 * The format of osv.dev: a folder for each ecosystem, with all records in `all.zip`, each one in
 * `ID.json`, and in `modified_id.csv` what changed when (OSV documentation, "Data dumps"). A single
 * archive, a single record and folders of records are read, too.
 *
 * @module
 */
import type { Advisory } from '../vulnerabilities/advisory.ts';
import { malformed, textOf } from './bytes.ts';
import { documentsBelow, documentsIn, hasDocuments } from './collections.ts';
import type { FeedFiles, FeedFormat, NoteUnreadable } from './format.ts';
import { osvChanges } from './osv-changes.ts';
import { isJson, LARGEST_RECORD, osvAdvisories } from './osv-documents.ts';

const ECOSYSTEMS = 'ecosystems.txt';
const ARCHIVE = 'all.zip';
/** The only group of a source that is not divided into ecosystems. */
const ALL = 'all';

const LARGEST_LIST = 1024 * 1024;
/** Ecosystems with a release behind a colon are parts of others; names in brackets are none. */
const TOP_LEVEL = /^[A-Za-z0-9][A-Za-z0-9 ._+-]{0,99}$/;
/** Commits of repositories, and no packages. */
const COMMITS = 'GIT';

/** Records as osv.dev publishes them, of each ecosystem. */
export const osv: FeedFormat = {
  name: 'osv',
  url: 'https://storage.googleapis.com/osv-vulnerabilities',
  groups,
  watched: (group) => [group === ALL ? ARCHIVE : `${group}/modified_id.csv`],
  read,
  changes: async (group, files, since, note) =>
    group === ALL ? undefined : await osvChanges(group, files, since, note),
};

async function groups(files: FeedFiles): Promise<readonly string[]> {
  if (files.single !== undefined) return [ALL];
  const ecosystems = await listedEcosystems(files) ?? await foundEcosystems(files);
  if (ecosystems.length > 0) return ecosystems;
  if (await files.open(ARCHIVE) !== undefined || await hasDocuments(files, '', isJson)) {
    return [ALL];
  }
  throw malformed({ name: ECOSYSTEMS }, 'there is no such list, and no folder with records');
}

/** What the source lists; where its folders can be seen, only those that are there. */
async function listedEcosystems(files: FeedFiles): Promise<readonly string[] | undefined> {
  const list = await files.open(ECOSYSTEMS);
  if (list === undefined) return undefined;
  const lines = (await textOf(list, LARGEST_LIST)).split('\n').map((line) => line.trim());
  const names = [...new Set(lines)].filter((name) => TOP_LEVEL.test(name) && name !== COMMITS);
  const present = await files.list('');
  return present === undefined ? names : names.filter((name) => present.includes(`${name}/`));
}

async function foundEcosystems(files: FeedFiles): Promise<readonly string[]> {
  const folders = (await files.list('') ?? []).filter((name) => name.endsWith('/'))
    .map((name) => name.slice(0, -1));
  const found = await Promise.all(folders.map((folder) => files.open(`${folder}/${ARCHIVE}`)));
  return folders.filter((_, index) => found[index] !== undefined);
}

async function* read(
  group: string,
  files: FeedFiles,
  note: NoteUnreadable,
): AsyncGenerator<Advisory> {
  const folder = group === ALL ? '' : `${group}/`;
  const path = `${folder}${ARCHIVE}`;
  const file = files.single ?? await files.open(path);
  const options = { wants: isJson, limit: LARGEST_RECORD, note };
  const documents = file === undefined
    ? documentsBelow(files, folder, options)
    : documentsIn(file, options);
  yield* osvAdvisories(file ?? { name: path }, documents, note);
}
