/**
 * A publisher's documents as a format of feeds.
 *
 * @module
 */
import type { Advisory } from '../../vulnerabilities/advisory.ts';
import { type FoundDocument, requireSome } from '../documents.ts';
import type { FeedChange, FeedFiles, FeedFormat, NoteUnreadable } from '../format.ts';
import { advisoryOf } from './advisory.ts';
import { keyOfDocument, parseCsaf } from './document.ts';
import {
  allDocuments,
  ARCHIVE,
  type Change,
  changedDocument,
  CHANGES,
  changesSince,
  DELETIONS,
  keyOfPath,
} from './provider.ts';
import type { Vendor } from './vendor.ts';

const GROUP = 'all';

/** What a format of CSAF documents is made of. */
export interface CsafFormatOptions {
  readonly name: string;
  readonly url: string;
  readonly vendor: Vendor;
}

/** A format of feeds: one record for each document. */
export function csafFormat({ name, url, vendor }: CsafFormatOptions): FeedFormat {
  return {
    name,
    url,
    groups: () => Promise.resolve([GROUP]),
    watched: (_group, { single }) =>
      single === undefined ? [ARCHIVE, CHANGES, DELETIONS] : [single.name],
    read: (_group, files, note) => read(files, vendor, note),
    changes: async (_group, files, since, note) => {
      const changes = await changesSince(files, since, note);
      return changes === undefined ? undefined : readChanges(files, changes, vendor, note);
    },
  };
}

async function* read(
  files: FeedFiles,
  vendor: Vendor,
  note: NoteUnreadable,
): AsyncGenerator<Advisory> {
  const seen = new Set<string>();
  for await (const document of allDocuments(files, note)) {
    const found = recordOf(document, vendor, note);
    if (found === undefined) continue;
    const { key, record } = found;
    if (seen.has(key)) {
      note(document.path, 'another document of the source has its id');
      continue;
    }
    seen.add(key);
    if (record !== undefined) yield record;
  }
  requireSome(seen.size, files.single?.name ?? 'folder', 'CSAF document that can be read');
}

async function* readChanges(
  files: FeedFiles,
  changes: readonly Change[],
  vendor: Vendor,
  note: NoteUnreadable,
): AsyncGenerator<FeedChange> {
  for (const { path, isDeleted } of changes) {
    if (isDeleted) {
      yield { removed: keyOfPath(path) };
      continue;
    }
    const content = await changedDocument(files, path, note);
    const found = content === undefined ? undefined : recordOf({ path, content }, vendor, note);
    if (found === undefined) continue;
    yield found.record === undefined ? { removed: found.key } : { record: found.record };
  }
}

/** A document's key and its record, which one of no vulnerability has not; undefined for none. */
function recordOf(
  { path, content }: FoundDocument,
  vendor: Vendor,
  note: NoteUnreadable,
): { readonly key: string; readonly record: Advisory | undefined } | undefined {
  try {
    const csaf = parseCsaf(content);
    if (csaf !== undefined) {
      const key = keyOfDocument(csaf.head.tracking.id);
      return { key, record: advisoryOf(csaf, vendor, note) };
    }
    note(path, 'it is no CSAF document with an id');
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    note(path, 'it is not JSON');
  }
  return undefined;
}
