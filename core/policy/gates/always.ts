/**
 * Gate `always`: for trying out bundles, and for denying everything that no earlier mapping took.
 *
 * @module
 */
import type { Gate } from './types.ts';

export const alwaysGate: Gate = {
  name: 'always',
  description: 'Fires for every image: to try out a bundle, or to deny what is not mapped',
  state: 'active',
  triggers: [
    {
      name: 'always',
      description: 'Fires for every image',
      parameters: [],
      evaluate: () => [{ message: 'Unconditional trigger match', triggerId: 'always' }],
    },
  ],
};
