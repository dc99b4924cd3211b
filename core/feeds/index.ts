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
import { azurelinuxOval, oracleOval, suseOval } from './oval/index.ts';
import { redhatAdvisories } from './redhat-advisories.ts';
import { redhatVex } from './redhat-vex.ts';
import { redhatRepositories } from './repository-cpes.ts';
import { chainguard, minimos, secdb, wolfi } from './secdb.ts';
import { suseAdvisories } from './suse-advisories.ts';
import { suseVex } from './suse-vex.ts';
import { ubuntu } from './ubuntu.ts';
import { updateinfo } from './updateinfo/index.ts';
import { vexRepository } from './vex-repository.ts';

export const FORMATS: readonly FeedFormat[] = [
  azurelinuxOval,
  chainguard,
  debian,
  endOfLife,
  epss,
  ghsa,
  kev,
  minimos,
  nvd,
  openvex,
  oracleOval,
  osv,
  redhatAdvisories,
  redhatRepositories,
  redhatVex,
  secdb,
  suseAdvisories,
  suseOval,
  suseVex,
  ubuntu,
  updateinfo,
  vexRepository,
  wolfi,
];
