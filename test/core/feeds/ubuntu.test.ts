import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { FORMATS } from '../../../core/feeds/index.ts';
import { ubuntu } from '../../../core/feeds/ubuntu.ts';
import { feedFilesAt } from '../../support/feed-files.ts';
import { all, writtenFile, writtenFolder } from './written.ts';

const AFFECTED = [{
  package: { ecosystem: 'Ubuntu:22.04:LTS', name: 'wayland' },
  ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed: '1.20.0-1ubuntu0.1' }] }],
}];
const FILES = {
  'cve/2021/UBUNTU-CVE-2021-3782.json': JSON.stringify({
    id: 'UBUNTU-CVE-2021-3782',
    upstream: ['CVE-2021-3782'],
    related: ['USN-5614-1'],
    severity: [{ type: 'Ubuntu', score: 'medium' }],
    modified: '2026-04-22T07:37:02Z',
    affected: AFFECTED,
  }),
  'usn/USN-5614-1.json': JSON.stringify({
    id: 'USN-5614-1',
    summary: 'wayland vulnerability',
    upstream: ['UBUNTU-CVE-2021-3782'],
    modified: '2026-04-22T07:37:02Z',
    affected: AFFECTED,
  }),
};
/** The same records in a tar archive that xz packed. */
const ARCHIVE = Buffer.from(
  '/Td6WFoAAATm1rRGAgAhARwAAAAQz1jM4Cf/AatdADecyyKFMzcEG3RPRTNxihj3eMs8BLrFu0Deebg/hrEjVYLj' +
    'Wvypa87EcB6UWpQi/mxF4EcEwUEg6Y9Gg3nwdTzKKRiY7cNNXyQnxgPguoC26oOxB8/PbvaOU6KJWVJyiNmN2eIs' +
    'iafC17i3vA4/AxpMsYfrqfPwluspAIx6426iOKkpZFY1IzQqSxUuUkHQlvbmsL7EcsE0zrchqq1GhjygMa3UPhw4' +
    'vUC1woqtgOPHdcpC6SadlXxbIfazStBe/PK6Dm0GB1NuXhd4yQytRp3sXcMf2MqMaGXDe9fWhPXQHosvIiEMsxzn' +
    'R/FDbW2S4ICVfRsKPTOxEDNgWwAFOPYJPk3mXaAPHEYeEw8mwwILpAjYZuATd6B+IaEMGZI6GMMZStlgWTWnURHF' +
    'gdApfOweS3FnOuCicCZIqP7E7cmOVjfUUNB3Jcn1TbpqFORVCnDv0PgtsXuvg35Jh1yCCYjuDr+Qw7QXIfYLHgOl' +
    'c7VTXzJNNnGm+NjpedUYf1Jj2wy0BtRWNd0u89ozEPsqen/6+zVrlsHFxyv5IAgX5IWtCTpMhsOXYHbucWAAABm0' +
    'OillvqYaAAHHA4BQAACKGP0JscRn+wIAAAAABFla',
  'base64',
);

const EXPECTED = [
  {
    key: 'UBUNTU-CVE-2021-3782',
    aliases: ['CVE-2021-3782'],
    related: ['USN-5614-1'],
    severity: 'medium',
    statements: [{
      namespace: 'ubuntu:22.04',
      package: 'wayland',
      names: 'source',
      ranges: [[['>=', '0'], ['<', '1.20.0-1ubuntu0.1']]],
      state: 'fixed',
    }],
  },
  {
    key: 'USN-5614-1',
    aliases: [],
    related: ['UBUNTU-CVE-2021-3782', 'CVE-2021-3782'],
    title: 'wayland vulnerability',
    statements: [],
  },
];

async function read(path: string) {
  const notes: string[] = [];
  const note = (name: string, reason: string) => notes.push(`${name}: ${reason}`);
  const found = await all(ubuntu.read('ubuntu', feedFilesAt(path), note));
  return { found: found.toSorted((a, b) => a.key < b.key ? -1 : 1), notes };
}

describe('the format ubuntu', () => {
  it('is one of the formats, with one group', async () => {
    expect(FORMATS).toContain(ubuntu);
    expect(await ubuntu.groups(feedFilesAt(writtenFolder({})))).toEqual(['ubuntu']);
    expect(ubuntu.watched('ubuntu', feedFilesAt(writtenFolder({})))).toEqual([]);
  });

  it('reads the archive of all records', async () => {
    const { found, notes } = await read(writtenFile('osv-all.tar.xz', ARCHIVE).path);
    expect(found).toMatchObject(EXPECTED);
    expect(notes).toEqual([]);
  });

  it('reads folders of records', async () => {
    const { found, notes } = await read(writtenFolder(FILES));
    expect(found).toMatchObject(EXPECTED);
    expect(notes).toEqual([]);
  });

  it.each([
    ['the archive is cut off', ARCHIVE.subarray(0, -8)],
    ['it is no archive', Buffer.from('<html>')],
    ['it is empty', Buffer.alloc(0)],
  ])('is malformed where %s', async (_, bytes) => {
    await expect(read(writtenFile('osv-all.tar.xz', bytes).path))
      .rejects.toMatchObject({ code: 'feed_malformed' });
  });
});
