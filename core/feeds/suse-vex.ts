/**
 * SUSE's VEX documents: one for each vulnerability.
 *
 * @module
 */
import { csafFormat } from './csaf/format.ts';
import { SUSE } from './csaf/suse.ts';

export const suseVex = csafFormat({
  name: 'suse-vex',
  url: 'https://ftp.suse.com/pub/projects/security/csaf-vex/',
  vendor: SUSE,
});
