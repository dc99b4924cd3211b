/**
 * All formats of feeds. A new one is one file and one line here.
 *
 * @module
 */
import { debian } from './debian.ts';
import { endOfLife } from './end-of-life.ts';
import { epss } from './epss.ts';
import type { FeedFormat } from './format.ts';
import { ghsa } from './ghsa.ts';
import { kev } from './kev.ts';
import { nvd } from './nvd.ts';
import { osv } from './osv.ts';
import { chainguard, minimos, secdb, wolfi } from './secdb.ts';
import { ubuntu } from './ubuntu.ts';

export const FORMATS: readonly FeedFormat[] = [
  chainguard,
  debian,
  endOfLife,
  epss,
  ghsa,
  kev,
  minimos,
  nvd,
  osv,
  secdb,
  ubuntu,
  wolfi,
];
