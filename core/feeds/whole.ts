/**
 * What holds for the records of every file: each key once, and not a single one means a wrong file.
 *
 * @module
 */
import type { FeedRecord } from '../vulnerabilities/advisory.ts';
import { malformed } from './bytes.ts';
import type { FeedFile, NoteUnreadable } from './format.ts';

/** Makes records of a file's parts, noting those that it cannot read. */
export type ReadRecords<T extends FeedRecord> = (note: NoteUnreadable) => AsyncGenerator<T>;

/**
 * The records of a file. One whose key has come already is noted and left out.
 *
 * @param keys keys of the group's files before this one; those of this one are added
 * @throws TidewaiterError `feed_malformed` where there is something, and nothing of it can be read
 */
export async function* wholeFile<T extends FeedRecord>(
  file: FeedFile,
  keys: Set<string>,
  note: NoteUnreadable,
  read: ReadRecords<T>,
): AsyncGenerator<T> {
  let firstFault: string | undefined;
  let hasRecords = false;
  const records = read((record, reason) => {
    firstFault ??= `${record}: ${reason}`;
    note(record, reason);
  });
  for await (const record of records) {
    hasRecords = true;
    if (keys.has(record.key)) note(record.key, 'its key comes twice');
    else {
      keys.add(record.key);
      yield record;
    }
  }
  if (!hasRecords && firstFault !== undefined) {
    throw malformed(file, `it has no record that can be read; the first: ${firstFault}`);
  }
}
