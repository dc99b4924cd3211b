import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { debian } from '../../../core/feeds/debian.ts';
import { debianCodename, debianRelease } from '../../../core/vulnerabilities/debian-releases.ts';
import { mutatedJson } from '../../jobs/fuzz/mutators.ts';
import { feedFilesAt } from '../../support/feed-files.ts';
import { folderWith, fuzz, listed, read, single, unlisted } from './read-feed.ts';

/** Cut from the tracker's own file. */
const TRACKER = {
  librsync: {
    'CVE-2014-8242': {
      scope: 'remote',
      debianbug: 776246,
      description: 'librsync before 1.0.0 uses a truncated MD4 checksum to match blocks',
      releases: {
        jessie: {
          status: 'open',
          nodsa_reason: '',
          repositories: { jessie: '0.9.7-10' },
          nodsa: 'Minor issue, too instrusive to backport',
          urgency: 'low',
        },
        sid: { status: 'resolved', fixed_version: '2.0.0-1', urgency: 'low' },
      },
    },
  },
  chromium: {
    'CVE-2022-0456': {
      releases: {
        bullseye: {
          status: 'resolved',
          repositories: { bullseye: '90.0.4430.212-1', 'bullseye-security': '120.0-1' },
          fixed_version: '98.0.4758.80-1~deb11u1',
          urgency: 'not yet assigned',
        },
        buster: { status: 'open', urgency: 'end-of-life' },
      },
    },
  },
  atftp: {
    'TEMP-0000000-A2EB44': {
      releases: {
        jessie: { status: 'resolved', fixed_version: '0', urgency: 'unimportant' },
        bookworm: { status: 'open', urgency: 'unimportant' },
      },
    },
  },
};

function trackerWith(...releases: readonly Readonly<Record<string, unknown>>[]) {
  return {
    a: Object.fromEntries(
      releases.map((release, at) => [`CVE-2024-000${at}`, { releases: release }]),
    ),
  };
}

async function statementsOf(release: Readonly<Record<string, unknown>>, codename = 'bookworm') {
  const { records, notes } = await read(
    debian,
    single('json', trackerWith({ [codename]: release })),
  );
  return records[0]?.kind === 'advisory' && notes.length === 0 ? records[0].statements : notes;
}

