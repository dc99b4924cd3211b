/**
 * All formats of feeds. A new one is one file and one line here.
 *
 * @module
 */
import type { FeedFormat } from './format.ts';
import { openvex } from './openvex.ts';
import { redhatAdvisories } from './redhat-advisories.ts';
import { redhatVex } from './redhat-vex.ts';
import { redhatRepositories } from './repository-cpes.ts';
import { suseAdvisories } from './suse-advisories.ts';
import { suseVex } from './suse-vex.ts';
import { vexRepository } from './vex-repository.ts';

export const FORMATS: readonly FeedFormat[] = [
  openvex,
  redhatAdvisories,
  redhatRepositories,
  redhatVex,
  suseAdvisories,
  suseVex,
  vexRepository,
];
