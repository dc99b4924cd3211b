/**
 * OpenVEX documents and a VEX repository as they are published.
 *
 * Needs the folder of shared test material, named by the environment variable TIDEWAITER_SHARED;
 * it is no part of the repository, so the default tests leave this suite out.
 *
 * @module
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openvex } from '../../core/feeds/openvex.ts';
import { vexRepository } from '../../core/feeds/vex-repository.ts';
import type { FeedFormat } from '../../core/feeds/format.ts';
import { feedFilesAt } from '../support/feed-files.ts';
import { readAll, type Reading } from '../support/feed-folders.ts';
import { sharedFolder } from './corpus.ts';

const FEEDS = join(sharedFolder(), 'feeds');

async function read(format: FeedFormat, path: string): Promise<Reading> {
  const reading = await readAll(format, feedFilesAt(join(FEEDS, path)));
  expect(reading.notes).toEqual([]);
  expect(new Set(reading.records.map(({ key }) => key)).size).toBe(reading.records.length);
  return reading;
}

describe('OpenVEX documents', () => {
  it('are 38, with 1,826 statements of which 37 repeat others', async () => {
    expect(readdirSync(join(FEEDS, 'openvex/documents'))).toHaveLength(38);
    const { records } = await read(openvex, 'openvex/documents');
    expect(records).toHaveLength(1789);
    expect(new Set(records.map(({ key }) => key.split('#')[0])).size).toBe(38);
    expect(records).toContainEqual(expect.objectContaining({
      author: 'Rancher Security team',
      id: 'CVE-2024-10220',
      aliases: ['GO-2024-3286', 'GHSA-27wf-5967-98gx'],
      status: 'not_affected',
      products: ['pkg:golang/sigs.k8s.io/vsphere-csi-driver/v3'],
      subcomponents: ['pkg:golang/k8s.io/kubernetes@v1.26.10'],
    }));
  });

  it('of Canonical are read by the same code', async () => {
    const { records } = await read(openvex, 'ubuntu/security-notices/vex');
    expect(
      records.map((one) =>
        one.kind === 'assessment' ? [one.id, one.status, one.products.length] : []
      ),
    )
      .toEqual([
        ['CVE-2016-20013', 'affected', 3679],
        ['CVE-2016-20013', 'not_affected', 111],
        ['CVE-2023-38545', 'fixed', 149],
        ['CVE-2023-38545', 'affected', 113],
        ['CVE-2023-38545', 'not_affected', 356],
      ]);
  });

  it('of a repository are those of its index', async () => {
    const { records } = await read(vexRepository, 'openvex/vexhub-main.tar.gz');
    expect(records).toHaveLength(15_254);
    expect(new Set(records.map(({ key }) => key.split('#')[0])).size).toBe(57);
  });
});
