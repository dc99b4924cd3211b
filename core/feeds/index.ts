/**
 * All formats of feeds. A new one is one file and one line here.
 *
 * @module
 */
import type { FeedFormat } from './format.ts';
import { azurelinuxOval, oracleOval, suseOval } from './oval/index.ts';
import { updateinfo } from './updateinfo/index.ts';

export const FORMATS: readonly FeedFormat[] = [
  azurelinuxOval,
  oracleOval,
  suseOval,
  updateinfo,
];
