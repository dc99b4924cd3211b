/**
 * Trigger `vulnerabilities.package`: what each parameter selects.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import { SEVERITIES, type VulnerabilityFact } from '../../../../../core/policy/facts.ts';
import { validateBundle } from '../../../../../core/policy/validate.ts';
import { bundleOf, messages, paramsOf } from '../../samples.ts';
import { daysAgo, factsWith, languageOf, scores, vulnerabilityOf } from './given.ts';

const REQUESTS = languageOf('pypi', 'requests', '2.19.0', '/srv/app/requests.dist-info');

/** Whether a rule on all packages fires for one vulnerability. */
function fires(params: Readonly<Record<string, string>>, found: VulnerabilityFact): boolean {
  const all = { package_type: 'all', ...params };
  return messages('vulnerabilities', 'package', all, factsWith(found)).length === 1;
}

describe('package_type', () => {
  it.each([
    ['all', true, true],
    ['os', true, false],
    ['non-os', false, true],
  ])('%s', (package_type, os, language) => {
    expect(fires({ package_type }, vulnerabilityOf())).toBe(os);
    expect(fires({ package_type }, REQUESTS)).toBe(language);
  });
});

describe('severity', () => {
  it.each([
    ['=', 'medium', ['medium']],
    ['!=', 'medium', ['unknown', 'negligible', 'low', 'high', 'critical']],
    ['<', 'medium', ['unknown', 'negligible', 'low']],
    ['>', 'medium', ['high', 'critical']],
    ['<=', 'medium', ['unknown', 'negligible', 'low', 'medium']],
    ['>=', 'medium', ['medium', 'high', 'critical']],
    ['>', 'critical', []],
    ['=', 'unknown', ['unknown']],
    ['>', 'unknown', ['negligible', 'low', 'medium', 'high', 'critical']],
    ['>', 'negligible', ['low', 'medium', 'high', 'critical']],
    ['<', 'high', ['unknown', 'negligible', 'low', 'medium']],
    ['<=', 'low', ['unknown', 'negligible', 'low']],
  ])('%s %s', (severity_comparison, severity, expected) => {
    const selected = SEVERITIES.filter((each) =>
      fires({ severity, severity_comparison }, vulnerabilityOf({ severity: each }))
    );
    expect(selected).toEqual(expected);
  });

  it.each([
    [{}, ['negligible', 'low', 'medium', 'high', 'critical']],
    [{ severity: 'medium' }, ['high', 'critical']],
    [{ severity_comparison: '=' }, ['unknown']],
  ])('is above unknown where nothing else is said: %j', (params, expected) => {
    const selected = SEVERITIES.filter((each) =>
      fires(params, vulnerabilityOf({ severity: each }))
    );
    expect(selected).toEqual(expected);
  });
});

const KINDS = ['base', 'exploitability', 'impact'] as const;

describe.each([
  ['cvss_v3', 'nvd', 'vendor'],
  ['vendor_cvss_v3', 'vendor', 'nvd'],
])('%s', (prefix, source, other) => {
  describe.each(KINDS)('%s', (kind) => {
    const name = `${prefix}_${kind}_score`;
    const of = (...values: readonly number[]) =>
      vulnerabilityOf({
        nvd: [],
        vendor: [],
        // The other kinds and the other source have what must not matter.
        [source]: values.map((value) => ({ ...scores(5.5, 5.5, 5.5), [kind]: value })),
        [other]: [scores(5.5, 5.5, 5.5)],
      });

    it.each([
      [undefined, '7.0', [7, 7.1, 10]],
      ['>=', '7', [7, 7.1, 10]],
      ['>', '7.0', [7.1, 10]],
      ['=', '7.0', [7]],
      ['!=', '7.0', [-1, 0, 6.9, 7.1, 10]],
      ['<', '7.0', [-1, 0, 6.9]],
      ['<=', '7.0', [-1, 0, 6.9, 7]],
      ['<', '0', [-1]],
      ['=', '-1', [-1]],
      ['>=', '0', [0, 6.9, 7, 7.1, 10]],
    ])('%s %s', (comparison, value, expected) => {
      const params = { [name]: value, ...comparison && { [`${name}_comparison`]: comparison } };
      const selected = [-1, 0, 6.9, 7, 7.1, 10].filter((score) => fires(params, of(score)));
      expect(selected).toEqual(expected);
    });

    it('is the highest there is, and -1 for none', () => {
      expect(fires({ [name]: '7' }, of(3, 8, 6))).toBe(true);
      expect(fires({ [name]: '8.1' }, of(3, 8, 6))).toBe(false);
      expect(fires({ [name]: '7', [`${name}_comparison`]: '<' }, of(3, 8, 6))).toBe(false);
      expect(fires({ [name]: '0' }, of())).toBe(false);
      expect(fires({ [name]: '4', [`${name}_comparison`]: '<' }, of())).toBe(true);
    });
  });
});

