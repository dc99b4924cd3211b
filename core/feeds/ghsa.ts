/**
 * The advisories of GitHub's repository `advisory-database`: OSV records, one in each file below
 * `advisories/github-reviewed/`. The unreviewed ones beside them name no packages.
 *
 * @module
 */
import type { FeedFormat } from './format.ts';
import { isJson, osvCollection } from './osv-documents.ts';

const UNREVIEWED = /(?:^|\/)unreviewed\//;

/** GitHub's reviewed advisories, as an archive or a checkout of their repository. */
export const ghsa: FeedFormat = osvCollection({
  name: 'ghsa',
  url: 'https://codeload.github.com/github/advisory-database/tar.gz/refs/heads/main',
  group: 'reviewed',
  folder: 'advisories',
  wants: (name) => isJson(name) && !UNREVIEWED.test(name),
  takes: ({ database_specific: specific }) => specific?.github_reviewed !== false,
});
