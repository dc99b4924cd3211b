/**
 * All formats of feeds. A new one is one file and one line here.
 *
 * @module
 */
import type { FeedFormat } from './format.ts';
import { ghsa } from './ghsa.ts';
import { osv } from './osv.ts';
import { ubuntu } from './ubuntu.ts';

export const FORMATS: readonly FeedFormat[] = [
  ghsa,
  osv,
  ubuntu,
];
