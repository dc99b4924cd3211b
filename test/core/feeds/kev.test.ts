import { describe, expect, it } from 'vitest';
import { kev } from '../../../core/feeds/kev.ts';
import { mutatedJson } from '../../jobs/fuzz/mutators.ts';
import { feedFilesAt } from '../../support/feed-files.ts';
import { folderWith, fuzz, listed, read, single } from './read-feed.ts';

const NAME = 'known_exploited_vulnerabilities.json';

/** Cut from the catalog. */
const ENTRY = {
  cveID: 'CVE-2025-48384',
  vendorProject: 'Git',
  product: 'Git',
  vulnerabilityName: 'Git Link Following Vulnerability',
  dateAdded: '2025-08-25',
  shortDescription: 'Git contains a link following vulnerability',
  requiredAction: 'Apply mitigations per vendor instructions.',
  dueDate: '2025-09-15',
  knownRansomwareCampaignUse: 'Unknown',
  notes: 'https://nvd.nist.gov/vuln/detail/CVE-2025-48384',
  cwes: ['CWE-59', 'CWE-436'],
};

function catalog(...vulnerabilities: readonly unknown[]) {
  return {
    title: 'CISA Catalog of Known Exploited Vulnerabilities',
    catalogVersion: '2025.08.25',
    dateReleased: '2025-08-25T17:04:19.9796Z',
    count: vulnerabilities.length,
    vulnerabilities,
  };
}

describe('the catalog of known exploited vulnerabilities', () => {
  it('gives one record for each entry', async () => {
    const { records, notes } = await read(
      kev,
      single(
        NAME,
        catalog(
          ENTRY,
          { ...ENTRY, cveID: 'cve-2021-44228 ', knownRansomwareCampaignUse: 'Known' },
          { cveID: 'CVE-2020-1000', dateAdded: '2021-11-03T00:00:00Z', dueDate: 'soon' },
        ),
      ),
    );
    expect(notes).toEqual([]);
    expect(records).toEqual([
      {
        kind: 'exploited',
        key: 'CVE-2025-48384',
        added: '2025-08-25',
        due: '2025-09-15',
        action: 'Apply mitigations per vendor instructions.',
        title: 'Git Link Following Vulnerability',
        ransomware: false,
      },
      expect.objectContaining({ key: 'CVE-2021-44228', ransomware: true }),
      { kind: 'exploited', key: 'CVE-2020-1000', added: '2021-11-03', ransomware: false },
    ]);
  });

  it('notes what it cannot read', async () => {
    const { records, notes } = await read(
      kev,
      single(
        NAME,
        catalog({ ...ENTRY, cveID: 'x' }, { ...ENTRY, dateAdded: '2025-02-30' }, 7, ENTRY, ENTRY),
      ),
    );
    expect(records).toHaveLength(1);
    expect(notes).toEqual([
      'vulnerabilities/0: it has no id or no date on which it was added',
      'CVE-2025-48384: it has no id or no date on which it was added',
      'vulnerabilities/2: it has no id or no date on which it was added',
      'CVE-2025-48384: its key comes twice',
    ]);
  });

  it('is found in folders', async () => {
    for (const path of [NAME, `feeds/${NAME}`]) {
      const files = listed({
        [path]: catalog(ENTRY),
        'known_exploited_vulnerabilities_schema.json': {},
      });
      expect(await kev.groups(files)).toEqual(['kev']);
      expect((await read(kev, files, 'kev')).records).toHaveLength(1);
      expect(kev.watched('kev', files)).toEqual([NAME]);
    }
    await expect(read(kev, listed({}))).rejects.toMatchObject({ code: 'feed_malformed' });
  });

  it.each<[string, unknown]>([
    ['cut off', JSON.stringify(catalog(ENTRY)).slice(0, -1)],
    ['a table', 'cveID,vendorProject\nCVE-2020-1000,x\n'],
    ['of another format', { data: [] }],
    ['of entries that are none', catalog({ cve: {} })],
  ])('fails whole where it is %s', async (_what, content) => {
    await expect(read(kev, single(NAME, content))).rejects.toMatchObject({
      code: 'feed_malformed',
    });
  });

  it('ends well whatever the bytes are', async () => {
    const sample = catalog(ENTRY, { ...ENTRY, cveID: 'CVE-2020-1000' });
    const ends = await fuzz(
      kev,
      (random) => feedFilesAt(folderWith({ [NAME]: mutatedJson(sample, random) })),
    );
    expect([...ends.keys()].toSorted()).toEqual(['feed_malformed', 'read']);
  });
});
