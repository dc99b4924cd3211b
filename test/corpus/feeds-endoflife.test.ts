import { join } from 'node:path';
import { expect, it } from 'vitest';
import { endOfLife } from '../../core/feeds/end-of-life.ts';
import { read } from '../core/feeds/read-feed.ts';
import { feedFilesAt } from '../support/feed-files.ts';
import { sharedFolder } from './corpus.ts';

it('lives of products are read whole, listed or asked for', async () => {
  const files = feedFilesAt(join(sharedFolder(), 'feeds/endoflife'));
  for (const source of [files, { ...files, list: () => Promise.resolve(undefined) }]) {
    const { records, notes } = await read(endOfLife, source);
    expect(notes).toEqual([]);
    expect(records).toHaveLength(791);
    const products = records.flatMap((record) =>
      record.kind === 'lifecycle' ? [record.product] : []
    );
    expect(new Set(products)).toHaveLength(44);
    expect(records.find(({ key }) => key === 'debian/12')).toMatchObject({
      ends: '2026-07-11',
      extendedEnds: '2028-06-30',
    });
    expect(records.find(({ key }) => key === 'ubuntu/22.04')).toMatchObject({
      codename: 'Jammy Jellyfish',
      ends: '2027-04-01',
      extendedEnds: '2032-04-09',
    });
  }
});
