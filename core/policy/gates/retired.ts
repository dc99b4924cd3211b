/**
 * Gates of the past: bundles that name them are refused with the way out, and evaluated without
 * them where they are stored already.
 *
 * @module
 */

/** Names of retired gates, each with its successor where it has one. */
export const RETIRED_GATES: ReadonlyMap<string, string | undefined> = new Map([
  ['anchoresec', 'vulnerabilities'],
  ['dockerfilecheck', 'dockerfile'],
  ['filecheck', 'files'],
  ['fileparse_passwd', 'passwd_file'],
  ['gemcheck', 'ruby_gems'],
  ['imagecheck', undefined],
  ['licblacklist', 'licenses'],
  ['metadatacheck', 'metadata'],
  ['npmcheck', 'npms'],
  ['pkgblacklist', 'packages'],
  ['pkgcheck', 'packages'],
  ['pkgdiff', undefined],
  ['secretcheck', 'secret_scans'],
  ['suiddiff', undefined],
]);