describe("Debian's tracker", () => {
  it('gives one advisory for each package and vulnerability', async () => {
    const { records, notes } = await read(debian, single('json', TRACKER));
    expect(notes).toEqual([]);
    expect(records).toEqual([
      {
        kind: 'advisory',
        key: 'librsync/CVE-2014-8242',
        id: 'CVE-2014-8242',
        aliases: [],
        related: [],
        description: 'librsync before 1.0.0 uses a truncated MD4 checksum to match blocks',
        urgency: 'low',
        scores: [],
        urls: ['https://security-tracker.debian.org/tracker/CVE-2014-8242'],
        statements: [
          {
            namespace: 'debian:8',
            package: 'librsync',
            names: 'source',
            affected: true,
            ranges: [[['>=', '0']]],
            versions: [],
            state: 'not-fixed',
            note: 'no DSA: Minor issue, too instrusive to backport',
          },
          {
            namespace: 'debian:unstable',
            package: 'librsync',
            names: 'source',
            affected: true,
            ranges: [[['>=', '0'], ['<', '2.0.0-1']]],
            versions: [],
            state: 'fixed',
          },
        ],
      },
      expect.objectContaining({
        key: 'chromium/CVE-2022-0456',
        urgency: 'not yet assigned',
        statements: [
          expect.objectContaining({
            namespace: 'debian:11',
            ranges: [[['>=', '0'], ['<', '98.0.4758.80-1~deb11u1']]],
          }),
          expect.objectContaining({
            namespace: 'debian:10',
            state: 'wont-fix',
            note: 'end-of-life',
          }),
        ],
      }),
      expect.objectContaining({
        key: 'atftp/TEMP-0000000-A2EB44',
        id: 'TEMP-0000000-A2EB44',
        severity: 'negligible',
        urgency: 'unimportant',
        urls: ['https://security-tracker.debian.org/tracker/TEMP-0000000-A2EB44'],
        statements: [
          expect.objectContaining({
            namespace: 'debian:8',
            affected: false,
            ranges: [[['>=', '0']]],
          }),
          expect.objectContaining({ namespace: 'debian:12', affected: true, state: 'not-fixed' }),
        ],
      }),
    ]);
  });

  it.each<[string, Readonly<Record<string, unknown>>, readonly unknown[]]>([
    ['undetermined', { status: 'undetermined', urgency: 'low' }, []],
    ['resolved in a version that is not told', { status: 'resolved', urgency: 'low**' }, []],
    ['of a state nobody knows', { status: 'perhaps' }, []],
    [
      'ignored',
      { status: 'open', nodsa: 'Minor issue', nodsa_reason: 'ignored' },
      [expect.objectContaining({ state: 'wont-fix', note: 'no DSA, ignored: Minor issue' })],
    ],
    [
      'postponed',
      { status: 'open', nodsa: 'Minor issue', nodsa_reason: 'postponed' },
      [expect.objectContaining({ state: 'not-fixed', note: 'no DSA, postponed: Minor issue' })],
    ],
    [
      'without an advisory and a reason in words',
      { status: 'open', nodsa: '', nodsa_reason: 'ignored' },
      [expect.objectContaining({ state: 'wont-fix', note: 'no DSA, ignored' })],
    ],
    [
      'ignored, but fixed since',
      { status: 'resolved', fixed_version: '1:2-3', nodsa: 'Minor', nodsa_reason: 'ignored' },
      [expect.objectContaining({ state: 'fixed', ranges: [[['>=', '0'], ['<', '1:2-3']]] })],
    ],
    [
      'at its end of life, with the asterisk of somebody else',
      { status: 'open', urgency: 'end-of-life*' },
      [expect.objectContaining({ state: 'wont-fix', note: 'end-of-life' })],
    ],
    [
      'with members of wrong types that can be missed',
      { status: 'open', urgency: 3, nodsa: {}, nodsa_reason: null, repositories: 'none' },
      [expect.objectContaining({ affected: true, state: 'not-fixed' })],
    ],
    [
      'without a status',
      { urgency: 'low' },
      ['a/CVE-2024-0000 bookworm: its state in this release is none'],
    ],
    [
      'fixed in what is no version',
      { status: 'resolved', fixed_version: 3 },
      ['a/CVE-2024-0000 bookworm: its state in this release is none'],
    ],
  ])('says of a release that is %s what it means', async (_what, release, statements) => {
    expect(await statementsOf(release)).toEqual(statements);
  });

  it.each([
    ['buzz', 'debian:1.1'],
    ['woody', 'debian:3.0'],
    ['squeeze', 'debian:6.0'],
    ['wheezy', 'debian:7'],
    ['trixie', 'debian:13'],
    ['forky', 'debian:14'],
    ['duke', 'debian:15'],
    ['sid', 'debian:unstable'],
    ['experimental', 'debian:experimental'],
  ])('takes %s for %s', async (codename, namespace) => {
    expect(await statementsOf({ status: 'open' }, codename)).toEqual([
      expect.objectContaining({ namespace }),
    ]);
  });

  it.each([
    ['low**', undefined, 'low'],
    ['high*', undefined, 'high'],
    ['medium', undefined, 'medium'],
    ['not yet assigned', undefined, 'not yet assigned'],
    ['unimportant*', 'negligible', 'unimportant'],
    ['**', undefined, undefined],
  ])('takes the urgency %j for the severity %s', async (urgency, severity, kept) => {
    const tracker = trackerWith({ sid: { status: 'open', urgency } });
    const { records } = await read(debian, single('json', tracker));
    expect(records).toEqual([expect.objectContaining({ severity, urgency: kept })]);
  });

  it('keeps what is unimportant in one release alone to that release', async () => {
    const { records } = await read(
      debian,
      single(
        'json',
        trackerWith({
          bookworm: { status: 'open', urgency: 'unimportant' },
          trixie: { status: 'open', urgency: 'medium' },
          sid: { status: 'open', urgency: 'end-of-life' },
        }),
      ),
    );
    expect(records).toEqual([
      expect.objectContaining({
        severity: undefined,
        urgency: 'medium',
        statements: [
          expect.objectContaining({ namespace: 'debian:12', severity: 'negligible' }),
          expect.not.objectContaining({ severity: expect.anything() }),
          expect.not.objectContaining({ severity: expect.anything() }),
        ],
      }),
    ]);
  });

  it('notes what it cannot read and keeps the rest', async () => {
    const { records, notes } = await read(
      debian,
      single('json', { ...TRACKER, a: { 'CVE-2024-1': [], 'CVE 2': { releases: {} } }, b: 3 }),
    );
    expect(records).toHaveLength(3);
    expect(notes).toEqual([
      'a/CVE-2024-1: it tells no releases',
      'a/CVE 2: it has no proper name',
      'b: it has no members',
    ]);
  });

  it('leaves out a package that comes twice with the same vulnerability', async () => {
    const text = JSON.stringify(TRACKER.atftp);
    const { records, notes } = await read(debian, single('json', `{"a":${text},"a":${text}}`));
    expect(records).toHaveLength(1);
    expect(notes).toEqual(['a/TEMP-0000000-A2EB44: its key comes twice']);
  });

  it('is found as a file, in the folder, as the site lays it out, and under any name', async () => {
    const text = JSON.stringify(TRACKER);
    const sources = [
      single('json', text),
      single('tracker.gz', gzipSync(text)),
      listed({ json: text }),
      listed({ 'tracker/data/json': text, 'tracker/data/DSA/list': '[x]' }),
      unlisted({ 'data/json': text }),
      listed({ 'a/b/tracker-2024.json.gz': gzipSync(text), 'a/b/README': 'x' }),
    ];
    for (const files of sources) {
      expect(await debian.groups(files)).toEqual(['debian']);
      expect((await read(debian, files, 'debian')).records).toHaveLength(3);
    }
    expect(debian.watched('debian', single('json', text))).toEqual(['json']);
  });

  it.each<[string, string | Uint8Array]>([
    ['cut off', JSON.stringify(TRACKER).slice(0, -20)],
    ['cut off while compressed', gzipSync(JSON.stringify(TRACKER)).subarray(0, -20)],
    ['a page', '<!DOCTYPE html><p>Not found</p>'],
    ['of another format', '{"vulnerabilities":[{"cveID":"CVE-2024-1"}]}'],
    ['empty', ''],
  ])('fails whole where it is %s', async (_what, content) => {
    await expect(read(debian, single('json', content))).rejects.toMatchObject({
      code: 'feed_malformed',
    });
  });

  it('fails where there is no file', async () => {
    await expect(read(debian, listed({ 'README.txt': 'x' }))).rejects.toMatchObject({
      code: 'feed_malformed',
    });
  });

  it('ends well whatever the bytes are', async () => {
    const ends = await fuzz(
      debian,
      (random) => feedFilesAt(folderWith({ 'a.json': mutatedJson(TRACKER, random) })),
    );
    expect([...ends.keys()].toSorted()).toEqual(['feed_malformed', 'read']);
  });
});

describe("Debian's releases", () => {
  it('have codenames and numbers', () => {
    expect(debianRelease('bookworm')).toBe('12');
    expect(debianCodename('12')).toBe('bookworm');
    expect(debianCodename('unstable')).toBe('sid');
    expect(debianCodename('99')).toBeUndefined();
  });
});
