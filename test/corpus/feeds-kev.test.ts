import { join } from 'node:path';
import { expect, it } from 'vitest';
import { kev } from '../../core/feeds/kev.ts';
import { read } from '../core/feeds/read-feed.ts';
import { feedFilesAt } from '../support/feed-files.ts';
import { sharedFolder } from './corpus.ts';

it('the catalog of known exploited vulnerabilities is read whole', async () => {
  const { records, notes } = await read(kev, feedFilesAt(join(sharedFolder(), 'feeds/kev')));
  expect(notes).toEqual([]);
  expect(records).toHaveLength(1404);
  expect(records.filter((record) => record.kind === 'exploited' && record.ransomware))
    .toHaveLength(293);
  expect(records.find(({ key }) => key === 'CVE-2021-44228')).toMatchObject({
    added: '2021-12-10',
    due: '2021-12-24',
    title: 'Apache Log4j2 Remote Code Execution Vulnerability',
    ransomware: true,
  });
});
