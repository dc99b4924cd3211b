import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { chainguard, minimos, secdb, wolfi } from '../../core/feeds/secdb.ts';
import { read } from '../core/feeds/read-feed.ts';
import { feedFilesAt } from '../support/feed-files.ts';
import { sharedFolder } from './corpus.ts';

const FEEDS = join(sharedFolder(), 'feeds');
const ALPINE = join(FEEDS, 'alpine/secdb');

const Database = z.object({
  packages: z.array(z.object({
    pkg: z.object({ name: z.string(), secfixes: z.record(z.string(), z.unknown()) }),
  })),
});

/** Packages with the CVEs that are anywhere in their fixes, remarks in brackets aside. */
function cvesIn(folder: string): ReadonlySet<string> {
  const keys = readdirSync(folder).flatMap((file) => {
    const { packages } = Database.parse(JSON.parse(readFileSync(join(folder, file), 'utf8')));
    return packages.flatMap(({ pkg }) => {
      const text = JSON.stringify(Object.values(pkg.secfixes)).replace(/\([^)]*\)/g, '');
      return [...text.matchAll(/CVE[-_ ](\d{4}-\d+)/g)].map(([, id]) => `${pkg.name}/CVE-${id}`);
    });
  });
  return new Set(keys);
}

describe("Alpine's security database", () => {
  it('is read whole, every branch with all of its CVEs', async () => {
    const files = feedFilesAt(ALPINE);
    const branches = await secdb.groups(files);
    expect(branches).toHaveLength(14);
    for (const branch of branches) {
      const { records, notes } = await read(secdb, files, branch);
      expect(notes).toEqual([]);
      const cves = records.map(({ key }) => key).filter((key) => key.includes('/CVE-'));
      expect(new Set(cves)).toEqual(cvesIn(join(ALPINE, branch)));
    }
  });

  it('names what is fixed where', async () => {
    const { records } = await read(secdb, feedFilesAt(ALPINE), 'v3.11');
    expect(records.find(({ key }) => key === 'openssl/CVE-2019-1551')).toMatchObject({
      statements: [{ namespace: 'alpine:3.11', ranges: [[['>=', '0'], ['<', '1.1.1d-r3']]] }],
    });
    expect(records.find(({ key }) => key === 'xen/CVE-2016-6258')).toMatchObject({
      aliases: ['XSA-182'],
    });
    expect(records.find(({ key }) => key === 'xen/XSA-201')).toMatchObject({ aliases: [] });
  });
});

describe('databases without branches', () => {
  it.each([[wolfi, 'wolfi', 59], [chainguard, 'chainguard', 197], [minimos, 'minimos', 59]])(
    'are read whole',
    async (format, folder, count) => {
      const { records, notes } = await read(format, feedFilesAt(join(FEEDS, folder)));
      expect(notes).toEqual([]);
      expect(records).toHaveLength(count);
    },
  );

  it('deny what never was', async () => {
    const { records } = await read(wolfi, feedFilesAt(join(FEEDS, 'wolfi/os/security.json')));
    expect(records.find(({ key }) => key === 'coreutils/CVE-2016-2781')).toMatchObject({
      statements: [{ namespace: 'wolfi', affected: false }],
    });
  });
});
