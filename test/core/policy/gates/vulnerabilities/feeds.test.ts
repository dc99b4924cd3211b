/**
 * Triggers of the gate `vulnerabilities` on feeds and on listed ids, and until when verdicts hold.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import type { Rule } from '../../../../../core/policy/bundle.ts';
import type { FeedFacts, ImageFacts } from '../../../../../core/policy/facts.ts';
import {
  bundleOf,
  evaluate,
  factsOf,
  md5,
  messages,
  packageOf,
  paramsOf,
  withWhitelist,
} from '../../samples.ts';
import { daysAgo, factsWith, languageOf, vulnerabilityOf } from './given.ts';

const FEED: FeedFacts = { namespace: 'debian:10', hasData: true, syncedAt: daysAgo(1) };
const NO_FEED: FeedFacts = { namespace: undefined, hasData: false, syncedAt: undefined };

function rule(trigger: string, params: Readonly<Record<string, string>> = {}): Rule {
  return { gate: 'vulnerabilities', trigger, action: 'WARN', params: paramsOf(params) };
}

function withFeed(changes: Partial<FeedFacts>, facts: Partial<ImageFacts> = {}): ImageFacts {
  return factsOf({ feeds: { ...FEED, ...changes }, ...facts });
}

const scratch = factsOf({
  distribution: null,
  feeds: NO_FEED,
  packages: [packageOf('golang', 'golang.org/x/text', 'v0.3.0')],
});
/** Its os-release was taken away. */
const nameless = factsOf({
  distribution: null,
  feeds: NO_FEED,
  packages: [packageOf('deb', 'openssl', '1.1.1d')],
});
const unknown = factsOf({
  distribution: { id: 'plan9', version: '4', like: [] },
  feeds: NO_FEED,
});

describe('stale_feed_data', () => {
  const text = 'The vulnerability feed for this image distro is older than MAXAGE (2) days';
  const stale = (facts: ImageFacts) =>
    messages('vulnerabilities', 'stale_feed_data', { max_days_since_sync: '2' }, facts);

  it.each<[string, ImageFacts, boolean]>([
    ['a day old', withFeed({ syncedAt: daysAgo(1) }), false],
    ['two days old', withFeed({ syncedAt: daysAgo(2) }), false],
    ['a little older', withFeed({ syncedAt: daysAgo(2, -1) }), true],
    ['never synced', withFeed({ syncedAt: undefined }), true],
    ['there is none', unknown, true],
    ['of a distribution without a name', nameless, true],
    ['there is no distribution', scratch, false],
  ])('%s', (_, facts, fires) => {
    expect(stale(facts)).toEqual(fires ? [text] : []);
  });

  it('has the hash of its text for an id', () => {
    const bundle = bundleOf([rule('stale_feed_data', { max_days_since_sync: '2' })]);
    expect(evaluate(bundle, unknown).rows[0]?.triggerId)
      .toBe(md5(`vulnerabilitiesstale_feed_data${text}`));
  });
});

describe('vulnerability_data_unavailable', () => {
  const text = (namespace: string) =>
    `Distro-specific feed data not found for distro namespace: ${namespace}. ` +
    'Cannot perform CVE scan OS/distro packages';

  it.each<[string, ImageFacts, string | undefined]>([
    ['there is data', withFeed({}), undefined],
    ['there is none', withFeed({ hasData: false }), 'debian:10'],
    ['no feed is known', unknown, 'plan9:4'],
    [
      'no feed is known of a rolling distribution',
      factsOf({ distribution: { id: 'arch', version: '', like: [] }, feeds: NO_FEED }),
      'arch',
    ],
    ['the distribution does not name itself', nameless, 'unknown'],
    ['there is no distribution', scratch, undefined],
    [
      'the namespace has another name',
      withFeed({ hasData: false, namespace: 'rhel:8' }, {
        distribution: { id: 'centos', version: '8', like: ['rhel'] },
      }),
      'rhel:8',
    ],
  ])('%s', (_, facts, namespace) => {
    expect(messages('vulnerabilities', 'vulnerability_data_unavailable', {}, facts))
      .toEqual(namespace === undefined ? [] : [text(namespace)]);
  });

  it('has the hash of its text for an id', () => {
    const [row] = evaluate(bundleOf([rule('vulnerability_data_unavailable')]), unknown).rows;
    expect(row?.triggerId)
      .toBe(md5(`vulnerabilitiesvulnerability_data_unavailable${text('plan9:4')}`));
  });
});

