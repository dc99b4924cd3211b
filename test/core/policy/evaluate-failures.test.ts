/**
 * Verdicts of bundles and rules that cannot be run as they are written.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import type { Bundle } from '../../../core/policy/bundle.ts';
import {
  ALWAYS,
  always,
  bundleOf,
  evaluate,
  EVERY_IMAGE,
  factsOf,
  factsWithDockerfile,
  mulberry32,
  paramsOf,
  withMapping,
  withWhitelist,
} from './samples.ts';

describe('a bundle that cannot be run', () => {
  it.each<[string, Bundle, string]>([
    [
      'missing policy',
      withMapping(bundleOf([]), { policy_ids: ['p9'] }),
      'ReferencedObjectNotFoundError',
    ],
    [
      'missing whitelist',
      withMapping(bundleOf([ALWAYS]), { whitelist_ids: ['w9'] }),
      'ReferencedObjectNotFoundError',
    ],
    ['unknown gate', bundleOf([{ ...ALWAYS, gate: 'nope' }, ALWAYS]), 'GateNotFoundError'],
    [
      'bad parameter',
      bundleOf([{ ...ALWAYS, params: paramsOf({ x: '1' }) }]),
      'InvalidParameterError',
    ],
    ['version', bundleOf([always('GO')], { version: '2' }), 'UnsupportedVersionError'],
    [
      'mapping',
      withMapping(bundleOf([always('GO')]), { repository: 'regexp:(' }),
      'ValidationError',
    ],
    [
      'whitelist',
      withWhitelist(bundleOf([ALWAYS]), [{ gate: 'x', trigger_id: 'x', expires_on: 'soon' }]),
      'ValidationError',
    ],
  ])('stops: %s', (_, bundle, problem_type) => {
    for (const whitelisted_images of [[], [EVERY_IMAGE]]) {
      expect(evaluate({ ...bundle, whitelisted_images })).toMatchObject({
        finalAction: 'stop',
        reason: 'policy_evaluation',
        rows: [],
        problems: [{ severity: 'error', problem_type }],
      });
    }
  });

  it('does no harm where the image does not map to it', () => {
    const bundle = bundleOf([always('WARN')]);
    const policies = [...bundle.policies, {
      id: 'p2',
      version: '3',
      rules: [{ ...ALWAYS, gate: 'x' }],
    }];
    const mappings = [
      ...bundle.mappings,
      { ...EVERY_IMAGE, name: 'broken', policy_ids: ['p2', 'p3'] },
    ];
    expect(evaluate({ ...bundle, policies, mappings }))
      .toMatchObject({ finalAction: 'warn', problems: [] });
  });

  it('runs without its retired gates', () => {
    const bundle = bundleOf([{ ...ALWAYS, gate: 'anchoresec' }, always('WARN')]);
    const evaluation = evaluate(bundle);
    expect(evaluation).toMatchObject({
      finalAction: 'warn',
      problems: [{ severity: 'error', problem_type: 'EndOfLifedError' }],
    });
    expect(evaluation.rows).toHaveLength(1);
  });

  it('stops for a reference of absurd length', () => {
    const tag = `docker.io/${'a'.repeat(10_000)}:1`;
    expect(evaluate(bundleOf([always('GO')]), factsOf(), tag)).toMatchObject({
      finalAction: 'stop',
      problems: [{ problem_type: 'PolicyError' }],
    });
  });
});

describe('a rule that fails', () => {
  const params = paramsOf({ instruction: 'FROM', check: 'like', value: '*\\.pem' });
  const broken = { id: 'r9', gate: 'Dockerfile', trigger: 'instruction', action: 'GO', params };

  it('stops with one problem that names it, and the others still report', () => {
    const evaluation = evaluate(bundleOf([broken, always('WARN')]));
    expect(evaluation.finalAction).toBe('stop');
    expect(evaluation.rows.map(({ gate }) => gate)).toEqual(['always']);
    expect(evaluation.problems).toHaveLength(1);
    expect(evaluation.problems[0]).toMatchObject({
      severity: 'error',
      problem_type: 'TriggerEvaluationError',
    });
    expect(evaluation.problems[0]?.details)
      .toMatch(/\*\\\.pem.*\(gate=dockerfile,trigger=instruction,rule_id=r9\)$/);
  });

  it('fails for the length of a line, too', () => {
    const like = paramsOf({ instruction: 'RUN', check: 'like', value: 'a' });
    const rule = { ...broken, params: like };
    const long = factsWithDockerfile(`RUN ${'a'.repeat(70_000)}`);
    expect(evaluate(bundleOf([rule]), long).finalAction).toBe('stop');
  });

  it.each(['(.*)*\\1!', '.*a.{4000}c'])('stops where %s comes to no answer', (regex) => {
    const random = mulberry32(5);
    const piece = Array.from({ length: 400_000 }, () => random() < 0.5 ? 'a' : 'b').join('');
    const values = paramsOf({ path: '/etc/x', check: 'match', regex });
    const rule = { ...broken, gate: 'retrieved_files', trigger: 'content_regex', params: values };
    const facts = factsOf({ retrieved: [{ path: '/etc/x', content: piece }] });
    const { finalAction, rows, problems } = evaluate(bundleOf([rule, always('GO')]), facts);
    expect(finalAction).toBe('stop');
    expect(rows.map(({ gate }) => gate)).toEqual(['always']);
    expect(problems.map(({ details }) => details)).toEqual([
      expect.stringMatching(
        /no answer.*\(gate=retrieved_files,trigger=content_regex,rule_id=r9\)$/,
      ),
    ]);
  });

  it('is not blamed for a whitelist item that comes to no answer', () => {
    const items = [{ id: 'i7', gate: 'files', trigger_id: 'regexp:(.*)*\\1!' }];
    const name = { id: 'r1', gate: 'files', trigger: 'suid_or_guid_set', action: 'WARN' };
    const files = Array.from({ length: 2000 }, (_, at) => ({ path: `/bin/${at}`, mode: 0o104755 }));
    const evaluation = evaluate(withWhitelist(bundleOf([name]), items), factsOf({ files }));
    expect(evaluation.finalAction).toBe('stop');
    expect(evaluation.problems[0]?.details).toContain('Item i7 of the whitelist w1');
  });
});
