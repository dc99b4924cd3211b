import { describe, expect, it } from 'vitest';
import { exceptionsOf } from '../../../core/policy/exceptions.ts';
import { validateBundle } from '../../../core/policy/index.ts';
import { ALWAYS, bundleOf, evaluate, factsOf } from './samples.ts';

const FOREVER = { gate: 'always', trigger_id: '*' };

function withItems(items: readonly Record<string, unknown>[]) {
  const bundle = bundleOf([ALWAYS], {
    whitelists: [{ id: 'w1', name: 'accepted', version: '1_0', items: items as never }],
  });
  const mappings = bundle.mappings.map((mapping) => ({ ...mapping, whitelist_ids: ['w1'] }));
  return { ...bundle, mappings };
}

describe('exceptions of a bundle', () => {
  it('tell who answers for them, why, where and until when', () => {
    const item = {
      id: 'i1',
      gate: 'vulnerabilities',
      trigger_id: 'CVE-2020-1+*',
      expires_on: '2026-12-31T00:00:00Z',
      owner: 'team-a',
      reason: 'the function is never called',
      ticket: 'SEC-12',
    };
    expect(exceptionsOf(withItems([item, FOREVER]))).toEqual([
      {
        whitelist: 'w1',
        whitelistName: 'accepted',
        item: 'i1',
        gate: 'vulnerabilities',
        triggerId: 'CVE-2020-1+*',
        owner: 'team-a',
        reason: 'the function is never called',
        ticket: 'SEC-12',
        expiresOn: new Date('2026-12-31T00:00:00Z'),
      },
      {
        whitelist: 'w1',
        whitelistName: 'accepted',
        item: '*',
        gate: 'always',
        triggerId: '*',
        expiresOn: undefined,
      },
    ]);
  });

  it('stand in the result beside what the original says there, and only where they are told', () => {
    const told = { ...FOREVER, id: 'i1', owner: 'team-a', expires_on: '2026-12-31T00:00:00Z' };
    const [row] = evaluate(withItems([told]), factsOf()).rows;
    expect(row?.whitelisted).toEqual({
      whitelist_name: 'accepted',
      whitelist_id: 'w1',
      matched_rule_id: 'i1',
      owner: 'team-a',
      expires_on: '2026-12-31T00:00:00Z',
    });
    const [plain] = evaluate(withItems([{ ...FOREVER, id: 'i2' }]), factsOf()).rows;
    expect(plain?.whitelisted).toEqual({
      whitelist_name: 'accepted',
      whitelist_id: 'w1',
      matched_rule_id: 'i2',
    });
  });

  it('may hold anything under those keys, as in the original', () => {
    const bundle = withItems([{ ...FOREVER, owner: 7, reason: null, ticket: ['a'] }]);
    expect(validateBundle(bundle).problems).toEqual([]);
    expect(exceptionsOf(bundle)[0]).not.toHaveProperty('owner');
  });
});
