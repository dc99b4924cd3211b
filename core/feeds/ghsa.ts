/**
 * The advisories of GitHub's repository `advisory-database`: OSV records, one in each file below
 * `advisories/github-reviewed/`. The unreviewed ones beside them name no packages.
 *
 * @module
 */
import type { Advisory } from '../vulnerabilities/advisory.ts';
import { documentsOf } from './collections.ts';
import type { FeedFiles, FeedFormat, NoteUnreadable } from './format.ts';
import { isJson, LARGEST_RECORD, osvAdvisories } from './osv-documents.ts';

const GROUP = 'reviewed';
const UNREVIEWED = /(?:^|\/)unreviewed\//;

/** GitHub's reviewed advisories, as an archive or a checkout of their repository. */
export const ghsa: FeedFormat = {
  name: 'ghsa',
  url: 'https://codeload.github.com/github/advisory-database/tar.gz/refs/heads/main',
  groups: () => Promise.resolve([GROUP]),
  watched: () => [],
  read,
};

async function* read(
  _group: string,
  files: FeedFiles,
  note: NoteUnreadable,
): AsyncGenerator<Advisory> {
  const wants = (name: string) => isJson(name) && !UNREVIEWED.test(name);
  const options = { wants, limit: LARGEST_RECORD, note };
  yield* osvAdvisories(
    files.single ?? { name: 'advisories' },
    documentsOf(files, options),
    note,
    ({ database_specific: specific }) => specific?.github_reviewed !== false,
  );
}
