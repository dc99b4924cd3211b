/**
 * Which records of an ecosystem have changed, as osv.dev's `modified_id.csv` tells: `TIME,ID` in each
 * line, the newest first.
 *
 * @module
 */
import { Buffer } from 'node:buffer';
import { textOf } from './bytes.ts';
import type { FeedChange, FeedFile, FeedFiles, NoteUnreadable } from './format.ts';
import { linesOf } from './lines.ts';
import { advisoriesIn, LARGEST_RECORD } from './osv-documents.ts';
import type { ArchivedFile } from './tar.ts';

/** Beyond so many changes all records at once come sooner than one after the other. */
const MOST_CHANGES = 3000;
/** Records that are fetched at the same time. */
const AT_ONCE = 8;
/** Ids name files, and nothing but files of that folder. */
const LINE = /^([0-9T:.+Z-]{20,40}),([A-Za-z0-9][A-Za-z0-9._:+-]{0,199})$/;

/**
 * The records that were changed at a time or later; those with a time in the future always, since it
 * tells nothing. Undefined where the list is missing or not of this form, where it names records
 * that cannot be had one by one, or where too much has changed.
 */
export async function osvChanges(
  folder: string,
  files: FeedFiles,
  since: string,
  note: NoteUnreadable,
): Promise<AsyncGenerator<FeedChange> | undefined> {
  const list = await files.open(`${folder}/modified_id.csv`);
  const ids = list === undefined ? undefined : await changedIds(list, Date.parse(since));
  const records = ids && await filesOf(ids.map((id) => `${folder}/${id}.json`), files);
  return records && changesOf(records, note);
}

async function changedIds(list: FeedFile, since: number): Promise<readonly string[] | undefined> {
  const ids = new Set<string>();
  // All lines are read: where clocks are wrong, newer ones stand behind older ones.
  for await (const { lines } of linesOf(list)) {
    for (const line of lines) {
      const [, time = '', id] = LINE.exec(line) ?? [];
      const modified = Date.parse(time);
      if (id === undefined || Number.isNaN(modified) || Number.isNaN(since)) return undefined;
      if (modified >= since) ids.add(id);
      if (ids.size > MOST_CHANGES) return undefined;
    }
  }
  return [...ids];
}

/** Undefined where one of them is missing: what is listed is published, in the archive at least. */
async function filesOf(
  paths: readonly string[],
  files: FeedFiles,
): Promise<readonly FeedFile[] | undefined> {
  const found: FeedFile[] = [];
  for (let start = 0; start < paths.length; start += AT_ONCE) {
    const some = paths.slice(start, start + AT_ONCE).map((path) => files.open(path));
    for (const file of await Promise.all(some)) {
      if (file === undefined) return undefined;
      found.push(file);
    }
  }
  return found;
}

async function* changesOf(
  records: readonly FeedFile[],
  note: NoteUnreadable,
): AsyncGenerator<FeedChange> {
  for await (const record of advisoriesIn(documentsOf(records, note), note)) yield { record };
}

async function* documentsOf(
  records: readonly FeedFile[],
  note: NoteUnreadable,
): AsyncGenerator<ArchivedFile> {
  for (const file of records) {
    if (file.size > LARGEST_RECORD) {
      note(file.name, `its ${file.size} bytes are more than ${LARGEST_RECORD}`);
    } else {
      yield { name: file.name, content: Buffer.from(await textOf(file, LARGEST_RECORD)) };
    }
  }
}
