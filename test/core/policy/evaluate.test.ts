/**
 * Verdicts: policies, whitelists and image lists.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import type { Bundle, ImageRule, Rule } from '../../../core/policy/bundle.ts';
import { DEFAULT_BUNDLE } from '../../../core/policy/default-bundle.ts';
import { evaluateBundle } from '../../../core/policy/evaluate.ts';
import { subjectOf } from '../../../core/policy/mapping.ts';
import {
  ALWAYS,
  always,
  bundleOf,
  DIGEST,
  evaluate,
  EVERY_IMAGE,
  factsOf,
  factsWithDockerfile,
  ID,
  md5,
  NOW,
  packageOf,
  paramsOf,
  withMapping,
  withWhitelist,
} from './samples.ts';

function blacklist(name: string, action: string): Rule {
  const params = paramsOf({ name });
  return { id: name, gate: 'packages', trigger: 'blacklist', action, params };
}

const facts = factsOf({ packages: [packageOf('deb', 'a', '1'), packageOf('deb', 'b', '1')] });

describe('actions', () => {
  it.each([
    [[], 'go'],
    [['GO'], 'go'],
    [['GO', 'WARN'], 'warn'],
    [['WARN', 'STOP', 'GO'], 'stop'],
    [['stop'], 'stop'],
  ])('%j come to %s', (actions, expected) => {
    const evaluation = evaluate(bundleOf(actions.map(always)));
    expect(evaluation).toMatchObject({
      finalAction: expected,
      policyAction: expected,
      reason: 'policy_evaluation',
      problems: [],
    });
    expect(evaluation.rows.map(({ action }) => action))
      .toEqual(actions.map((action) => action.toLowerCase()));
  });

  it('are the worst over all policies', () => {
    const bundle = withMapping(
      bundleOf([], {
        policies: [
          { id: 'p1', version: '1_0', rules: [always('STOP')] },
          { id: 'p2', version: '1_0', rules: [always('WARN')] },
        ],
      }),
      { policy_ids: ['p2', 'p1'] },
    );
    const evaluation = evaluate(bundle);
    expect(evaluation.finalAction).toBe('stop');
    expect(evaluation.rows.map(({ policyId }) => policyId)).toEqual(['p2', 'p1']);
  });
});

describe('findings', () => {
  it('have the hash of gate, trigger and message for an id', () => {
    const [row] = evaluate(bundleOf([blacklist('a', 'WARN')]), facts).rows;
    expect(row).toEqual({
      triggerId: md5('packagesblacklistPackage is blacklisted: a'),
      gate: 'packages',
      trigger: 'blacklist',
      message: 'Package is blacklisted: a',
      action: 'warn',
      whitelisted: undefined,
      policyId: 'p1',
    });
  });

  it('have the published ids', () => {
    const { rows } = evaluate(DEFAULT_BUNDLE, factsWithDockerfile('FROM a\nEXPOSE 22'));
    expect(rows.map(({ triggerId, action }) => [triggerId, action])).toEqual([
      ['cc05c35507995b4a657b63f9b0baa281', 'stop'],
      ['41cb7cdf04850e33a11f80c42bf660b3', 'warn'],
    ]);
  });

  it('of always have its name for an id', () => {
    expect(evaluate(bundleOf([ALWAYS])).rows[0]?.triggerId).toBe('always');
  });

  it('are grouped by gate in order of first appearance', () => {
    const rules = [blacklist('b', 'GO'), always('GO'), {
      ...blacklist('a', 'GO'),
      gate: 'PACKAGES',
    }];
    expect(evaluate(bundleOf(rules), facts).rows.map(({ gate, message }) => `${gate} ${message}`))
      .toEqual([
        'packages Package is blacklisted: b',
        'packages Package is blacklisted: a',
        'always Unconditional trigger match',
      ]);
  });
});

describe('whitelists', () => {
  const bundle = bundleOf([always('STOP'), blacklist('a', 'WARN')]);

  it('turn what they accept into go and keep its row', () => {
    const evaluation = evaluate(
      withWhitelist(bundle, [{ id: 'i1', gate: 'always', trigger_id: 'always' }]),
      facts,
    );
    expect(evaluation.finalAction).toBe('warn');
    expect(evaluation.rows[0]).toMatchObject({
      action: 'go',
      whitelisted: { whitelist_name: 'Accepted', whitelist_id: 'w1', matched_rule_id: 'i1' },
    });
    expect(evaluation.rows[1]?.whitelisted).toBeUndefined();
    expect(evaluation.expiresAt).toBeUndefined();
  });

  it('accept by hash', () => {
    const trigger_id = md5('packagesblacklistPackage is blacklisted: a');
    const item = { gate: 'packages', trigger_id };
    expect(evaluate(withWhitelist(bundle, [item]), facts).rows[1]).toMatchObject({
      action: 'go',
      whitelisted: { matched_rule_id: null },
    });
  });

  it('tell when the first of the applied items expires', () => {
    const items = [
      { gate: 'always', trigger_id: '*', expires_on: '2026-03-01T00:00:00Z' },
      { gate: 'packages', trigger_id: '*', expires_on: '2026-02-01T00:00:00Z' },
      { gate: 'files', trigger_id: '*', expires_on: '2026-01-02T00:00:00Z' },
      { gate: 'always', trigger_id: '*', expires_on: '2025-01-01T00:00:00Z' },
    ];
    const accepted = withWhitelist(bundle, items);
    const evaluation = evaluate(accepted, facts);
    expect(evaluation.finalAction).toBe('go');
    expect(evaluation.expiresAt).toEqual(new Date('2026-02-01T00:00:00Z'));
    const later = evaluateBundle({
      bundle: accepted,
      facts,
      tag: undefined,
      subject: subjectOf(undefined, facts),
      now: new Date('2026-02-01T00:00:00Z'),
    });
    expect(later.finalAction).toBe('warn');
    expect(later.expiresAt).toEqual(new Date('2026-03-01T00:00:00Z'));
  });

  it('are looked through in the order of the mapping', () => {
    const item = { gate: 'always', trigger_id: '*' };
    const whitelists = ['w1', 'w2'].map((id) => ({ id, version: '1_0', items: [{ ...item, id }] }));
    const both = withMapping({ ...bundle, whitelists }, { whitelist_ids: ['w2', 'w1'] });
    expect(evaluate(both).rows[0]?.whitelisted?.whitelist_id).toBe('w2');
  });
});

describe('image lists', () => {
  const listed = [EVERY_IMAGE];

  it.each([
    [
      'both: the black one wins',
      'WARN',
      { whitelisted_images: listed, blacklisted_images: listed },
      'stop',
      'blacklisted',
    ],
    ['black', 'GO', { blacklisted_images: listed }, 'stop', 'blacklisted'],
    ['white', 'STOP', { whitelisted_images: listed }, 'go', 'whitelisted'],
    ['none', 'WARN', {}, 'warn', 'policy_evaluation'],
  ])('%s', (_, action, lists, finalAction, reason) => {
    const evaluation = evaluate(bundleOf([always(action)], lists));
    expect(evaluation).toMatchObject({ finalAction, reason, policyAction: action.toLowerCase() });
    expect(evaluation.rows).toHaveLength(1);
  });

  it.each(
    [
      ['digest', DIGEST],
      ['id', ID],
    ] as const,
  )('take an image by %s', (type, value) => {
    const entry: ImageRule = { ...EVERY_IMAGE, image: { type, value } };
    const evaluation = evaluate(bundleOf([ALWAYS], { whitelisted_images: [entry] }));
    expect(evaluation).toMatchObject({ reason: 'whitelisted', whitelistedImage: entry });
  });

  it('work without mappings, and then need no warning', () => {
    const evaluation = evaluate(bundleOf([], { mappings: [], blacklisted_images: listed }));
    expect(evaluation).toMatchObject({ finalAction: 'stop', reason: 'blacklisted', problems: [] });
  });
});

describe('no mapping', () => {
  it('is go with a warning', () => {
    const evaluation = evaluate(withMapping(bundleOf([ALWAYS]), { registry: 'quay.io' }));
    expect(evaluation).toMatchObject({
      finalAction: 'go',
      reason: 'policy_evaluation',
      mapping: undefined,
      rows: [],
      problems: [{ severity: 'warn', problem_type: 'NoMatchedMappingWarning' }],
    });
  });

  it('is what the pseudo tag finds unless there are wildcards', () => {
    const narrow = withMapping(bundleOf([ALWAYS]), { registry: 'docker.io' });
    const run = (bundle: Bundle) =>
      evaluateBundle({
        bundle,
        facts,
        tag: undefined,
        subject: subjectOf(undefined, facts),
        now: NOW,
      });
    expect(run(narrow)).toMatchObject({ finalAction: 'go', tag: '*/*:*' });
    expect(run(bundleOf([ALWAYS])).finalAction).toBe('stop');
  });
});
