/**
 * Red Hat's VEX documents: one for each vulnerability, with what is fixed, affected and not affected.
 *
 * @module
 */
import { csafFormat } from './csaf/format.ts';
import { REDHAT } from './csaf/redhat.ts';

export const redhatVex = csafFormat({
  name: 'redhat-vex',
  url: 'https://security.access.redhat.com/data/csaf/v2/vex/',
  vendor: REDHAT,
});
