import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { nvd } from '../../core/feeds/nvd.ts';
import { read } from '../core/feeds/read-feed.ts';
import { feedFilesAt } from '../support/feed-files.ts';
import { sharedFolder } from './corpus.ts';

const FEEDS = join(sharedFolder(), 'feeds');

describe('the National Vulnerability Database', () => {
  it('is read whole, each file as its .meta tells', async () => {
    const files = feedFilesAt(join(FEEDS, 'nvd/json/cve/2.0'));
    const { records, notes } = await read(nvd, files);
    expect(records).toHaveLength(188);
    expect(notes).toEqual([
      'CVE-2015-8978: it names no product: ' +
      'cpe:2.3:a:soap::lite_project:soap::lite:*:*:*:*:*:perl:*:*',
    ]);
    const advisories = records.flatMap((record) => record.kind === 'advisory' ? [record] : []);
    expect(advisories.filter(({ withdrawn }) => withdrawn !== undefined)).toHaveLength(8);
    expect(advisories.find(({ id }) => id === 'CVE-2024-3094')?.statements).toEqual([
      expect.objectContaining({ package: 'tukaani:xz', versions: ['5.6.0', '5.6.1'] }),
    ]);
    expect(advisories.find(({ id }) => id === 'CVE-2021-44228')?.statements).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          package: 'apache:log4j',
          ranges: [
            [['>=', '2.0.1'], ['<', '2.3.1']],
            [['>=', '2.4.0'], ['<', '2.12.2']],
            [['>=', '2.13.0'], ['<', '2.15.0']],
          ],
        }),
        expect.objectContaining({
          package: 'apache:log4j',
          versions: ['2.0', '2.0:beta9', '2.0:rc1', '2.0:rc2'],
        }),
      ]),
    );
  });

  it('is read whole from corrected configurations', async () => {
    const { records, notes } = await read(nvd, feedFilesAt(join(FEEDS, 'nvd-derived')));
    expect(records).toHaveLength(32_184);
    // Names of plugins with an asterisk that is not quoted: patterns, which name no product.
    expect(notes).toHaveLength(10);
    expect(notes.every((note) => / it names no product: .*\*:\*:\*:\*:\*:\*:wordpress:/.test(note)))
      .toBe(true);
  });
});
