/**
 * Unit tests of bundles: what their documents may leave out, and what a failed one says.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import { runUnitTests, UnitTests } from '../../../core/policy/unit-tests.ts';
import { always, bundleOf, NOW, paramsOf, withWhitelist } from './samples.ts';

const TAG = 'docker.io/library/shop:1.2';
const OPENSSL = { type: 'deb', name: 'openssl', version: '1.1.1d-0+deb10u5' };

function rule(gate: string, trigger: string, params: Readonly<Record<string, string>> = {}) {
  return { id: 'r1', gate, trigger, action: 'STOP', params: paramsOf(params) };
}

function run(bundle: Parameters<typeof runUnitTests>[0], test: Readonly<Record<string, unknown>>) {
  const [result] = runUnitTests(
    bundle,
    UnitTests.parse({ name: 'one', tag: TAG, facts: {}, ...test }),
    NOW,
  );
  return result;
}

describe('a unit test', () => {
  it.each([
    ['always', bundleOf([always('STOP')]), {}, 'stop'],
    ['nothing', bundleOf([]), {}, 'go'],
    [
      'a vulnerability',
      bundleOf([rule('vulnerabilities', 'package', { package_type: 'os', severity: 'low' })]),
      { vulnerabilities: [{ id: 'CVE-1', severity: 'high', package: OPENSSL }] },
      'stop',
    ],
    [
      'a vulnerability of a language',
      bundleOf([rule('vulnerabilities', 'package', { package_type: 'os', severity: 'low' })]),
      {
        vulnerabilities: [{
          id: 'CVE-1',
          severity: 'high',
          package: { type: 'npm', name: 'lodash', version: '4.17.0' },
        }],
      },
      'go',
    ],
    [
      'a vulnerability of Gentoo',
      bundleOf([rule('vulnerabilities', 'package', { package_type: 'os', severity: 'low' })]),
      {
        vulnerabilities: [{
          id: 'CVE-1',
          severity: 'high',
          package: { type: 'ebuild', name: 'dev-libs/openssl', version: '3.0.0' },
        }],
      },
      'stop',
    ],
    [
      'an age',
      bundleOf([
        rule('vulnerabilities', 'stale_feed_data', { max_days_since_sync: '2' }),
      ]),
      {
        distribution: { id: 'debian', version: '12' },
        packages: [OPENSSL],
        feeds: { syncedAt: '2025-12-20T00:00:00Z' },
      },
      'stop',
    ],
    [
      'set-user-id',
      bundleOf([rule('files', 'suid_or_guid_set')]),
      { files: [{ path: '/bin/su', mode: '0o104755' }, { path: '/bin/ls' }] },
      'stop',
    ],
    [
      'a list of packages',
      bundleOf([rule('npms', 'unknown_in_feeds')]),
      {
        packages: [{ type: 'npm', name: 'own', version: '1.0.0' }],
        official: { npm: { known: { latest: '1.0.0', versions: ['1.0.0'] } } },
      },
      'stop',
    ],
    ['a scan', bundleOf([rule('malware', 'scan_not_run')]), { malware: [] }, 'go'],
    ['no scan', bundleOf([rule('malware', 'scan_not_run')]), {}, 'stop'],
    ['no differences', bundleOf([rule('packages', 'verify')]), {}, 'go'],
  ])('on %s', (_name, bundle, facts, action) => {
    expect(run(bundle, { facts, expect: action })).toEqual({
      name: 'one',
      passed: true,
      expected: action,
      action,
      reasons: [],
    });
  });

  it('says why it does not hold', () => {
    const bundle = bundleOf([always('STOP')]);
    expect(run(bundle, { expect: 'go' })).toMatchObject({
      passed: false,
      reasons: ['The bundle says stop, not go: Unconditional trigger match (always.always).'],
    });
    const findings = ['always', 'Unconditional trigger match', 'CVE-1+openssl'];
    expect(run(bundle, { expect: 'stop', findings })).toMatchObject({
      passed: false,
      reasons: ["There is no finding 'CVE-1+openssl'."],
    });
  });

  it('tells of problems of the bundle', () => {
    const broken = run(bundleOf([rule('files', 'name_match', { regex: '*\\.pem' })]), {
      facts: { files: [] },
      expect: 'go',
    });
    expect(broken?.reasons.join(' ')).toContain('rule_id=r1');
  });

  it('goes by the tag and the time it names', () => {
    const bundle = withWhitelist(bundleOf([always('STOP')]), [{
      id: 'i1',
      gate: 'always',
      trigger_id: 'always',
      expires_on: '2026-06-01T00:00:00Z',
    }]);
    expect(run(bundle, { expect: 'go', now: '2026-05-31T23:59:59Z' })?.passed).toBe(true);
    expect(run(bundle, { expect: 'stop', now: '2026-06-01T00:00:00Z' })?.passed).toBe(true);
    // What a whitelist takes out is no finding that counts.
    expect(run(bundle, { expect: 'go', findings: ['always'] })?.passed).toBe(false);
  });

  it.each([
    [{ expect: 'deny' }],
    [{ expect: 'go', fact: {} }],
    [{ expect: 'go', facts: { file: [] } }],
    [{ expect: 'go', facts: { files: [{ path: '/x', mode: 'rw' }] } }],
    [{ expect: 'go', facts: { digest: 'latest' } }],
    [{ expect: 'go', now: 'tomorrow' }],
  ])('is refused: %j', (test) => {
    expect(UnitTests.safeParse({ name: 'one', tag: TAG, facts: {}, ...test }).success).toBe(false);
  });
});
