/**
 * The bundle that every new account gets. Its ids are fixed, because clients and scripts name it.
 *
 * @module
 */
import { type Bundle, BUNDLE_VERSION } from './bundle.ts';

const POLICY_ID = '48e6f7d6-1765-11e8-b5f9-8b6f228548b6';
const WHITELIST_ID = '37fd763e-1765-11e8-add4-3b16c029ac5c';

/** The default bundle: the rules of the original's, in its order. */
export const DEFAULT_BUNDLE: Bundle = {
  id: '2c53a13c-1765-11e8-82ef-23527761d060',
  name: 'Default bundle',
  comment: 'Every account begins with this bundle',
  version: BUNDLE_VERSION,
  policies: [
    {
      id: POLICY_ID,
      name: 'DefaultPolicy',
      comment: 'Stops what is open to attack, warns of what is not cared for',
      version: BUNDLE_VERSION,
      rules: [
        {
          id: 'ssh-port-exposed',
          gate: 'dockerfile',
          trigger: 'exposed_ports',
          action: 'STOP',
          params: [{ name: 'ports', value: '22' }, { name: 'type', value: 'blacklist' }],
        },
        {
          id: 'no-healthcheck',
          gate: 'dockerfile',
          trigger: 'instruction',
          action: 'WARN',
          params: [
            { name: 'instruction', value: 'HEALTHCHECK' },
            { name: 'check', value: 'not_exists' },
          ],
        },
        {
          id: 'stale-vulnerability-data',
          gate: 'vulnerabilities',
          trigger: 'stale_feed_data',
          action: 'WARN',
          params: [{ name: 'max_days_since_sync', value: '2' }],
        },
        {
          id: 'no-vulnerability-data',
          gate: 'vulnerabilities',
          trigger: 'vulnerability_data_unavailable',
          action: 'WARN',
          params: [],
        },
        {
          id: 'medium-vulnerabilities',
          gate: 'vulnerabilities',
          trigger: 'package',
          action: 'WARN',
          params: [
            { name: 'package_type', value: 'all' },
            { name: 'severity_comparison', value: '=' },
            { name: 'severity', value: 'medium' },
          ],
        },
        {
          id: 'high-vulnerabilities',
          gate: 'vulnerabilities',
          trigger: 'package',
          action: 'STOP',
          params: [
            { name: 'package_type', value: 'all' },
            { name: 'severity_comparison', value: '>' },
            { name: 'severity', value: 'medium' },
          ],
        },
      ],
    },
  ],
  whitelists: [
    {
      id: WHITELIST_ID,
      name: 'Global Whitelist',
      comment: 'Exceptions for all images; empty at first',
      version: BUNDLE_VERSION,
      items: [],
    },
  ],
  mappings: [
    {
      id: 'default',
      name: 'default',
      registry: '*',
      repository: '*',
      image: { type: 'tag', value: '*' },
      policy_ids: [POLICY_ID],
      whitelist_ids: [WHITELIST_ID],
    },
  ],
  whitelisted_images: [],
  blacklisted_images: [],
};
