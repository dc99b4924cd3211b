import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { chainguard, minimos, secdb, wolfi } from '../../../core/feeds/secdb.ts';
import { idsOf } from '../../../core/feeds/secdb-ids.ts';
import { mutatedJson } from '../../jobs/fuzz/mutators.ts';
import { feedFilesAt } from '../../support/feed-files.ts';
import { folderWith, fuzz, listed, read, single, unlisted } from './read-feed.ts';

type Fixes = Readonly<Record<string, unknown>>;

/** A database as the publishers write it. */
function database(packages: Readonly<Record<string, Fixes>>, head = {}) {
  return {
    apkurl: '{{urlprefix}}/{{distroversion}}/{{reponame}}/{{arch}}/{{pkg.name}}-{{pkg.ver}}.apk',
    archs: ['aarch64', 'x86_64'],
    reponame: 'main',
    urlprefix: 'https://dl-cdn.alpinelinux.org/alpine',
    ...head,
    packages: Object.entries(packages).map(([name, secfixes]) => ({ pkg: { name, secfixes } })),
  };
}

const V3_15 = { distroversion: 'v3.15' };
const MAIN = database({
  zlib: { '1.2.12-r0': ['CVE-2018-25032'], '1.2.12-r2': ['CVE-2022-37434'] },
  xen: { '4.10.0-r1': ['CVE-2017-17566 XSA-248'], '0': ['CVE-2016-2781'] },
}, V3_15);
const COMMUNITY = database(
  { advancecomp: { '2.1-r2': ['CVE-2019-9210'] } },
  { ...V3_15, reponame: 'community' },
);

async function secfixes(fixes: Fixes) {
  const { records, notes } = await read(secdb, single('main.json', database({ p: fixes }, V3_15)));
  return { notes, records: records.flatMap((found) => found.kind === 'advisory' ? [found] : []) };
}

