/**
 * Gates `licenses`, `malware`, `npms` and `ruby_gems`: every text, letter for letter.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';
import { bundleOf, evaluate, factsOf, md5, messages, packageOf } from '../samples.ts';

type Params = Readonly<Record<string, string>>;

describe('licenses', () => {
  const facts = factsOf({
    packages: [
      { ...packageOf('deb', 'bash', '5'), licenses: ['GPL-3 LGPL-2.1'] },
      { ...packageOf('npm', 'a', '1'), licenses: ['MIT', 'GPL-3'] },
      { ...packageOf('npm', 'a', '2'), licenses: ['GPL-3'] },
      packageOf('npm', 'b', '1'),
    ],
  });
  const text = 'Packages are installed that have blacklisted licenses';

  it.each<[string, Params, readonly string[]]>([
    ['blacklist_exact_match', { licenses: 'GPL-3,BSD' }, [
      `LICFULLMATCH ${text}: bash(GPL-3), a(GPL-3)`,
    ]],
    ['blacklist_exact_match', { licenses: 'GPL' }, []],
    ['blacklist_partial_match', { licenses: 'GPL, MI' }, [
      `LICSUBMATCH ${text}: bash(GPL-3), bash(LGPL-2.1), a(MIT), a(GPL-3)`,
    ]],
    ['blacklist_partial_match', { licenses: 'AGPL' }, []],
  ])('%s %j', (trigger, params, expected) => {
    expect(messages('licenses', trigger, params, facts)).toEqual(expected);
  });
});

describe('malware', () => {
  const finding = { scanner: 'clamav', signature: 'Unix.Trojan-1', path: '/srv/x' };

  it('tells of findings, and of an image that was not scanned', () => {
    const scanned = factsOf({ malware: [finding] });
    expect(messages('malware', 'scans', {}, scanned)).toEqual([
      'Malware scan finding: scanner=clamav file=/srv/x signature=Unix.Trojan-1',
    ]);
    expect(messages('malware', 'scan_not_run', {}, scanned)).toEqual([]);
    expect(messages('malware', 'scans', {}, factsOf())).toEqual([]);
    expect(messages('malware', 'scan_not_run', {}, factsOf())).toEqual([
      'No malware scans found for image',
    ]);
  });

  it('names findings by scanner, signature and place', () => {
    const rule = { id: 'r1', gate: 'malware', trigger: 'scans', action: 'STOP' };
    expect(evaluate(bundleOf([rule]), factsOf({ malware: [finding] })).rows[0]?.triggerId)
      .toBe(`clamav+Unix.Trojan-1+${md5('/srv/x')}`);
  });
});

describe.each([
  {
    gate: 'npms',
    type: 'npm',
    word: 'NPM',
    shout: 'NPM',
    latest: 'NPMNOTLATEST ',
    newer: 'newer_version_in_feed',
    unknown: 'unknown_in_feeds',
    bad: 'version_not_in_feeds',
    blacklist: 'blacklisted_name_version',
  },
  {
    gate: 'ruby_gems',
    type: 'gem',
    word: 'Gem',
    shout: 'GEM',
    latest: '',
    newer: 'newer_version_found_in_feed',
    unknown: 'not_found_in_feed',
    bad: 'version_not_found_in_feed',
    blacklist: 'blacklist',
  },
])('$gate', ({ gate, type, word, shout, latest, newer, unknown, bad, blacklist }) => {
  const packages = [
    packageOf(type, 'known', '1.0.0'),
    packageOf(type, 'known', '2.0.0'),
    packageOf(type, 'odd', '0.0.1'),
    packageOf(type, 'own', '1.0.0'),
    packageOf('deb', 'own', '1.0.0'),
  ];
  const list = new Map([
    ['known', { latest: '2.0.0', versions: ['1.0.0', '2.0.0'] }],
    ['odd', { latest: '0.0.1', versions: ['0.0.2', '0.0.3'] }],
  ]);
  const facts = factsOf({ packages, official: { [type]: list } });
  const without = factsOf({ packages });

  it.each([
    [newer, {}, [
      `${latest}Package (known) version (1.0.0) installed but is not the latest version (2.0.0)`,
    ]],
    [unknown, {}, [
      `${shout}NOTOFFICIAL Package (own) in container but not in official ${shout} feed.`,
    ]],
    [bad, {}, [
      `${shout}BADVERSION Package (odd) version (0.0.1) installed but version is not in the ` +
      "official feed for this package (['0.0.2', '0.0.3'])",
    ]],
    ['feed_data_unavailable', {}, []],
  ])('%s', (trigger, params, expected) => {
    expect(messages(gate, trigger, params, facts)).toEqual(expected);
  });

  it('says that there is no list, even without packages, and nothing that would need it', () => {
    const text = `${word} packages are present but the anchore ${type} feed is not available - ` +
      'will be unable to perform checks that require feed data';
    expect(messages(gate, 'feed_data_unavailable', {}, without)).toEqual([text]);
    expect(messages(gate, 'feed_data_unavailable', {}, factsOf())).toEqual([text]);
    for (const trigger of [newer, unknown, bad]) {
      expect(messages(gate, trigger, {}, without)).toEqual([]);
    }
  });

  it('blacklists names and versions', () => {
    const text = `${word} Package is blacklisted: known`;
    expect(messages(gate, blacklist, { name: 'known' }, without)).toEqual([text, text]);
    expect(messages(gate, blacklist, { name: 'known', version: '2.0.0' }, without))
      .toEqual([`${text}-2.0.0`]);
    expect(messages(gate, blacklist, { name: 'nobody' }, without)).toEqual([]);
  });
});
