/**
 * OVAL (Open Vulnerability and Assessment Language 5.x), as those vendors write it who publish it.
 *
 * @module
 */
export { azurelinuxOval } from './azurelinux.ts';
export { oracleOval } from './oracle.ts';
export { suseOval } from './suse.ts';
