import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { ghsa } from '../../../core/feeds/ghsa.ts';
import { FORMATS } from '../../../core/feeds/index.ts';
import { feedFilesAt } from '../../support/feed-files.ts';
import { all, tarOf, writtenFile, writtenFolder } from './written.ts';

/** An advisory of GitHub, cut down. */
function advisory(id: string, reviewed: boolean | undefined = true): string {
  return JSON.stringify({
    schema_version: '1.4.0',
    id,
    modified: '2024-08-27T15:30:50Z',
    published: '2023-10-10T21:28:24Z',
    aliases: ['CVE-2023-44487'],
    summary: 'HTTP/2 Stream Cancellation Attack',
    affected: [{
      package: { ecosystem: 'Maven', name: 'org.eclipse.jetty.http2:http2-server' },
      ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }] }],
      database_specific: { last_known_affected_version_range: '< 9.4.53' },
    }],
    database_specific: {
      cwe_ids: ['CWE-400'],
      severity: 'MODERATE',
      ...(reviewed === undefined ? {} : { github_reviewed: reviewed }),
    },
  });
}

const TREE = {
  'advisory-database-main/README.md': '# text',
  'advisory-database-main/advisories/github-reviewed/2023/10/GHSA-1/GHSA-1.json': advisory(
    'GHSA-1',
  ),
  'advisory-database-main/advisories/unreviewed/2023/10/GHSA-2/GHSA-2.json': advisory(
    'GHSA-2',
    false,
  ),
  'advisory-database-main/advisories/github-reviewed/2024/01/GHSA-3/GHSA-3.json': advisory(
    'GHSA-3',
  ),
};

async function read(path: string) {
  const notes: string[] = [];
  const note = (name: string, reason: string) => notes.push(`${name}: ${reason}`);
  const found = await all(ghsa.read('reviewed', feedFilesAt(path), note));
  return { found, keys: found.map(({ key }) => key).toSorted(), notes };
}

describe('the format ghsa', () => {
  it('is one of the formats, with one group', async () => {
    expect(FORMATS).toContain(ghsa);
    expect(await ghsa.groups(feedFilesAt(writtenFolder({})))).toEqual(['reviewed']);
    expect(ghsa.watched('reviewed', feedFilesAt(writtenFolder({})))).toEqual([]);
  });

  it("reads the reviewed advisories of the repository's archive", async () => {
    const file = writtenFile('main', gzipSync(await tarOf(TREE)));
    const { found, keys, notes } = await read(file.path);
    expect(keys).toEqual(['GHSA-1', 'GHSA-3']);
    expect(notes).toEqual([]);
    expect(found[0]).toMatchObject({
      severity: 'medium',
      cwes: ['CWE-400'],
      statements: [{
        namespace: 'maven',
        package: 'org.eclipse.jetty.http2:http2-server',
        ranges: [[['>=', '0'], ['<', '9.4.53']]],
        state: 'not-fixed',
      }],
    });
  });

  it('reads a checkout, or a part of it', async () => {
    const folder = writtenFolder(TREE);
    for (const part of ['', '/advisory-database-main/advisories/github-reviewed']) {
      expect((await read(folder + part)).keys).toEqual(['GHSA-1', 'GHSA-3']);
    }
  });

  it('reads a single advisory, and tells by its content whether it was reviewed', async () => {
    const reviewed = writtenFile('GHSA-1.json', advisory('GHSA-1'));
    const untold = writtenFile('GHSA-1.json', advisory('GHSA-1', undefined));
    const unreviewed = writtenFile('GHSA-2.json', advisory('GHSA-2', false));
    expect((await read(reviewed.path)).keys).toEqual(['GHSA-1']);
    expect((await read(untold.path)).keys).toEqual(['GHSA-1']);
    expect((await read(unreviewed.path)).keys).toEqual([]);
  });

  it.each([
    ['cut off', async () => gzipSync(await tarOf(TREE)).subarray(0, -20)],
    ['another archive', () => tarOf({ 'README.md': '# text' })],
    ['a page', () => Buffer.from('<html>')],
  ])('is malformed where the archive is %s', async (_, bytes) => {
    await expect(read(writtenFile('main', await bytes()).path))
      .rejects.toMatchObject({ code: 'feed_malformed' });
  });
});
