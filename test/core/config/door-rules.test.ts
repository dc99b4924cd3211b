import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../../core/config/load.ts';
import { DoorRule } from '../../../core/config/schema.ts';
import { chosenPolicy, fits, policyOf } from '../../../core/config/door-rules.ts';

describe('fits', () => {
  it.each([
    ['team-a', 'team-a', true],
    ['team-a', 'team-b', false],
    ['*', '', true],
    ['team-*', 'team-', true],
    ['team-*', 'my-team-a', false],
    ['*-dev', 'a-dev', true],
    ['*-dev', 'dev', false],
    ['a*b*c', 'axxbyyc', true],
    ['a*b*c', 'abc', true],
    ['a*b*c', 'acb', false],
    ['ab*ba', 'aba', false],
    ['a.c', 'abc', false],
    ['**', 'x', true],
  ])('%j and %j: %s', (pattern, text, expected) => {
    expect(fits(pattern, text)).toBe(expected);
  });
});

describe('policyOf', () => {
  const rules = [
    { clusters: ['blue'], namespaces: ['pay-*'], mode: 'warn', account: 'pay', bundle: 'strict' },
    { namespaces: ['pay-*'], require_digest: true, unknown_images: 3 },
    { namespaces: ['lab'], mode: 'exempt', pods_choose_policy: true },
  ].map((rule) => DoorRule.parse(rule));
  const { config } = loadConfig({}, { door_rules: rules, door_mode: 'enforce' });

  it('takes the first rule that fits, and the settings for what it does not say', () => {
    expect(policyOf(config, 'blue', 'pay-1')).toMatchObject({
      mode: 'warn',
      account: 'pay',
      bundle: 'strict',
      requireDigest: false,
      unknownImages: 200,
    });
    expect(policyOf(config, 'red', 'pay-1')).toMatchObject({
      mode: 'enforce',
      account: 'admin',
      bundle: undefined,
      requireDigest: true,
      unknownImages: 3,
    });
    expect(policyOf(config, 'blue', 'other')).toMatchObject({ mode: 'enforce', account: 'admin' });
  });

  it('never judges exempt namespaces, whatever a rule says', () => {
    expect(policyOf(config, 'blue', 'kube-system').mode).toBe('exempt');
    expect(policyOf(config, 'blue', 'lab').mode).toBe('exempt');
  });

  it('lets pods choose account and bundle only where a rule allows it', () => {
    const annotations = {
      'anchore.image-policy.k8s.io/userId': 'dev',
      'anchore.image-policy.k8s.io/policyBundleId': 'lax',
    };
    const plain = policyOf(config, 'blue', 'other');
    expect(chosenPolicy(plain, annotations)).toEqual(plain);
    expect(chosenPolicy(policyOf(config, 'blue', 'lab'), annotations))
      .toMatchObject({ account: 'dev', bundle: 'lax' });
  });
});
