/**
 * OpenVEX documents: one, or a folder or an archive of them. They have no place of their own: each
 * publisher has one, and which of them is trusted is for the operator to say.
 *
 * @module
 */
import type { Assessment } from '../vulnerabilities/advisory.ts';
import { documentsIn, documentsOf, isJsonPath, requireSome } from './documents.ts';
import { malformed } from './bytes.ts';
import type { FeedFiles, FeedFormat, NoteUnreadable } from './format.ts';
import { assessmentsOf } from './openvex-document.ts';

/** Bytes of one document. */
export const LARGEST_OPENVEX = 64 * 1024 * 1024;

export const openvex: FeedFormat = {
  name: 'openvex',
  url: '',
  groups: () => Promise.resolve(['all']),
  watched: (_group, { single }) => single === undefined ? [] : [single.name],
  read: (_group, files, note) => read(files, note),
};

async function* read(files: FeedFiles, note: NoteUnreadable): AsyncGenerator<Assessment> {
  const options = { wants: isJsonPath, limit: LARGEST_OPENVEX, note };
  const { single } = files;
  const documents = single === undefined
    ? await documentsIn(files, options)
    : documentsOf(single, options);
  if (documents === undefined) {
    throw malformed({ name: 'folder' }, 'nobody can list it: name one document or an archive');
  }
  let count = 0;
  for await (const { path, content } of documents) {
    // The name that a document alone was fetched by is nothing that lasts.
    const prefix = path === single?.name ? undefined : path;
    const assessments = assessmentsOf(content.toString('utf8'), { prefix, note });
    if (assessments === undefined) {
      note(path, 'it is no OpenVEX document');
      continue;
    }
    count += 1;
    yield* assessments;
  }
  requireSome(count, single?.name ?? 'folder', 'OpenVEX document that can be read');
}
