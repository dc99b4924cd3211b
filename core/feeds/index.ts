/**
 * All formats of feeds. A new one is one file and one line here.
 *
 * @module
 */
import { debian } from './debian.ts';
import { endOfLife } from './end-of-life.ts';
import { epss } from './epss.ts';
import type { FeedFormat } from './format.ts';
import { kev } from './kev.ts';
import { nvd } from './nvd.ts';
import { chainguard, minimos, secdb, wolfi } from './secdb.ts';

export const FORMATS: readonly FeedFormat[] = [
  chainguard,
  debian,
  endOfLife,
  epss,
  kev,
  minimos,
  nvd,
  secdb,
  wolfi,
];