describe('several conditions', () => {
  it('must all hold', () => {
    const params = { severity: 'high', severity_comparison: '>=', cvss_v3_base_score: '9' };
    expect(fires(params, vulnerabilityOf())).toBe(true);
    expect(fires(params, vulnerabilityOf({ severity: 'medium' }))).toBe(false);
    expect(fires(params, vulnerabilityOf({ nvd: [scores(8)] }))).toBe(false);
    expect(fires({ ...params, vendor_cvss_v3_base_score: '1' }, vulnerabilityOf())).toBe(false);
  });
});

describe('fix_available', () => {
  it.each([
    [undefined, true, true],
    ['true', true, false],
    ['TRUE', true, false],
    ['false', false, true],
  ])('%s', (fix_available, fixed, unfixed) => {
    const params = fix_available === undefined ? {} : { fix_available };
    expect(fires(params, vulnerabilityOf())).toBe(fixed);
    expect(fires(params, vulnerabilityOf({ fixes: [] }))).toBe(unfixed);
  });
});

describe('vendor_only', () => {
  it.each([
    [undefined, false],
    ['true', false],
    ['True', false],
    ['false', true],
  ])('%s', (vendor_only, ofUnfixable) => {
    const params = vendor_only === undefined ? {} : { vendor_only };
    expect(fires(params, vulnerabilityOf({ willNotFix: true, fixes: [] }))).toBe(ofUnfixable);
    expect(fires(params, vulnerabilityOf())).toBe(true);
  });
});

describe('max_days_since_creation', () => {
  it.each<[string, Date, boolean]>([
    ['10', daysAgo(10), false],
    ['10', daysAgo(10, -1), true],
    ['10', daysAgo(9), false],
    ['10', daysAgo(11), true],
    ['0', daysAgo(0, -1), true],
    ['0', daysAgo(0), false],
    ['0', daysAgo(-1), false],
    ['999999999999999', daysAgo(9999), false],
  ])('%s, found %s', (max_days_since_creation, detectedAt, expected) => {
    expect(fires({ max_days_since_creation }, vulnerabilityOf({ detectedAt }))).toBe(expected);
  });
});

describe('max_days_since_fix', () => {
  const of = (fixSeenAt: Date | undefined) => vulnerabilityOf({ fixSeenAt });

  it.each<[string, Date | undefined, boolean]>([
    ['5', daysAgo(5), false],
    ['5', daysAgo(5, -1), true],
    ['5', daysAgo(1), false],
    // A fix that nobody saw coming counts from when the vulnerability was found, ten days ago.
    ['9', undefined, true],
    ['10', undefined, false],
  ])('%s, seen %s', (max_days_since_fix, fixSeenAt, expected) => {
    const params = { fix_available: 'true', max_days_since_fix };
    expect(fires(params, of(fixSeenAt))).toBe(expected);
  });

  it('counts only for a rule that wants a fix', () => {
    expect(fires({ max_days_since_fix: '5' }, of(daysAgo(1)))).toBe(true);
    const params = { fix_available: 'false', max_days_since_fix: '5' };
    expect(fires(params, vulnerabilityOf({ fixes: [], fixSeenAt: undefined }))).toBe(true);
  });

  it('holds together with the days since creation', () => {
    const params = { fix_available: 'true', max_days_since_fix: '3', max_days_since_creation: '8' };
    expect(fires(params, of(daysAgo(4)))).toBe(true);
    expect(fires(params, of(daysAgo(2)))).toBe(false);
    expect(fires({ ...params, max_days_since_creation: '12' }, of(daysAgo(4)))).toBe(false);
  });
});

