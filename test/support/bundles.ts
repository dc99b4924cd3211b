/**
 * Policy bundles for tests.
 *
 * @module
 */

/** A bundle that stops every image. */
export const STOP_ALL = {
  id: 'stop-all',
  name: 'stop-all',
  version: '1_0',
  policies: [{
    id: 'p',
    name: 'p',
    version: '1_0',
    rules: [{ id: 'r', gate: 'always', trigger: 'always', action: 'stop', params: [] }],
  }],
  whitelists: [],
  mappings: [{
    id: 'm',
    name: 'm',
    registry: '*',
    repository: '*',
    image: { type: 'tag', value: '*' },
    policy_ids: ['p'],
    whitelist_ids: [],
  }],
  whitelisted_images: [],
  blacklisted_images: [],
};
