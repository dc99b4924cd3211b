import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { debian } from '../../core/feeds/debian.ts';
import { read } from '../core/feeds/read-feed.ts';
import { feedFilesAt } from '../support/feed-files.ts';
import { sharedFolder } from './corpus.ts';

const FEEDS = join(sharedFolder(), 'feeds');

describe("Debian's tracker", () => {
  it('is read whole from its extract', async () => {
    const { records, notes } = await read(debian, feedFilesAt(join(FEEDS, 'debian')));
    expect(notes).toEqual([]);
    expect(records).toHaveLength(22);
    expect(new Set(records.map(({ key }) => key.split('/')[0]))).toHaveLength(13);
    expect(records.find(({ key }) => key === 'apparmor/CVE-2016-1585')).toMatchObject({
      severity: 'negligible',
      statements: [
        { namespace: 'debian:12', state: 'not-fixed' },
        { namespace: 'debian:11', state: 'not-fixed' },
        { namespace: 'debian:10', state: 'not-fixed' },
        { namespace: 'debian:unstable', ranges: [[['>=', '0'], ['<', '3.0.12-1']]] },
        { namespace: 'debian:13', ranges: [[['>=', '0'], ['<', '3.0.12-1']]] },
      ],
    });
    // Its wheezy is resolved in no version, and therefore says nothing.
    expect(records.find(({ key }) => key === 'aptdaemon/CVE-2015-1323')).toMatchObject({
      urgency: 'low',
      statements: [{ namespace: 'debian:8', state: 'not-fixed' }, {
        namespace: 'debian:unstable',
        state: 'fixed',
      }],
    });
  });

  it('is read whole at full scale', async () => {
    const path = join(FEEDS, 'synthetic/debian-tracker-scale.json.gz');
    const { records, notes } = await read(debian, feedFilesAt(path));
    expect(notes).toEqual([]);
    expect(records).toHaveLength(46_016);
    const statements = records.flatMap((record) =>
      record.kind === 'advisory' ? record.statements : []
    );
    const count = (wanted: (statement: (typeof statements)[number]) => boolean) =>
      statements.filter(wanted).length;
    expect(count(({ affected }) => !affected)).toBe(19_830);
    expect(count(({ state }) => state === 'fixed')).toBe(165_988 - 19_830);
    expect(count(({ state }) => state === 'wont-fix' || state === 'not-fixed')).toBe(61_759);
    expect(new Set(statements.map(({ namespace }) => namespace))).toEqual(
      new Set(['debian:11', 'debian:12', 'debian:13', 'debian:14', 'debian:unstable']),
    );
  });
});
