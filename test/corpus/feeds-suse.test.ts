/**
 * CSAF documents of SUSE as they are published.
 *
 * Needs the folder of shared test material, named by the environment variable TIDEWAITER_SHARED;
 * it is no part of the repository, so the default tests leave this suite out.
 *
 * @module
 */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { suseAdvisories } from '../../core/feeds/suse-advisories.ts';
import { suseVex } from '../../core/feeds/suse-vex.ts';
import { feedFilesAt } from '../support/feed-files.ts';
import { readAll } from '../support/feed-folders.ts';
import { sharedFolder } from './corpus.ts';

function filesAt(path: string) {
  return feedFilesAt(join(sharedFolder(), 'feeds/suse/csaf', path));
}

describe("SUSE's VEX documents", () => {
  it('are read, but for one without a vulnerability', async () => {
    const { records, notes } = await readAll(suseVex, filesAt('vex'));
    expect(notes).toEqual([]);
    expect(records.map(({ key }) => key)).toEqual(['cve-2023-5568']);
    const statements = records.flatMap((one) => one.kind === 'advisory' ? one.statements : []);
    expect(new Set(statements.map(({ namespace }) => namespace))).toEqual(
      new Set([
        ...['sles:11.4', 'sles:12.2', 'sles:12.3', 'sles:12.4', 'sles:12.5'],
        ...['sles:15', 'sles:15.1', 'sles:15.2', 'sles:15.3', 'sles:15.4', 'sles:15.5'],
        ...['sle-micro:5.2', 'sle-micro:5.3', 'sle-micro:5.4', 'sle-micro:5.5', 'sl-micro:6.0'],
        'opensuse-tumbleweed',
      ]),
    );
    expect(statements.filter((one) => one.affected).map((one) => one.namespace).sort()).toEqual([
      ...new Array<string>(31).fill('opensuse-tumbleweed'),
      'sl-micro:6.0',
    ].sort());
  });
});

describe("SUSE's advisories", () => {
  it('are read', async () => {
    const { records, notes } = await readAll(suseAdvisories, filesAt('advisories'));
    expect(notes).toEqual([]);
    expect(records).toMatchObject([
      { id: 'openSUSE-SU-2016:1623-1', related: ['CVE-2016-1704'], severity: 'high' },
      { id: 'SUSE-SU-2015:0011-2', severity: 'medium' },
    ]);
    expect(records[1]).toMatchObject({
      related: expect.arrayContaining(['CVE-2014-8500', 'CVE-2012-1667']),
      statements: expect.arrayContaining([
        expect.objectContaining({
          namespace: 'sles:11.2',
          package: 'bind-devel',
          ranges: [[['>=', '0'], ['<', '9.9.6P1-0.5.5']]],
        }),
      ]),
    });
  });
});