describe("Alpine's security database", () => {
  it('gives one advisory for each package and id', async () => {
    const files = listed({ 'v3.15/main.json': MAIN, 'v3.15/community.json': COMMUNITY });
    expect(await secdb.groups(files)).toEqual(['v3.15']);
    expect(secdb.watched('v3.15', files)).toEqual(['v3.15/main.json', 'v3.15/community.json']);
    const { records, notes } = await read(secdb, files, 'v3.15');
    expect(notes).toEqual([]);
    expect(records.map(({ key }) => key).toSorted()).toEqual([
      'advancecomp/CVE-2019-9210',
      'xen/CVE-2016-2781',
      'xen/CVE-2017-17566',
      'xen/XSA-248',
      'zlib/CVE-2018-25032',
      'zlib/CVE-2022-37434',
    ]);
    expect(records.find(({ key }) => key === 'zlib/CVE-2022-37434')).toEqual({
      kind: 'advisory',
      key: 'zlib/CVE-2022-37434',
      id: 'CVE-2022-37434',
      aliases: [],
      related: [],
      scores: [],
      urls: ['https://security.alpinelinux.org/vuln/CVE-2022-37434'],
      statements: [{
        namespace: 'alpine:3.15',
        package: 'zlib',
        names: 'source',
        affected: true,
        ranges: [[['>=', '0'], ['<', '1.2.12-r2']]],
        versions: [],
        state: 'fixed',
      }],
    });
    expect(records.find(({ key }) => key === 'xen/CVE-2016-2781')).toMatchObject({
      statements: [{ affected: false, ranges: [[['>=', '0']]], versions: [] }],
    });
    expect(records.find(({ key }) => key === 'xen/XSA-248')).toMatchObject({
      aliases: ['CVE-2017-17566'],
      urls: [],
    });
  });

  it('has one advisory for an id with several versions, and for a package in both files', async () => {
    const files = listed({
      'edge/main.json': database({ a: { '1-r0': ['CVE-2020-1000'], '2-r0': ['CVE-2020-1000'] } }),
      'edge/community.json': database({ a: { '3-r0': ['CVE-2020-1000', 'CVE-2020-2000'] } }),
    });
    const { records } = await read(secdb, files, 'edge');
    expect(records).toEqual([
      expect.objectContaining({
        key: 'a/CVE-2020-1000',
        statements: [expect.objectContaining({
          namespace: 'alpine:edge',
          ranges: [
            [['>=', '0'], ['<', '3-r0']],
            [['>=', '0'], ['<', '1-r0']],
            [['>=', '0'], ['<', '2-r0']],
          ],
        })],
      }),
      expect.objectContaining({ key: 'a/CVE-2020-2000' }),
    ]);
  });

  it('does not deny what it calls fixed elsewhere', async () => {
    const { records } = await secfixes({ '0': ['CVE-2020-1000'], '2-r0': ['CVE-2020-1000'] });
    expect(records).toMatchObject([{
      statements: [{ affected: true, ranges: [[['>=', '0'], ['<', '2-r0']]] }],
    }]);
  });

  it('takes ids of one line for the same only in pairs of a CVE and another', async () => {
    const { records } = await secfixes({
      '1-r0': ['CVE-2018-3620 CVE-2018-3646 XSA-273', 'CVE-2017-12135 XSA-226', 'CVE-2017-1-r9'],
      '2-r0': ['CVE-2019-1111 XSA-300', 'CVE-2019-2222 XSA-300', 'CVE-????-?????  XSA-284'],
    });
    expect(records.map(({ id, aliases, related }) => [id, aliases, related])).toEqual([
      ['CVE-2018-3620', [], ['CVE-2018-3646', 'XSA-273']],
      ['CVE-2018-3646', [], ['CVE-2018-3620', 'XSA-273']],
      ['XSA-273', [], ['CVE-2018-3620', 'CVE-2018-3646']],
      ['CVE-2017-12135', ['XSA-226'], []],
      ['XSA-226', ['CVE-2017-12135'], []],
      ['CVE-2019-1111', [], ['XSA-300']],
      ['XSA-300', [], ['CVE-2019-1111', 'CVE-2019-2222']],
      ['CVE-2019-2222', [], ['XSA-300']],
      ['XSA-284', [], []],
    ]);
  });

  it.each([
    // As they stand in the branches v3.3 to v3.11.
    ['irssi', '0.8.21.r2', '0.8.21-r2'],
    ['wget', '1.18.-r2', '1.18-r2'],
    ['git', '2.15.r-r1', '2.15-r1'],
    ['python2', '2.7.16-33', '2.7.16-r33'],
    ['py-django', '1.11-20-r0', '1.11.20-r0'],
    ['icu', '57-1-r2', '57.1-r2'],
    ['openssh', '7.4_p1-r0', '7.4_p1-r0'],
    ['zlib', '1.2.12', '1.2.12'],
  ])('reads the fix of %s in %s as %s', async (_name, written, version) => {
    const { records } = await secfixes({ [written]: ['CVE-2017-10965'] });
    expect(records[0]?.statements[0]?.ranges).toEqual([[['>=', '0'], ['<', version]]]);
  });

  it('has nothing for versions without ids, and notes what is no package', async () => {
    const found = await secfixes({ '2.8.0-r0': {}, '7.4.0-r0': null, '1-r0': [7], ' ': ['x'] });
    expect(found).toEqual({ notes: ['p : it is no version'], records: [] });
    const packages = [{ pkg: {} }, { name: 'a' }, 7, { pkg: { name: 'b c' } }, {
      pkg: { name: 'd' },
    }];
    const { records, notes } = await read(
      secdb,
      single('main.json', { ...MAIN, packages: [...packages, ...MAIN.packages] }),
    );
    expect(records).toHaveLength(5);
    expect(notes).toEqual([
      'packages/0: it is no package with a name',
      'packages/1: it is no package with a name',
      'packages/2: it is no package with a name',
      'b c: it is no package with a name',
    ]);
  });

  it('asks for branches where nobody lists them, and stops behind the last', async () => {
    const files = unlisted({
      'v3.10/main.json': database({}),
      'v3.14/main.json': MAIN,
      'edge/main.json': database({ a: { '1-r0': ['CVE-2020-1000'] } }),
      'edge/community.json': database({ b: { '1-r0': ['CVE-2020-1000'] } }),
    });
    expect(await secdb.groups(files)).toEqual(['v3.10', 'v3.14', 'edge']);
    expect(files.asked[0]).toBe('v3.2/main.json');
    expect(files.asked.slice(-2)).toEqual(['v3.18/main.json', 'edge/main.json']);
    expect((await read(secdb, files, 'v3.14')).records).toHaveLength(5);
    expect((await read(secdb, files, 'edge')).records).toHaveLength(2);
    await expect(read(secdb, files, 'v3.11')).rejects.toMatchObject({ code: 'feed_malformed' });
  });

  it('is found by its content where it is loose or alone', async () => {
    const loose = listed({
      'x/a.json': MAIN,
      'x/y/b.json.gz': gzipSync(JSON.stringify(COMMUNITY)),
    });
    expect(await secdb.groups(loose)).toEqual(['v3.15']);
    expect((await read(secdb, loose)).records).toHaveLength(6);
    const alone = single('a.json', COMMUNITY);
    expect(await secdb.groups(alone)).toEqual(['v3.15']);
    expect(secdb.watched('v3.15', alone)).toEqual(['a.json']);
    expect((await read(secdb, alone)).records).toHaveLength(1);
    await expect(secdb.groups(single('a.json', database({})))).rejects.toMatchObject({
      code: 'feed_malformed',
      message: expect.stringContaining('it tells no branch'),
    });
  });

  it.each<[string, unknown]>([
    ['cut off', JSON.stringify(MAIN).slice(0, -2)],
    ['a page', '<html></html>'],
    ['of another format', { vulnerabilities: [] }],
    ['of packages that are none', { distroversion: 'v3.15', packages: [1, 2] }],
  ])('fails whole where it is %s', async (_what, content) => {
    await expect(read(secdb, single('main.json', content), 'v3.15')).rejects.toMatchObject({
      code: 'feed_malformed',
    });
  });

  it('ends well whatever the bytes are', async () => {
    const ends = await fuzz(secdb, (random) =>
      feedFilesAt(folderWith({
        'v3.15/main.json': mutatedJson(MAIN, random),
        'v3.15/community.json': COMMUNITY,
      })));
    expect([...ends.keys()].toSorted()).toEqual(['feed_malformed', 'read']);
  });
});

