import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { FeedFiles } from '../../../core/feeds/format.ts';
import { redhatRepositories } from '../../../core/feeds/repository-cpes.ts';
import { mutations } from '../../jobs/catalogers/support.ts';
import { fileWith, folderWith, readAll } from '../../support/feed-folders.ts';

const MAP = {
  data: {
    'rhel-8-for-x86_64-baseos-rpms': {
      cpes: [
        'cpe:/o:redhat:enterprise_linux:8::baseos',
        'cpe:/o:redhat:enterprise_linux:8::baseos',
      ],
      repo_relative_urls: ['content/dist/rhel8/8/x86_64/baseos/os'],
    },
    'rhel-8-for-x86_64-baseos-eus-rpms__8_DOT_6': {
      cpes: ['cpe:/o:redhat:rhel_eus:8.6::baseos', 'no CPE', 7],
    },
    empty: { cpes: [] },
    bad: { cpes: 'all' },
    worse: null,
  },
  last_updated: '2024-01-01T00:00:00Z',
};

describe("Red Hat's map of repositories", () => {
  it.each<[string, () => FeedFiles]>([
    ['a file', () => fileWith('x', MAP)],
    ['a compressed file', () => fileWith('x', gzipSync(JSON.stringify(MAP)))],
    ['a folder', () => folderWith({ 'repository-to-cpe.json': MAP })],
    [
      'a folder with a compressed file',
      () => folderWith({ 'repository-to-cpe.json.gz': gzipSync(JSON.stringify(MAP)) }),
    ],
  ])('in %s is read', async (_what, files) => {
    expect(await readAll(redhatRepositories, files())).toEqual({
      records: [
        {
          kind: 'repository',
          key: 'rhel-8-for-x86_64-baseos-rpms',
          cpes: ['cpe:/o:redhat:enterprise_linux:8::baseos'],
        },
        {
          kind: 'repository',
          key: 'rhel-8-for-x86_64-baseos-eus-rpms__8_DOT_6',
          cpes: ['cpe:/o:redhat:rhel_eus:8.6::baseos'],
        },
        { kind: 'repository', key: 'empty', cpes: [] },
      ],
      notes: ['bad: it has no list of CPEs', 'worse: it has no list of CPEs'],
    });
  });

  it.each<[string, () => FeedFiles]>([
    ['not there', () => folderWith({ 'x.json': MAP })],
    ['cut off', () => fileWith('x', JSON.stringify(MAP).slice(0, -3))],
    ['cut off and compressed', () => fileWith('x', gzipSync(JSON.stringify(MAP)).subarray(0, -3))],
    ['another document', () => fileWith('x', { repositories: {} })],
  ])('fails if it is %s', async (_what, files) => {
    await expect(readAll(redhatRepositories, files())).rejects
      .toMatchObject({ code: 'feed_malformed' });
  });

  it('ends with records, notes or a failure, whatever the bytes are', async () => {
    let records = 0;
    for (const mutated of mutations(JSON.stringify(MAP), 20240101, 200)) {
      try {
        records += (await readAll(redhatRepositories, fileWith('x', mutated))).records.length;
      } catch (error) {
        expect(error).toMatchObject({ code: 'feed_malformed' });
      }
    }
    expect(records).toBeGreaterThan(50);
  });
});
