/**
 * Ubuntu's OSV records, as Canonical publishes them: one archive with `cve/YEAR/UBUNTU-CVE-….json`
 * for each vulnerability, and notices (`USN-…`, `LSN-…`) beside them. The former say what is
 * affected; the notices only go with them.
 *
 * @module
 */
import type { Advisory } from '../vulnerabilities/advisory.ts';
import { documentsOf } from './collections.ts';
import type { FeedFiles, FeedFormat, NoteUnreadable } from './format.ts';
import { isJson, LARGEST_RECORD, osvAdvisories } from './osv-documents.ts';

const GROUP = 'ubuntu';

/** Ubuntu's records, as an archive or in folders. */
export const ubuntu: FeedFormat = {
  name: 'ubuntu',
  url: 'https://security-metadata.canonical.com/osv/osv-all.tar.xz',
  groups: () => Promise.resolve([GROUP]),
  watched: () => [],
  read,
};

async function* read(
  _group: string,
  files: FeedFiles,
  note: NoteUnreadable,
): AsyncGenerator<Advisory> {
  const options = { wants: isJson, limit: LARGEST_RECORD, note };
  yield* osvAdvisories(files.single ?? { name: 'cve' }, documentsOf(files, options), note);
}