describe('databases without branches', () => {
  it.each([
    [wolfi, 'wolfi', 'https://packages.wolfi.dev/os/security.json'],
    [chainguard, 'chainguard', 'https://packages.cgr.dev/chainguard/security.json'],
    [minimos, 'minimos', 'https://packages.mini.dev/advisories/secdb/security.json'],
  ])('are read in the namespace of their distribution', async (format, name, url) => {
    expect(format).toMatchObject({ name, url });
    const content = database({
      brotli: { '1.0.9-r0': ['CVE-2020-8927', 'GHSA-5v8v-66v8-mwm7'] },
      coreutils: { '0': ['CVE-2016-2781'] },
    });
    const sources = [
      single('x.json', content),
      listed({ 'security.json': content }),
      listed({ 'os/security.json': content }),
      unlisted({ 'security.json': content }),
    ];
    for (const files of sources) {
      expect(await format.groups(files)).toEqual([name]);
      const { records } = await read(format, files, name);
      expect(records).toMatchObject([
        {
          key: 'brotli/CVE-2020-8927',
          aliases: [],
          statements: [{ namespace: name, affected: true, names: 'source' }],
        },
        { key: 'brotli/GHSA-5v8v-66v8-mwm7' },
        { key: 'coreutils/CVE-2016-2781', statements: [{ namespace: name, affected: false }] },
      ]);
    }
    expect(format.watched(name, listed({}))).toEqual(['security.json']);
    await expect(read(format, listed({}), name)).rejects.toMatchObject({ code: 'feed_malformed' });
  });
});

describe('ids in lines of packagers', () => {
  it.each<[string, readonly string[]]>([
    ['CVE-2019-5051', ['CVE-2019-5051']],
    ['CVE-2019-5051 TALOS-2019-0820', ['CVE-2019-5051', 'TALOS-2019-0820']],
    ['CVE-2017-5753 CVE-2017-5715, CVE-2017-5754 XSA-254 XPTI', [
      'CVE-2017-5753',
      'CVE-2017-5715',
      'CVE-2017-5754',
      'XSA-254',
    ]],
    ['cve-2019-5051', ['CVE-2019-5051']],
    ['CVE_2019-2426', ['CVE-2019-2426']],
    ['CVE 2018-16859', ['CVE-2018-16859']],
    ['CVE-2018-14882 (RPL)', ['CVE-2018-14882']],
    ['CVE-2018-14879 (tcpdump -V)', ['CVE-2018-14879']],
    ['CVE-2018-16301 (was fixed in libpcap-1)', ['CVE-2018-16301']],
    ['CVE-2017-2616 (+ regression fix)', ['CVE-2017-2616']],
    ['CVE-2018-16228 (part of CVE-2018-16229', ['CVE-2018-16228']],
    ['CVE-2017-8073.patch', ['CVE-2017-8073']],
    ['CVE-2017-17434-1', ['CVE-2017-17434']],
    ['CVE-2019-XXXX?', []],
    ['CVE-????-?????  XSA-284', ['XSA-284']],
    ['CVE-2020-12345678901234567890', []],
    ['wnpa-sec-2017-18', ['wnpa-sec-2017-18']],
    ['GHSA-jfh8-c2jp-5v3q', ['GHSA-jfh8-c2jp-5v3q']],
    ['VSV00001', ['VSV00001']],
    ['ALPINE-13661;ZBX-11023', ['ALPINE-13661', 'ZBX-11023']],
    ['RUSTSEC-2021-0078, GO-2022-0001.', ['RUSTSEC-2021-0078', 'GO-2022-0001']],
    ['see release notes of 1.2.3', []],
    ['CVE-2019-5051 CVE-2019-5051', ['CVE-2019-5051']],
    ['', []],
    ['('.repeat(5000), []],
  ])('of %j are %j', (line, ids) => {
    expect(idsOf(line)).toEqual(ids);
  });
});
