/**
 * Documents that clients read.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import { DEFAULT_BUNDLE } from '../../../core/policy/default-bundle.ts';
import { evalId, resultDocument, statusOf } from '../../../core/policy/result.ts';
import { policySpec } from '../../../core/policy/spec.ts';
import { validateBundle } from '../../../core/policy/validate.ts';
import { factsWith, vulnerabilityOf } from './gates/vulnerabilities/given.ts';
import { ALWAYS, bundleOf, DIGEST, evaluate, ID, md5, TAG } from './samples.ts';

const context = { userId: 'admin', imageId: ID, tag: TAG, createdAt: new Date(1_612_345_678_900) };

describe('result document', () => {
  it('has the shape that clients know', () => {
    const bundle = bundleOf([ALWAYS]);
    expect(resultDocument(evaluate(bundle), { ...context, bundle })).toEqual({
      user_id: 'admin',
      image_id: ID,
      tag: TAG,
      bundle,
      matched_mapping_rule: bundle.mappings[0],
      matched_whitelisted_images_rule: false,
      matched_blacklisted_images_rule: false,
      result: {
        [ID]: {
          result: {
            header: [
              'Image_Id',
              'Repo_Tag',
              'Trigger_Id',
              'Gate',
              'Trigger',
              'Check_Output',
              'Gate_Action',
              'Whitelisted',
              'Policy_Id',
            ],
            row_count: 1,
            rows: [[
              ID,
              TAG,
              'always',
              'always',
              'always',
              'Unconditional trigger match',
              'stop',
              false,
              'p1',
            ]],
            final_action: 'stop',
          },
        },
        policy_data: [],
        whitelist_data: [],
        policy_name: '',
        whitelist_names: [],
      },
      created_at: 1_612_345_678,
      last_modified: 1_612_345_678,
      final_action: 'stop',
      final_action_reason: 'policy_evaluation',
      evaluation_problems: [],
      image_digest: DIGEST,
      status: 'fail',
    });
  });

  it('tells the result of the policies apart from the image lists', () => {
    const entry = {
      name: 'x',
      registry: '*',
      repository: '*',
      image: { type: 'id', value: ID },
    } as const;
    const bundle = bundleOf([ALWAYS], { whitelisted_images: [entry] });
    expect(resultDocument(evaluate(bundle), { ...context, bundle })).toMatchObject({
      result: { [ID]: { result: { final_action: 'stop', row_count: 1 } } },
      final_action: 'go',
      final_action_reason: 'whitelisted',
      matched_whitelisted_images_rule: entry,
      status: 'pass',
    });
  });

  it('shows false where no mapping matched', () => {
    const bundle = bundleOf([], { mappings: [] });
    expect(resultDocument(evaluate(bundle), { ...context, bundle }))
      .toMatchObject({ matched_mapping_rule: false, status: 'pass', final_action: 'go' });
  });

  it('shows the whitelist item in its cell', () => {
    const [mapping] = bundleOf([]).mappings;
    if (mapping === undefined) throw new Error('The sample has a mapping');
    const bundle = bundleOf([ALWAYS], {
      whitelists: [{
        id: 'w1',
        name: 'W',
        version: '1_0',
        items: [{ id: 'i1', gate: 'always', trigger_id: '*' }],
      }],
      mappings: [{ ...mapping, whitelist_ids: ['w1'] }],
    });
    const text = JSON.stringify(resultDocument(evaluate(bundle), { ...context, bundle }).result);
    expect(text).toContain(
      '"go",{"whitelist_name":"W","whitelist_id":"w1","matched_rule_id":"i1"},"p1"',
    );
  });
});

describe('status and id', () => {
  it.each([['go', 'pass'], ['warn', 'pass'], ['stop', 'fail']] as const)(
    '%s is %s',
    (action, status) => {
      expect(statusOf(action)).toBe(status);
    },
  );

  it('hashes what an evaluation is of', () => {
    expect(evalId('b1', 'admin', DIGEST, TAG, 'stop')).toBe(md5(`b1:admin:${DIGEST}:${TAG}:STOP`));
  });
});

describe('policy specification', () => {
  const spec = policySpec();

  it('lists the active gates, then the retired ones', () => {
    expect(spec.map(({ name, state }) => `${name} ${state}`)).toEqual([
      'always active',
      'dockerfile active',
      'files active',
      'licenses active',
      'malware active',
      'metadata active',
      'npms active',
      'packages active',
      'passwd_file active',
      'retrieved_files active',
      'ruby_gems active',
      'secret_scans active',
      'vulnerabilities active',
      ...[
        'anchoresec',
        'dockerfilecheck',
        'filecheck',
        'fileparse_passwd',
        'gemcheck',
        'imagecheck',
        'licblacklist',
        'metadatacheck',
        'npmcheck',
        'pkgblacklist',
        'pkgcheck',
        'pkgdiff',
        'secretcheck',
        'suiddiff',
      ].map((name) => `${name} eol`),
    ]);
  });

  it('describes parameters with a JSON schema', () => {
    const trigger = spec.find(({ name }) => name === 'packages')?.triggers
      .find(({ name }) => name === 'required_package');
    expect(trigger?.parameters.at(-1)).toEqual({
      name: 'version_match_type',
      description: 'Whether the version must be the given one (exact) or may be newer (minimum)',
      example: 'exact',
      required: false,
      state: 'active',
      superceded_by: null,
      validator: {
        type: 'EnumString',
        description: 'One of: exact, minimum',
        criteria: { type: 'string', enum: ['exact', 'minimum'] },
      },
    });
  });

  it('lists triggers and parameters', () => {
    const triggers = spec.find(({ name }) => name === 'vulnerabilities')?.triggers ?? [];
    const parameters = triggers.map(({ name, parameters }) => [
      name,
      parameters.map((one) => `${one.name}${one.required ? '*' : ''} ${one.validator.type}`),
    ]);
    expect(parameters).toEqual([
      ['package', [
        'package_type* EnumString',
        'severity EnumString',
        'severity_comparison EnumString',
        'cvss_v3_base_score FloatString',
        'cvss_v3_base_score_comparison EnumString',
        'cvss_v3_exploitability_score FloatString',
        'cvss_v3_exploitability_score_comparison EnumString',
        'cvss_v3_impact_score FloatString',
        'cvss_v3_impact_score_comparison EnumString',
        'vendor_cvss_v3_base_score FloatString',
        'vendor_cvss_v3_base_score_comparison EnumString',
        'vendor_cvss_v3_exploitability_score FloatString',
        'vendor_cvss_v3_exploitability_score_comparison EnumString',
        'vendor_cvss_v3_impact_score FloatString',
        'vendor_cvss_v3_impact_score_comparison EnumString',
        'fix_available BooleanString',
        'vendor_only BooleanString',
        'max_days_since_creation IntegerString',
        'max_days_since_fix IntegerString',
        'package_path_exclude type',
      ]],
      ['stale_feed_data', ['max_days_since_sync* IntegerString']],
      ['vulnerability_data_unavailable', []],
      ['blacklist', [
        'vulnerability_ids* CommaDelimitedStringList',
        'vendor_only BooleanString',
      ]],
    ]);
  });

  it('names successors', () => {
    expect(spec.find(({ name }) => name === 'anchoresec')?.superceded_by).toBe('vulnerabilities');
    expect(spec.find(({ name }) => name === 'pkgdiff')?.superceded_by).toBeNull();
  });

  it('gives examples that are valid by themselves', () => {
    for (const trigger of spec.flatMap(({ triggers }) => triggers)) {
      for (const { validator, example } of trigger.parameters) {
        const { enum: choices, pattern } = validator.criteria;
        if (Array.isArray(choices)) expect(choices).toContain(example);
        if (typeof pattern === 'string') expect(example).toMatch(new RegExp(pattern));
      }
    }
  });
});

describe('default bundle', () => {
  it('is valid and has the ids that clients name', () => {
    expect(validateBundle(DEFAULT_BUNDLE).problems).toEqual([]);
    expect(DEFAULT_BUNDLE).toMatchObject({
      id: '2c53a13c-1765-11e8-82ef-23527761d060',
      policies: [{ id: '48e6f7d6-1765-11e8-b5f9-8b6f228548b6' }],
      whitelists: [{ id: '37fd763e-1765-11e8-add4-3b16c029ac5c', items: [] }],
    });
  });

  it('has the published rules in their order', () => {
    const rules = DEFAULT_BUNDLE.policies[0]?.rules ?? [];
    expect(
      rules.map(({ action, gate, trigger, params }) => [
        `${action} ${gate}.${trigger}`,
        (params ?? []).map(({ name, value }) => `${name}=${String(value)}`).join(' '),
      ]),
    ).toEqual([
      ['STOP dockerfile.exposed_ports', 'ports=22 type=blacklist'],
      ['WARN dockerfile.instruction', 'instruction=HEALTHCHECK check=not_exists'],
      ['WARN vulnerabilities.stale_feed_data', 'max_days_since_sync=2'],
      ['WARN vulnerabilities.vulnerability_data_unavailable', ''],
      ['WARN vulnerabilities.package', 'package_type=all severity_comparison== severity=medium'],
      ['STOP vulnerabilities.package', 'package_type=all severity_comparison=> severity=medium'],
    ]);
  });

  it.each(
    [
      ['unknown', undefined],
      ['negligible', undefined],
      ['low', undefined],
      ['medium', 'warn'],
      ['high', 'stop'],
      ['critical', 'stop'],
    ] as const,
  )('says of a vulnerability that is %s: %s', (severity, action) => {
    const { rows } = evaluate(DEFAULT_BUNDLE, factsWith(vulnerabilityOf({ severity })));
    expect(rows.filter(({ trigger }) => trigger === 'package').map((row) => row.action))
      .toEqual(action === undefined ? [] : [action]);
  });
});
