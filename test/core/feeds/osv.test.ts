import { Buffer } from 'node:buffer';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { FeedFiles } from '../../../core/feeds/format.ts';
import { FORMATS } from '../../../core/feeds/index.ts';
import { osv } from '../../../core/feeds/osv.ts';
import { items, zip } from '../../jobs/formats/zips.ts';
import { mutatedBytes, mutatedJson } from '../../jobs/fuzz/mutators.ts';
import { randomOf } from '../../jobs/fuzz/random.ts';
import { feedFilesAt } from '../../support/feed-files.ts';
import { all, tarOf, writtenFile, writtenFolder } from './written.ts';

const SINCE = '2026-08-01T00:00:00.000Z';
const CASES = 300;

function record(id: string, fields: Readonly<Record<string, unknown>> = {}): string {
  const affected = [{ package: { ecosystem: 'Go', name: 'stdlib' }, versions: ['1.20.0'] }];
  return JSON.stringify({ id, modified: '2024-01-01T00:00:00Z', affected, ...fields });
}

function archive(...ids: readonly string[]): Buffer {
  return zip(items(Object.fromEntries(ids.map((id) => [`${id}.json`, record(id)]))));
}

interface Read {
  readonly keys: readonly string[];
  readonly notes: readonly string[];
}

async function read(files: FeedFiles, group = 'all'): Promise<Read> {
  const notes: string[] = [];
  const note = (name: string, reason: string) => notes.push(`${name}: ${reason}`);
  const found = await all(osv.read(group, files, note));
  return { keys: found.map(({ key }) => key), notes };
}

/** Keys of what has changed; undefined where nobody can tell. */
async function changed(files: FeedFiles, since = SINCE, notes: string[] = []) {
  const note = (name: string, reason: string) => notes.push(`${name}: ${reason}`);
  const changes = await osv.changes?.('Go', files, since, note);
  return changes && (await all(changes)).map((change) => change.record?.key ?? change.removed);
}

/** Only what a server of files can do. */
function withoutLists(files: FeedFiles): FeedFiles {
  return { ...files, list: () => Promise.resolve(undefined) };
}

describe('the format osv', () => {
  it('is one of the formats, with where it is published', () => {
    expect(FORMATS).toContain(osv);
    expect(osv).toMatchObject({
      name: 'osv',
      url: 'https://storage.googleapis.com/osv-vulnerabilities',
    });
  });

  it('has the listed ecosystems as groups, without their releases', async () => {
    const list =
      'Alpine\nAlpine:v3.18\nGIT\nGitHub Actions\r\nGo\nGo\n[EMPTY]\n../x\n\ncrates.io\n';
    const files = feedFilesAt(writtenFolder({ 'ecosystems.txt': list, 'Go/all.zip': 'x' }));
    expect(await osv.groups(withoutLists(files)))
      .toEqual(['Alpine', 'GitHub Actions', 'Go', 'crates.io']);
    expect(await osv.groups(files)).toEqual(['Go']);
  });

  it('has folders with archives as groups where no list is', async () => {
    const files = { 'Go/all.zip': 'x', 'Red Hat/all.zip': 'x', 'docs/a.txt': 'x', 'b.json': '{}' };
    expect(await osv.groups(feedFilesAt(writtenFolder(files)))).toEqual(['Go', 'Red Hat']);
  });

  it.each([
    ["one ecosystem's folder", { 'all.zip': 'x', 'modified_id.csv': 'x' }],
    ['folders of records', { '2024/01/a.json': '{}' }],
  ])('has a single group for %s', async (_, files) => {
    expect(await osv.groups(feedFilesAt(writtenFolder(files)))).toEqual(['all']);
  });

  it('has a single group for a file', async () => {
    expect(await osv.groups(feedFilesAt(writtenFile('x', 'x').path))).toEqual(['all']);
  });

  it('is malformed where there is nothing', async () => {
    await expect(osv.groups(feedFilesAt(writtenFolder({ 'a.txt': '' }))))
      .rejects.toMatchObject({ code: 'feed_malformed' });
  });

  it('asks for what changed before the archives', () => {
    const files = feedFilesAt(writtenFolder({}));
    expect(osv.watched('Red Hat', files)).toEqual(['Red Hat/modified_id.csv']);
    expect(osv.watched('all', files)).toEqual(['all.zip']);
  });
});

