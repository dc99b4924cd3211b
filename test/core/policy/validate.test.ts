/**
 * What is wrong with a bundle.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import type { Bundle, Rule } from '../../../core/policy/bundle.ts';
import { DEFAULT_BUNDLE } from '../../../core/policy/default-bundle.ts';
import { validateBundle } from '../../../core/policy/validate.ts';
import { ALWAYS, bundleOf, mulberry32, paramsOf } from './samples.ts';

function types(document: unknown): readonly string[] {
  return validateBundle(document).problems.map(({ problem_type }) => problem_type);
}

function mappingWith(changes: Readonly<Record<string, unknown>>) {
  const [mapping] = bundleOf([]).mappings;
  return { ...bundleOf([ALWAYS]), mappings: [{ ...mapping, ...changes }] };
}

const EXPOSED: Rule = { id: 'r1', gate: 'dockerfile', trigger: 'exposed_ports', action: 'STOP' };
const PORTS = [{ name: 'ports', value: '22' }, { name: 'type', value: 'blacklist' }];

describe('a good bundle', () => {
  it.each<[string, unknown]>([
    ['the default bundle', DEFAULT_BUNDLE],
    ['without params and whitelist_ids', mappingWith({ whitelist_ids: undefined })],
    ['null for what is optional', mappingWith({ whitelist_ids: null, policy_id: null, id: null })],
    ['the old form', mappingWith({ policy_id: 'p1', policy_ids: undefined })],
    ['no mappings', { ...bundleOf([ALWAYS]), mappings: [] }],
    ['action in lower case', bundleOf([{ ...ALWAYS, action: 'warn' }])],
    [
      'names in any case',
      bundleOf([{
        ...EXPOSED,
        gate: 'DockerFile',
        trigger: 'Exposed_Ports',
        params: [{ name: 'PORTS', value: '22' }, { name: 'Type', value: 'blacklist' }],
      }]),
    ],
    ['unknown keys', { ...bundleOf([{ ...ALWAYS, comment: 'x' }]), created_at: 'yesterday' }],
  ])('%s', (_, document) => {
    expect(validateBundle(document)).toMatchObject({ problems: [] });
  });

  it('keeps unknown keys', () => {
    const { bundle } = validateBundle({ ...bundleOf([ALWAYS]), description: 'kept' });
    expect(bundle).toMatchObject({ description: 'kept' });
  });
});

describe('a problem', () => {
  it.each<[string, unknown, readonly string[]]>([
    ['version of the bundle', { ...bundleOf([]), version: '1_1' }, ['UnsupportedVersionError']],
    [
      'version of a policy',
      { ...bundleOf([]), policies: [{ id: 'p1', version: '2' }] },
      ['UnsupportedVersionError'],
    ],
    [
      'version of a whitelist',
      { ...mappingWith({ whitelist_ids: ['w1'] }), whitelists: [{ id: 'w1', version: '2' }] },
      ['UnsupportedVersionError'],
    ],
    ['missing policy', mappingWith({ policy_ids: ['p9'] }), ['ReferencedObjectNotFoundError']],
    ['missing whitelist', mappingWith({ whitelist_ids: ['w9'] }), [
      'ReferencedObjectNotFoundError',
    ]],
    [
      'policy twice',
      bundleOf([], { policies: [{ id: 'p1', version: '1_0' }, { id: 'p1', version: '1_0' }] }),
      ['DuplicateIdentifierFoundError'],
    ],
    ['unknown gate', bundleOf([{ ...ALWAYS, gate: 'nope' }]), ['GateNotFoundError']],
    ['unknown trigger', bundleOf([{ ...ALWAYS, trigger: 'nope' }]), ['TriggerNotFoundError']],
    [
      'trigger of another gate',
      bundleOf([{ ...ALWAYS, gate: 'packages', trigger: 'name_match' }]),
      ['TriggerNotFoundError'],
    ],
    [
      'unknown parameter',
      bundleOf([{ ...ALWAYS, params: paramsOf({ x: '1' }) }]),
      ['InvalidParameterError'],
    ],
    [
      'missing parameters',
      bundleOf([EXPOSED]),
      ['ParameterValueInvalidError', 'ParameterValueInvalidError'],
    ],
    [
      'bad value',
      bundleOf([{ ...EXPOSED, params: paramsOf({ ports: 'ssh', type: 'blacklist' }) }]),
      ['ParameterValueInvalidError'],
    ],
    [
      'enumerated value in capitals',
      bundleOf([{ ...EXPOSED, params: paramsOf({ ports: '22', type: 'BLACKLIST' }) }]),
      ['ParameterValueInvalidError'],
    ],
    [
      'number instead of text',
      bundleOf([{
        ...EXPOSED,
        params: [{ name: 'ports', value: 22 }, { name: 'type', value: 'blacklist' }],
      }]),
      ['ParameterValueInvalidError'],
    ],
    ['retired gate', bundleOf([{ ...ALWAYS, gate: 'AnchoreSec' }]), ['EndOfLifedError']],
    ['action', bundleOf([{ ...ALWAYS, action: 'DENY' }]), ['ValidationError']],
    ['both forms', mappingWith({ policy_id: 'p1' }), ['ValidationError']],
    ['neither form', mappingWith({ policy_ids: undefined }), ['ValidationError']],
    ['expression of a mapping', mappingWith({ repository: 'regexp:(' }), ['ValidationError']],
    [
      'expression of an image list',
      {
        ...bundleOf([]),
        blacklisted_images: [{
          name: 'x',
          registry: 'regexp:*',
          repository: '*',
          image: { type: 'tag', value: '*' },
        }],
      },
      ['ValidationError'],
    ],
    ['type of an image', mappingWith({ image: { type: 'name', value: '*' } }), ['ValidationError']],
    ['missing name', mappingWith({ name: undefined }), ['ValidationError']],
    ['not an object', [], ['ValidationError']],
    ['nothing', undefined, ['ValidationError']],
    ['empty', {}, ['ValidationError', 'ValidationError', 'ValidationError', 'ValidationError']],
  ])('%s', (_, document, expected) => {
    expect(types(document)).toEqual(expected);
  });

  it.each([
    ['2030-01-01'],
    ['2030-01-01T00:00:00+01:00'],
  ])('expiry %s', (expires_on) => {
    const items = [{ id: 'i1', gate: 'always', trigger_id: 'always', expires_on }];
    const bundle = mappingWith({ whitelist_ids: ['w1'] });
    const whitelists = [{ id: 'w1', version: '1_0', items }];
    expect(types({ ...bundle, whitelists })).toEqual(['ValidationError']);
    expect(types({ ...bundle, mappings: [], whitelists })).toEqual([]);
  });

  it('ends with the rule it belongs to', () => {
    const rules = [
      { ...ALWAYS, gate: 'nope', id: 'r7' },
      { gate: 'dockerfile', trigger: 'x', action: 'GO' },
    ];
    const [first, second] = validateBundle(bundleOf(rules)).problems;
    expect(first).toEqual({
      severity: 'error',
      problem_type: 'GateNotFoundError',
      details: 'There is no gate of this name: the gates are always, dockerfile, files, ' +
        'licenses, malware, metadata, npms, packages, passwd_file, retrieved_files, ruby_gems, ' +
        'secret_scans, vulnerabilities (gate=nope,trigger=always,rule_id=r7)',
    });
    expect(second?.details).toMatch(/\(gate=dockerfile,trigger=x,rule_id=None\)$/);
  });

  it('of the shape of a rule ends with it, too', () => {
    const document = bundleOf([]);
    const rules = [{ id: 'r1', gate: 'always', trigger: 'always' }];
    const policies = [{ id: 'p1', version: '1_0', rules }];
    expect(validateBundle({ ...document, policies }).problems).toEqual([{
      severity: 'error',
      problem_type: 'ValidationError',
      details: 'policies[0].rules[0].action is missing: add it ' +
        '(gate=always,trigger=always,rule_id=r1)',
    }]);
  });

  it.each([
    ['anchoresec', "by one of the gate 'vulnerabilities'"],
    ['dockerfilecheck', "'dockerfile'"],
    ['filecheck', "'files'"],
    ['fileparse_passwd', "'passwd_file'"],
    ['gemcheck', "'ruby_gems'"],
    ['npmcheck', "'npms'"],
    ['licblacklist', "'licenses'"],
    ['metadatacheck', "'metadata'"],
    ['pkgblacklist', "'packages'"],
    ['pkgcheck', "'packages'"],
    ['secretcheck', "'secret_scans'"],
    ['imagecheck', 'nothing replaces it'],
    ['pkgdiff', 'nothing replaces it'],
    ['suiddiff', 'nothing replaces it'],
  ])('of the retired gate %s tells the way out', (gate, advice) => {
    const [problem] = validateBundle(bundleOf([{ ...ALWAYS, gate }])).problems;
    expect(problem?.details).toContain(advice);
  });

  it('does not hide the others, and is told once', () => {
    const rules: readonly Rule[] = [
      { ...ALWAYS, gate: 'nope', action: 'DENY' },
      { ...EXPOSED, params: [...PORTS, { name: 'x', value: '1' }] },
    ];
    const [mapping] = bundleOf([]).mappings;
    if (mapping === undefined) throw new Error('The sample has a mapping');
    const bundle = bundleOf(rules, { version: '2', mappings: [mapping, mapping] });
    expect(types(bundle)).toEqual([
      'UnsupportedVersionError',
      'ValidationError',
      'GateNotFoundError',
      'InvalidParameterError',
    ]);
  });

  it('of a policy that no mapping names does not count', () => {
    const bad = { id: 'p2', version: '9', rules: [{ ...ALWAYS, gate: 'nope' }] };
    const bundle = bundleOf([ALWAYS]);
    expect(types({ ...bundle, policies: [...bundle.policies, bad, bad] })).toEqual([]);
  });
});

describe('any JSON', () => {
  const values = [
    null,
    true,
    0,
    -1.5,
    '',
    'x',
    '1_0',
    [],
    {},
    [null],
    'regexp:(',
    'regexp:*',
    'p1',
  ];

  function mutate(value: unknown, random: () => number): unknown {
    if (random() < 0.08) return values[Math.floor(random() * values.length)];
    if (Array.isArray(value)) {
      const items: unknown[] = value.map((item) => mutate(item, random));
      return random() < 0.1 ? [...items, ...items] : items;
    }
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value)
      .filter(() => random() > 0.04)
      .map(([key, item]) => [random() < 0.02 ? '__proto__' : key, mutate(item, random)]);
    return Object.fromEntries(entries);
  }

  it('is answered, never with an exception', () => {
    const random = mulberry32(42);
    const whole: Bundle = bundleOf([ALWAYS, { ...EXPOSED, params: PORTS }], {
      whitelists: [{
        id: 'w1',
        version: '1_0',
        items: [{ gate: 'always', trigger_id: '*', expires_on: '2030-01-01T00:00:00Z' }],
      }],
      whitelisted_images: [{
        name: 'x',
        registry: '*',
        repository: 'a*',
        image: { type: 'id', value: 'x' },
      }],
    });
    let refused = 0;
    for (let round = 0; round < 800; round++) {
      const { bundle, problems } = validateBundle(mutate(whole, random));
      expect(bundle !== undefined || problems.length > 0).toBe(true);
      if (problems.length > 0) refused++;
    }
    expect(refused).toBeGreaterThan(300);
    expect(refused).toBeLessThan(800);
  });
});
