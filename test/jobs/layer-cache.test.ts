import { describe, expect, it } from 'vitest';
import { analyzersKey } from '../../jobs/layer-cache.ts';
import { LIMITS, NO_INSPECTIONS } from './support.ts';

const TASK = { limits: LIMITS, inspections: NO_INSPECTIONS };

describe('the key of a layer that was read', () => {
  it('is the same in whatever order the layers below have shown what they hold', () => {
    expect(analyzersKey(TASK, ['dpkg', 'apk'])).toBe(analyzersKey(TASK, ['apk', 'dpkg']));
  });

  it('is another one for all that the reading depends on', () => {
    const keys = [
      analyzersKey(TASK, []),
      analyzersKey(TASK, ['apk']),
      analyzersKey({ ...TASK, limits: { ...LIMITS, fileBytes: 1 } }, []),
      analyzersKey({ ...TASK, inspections: { ...NO_INSPECTIONS, verification: true } }, []),
      analyzersKey({ ...TASK, inspections: { ...NO_INSPECTIONS, hints: true } }, []),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });
});