describe('records of OSV', () => {
  it("are read out of an ecosystem's archive", async () => {
    const files = feedFilesAt(writtenFolder({ 'Red Hat/all.zip': archive('RHSA-1', 'RHSA-2') }));
    expect(await read(files, 'Red Hat')).toEqual({ keys: ['RHSA-1', 'RHSA-2'], notes: [] });
  });

  it.each([
    ['zip', () => archive('GO-1', 'GO-2')],
    [
      'tar.gz',
      async () =>
        gzipSync(
          await tarOf({ 'x/1.json': record('GO-1'), 'y.txt': '', '2.json': record('GO-2') }),
        ),
    ],
  ])('are read out of a single %s, whatever its name', async (_, bytes) => {
    const files = feedFilesAt(writtenFile('download', await bytes()).path);
    expect(await read(files)).toEqual({ keys: ['GO-1', 'GO-2'], notes: [] });
  });

  it('are read out of a single file, also compressed', async () => {
    for (const bytes of [record('GO-1'), gzipSync(record('GO-1'))]) {
      const files = feedFilesAt(writtenFile('record', bytes).path);
      expect(await read(files)).toEqual({ keys: ['GO-1'], notes: [] });
    }
  });

  it('are read out of folders, of a source or of an ecosystem', async () => {
    const records = {
      'Go/2024/b/GO-2.json': record('GO-2'),
      'Go/GO-1.json': record('GO-1'),
      'Go/README.md': '# no record',
    };
    const files = feedFilesAt(writtenFolder(records));
    expect((await read(files)).keys.toSorted()).toEqual(['GO-1', 'GO-2']);
    expect((await read(files, 'Go')).keys.toSorted()).toEqual(['GO-1', 'GO-2']);
  });

  it('come each once; those that cannot be read are noted', async () => {
    const bytes = zip(items({
      'GO-1.json': record('GO-1'),
      'GO-2.json': '{',
      'again.json': record('GO-1'),
      'GO-3.json': '{"modified":"2024-01-01T00:00:00Z"}',
      'index.html': '<html>',
      'GO-4.json': record('GO-4'),
    }));
    const files = feedFilesAt(writtenFolder({ 'Go/all.zip': bytes }));
    expect(await read(files, 'Go')).toEqual({
      keys: ['GO-1', 'GO-4'],
      notes: [
        'GO-2.json: it is not JSON',
        'again.json: another document is GO-1 already',
        'GO-3.json: id: Invalid input: expected string, received undefined',
      ],
    });
  });

  it.each([
    ['an archive is cut off', archive('GO-1', 'GO-2').subarray(0, -30)],
    ['an archive is empty', zip([])],
    ['no document of an archive is a record', zip(items({ 'a.json': '[]', 'b.json': '{' }))],
    ['the file is no archive', '<html>not found</html>'],
  ])('are malformed where %s', async (_, bytes) => {
    const files = feedFilesAt(writtenFolder({ 'Go/all.zip': bytes }));
    await expect(read(files, 'Go')).rejects.toMatchObject({
      code: 'feed_malformed',
      message: expect.stringContaining('Go/all.zip'),
    });
  });

  it('are malformed where the ecosystem is not there', async () => {
    await expect(read(withoutLists(feedFilesAt(writtenFolder({}))), 'Go'))
      .rejects.toMatchObject({ code: 'feed_malformed' });
  });

  it('end in advisories, notes or a malformed feed, whatever their bytes', async () => {
    const random = randomOf(51_972);
    const sample = {
      id: 'GO-1',
      modified: '2024-01-01T00:00:00Z',
      aliases: ['CVE-2024-1'],
      summary: 'a title',
      severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:N' }],
      withdrawn: null,
      affected: [{
        package: { ecosystem: 'Ubuntu:Pro:22.04:LTS', name: 'unzip', purl: 'pkg:deb/ubuntu/unzip' },
        ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed: '1.2' }] }],
        versions: ['1.0', '1.1'],
        database_specific: { last_known_affected_version_range: '<= 1.1' },
        ecosystem_specific: { availability: 'No subscription required', urgency: 'low' },
      }],
      references: [{ type: 'WEB', url: 'https://example.org/' }],
    };
    const bytes = Buffer.from(JSON.stringify(sample));
    let readable = 0;
    for (let time = 0; time < CASES; time++) {
      const mutated = time % 3 === 0 ? mutatedBytes(bytes, random) : mutatedJson(sample, random);
      const files = feedFilesAt(writtenFile('record.json', mutated).path);
      try {
        readable += (await read(files)).keys.length;
      } catch (error) {
        expect(error).toMatchObject({ code: 'feed_malformed' });
      }
    }
    expect(readable).toBeGreaterThan(CASES / 4);
    expect(readable).toBeLessThan(CASES);
  });
});

