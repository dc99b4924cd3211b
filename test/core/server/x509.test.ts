/**
 * Loading the X.509 library without leaving anything behind.
 *
 * @module
 */

import { describe, expect, it } from 'vitest';
import { loadX509 } from '../../../core/server/x509.ts';

describe('loadX509', () => {
  it('leaves the global Reflect as it was', async () => {
    await loadX509();
    expect(Object.keys(Reflect)).toEqual([]);
  });

  it('loads the library once', () => {
    expect(loadX509()).toBe(loadX509());
  });
});
