/**
 * Findings of `vulnerabilities.package`: texts letter for letter, ids, and what whitelists accept.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import type { Rule } from '../../../../../core/policy/bundle.ts';
import type { VulnerabilityFact } from '../../../../../core/policy/facts.ts';
import { bundleOf, evaluate, messages, paramsOf, withWhitelist } from '../../samples.ts';
import { factsWith, languageOf, scores, vulnerabilityOf } from './given.ts';

const LINK = 'https://security-tracker.debian.org/tracker/CVE-2021-0001';
const END = `(CVE-2021-0001 - ${LINK})`;

function textOf(found: VulnerabilityFact, params: Readonly<Record<string, string>> = {}) {
  const all = { package_type: 'all', ...params };
  return messages('vulnerabilities', 'package', all, factsWith(found))[0];
}

function rule(params: Readonly<Record<string, string>> = {}): Rule {
  const all = paramsOf({ package_type: 'all', ...params });
  return { gate: 'vulnerabilities', trigger: 'package', action: 'STOP', params: all };
}

const REQUESTS = languageOf('pypi', 'requests', '2.19.0', '/srv/requests-2.19.0.dist-info');

describe('a text', () => {
  it.each<[string, VulnerabilityFact, Readonly<Record<string, string>>, string]>([
    [
      'of the published sample',
      vulnerabilityOf(),
      {},
      'CRITICAL Vulnerability found in os package type (dpkg) - openssl ' +
      `(fixed in: 1.1.1d-0+deb10u5)${END}`,
    ],
    [
      'without a fix',
      vulnerabilityOf({ fixes: [], severity: 'negligible' }),
      {},
      `NEGLIGIBLE Vulnerability found in os package type (dpkg) - openssl ${END}`,
    ],
    [
      'with several fixes',
      vulnerabilityOf({ fixes: ['1.0.2', '1.1.1'], severity: 'low' }),
      {},
      `LOW Vulnerability found in os package type (dpkg) - openssl (fixed in: 1.0.2, 1.1.1)${END}`,
    ],
    [
      'without a link',
      vulnerabilityOf({ fixes: [], url: '' }),
      {},
      'CRITICAL Vulnerability found in os package type (dpkg) - openssl (CVE-2021-0001 - None)',
    ],
    [
      'of what is not of the distribution',
      languageOf('npm', 'lodash', '4.17.10', '/app/node_modules/lodash/package.json', {
        severity: 'medium',
        fixes: ['4.17.21'],
      }),
      {},
      'MEDIUM Vulnerability found in non-os package type (npm) - ' +
      `/app/node_modules/lodash/package.json (fixed in: 4.17.21)${END}`,
    ],
    [
      'with a score',
      vulnerabilityOf({ fixes: [] }),
      { cvss_v3_base_score: '9' },
      `CRITICAL Vulnerability found in os package type (dpkg) - openssl (cvss_v3_base_score=9.8)${END}`,
    ],
    [
      'with everything',
      vulnerabilityOf({ vendor: [scores(7.5, 3.9, 3.6), scores(10, -1, -1)] }),
      {
        vendor_cvss_v3_impact_score: '1',
        vendor_cvss_v3_exploitability_score: '1',
        vendor_cvss_v3_base_score: '1',
        max_days_since_fix: '1',
        max_days_since_creation: '1',
        fix_available: 'true',
        cvss_v3_impact_score: '1',
        cvss_v3_exploitability_score: '1',
        cvss_v3_base_score: '1',
      },
      'CRITICAL Vulnerability found in os package type (dpkg) - openssl ' +
      '(fixed in: 1.1.1d-0+deb10u5)' +
      '(cvss_v3_base_score=9.8 cvss_v3_exploitability_score=3.9 cvss_v3_impact_score=5.9)' +
      '(max_days_since_creation=2025-12-22 max_days_since_fix=2025-12-27)' +
      '(vendor_cvss_v3_base_score=10.0 vendor_cvss_v3_exploitability_score=3.9 ' +
      `vendor_cvss_v3_impact_score=3.6)${END}`,
    ],
    [
      'with a score that nobody gave',
      vulnerabilityOf({ fixes: [], nvd: [] }),
      { cvss_v3_base_score: '4', cvss_v3_base_score_comparison: '<' },
      `CRITICAL Vulnerability found in os package type (dpkg) - openssl (cvss_v3_base_score=-1.0)${END}`,
    ],
    [
      'with one of the days alone',
      vulnerabilityOf({ fixes: [] }),
      { max_days_since_creation: '1', max_days_since_fix: '1' },
      'CRITICAL Vulnerability found in os package type (dpkg) - openssl ' +
      `(max_days_since_creation=2025-12-22)${END}`,
    ],
  ])('%s', (_, found, params, expected) => {
    expect(textOf(found, params)).toBe(expected);
  });

  it.each([
    ['deb', 'dpkg'],
    ['apk', 'APKG'],
    ['rpm', 'rpm'],
    ['alpm', 'ALPM'],
    ['ebuild', 'PORTAGE'],
    ['pypi', 'python'],
    ['npm', 'npm'],
    ['gem', 'gem'],
    ['maven', 'java'],
    ['golang', 'go'],
    ['nuget', 'nuget'],
    ['composer', 'composer'],
    ['generic', 'binary'],
    ['cargo', 'rust'],
    ['hex', 'hex'],
    ['otp', 'hex'],
    ['conda', 'conda'],
  ])('names packages of type %s %s', (type, word) => {
    expect(textOf(languageOf(type, 'x', '1', '/x'))).toContain(
      ` non-os package type (${word}) - /x `,
    );
  });
});

describe('an id', () => {
  it.each<[string, VulnerabilityFact, string]>([
    ['openssl', vulnerabilityOf(), 'openssl'],
    ['requests', REQUESTS, 'requests-2.19.0'],
    [
      'a jar',
      languageOf('maven', 'struts2-core', '2.3.1', '/opt/lib/struts2-core-2.3.1.jar'),
      'struts2-core-2.3.1.jar',
    ],
    [
      'a jar in a jar',
      languageOf('maven', 'log4j-core', '2.14.1', '/app.jar:BOOT-INF/lib/log4j-core-2.14.1.jar'),
      'log4j-core-2.14.1.jar',
    ],
    [
      'a gem',
      languageOf('gem', 'rack', '2.0.5', '/usr/lib/ruby/specifications/rack-2.0.5.gemspec'),
      'rack-2.0.5.gemspec',
    ],
    [
      'npm',
      languageOf('npm', 'lodash', '4.17.10', '/a/node_modules/lodash/package.json'),
      'lodash',
    ],
    [
      'npm with a scope',
      languageOf('npm', '@babel/traverse', '7.8.3', '/a/node_modules/@babel/traverse/package.json'),
      'traverse',
    ],
    ['npm without a folder', languageOf('npm', 'x', '1.0.0', 'package.json'), 'x-1.0.0'],
    [
      'go',
      languageOf('golang', 'golang.org/x/text', 'v0.3.0', '/usr/bin/yq'),
      'golang.org/x/text-v0.3.0',
    ],
    ['a program', languageOf('generic', 'node', '18.0.0', '/usr/local/bin/node'), 'node-18.0.0'],
  ])('of %s', (_, found, name) => {
    const [row] = evaluate(bundleOf([rule()]), factsWith(found)).rows;
    expect(row?.triggerId).toBe(`CVE-2021-0001+${name}`);
  });
});

describe('a whitelist', () => {
  const jinja = languageOf('pypi', 'Jinja2', '2.10', '/srv/Jinja2.dist-info', {
    id: 'GHSA-462w-v97r-4m45',
    aliases: ['CVE-2019-10906', 'PYSEC-2019-217'],
  });

  it.each([
    ['GHSA-462w-v97r-4m45+Jinja2-2.10', true],
    ['CVE-2019-10906+Jinja2-2.10', true],
    ['CVE-2019-10906+*', true],
    ['PYSEC-2019-217+*', true],
    ['regexp:CVE-2019-\\d+\\+Jinja2', true],
    ['*+Jinja2-2.10', true],
    ['*', true],
    ['CVE-2019-10906', false],
    ['CVE-2019-10906+Jinja2', false],
    ['CVE-2019-10907+*', false],
  ])('accepts by %s: %s', (trigger_id, accepts) => {
    const item = { id: 'i1', gate: 'vulnerabilities', trigger_id };
    const { rows, finalAction } = evaluate(
      withWhitelist(bundleOf([rule()]), [item]),
      factsWith(jinja),
    );
    expect(finalAction).toBe(accepts ? 'go' : 'stop');
    // The row shows the id that the vulnerability is reported by, whatever the item names.
    expect(rows).toMatchObject([{
      triggerId: 'GHSA-462w-v97r-4m45+Jinja2-2.10',
      action: finalAction,
      whitelisted: accepts ? { whitelist_id: 'w1', matched_rule_id: 'i1' } : undefined,
    }]);
  });
});