describe('changes of an ecosystem', () => {
  const records = Object.fromEntries(
    [1, 2, 3, 4, 5].map((number) => [`Go/GO-${number}.json`, record(`GO-${number}`)]),
  );
  const LIST = [
    '2999-07-09T15:54:00Z,GO-1',
    '2026-08-21T14:34:38.042882Z,GO-2',
    '2026-08-01T00:00:00Z,GO-3',
    '2026-07-31T23:59:59.999Z,GO-4',
    '2026-08-20T00:00:00Z,GO-5',
  ];

  function filesWith(list: readonly string[], more: Readonly<Record<string, string>> = {}) {
    const text = list.map((line) => `${line}\n`).join('');
    return feedFilesAt(writtenFolder({ ...records, 'Go/modified_id.csv': text, ...more }));
  }

  it('are the records since a time, those from the future always, in any order', async () => {
    expect(await changed(filesWith(LIST))).toEqual(['GO-1', 'GO-2', 'GO-3', 'GO-5']);
    expect(await changed(filesWith(LIST), '2026-08-22T00:00:00Z')).toEqual(['GO-1']);
    expect(await changed(withoutLists(filesWith([])))).toEqual([]);
  });

  it('leave out what cannot be read, and note it', async () => {
    const notes: string[] = [];
    const files = filesWith(LIST, { 'Go/GO-2.json': '{' });
    expect(await changed(files, SINCE, notes)).toEqual(['GO-1', 'GO-3', 'GO-5']);
    expect(notes).toEqual([expect.stringMatching(/GO-2\.json: it is not JSON$/)]);
  });

  it.each([
    ['the list is missing', feedFilesAt(writtenFolder(records))],
    ['a record is missing', filesWith([...LIST, '2026-08-21T00:00:00Z,GO-6'])],
    ['a line is none', filesWith([...LIST, 'GO-6'])],
    ['a time is none', filesWith(['2026-99-99T00:00:00Z,GO-1'])],
    ['an id is a path', filesWith(['2026-08-21T00:00:00Z,../../GO-1'])],
    ['a page came instead', filesWith(['<html>', '</html>'])],
    [
      'there are too many',
      filesWith(Array.from({ length: 4000 }, (_, at) => `2026-08-21T00:00:00Z,GO-${at}`)),
    ],
  ])('are not told where %s', async (_, files) => {
    expect(await changed(files)).toBeUndefined();
  });

  it('are not told after no time, and of what is not divided into ecosystems', async () => {
    expect(await changed(filesWith(LIST), 'never')).toBeUndefined();
    expect(await osv.changes?.('all', filesWith(LIST), SINCE, () => {})).toBeUndefined();
  });
});
