import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { updateinfo } from '../../core/feeds/updateinfo/index.ts';
import { feedFilesAt } from '../support/feed-files.ts';
import { readFeed } from '../support/written-feed.ts';
import { sharedFolder } from './corpus.ts';

const AMAZON = join(sharedFolder(), 'feeds/amazon');

describe('updates of Amazon Linux', () => {
  it('are read from all files of the folder, by release', async () => {
    const files = feedFilesAt(AMAZON);
    expect(await updateinfo.groups(files)).toEqual([
      'amzn:2',
      'amzn:2018.03',
      'amzn:2022',
      'amzn:2023',
    ]);
    const { records, notes } = await readFeed(updateinfo, files);
    expect(notes).toEqual([]);
    expect(new Set(records.map(({ key }) => key)).size).toBe(records.length);
    const byUpdate: Record<string, number> = {};
    for (const record of records) {
      if (record.kind !== 'advisory') continue;
      const [update = ''] = record.related;
      byUpdate[update] = (byUpdate[update] ?? 0) + 1;
    }
    expect(byUpdate).toEqual({
      'ALAS-2011-1': 1,
      'ALAS2-2018-939': 2,
      'ALAS2022-2021-001': 4,
      'ALAS2023-2023-001': 2,
      'ALAS2KERNEL-5.15-2022-001': 13,
    });
  });

  it('tell what was looked up by hand', async () => {
    const { records } = await readFeed(updateinfo, feedFilesAt(AMAZON), 'amzn:2');
    const record = records.find(({ key }) => key === 'ALAS2KERNEL-5.15-2022-001/CVE-2022-1729');
    expect(record).toMatchObject({
      severity: 'high',
      published: '2022-06-06T17:58:00Z',
      modified: '2022-11-17T19:23:00Z',
      description: 'perf: Fix sys_perf_event_open() race against self',
    });
    const statements = record?.kind === 'advisory' ? record.statements : [];
    expect(statements.find((statement) => statement.package === 'kernel-headers')).toMatchObject({
      namespace: 'amzn:2',
      channel: 'kernel-5.15',
      ranges: [[['>=', '0'], ['<', '0:5.15.43-20.123.amzn2']]],
      architectures: ['aarch64', 'i686', 'x86_64'],
      state: 'fixed',
    });
  });
});
