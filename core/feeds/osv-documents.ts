/**
 * Advisories of the OSV records in documents, each id once.
 *
 * @module
 */
import type { Advisory } from '../vulnerabilities/advisory.ts';
import { malformed } from './bytes.ts';
import { documentsOf } from './collections.ts';
import type { FeedFile, FeedFormat, NoteUnreadable } from './format.ts';
import { advisoryOf } from './osv-record.ts';
import { type OsvRecord, readOsvRecord } from './osv-schema.ts';
import type { ArchivedFile } from './tar.ts';

/** Bytes of one record; the largest known ones, of the kernel, have a few million. */
export const LARGEST_RECORD = 16 * 1024 * 1024;

/** Whether a name is that of a record. */
export function isJson(name: string): boolean {
  return name.endsWith('.json');
}

/** Which records are taken. */
export type TakesRecord = (record: OsvRecord) => boolean;

/**
 * The advisories in the order of the documents; says at the end whether any document was a record.
 * Of several with one id the first counts, the others are noted.
 */
export async function* advisoriesIn(
  documents: AsyncIterable<ArchivedFile>,
  note: NoteUnreadable,
  takes: TakesRecord = () => true,
): AsyncGenerator<Advisory, boolean> {
  const seen = new Set<string>();
  let isOsv = false;
  for await (const { name, content } of documents) {
    const record = readOsvRecord(name, content.toString('utf8'), note);
    if (record === undefined) continue;
    isOsv = true;
    if (!takes(record)) continue;
    if (seen.has(record.id)) {
      note(name, `another document is ${record.id} already`);
      continue;
    }
    seen.add(record.id);
    yield advisoryOf(record, note);
  }
  return isOsv;
}

/**
 * The advisories of a whole source or group.
 *
 * @throws TidewaiterError `feed_malformed` where no document is a record
 */
export async function* osvAdvisories(
  source: Pick<FeedFile, 'name'>,
  documents: AsyncIterable<ArchivedFile>,
  note: NoteUnreadable,
  takes?: TakesRecord,
): AsyncGenerator<Advisory> {
  const isOsv = yield* advisoriesIn(documents, note, takes);
  if (!isOsv) throw malformed(source, 'it has no OSV record');
}

/** A source whose records are one group: an archive, or the same in folders. */
export interface OsvCollection extends Pick<FeedFormat, 'name' | 'url'> {
  readonly group: string;
  /** What errors call its folder. */
  readonly folder: string;
  /** Which files are records, by their names. */
  readonly wants: (name: string) => boolean;
  readonly takes?: TakesRecord;
}

/** The format of such a source. Nothing in it tells of changes but all of it. */
export function osvCollection(
  { name, url, group, folder, wants, takes }: OsvCollection,
): FeedFormat {
  return {
    name,
    url,
    groups: () => Promise.resolve([group]),
    watched: () => [],
    async *read(_group, files, note) {
      const documents = documentsOf(files, { wants, limit: LARGEST_RECORD, note });
      yield* osvAdvisories(files.single ?? { name: folder }, documents, note, takes);
    },
  };
}
