import { join } from 'node:path';
import { expect, it } from 'vitest';
import { epss } from '../../core/feeds/epss.ts';
import { read } from '../core/feeds/read-feed.ts';
import { feedFilesAt } from '../support/feed-files.ts';
import { sharedFolder } from './corpus.ts';

it('probabilities of exploitation are read whole', async () => {
  for (const name of ['', '/epss_scores-2026-08-22.csv.gz']) {
    const path = join(sharedFolder(), `feeds/epss${name}`);
    const { records, notes } = await read(epss, feedFilesAt(path));
    expect(notes).toEqual([]);
    expect(records).toHaveLength(1556);
    expect(records.find(({ key }) => key === 'CVE-2021-44228')).toMatchObject({
      score: 0.99999,
      percentile: 1,
    });
  }
});
