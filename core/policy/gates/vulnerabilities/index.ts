/**
 * Gate `vulnerabilities`: known vulnerabilities of the packages, and what is known of the feeds that
 * tell of them.
 *
 * @module
 */
import type { Gate } from '../types.ts';
import { blacklist } from './blacklist.ts';
import { staleFeedData, vulnerabilityDataUnavailable } from './feeds.ts';
import { packageTrigger } from './package.ts';

export const vulnerabilitiesGate: Gate = {
  name: 'vulnerabilities',
  description: 'Known vulnerabilities of packages, and the age of what is known of them',
  state: 'active',
  triggers: [packageTrigger, staleFeedData, vulnerabilityDataUnavailable, blacklist],
};
