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
import { openvex } from './openvex.ts';
import { osv } from './osv.ts';
import { redhatAdvisories } from './redhat-advisories.ts';
import { redhatVex } from './redhat-vex.ts';
import { redhatRepositories } from './repository-cpes.ts';
import { chainguard, minimos, secdb, wolfi } from './secdb.ts';
import { suseAdvisories } from './suse-advisories.ts';
import { suseVex } from './suse-vex.ts';
import { ubuntu } from './ubuntu.ts';
import { vexRepository } from './vex-repository.ts';

export const FORMATS: readonly FeedFormat[] = [
  chainguard,
  debian,
  endOfLife,
  epss,
  ghsa,
  kev,
  minimos,
  nvd,
  openvex,
  osv,
  redhatAdvisories,
  redhatRepositories,
  redhatVex,
  secdb,
  suseAdvisories,
  suseVex,
  ubuntu,
  vexRepository,
  wolfi,
];
