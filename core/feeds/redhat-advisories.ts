/**
 * Red Hat's advisories: one document for each RHSA, RHBA and RHEA, with what it fixes.
 *
 * @module
 */
import { csafFormat } from './csaf/format.ts';
import { REDHAT } from './csaf/redhat.ts';

export const redhatAdvisories = csafFormat({
  name: 'redhat-advisories',
  url: 'https://security.access.redhat.com/data/csaf/v2/advisories/',
  vendor: REDHAT,
});