describe('blacklist', () => {
  const facts = factsWith(
    vulnerabilityOf({ id: 'CVE-1' }),
    vulnerabilityOf({ id: 'CVE-1', package: packageOf('deb', 'libssl1.1', '1') }),
    languageOf('npm', 'x', '1', '/x/package.json', { id: 'GHSA-2', aliases: ['CVE-2'] }),
    vulnerabilityOf({ id: 'CVE-3', willNotFix: true, fixes: [] }),
    vulnerabilityOf({ id: 'CVE-4', severity: 'unknown' }),
  );

  it.each<[string, string | undefined, string | undefined]>([
    ['CVE-1', undefined, "'CVE-1'"],
    ['CVE-4, CVE-9 ,CVE-1', undefined, "'CVE-4', 'CVE-1'"],
    ['CVE-2,CVE-1,CVE-2', undefined, "'CVE-2', 'CVE-1'"],
    ['GHSA-2', undefined, "'GHSA-2'"],
    ['CVE-3', undefined, undefined],
    ['CVE-3', 'true', undefined],
    ['CVE-3,CVE-1', 'false', "'CVE-3', 'CVE-1'"],
    ['CVE', undefined, undefined],
    ['cve-1', undefined, undefined],
  ])('%s with vendor_only %s', (vulnerability_ids, vendor_only, listed) => {
    const params = { vulnerability_ids, ...vendor_only && { vendor_only } };
    expect(messages('vulnerabilities', 'blacklist', params, facts)).toEqual(
      listed === undefined ? [] : [`Blacklisted vulnerabilities detected: [${listed}]`],
    );
  });

  it('has the hash of its text for an id, and is whitelisted by no other', () => {
    const bundle = bundleOf([rule('blacklist', { vulnerability_ids: 'CVE-1' })]);
    const id = md5("vulnerabilitiesblacklistBlacklisted vulnerabilities detected: ['CVE-1']");
    const accepted = (trigger_id: string) => {
      const item = { gate: 'vulnerabilities', trigger_id };
      return evaluate(withWhitelist(bundle, [item]), facts).finalAction;
    };
    expect(evaluate(bundle, facts).rows.map(({ triggerId }) => triggerId)).toEqual([id]);
    expect(accepted(id)).toBe('go');
    expect(accepted('CVE-1*')).toBe('warn');
  });
});

describe('a verdict', () => {
  const found = vulnerabilityOf({ detectedAt: daysAgo(10), fixSeenAt: daysAgo(5) });

  it.each<[string, Rule, ImageFacts, Date | undefined]>([
    [
      'does not end by itself',
      rule('package', { package_type: 'all' }),
      factsWith(found),
      undefined,
    ],
    [
      'ends when a feed becomes too old',
      rule('stale_feed_data', { max_days_since_sync: '2' }),
      withFeed({ syncedAt: daysAgo(1) }),
      daysAgo(-1, 1),
    ],
    [
      'does not end when it is too old already',
      rule('stale_feed_data', { max_days_since_sync: '2' }),
      withFeed({ syncedAt: daysAgo(3) }),
      undefined,
    ],
    [
      'does not end for a feed that does not matter',
      rule('stale_feed_data', { max_days_since_sync: '2' }),
      { ...scratch, feeds: FEED },
      undefined,
    ],
    [
      'does not end within the time there is',
      rule('stale_feed_data', { max_days_since_sync: '999999999999999' }),
      withFeed({}),
      undefined,
    ],
    [
      'ends when a vulnerability becomes too old',
      rule('package', { package_type: 'all', max_days_since_creation: '14' }),
      factsWith(found, vulnerabilityOf({ detectedAt: daysAgo(12) })),
      daysAgo(-2, 1),
    ],
    [
      'ends when a fix becomes too old',
      rule('package', { package_type: 'all', fix_available: 'true', max_days_since_fix: '14' }),
      factsWith(found),
      daysAgo(-9, 1),
    ],
    [
      'does not end for what the rule does not mean',
      rule('package', { package_type: 'non-os', max_days_since_creation: '14' }),
      factsWith(found),
      undefined,
    ],
    [
      'does not end for the age of a fix that the rule does not want',
      rule('package', { package_type: 'all', max_days_since_fix: '14' }),
      factsWith(found),
      undefined,
    ],
  ])('%s', (_, given, facts, expiresAt) => {
    expect(evaluate(bundleOf([given]), facts).expiresAt).toEqual(expiresAt);
  });

  it('says otherwise at the moment at which it ends', () => {
    const bundle = bundleOf([rule('package', {
      package_type: 'all',
      max_days_since_creation: '14',
    })]);
    const facts = factsWith(found);
    const { expiresAt, rows } = evaluate(bundle, facts);
    expect(rows).toEqual([]);
    const before = new Date((expiresAt?.getTime() ?? 0) - 1);
    expect(evaluate(bundle, facts, undefined, before).rows).toEqual([]);
    expect(evaluate(bundle, facts, undefined, expiresAt).rows).toHaveLength(1);
  });

  it('ends with an exception that ends earlier', () => {
    const bundle = bundleOf([rule('stale_feed_data', { max_days_since_sync: '2' }), {
      gate: 'always',
      trigger: 'always',
      action: 'STOP',
    }]);
    const item = { gate: 'always', trigger_id: 'always', expires_on: '2026-01-01T12:00:00Z' };
    expect(evaluate(withWhitelist(bundle, [item]), withFeed({})).expiresAt)
      .toEqual(new Date('2026-01-01T12:00:00Z'));
  });
});
