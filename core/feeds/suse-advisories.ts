/**
 * SUSE's advisories: one document for each update of SUSE Linux Enterprise and openSUSE.
 *
 * @module
 */
import { csafFormat } from './csaf/format.ts';
import { SUSE } from './csaf/suse.ts';

export const suseAdvisories = csafFormat({
  name: 'suse-advisories',
  url: 'https://ftp.suse.com/pub/projects/security/csaf/',
  vendor: SUSE,
});
