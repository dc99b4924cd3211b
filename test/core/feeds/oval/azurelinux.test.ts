import { describe, expect, it } from 'vitest';
import { azurelinuxOval } from '../../../../core/feeds/oval/index.ts';
import { feedFilesAt } from '../../../support/feed-files.ts';
import { and, criterion, ovalOf, type ShortTest } from '../../../support/oval.ts';
import { readFeed, readFile, writtenFile, writtenFolder } from '../../../support/written-feed.ts';

function evr(object: string, operation: string, value: string): ShortTest {
  return { object, state: [['evr', operation, value]] };
}

const TESTS: Readonly<Record<string, ShortTest>> = {
  fixed: evr('oath-toolkit', 'less than', '0:2.6.7-3.azl3'),
  mariner: evr('mysql', 'less than', '0:8.0.33-1.cm2'),
  from: evr('golang', 'greater than', '0:1.19.0.cm2'),
  to: evr('golang', 'less than', '0:1.20.7-1.cm2'),
  unfixed: evr('bind', 'less than or equal', '0:9.16.33-1.cm2'),
  plain: evr('bind', 'less than', '0:9.16.33-1'),
};

function metadata(patchable = 'true'): string {
  return `<title>CVE-2024-47191 affecting package oath-toolkit for versions less than 2.6.7-3</title>
    <affected family="unix"><platform>Azure Linux</platform></affected>
    <reference ref_id="CVE-2024-47191" ref_url="https://nvd.nist.gov/vuln/detail/CVE-2024-47191" source="CVE"/>
    <patchable>${patchable}</patchable><advisory_date>2024-07-23T22:05:39Z</advisory_date>
    <advisory_id>50124-1</advisory_id><severity>High</severity><description>A patched version is available.</description>`;
}

async function read(
  tests: readonly string[],
  patchable?: string,
  name = 'azurelinux-3.0-oval.xml',
) {
  const criteria = and(...tests.map((test) => criterion(test)));
  const definition = { class: 'vulnerability', criteria, metadata: metadata(patchable) };
  return await readFile(azurelinuxOval, name, ovalOf([definition], TESTS));
}

describe('a vulnerability of Azure Linux', () => {
  it('is about the release that its fix is built for', async () => {
    const { records, notes } = await read(['fixed']);
    expect(notes).toEqual([]);
    expect(records).toEqual([{
      kind: 'advisory',
      key: 'oval:org.example:def:1',
      id: 'CVE-2024-47191',
      aliases: [],
      related: [],
      published: '2024-07-23T22:05:39Z',
      title: 'CVE-2024-47191 affecting package oath-toolkit for versions less than 2.6.7-3',
      description: 'A patched version is available.',
      severity: 'high',
      scores: [],
      urls: ['https://nvd.nist.gov/vuln/detail/CVE-2024-47191'],
      statements: [{
        namespace: 'azurelinux:3.0',
        package: 'oath-toolkit',
        names: 'either',
        affected: true,
        ranges: [[['>=', '0'], ['<', '0:2.6.7-3.azl3']]],
        versions: [],
        state: 'fixed',
      }],
    }]);
  });

  it.each<[string, readonly string[], string, object]>([
    ['with both ends', ['to', 'from'], 'true', {
      namespace: 'mariner:2.0',
      package: 'golang',
      ranges: [[['<', '0:1.20.7-1.cm2'], ['>', '0:1.19.0.cm2']]],
      state: 'fixed',
    }],
    ['without a fix', ['unfixed'], 'false', {
      ranges: [[['>=', '0'], ['<=', '0:9.16.33-1.cm2']]],
      state: 'not-fixed',
      affected: true,
    }],
    ['without a fix, whatever the test says', ['fixed'], 'false', { state: 'not-fixed' }],
    ['that does not apply', ['unfixed'], 'Not Applicable', { affected: false }],
  ])('is one %s', async (_, tests, patchable, expected) => {
    const { records } = await read(tests, patchable);
    expect(records).toMatchObject([{ statements: [expected] }]);
  });

  it('is about the release in the name of the file where no build tells', async () => {
    const { records } = await read(['plain'], 'true', 'cbl-mariner-1.0-oval.xml');
    expect(records).toMatchObject([{ statements: [{ namespace: 'mariner:1.0' }] }]);
    expect(await read(['plain'], 'true', 'mine.xml')).toEqual({
      records: [],
      notes: ['oval:org.example:def:1: nothing tells its platform'],
    });
  });
});

describe("Microsoft's files", () => {
  const document = ovalOf(
    [{ class: 'vulnerability', criteria: and(criterion('fixed')), metadata: metadata() }],
    TESTS,
  );

  it('are found in a folder, and where it cannot be listed', async () => {
    const files = feedFilesAt(writtenFolder({
      'azurelinux-3.0-oval.xml': document,
      'cbl-mariner-2.0-oval.xml': document,
      'README.md': '',
    }));
    for (const source of [files, { ...files, list: () => Promise.resolve(undefined) }]) {
      expect(await azurelinuxOval.groups(source)).toEqual(['azurelinux:3.0', 'mariner:2.0']);
      expect((await readFeed(azurelinuxOval, source)).records).toHaveLength(2);
    }
    expect(azurelinuxOval.watched('mariner:2.0', files)).toContain('cbl-mariner-2.0-oval.xml');
  });

  it('may be one file', async () => {
    const files = feedFilesAt(writtenFile('azurelinux-3.0-oval.xml', document).path);
    expect(await azurelinuxOval.groups(files)).toEqual(['azurelinux:3.0']);
    expect(azurelinuxOval.watched('azurelinux:3.0', files)).toEqual(['azurelinux-3.0-oval.xml']);
  });

  it('must be there', async () => {
    const files = feedFilesAt(writtenFolder({ 'a.xml': '<x/>' }));
    await expect(azurelinuxOval.groups(files)).rejects.toMatchObject({ code: 'feed_malformed' });
    await expect(readFeed(azurelinuxOval, files, 'azurelinux:3.0')).rejects.toMatchObject({
      code: 'feed_malformed',
    });
  });
});
