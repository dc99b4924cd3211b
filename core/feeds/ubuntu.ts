/**
 * Ubuntu's OSV records, as Canonical publishes them: one archive with `cve/YEAR/UBUNTU-CVE-….json`
 * for each vulnerability, and notices (`USN-…`, `LSN-…`) beside them. The former say what is
 * affected; the notices only go with them.
 *
 * @module
 */
import type { FeedFormat } from './format.ts';
import { isJson, osvCollection } from './osv-documents.ts';

/** Ubuntu's records, as an archive or in folders. */
export const ubuntu: FeedFormat = osvCollection({
  name: 'ubuntu',
  url: 'https://security-metadata.canonical.com/osv/osv-all.tar.xz',
  group: 'ubuntu',
  folder: 'cve',
  wants: isJson,
});