describe('package_path_exclude', () => {
  it.each([
    ['/srv/app/.*', false],
    ['/srv', false],
    ['.*\\.dist-info$', false],
    ['(?i)/SRV/', false],
    ['app', true],
    ['/opt/.*', true],
    ['', true],
  ])('%j', (package_path_exclude, expected) => {
    expect(fires({ package_path_exclude }, REQUESTS)).toBe(expected);
  });

  it('does not exclude packages of the distribution', () => {
    expect(fires({ package_path_exclude: '.*' }, vulnerabilityOf())).toBe(true);
  });

  it('does not exclude what is too long to be looked at', () => {
    const deep = languageOf('pypi', 'x', '1', `/srv/${'a'.repeat(10_000)}`);
    expect(fires({ package_path_exclude: '/srv' }, deep)).toBe(true);
  });

  it('that is no expression fails', () => {
    expect(() => fires({ package_path_exclude: '*\\.jar' }, REQUESTS)).toThrow(/not a valid/);
  });
});

describe('validation', () => {
  const ALL = {
    package_type: 'non-os',
    severity: 'negligible',
    severity_comparison: '!=',
    cvss_v3_base_score: '7.5',
    cvss_v3_base_score_comparison: '<',
    cvss_v3_exploitability_score: '.5',
    cvss_v3_exploitability_score_comparison: '=',
    cvss_v3_impact_score: '-1',
    cvss_v3_impact_score_comparison: '<=',
    vendor_cvss_v3_base_score: '10',
    vendor_cvss_v3_base_score_comparison: '>',
    vendor_cvss_v3_exploitability_score: '1.0',
    vendor_cvss_v3_exploitability_score_comparison: '>=',
    vendor_cvss_v3_impact_score: '0',
    vendor_cvss_v3_impact_score_comparison: '!=',
    fix_available: 'true',
    vendor_only: 'False',
    max_days_since_creation: '7',
    max_days_since_fix: '30',
    package_path_exclude: '.*test.*',
  };

  function problems(trigger: string, params: Readonly<Record<string, string>>) {
    const rule = { gate: 'vulnerabilities', trigger, action: 'STOP', params: paramsOf(params) };
    return validateBundle(bundleOf([rule])).problems.map(({ problem_type }) => problem_type);
  }

  it('takes every parameter', () => {
    expect(problems('package', ALL)).toEqual([]);
    expect(problems('stale_feed_data', { max_days_since_sync: '2' })).toEqual([]);
    expect(problems('vulnerability_data_unavailable', {})).toEqual([]);
    const vulnerability_ids = 'CVE-1, CVE-2';
    expect(problems('blacklist', { vulnerability_ids, vendor_only: 'false' })).toEqual([]);
  });

  it.each([
    ['package', {}],
    ['package', { ...ALL, package_type: 'OS' }],
    ['package', { ...ALL, severity: 'HIGH' }],
    ['package', { ...ALL, severity_comparison: '==' }],
    ['package', { ...ALL, cvss_v3_base_score: 'high' }],
    ['package', { ...ALL, cvss_v3_base_score_comparison: 'gt' }],
    ['package', { ...ALL, vendor_cvss_v3_impact_score: '1,5' }],
    ['package', { ...ALL, fix_available: 'yes' }],
    ['package', { ...ALL, vendor_only: '1' }],
    ['package', { ...ALL, max_days_since_creation: '-1' }],
    ['package', { ...ALL, max_days_since_fix: '1.5' }],
    ['stale_feed_data', {}],
    ['stale_feed_data', { max_days_since_sync: 'two' }],
    ['blacklist', {}],
    ['blacklist', { vulnerability_ids: '' }],
    ['blacklist', { vulnerability_ids: 'CVE-1,,CVE-2' }],
  ])('%s refuses %j', (trigger, params) => {
    expect(problems(trigger, params)).toEqual(['ParameterValueInvalidError']);
  });

  it('knows no other parameter', () => {
    expect(problems('package', { ...ALL, fix: 'true' })).toEqual(['InvalidParameterError']);
  });
});
