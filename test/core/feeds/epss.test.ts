import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { epss } from '../../../core/feeds/epss.ts';
import { mutatedText } from '../../jobs/fuzz/mutators.ts';
import { feedFilesAt } from '../../support/feed-files.ts';
import { folderWith, fuzz, listed, read, single } from './read-feed.ts';

const NAME = 'epss_scores-current.csv.gz';
const COMMENT = '#model_version:v2025.03.14,score_date:2026-08-22T12:55:00Z\n';
const ROWS = 'CVE-2002-0367,0.04919,0.91446\nCVE-2004-0210,0.07214,0.93826\n';
const TABLE = `${COMMENT}cve,epss,percentile\n${ROWS}`;

const READ = [
  { kind: 'probability', key: 'CVE-2002-0367', score: 0.04919, percentile: 0.91446 },
  { kind: 'probability', key: 'CVE-2004-0210', score: 0.07214, percentile: 0.93826 },
];

describe('probabilities of exploitation', () => {
  it.each<[string, string | Uint8Array]>([
    ['compressed', gzipSync(TABLE)],
    ['plain', TABLE],
    ['with other ends of lines', TABLE.replaceAll('\n', '\r\n')],
    ['without the last end', TABLE.trimEnd()],
    ['without the comment', TABLE.slice(COMMENT.length)],
    ['with blank lines', `${TABLE}\n \n`],
    [
      'with other columns beside',
      'date,CVE,percentile,epss\n' +
      'x,CVE-2002-0367,0.91446,0.04919\nx,CVE-2004-0210,0.93826,0.07214\n',
    ],
  ])('are read %s', async (_what, content) => {
    const { records, notes } = await read(epss, single(NAME, content));
    expect(notes).toEqual([]);
    expect(records).toEqual(READ);
  });

  it('takes numbers in all their forms', async () => {
    const { records } = await read(
      epss,
      single(NAME, 'cve,epss,percentile\nCVE-2024-1000,1e-05,0\nCVE-2024-1001,1.0,.5\n'),
    );
    expect(records).toMatchObject([
      { score: 0.00001, percentile: 0 },
      { score: 1, percentile: 0.5 },
    ]);
  });

  it('notes rows that it cannot read', async () => {
    const rows = [
      'CVE-2024-1000,1.1,0.5',
      'CVE-2024-1001,-0.1,0.5',
      'CVE-2024-1002,,0.5',
      'CVE-2024-1003,0.1',
      'GHSA-jfh8-c2jp-5v3q,0.1,0.2',
      'CVE-2024-1004,0x1,0.5',
      'CVE-2002-0367,0.1,0.2',
    ];
    const { records, notes } = await read(epss, single(NAME, `${TABLE}${rows.join('\n')}\n`));
    expect(records).toEqual(READ);
    const why = 'it is no id with two numbers from 0 to 1';
    expect(notes).toEqual([
      ...rows.slice(0, -1).map((row) => `${row}: ${why}`),
      'CVE-2002-0367: its key comes twice',
    ]);
  });

  it('is found in folders, the newest of those with a day', async () => {
    const old = TABLE.replace('CVE-2002', 'CVE-2001');
    const current = listed({ [NAME]: gzipSync(TABLE), 'epss_scores-2026-08-23.csv.gz': old });
    const dated = listed({
      'a/epss_scores-2026-08-22.csv': TABLE,
      'b/epss_scores-2026-08-21.csv': old,
    });
    for (const files of [current, dated]) {
      expect(await epss.groups(files)).toEqual(['epss']);
      expect((await read(epss, files, 'epss')).records).toEqual(READ);
    }
    expect(epss.watched('epss', current)).toEqual([NAME]);
    await expect(read(epss, listed({}))).rejects.toMatchObject({ code: 'feed_malformed' });
  });

  it.each<[string, string | Uint8Array, string]>([
    ['cut off', TABLE.slice(0, -12), 'it ends within a line'],
    ['cut off while compressed', gzipSync(TABLE).subarray(0, -9), 'end'],
    ['a page', '<html>\n<body>\n', 'its columns are not cve, epss, percentile'],
    ['empty', '', 'it names no columns'],
    ['only a comment', COMMENT, 'it names no columns'],
    ['of rows that are none', 'cve,epss,percentile\na,b,c\n', 'no record that can be read'],
    ['one long line', 'x'.repeat(100_000), 'a line has more than 65536 characters'],
  ])('fails whole where it is %s', async (_what, content, reason) => {
    await expect(read(epss, single(NAME, content))).rejects.toMatchObject({
      code: 'feed_malformed',
      message: expect.stringContaining(reason),
    });
  });

  it('is read beyond one chunk', async () => {
    const rows = Array.from({ length: 40_000 }, (_, at) => `CVE-2024-${10_000 + at},0.5,0.${at}`);
    const { records } = await read(epss, single(NAME, gzipSync(`${TABLE}${rows.join('\n')}\n`)));
    expect(records).toHaveLength(40_002);
    expect(records.at(-1)).toMatchObject({ key: 'CVE-2024-49999', percentile: 0.39999 });
  });

  it('ends well whatever the bytes are', async () => {
    const ends = await fuzz(
      epss,
      (random) => feedFilesAt(folderWith({ 'a.csv': mutatedText(TABLE, random) })),
    );
    expect([...ends.keys()].toSorted()).toEqual(['feed_malformed', 'read']);
  });
});
