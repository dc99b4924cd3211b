import { describe, expect, it } from 'vitest';
import { endOfLife } from '../../../core/feeds/end-of-life.ts';
import { mutatedJson } from '../../jobs/fuzz/mutators.ts';
import { feedFilesAt } from '../../support/feed-files.ts';
import { folderWith, fuzz, listed, read, single, unlisted } from './read-feed.ts';

/** Cut from the site's own files. */
const DEBIAN = [
  {
    cycle: '13',
    codename: 'Trixie',
    releaseDate: '2025-08-09',
    eol: '2028-08-09',
    eoes: '2030-06-30',
    latest: '13.6',
    latestReleaseDate: '2026-07-11',
    link: 'https://www.debian.org/News/2025/20250809',
    lts: false,
  },
  { cycle: '12', codename: 'Bookworm', releaseDate: '2023-06-10', eol: '2026-07-11' },
];
const NGINX = [{ cycle: '1.31', releaseDate: '2026-04-14', eol: false, latest: '1.31.0' }];

async function cycle(members: Readonly<Record<string, unknown>>) {
  const { records, notes } = await read(
    endOfLife,
    single('p.json', [{ cycle: '1', ...members }, { cycle: '0' }]),
  );
  return notes.length > 0 ? notes : records[0];
}

describe('lives of products', () => {
  it('gives one record for each cycle', async () => {
    const { records, notes } = await read(endOfLife, single('debian.json', DEBIAN));
    expect(notes).toEqual([]);
    expect(records).toEqual([
      {
        kind: 'lifecycle',
        key: 'debian/13',
        product: 'debian',
        cycle: '13',
        codename: 'Trixie',
        released: '2025-08-09',
        ends: '2028-08-09',
        extendedEnds: '2030-06-30',
        latest: '13.6',
      },
      {
        kind: 'lifecycle',
        key: 'debian/12',
        product: 'debian',
        cycle: '12',
        codename: 'Bookworm',
        released: '2023-06-10',
        ends: '2026-07-11',
      },
    ]);
  });

  it.each<[Readonly<Record<string, unknown>>, Readonly<Record<string, unknown>>]>([
    [{ eol: false }, { ends: false }],
    [{ eol: true, eoes: false }, { ends: true, extendedEnds: false }],
    [{ extendedSupport: '2030-06-30' }, { extendedEnds: '2030-06-30' }],
    [{ eol: '2030-02-30', eoes: 7 }, { ends: undefined, extendedEnds: undefined }],
    [{ cycle: 8 }, { key: 'p/8', cycle: '8' }],
    [{ codename: null, latest: 3, releaseDate: '2024-01' }, {
      codename: undefined,
      latest: undefined,
      released: undefined,
    }],
  ])('reads of %j what it means', async (members, expected) => {
    expect(await cycle(members)).toMatchObject(expected);
  });

  it.each([[''], ['a b'], [null], [undefined], [['1']]])(
    'notes a cycle that is named %j',
    async (name) => {
      expect(await cycle({ cycle: name })).toEqual(['p/0: it is no cycle with a name']);
    },
  );

  it('reads all products that are listed, and asks for those of images where none are', async () => {
    const contents = {
      'debian.json': DEBIAN,
      'nginx.json': NGINX,
      'all.json': ['debian', 'nginx'],
    };
    const inFolder = Object.fromEntries(
      Object.entries(contents).map(([name, content]) => [`api/${name}`, content]),
    );
    const sources = [listed(contents), listed(inFolder), unlisted(contents), unlisted(inFolder)];
    for (const files of sources) {
      expect(await endOfLife.groups(files)).toEqual(['endoflife']);
      const { records } = await read(endOfLife, files, 'endoflife');
      expect(records.map(({ key }) => key)).toEqual(['debian/13', 'debian/12', 'nginx/1.31']);
    }
    expect(endOfLife.watched('endoflife', unlisted({}))).toContain('alpine-linux.json');
    await expect(read(endOfLife, unlisted({}))).rejects.toMatchObject({ code: 'feed_malformed' });
    await expect(read(endOfLife, listed({}))).rejects.toMatchObject({ code: 'feed_malformed' });
  });

  it.each<[string, unknown]>([
    ['cut off', JSON.stringify(DEBIAN).slice(0, -1)],
    ['a page', '<html></html>'],
    ['of another format', { vulnerabilities: [{ cveID: 'CVE-2020-1000' }] }],
  ])('fails whole where one is %s', async (_what, content) => {
    const files = listed({ 'debian.json': content, 'nginx.json': NGINX });
    await expect(read(endOfLife, files)).rejects.toMatchObject({ code: 'feed_malformed' });
  });

  it('ends well whatever the bytes are', async () => {
    const ends = await fuzz(
      endOfLife,
      (random) => feedFilesAt(folderWith({ 'debian.json': mutatedJson(DEBIAN, random) })),
    );
    expect([...ends.keys()].toSorted()).toEqual(['feed_malformed', 'read']);
  });
});
