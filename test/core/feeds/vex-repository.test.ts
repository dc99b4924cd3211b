import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { FeedFiles } from '../../../core/feeds/format.ts';
import { vexRepository } from '../../../core/feeds/vex-repository.ts';
import type { FeedRecord } from '../../../core/vulnerabilities/advisory.ts';
import { mutations } from '../../jobs/catalogers/support.ts';
import { type Contents, fileWith, folderWith, readAll, tarOf } from '../../support/feed-folders.ts';

const MANIFEST = {
  name: 'VEX Hub',
  description: 'VEX Repository by Aqua Security',
  versions: [{
    spec_version: '0.1',
    locations: [{ url: 'https://example.com/main.tar.gz//vexhub-main' }],
    update_interval: '24h',
  }],
};

function documentOf(...products: readonly string[]): unknown {
  return {
    '@context': 'https://openvex.dev/ns/v0.2.0',
    '@id': 'https://openvex.dev/docs/public/vex-7b43dded',
    author: 'Rancher Security team',
    timestamp: '2026-08-07T17:24:28.000Z',
    version: 1,
    statements: products.map((product) => ({
      vulnerability: { name: 'CVE-2024-10220', aliases: ['GO-2024-3286'] },
      products: [{
        '@id': product,
        subcomponents: [{ '@id': 'pkg:golang/k8s.io/kubernetes@v1.26.10' }],
      }],
      status: 'not_affected',
      justification: 'vulnerable_code_not_present',
    })),
  };
}

const WEBHOOK = 'pkg/golang/github.com/harvester/webhook/scan.openvex.json';
const TRIVY = 'pkg/oci/trivy/trivy.openvex.json';

function repository(index: readonly unknown[], more: Contents = {}): Contents {
  return {
    [WEBHOOK]: documentOf('pkg:golang/github.com/harvester/webhook@v1.2.3'),
    [TRIVY]: documentOf('pkg:oci/trivy?repository_url=ghcr.io%2Faquasecurity%2Ftrivy'),
    'vex-repository.json': MANIFEST,
    'index.json': { updated_at: '2026-03-23T00:48:43.87933027Z', packages: index },
    ...more,
  };
}

const INDEX = [
  { id: 'pkg:golang/github.com/harvester/webhook', location: WEBHOOK },
  {
    id: 'pkg:oci/trivy?repository_url=ghcr.io%2Faquasecurity%2Ftrivy',
    location: TRIVY,
    format: 'openvex',
  },
  { id: 'pkg:oci/trivy?repository_url=index.docker.io%2Faquasec%2Ftrivy', location: `./${TRIVY}` },
];

function below(folder: string, contents: Contents): Contents {
  return Object.fromEntries(
    Object.entries(contents).map(([path, content]) => [`${folder}/${path}`, content]),
  );
}

async function archive(contents: Contents): Promise<FeedFiles> {
  return fileWith('main.tar.gz', gzipSync(await tarOf(contents)));
}

function keysOf(records: readonly FeedRecord[]): readonly string[] {
  return records.map(({ key }) => key.split('#')[0] ?? '').sort();
}

describe('a VEX repository', () => {
  it.each<[string, (contents: Contents) => Promise<FeedFiles> | FeedFiles]>([
    ['a folder', folderWith],
    ['an archive', archive],
    ['an archive of a folder', (contents) => archive(below('vexhub-main', contents))],
  ])('in %s is read by its index', async (_what, files) => {
    const { records, notes } = await readAll(
      vexRepository,
      await files(repository(INDEX, { 'pkg/not/indexed.json': documentOf('pkg:npm/x') })),
    );
    expect(keysOf(records)).toEqual([WEBHOOK, TRIVY]);
    expect(records).toContainEqual({
      kind: 'assessment',
      key: expect.stringMatching(/^pkg\/golang\/.*#[0-9a-f]{24}$/),
      document: 'https://openvex.dev/docs/public/vex-7b43dded',
      author: 'Rancher Security team',
      time: '2026-08-07T17:24:28.000Z',
      id: 'CVE-2024-10220',
      aliases: ['GO-2024-3286'],
      status: 'not_affected',
      justification: 'vulnerable_code_not_present',
      statement: undefined,
      products: ['pkg:golang/github.com/harvester/webhook@v1.2.3'],
      subcomponents: ['pkg:golang/k8s.io/kubernetes@v1.26.10'],
    });
    expect(notes).toEqual([]);
  });

  it('lets a document speak of no package but those that the index has for it', async () => {
    const contents = repository(INDEX, {
      [WEBHOOK]: documentOf(
        'pkg:golang/github.com/harvester/webhook',
        'pkg:golang/github.com/harvester/webhook/v2@v2.0.0',
        'pkg:golang/github.com/other/module',
      ),
    });
    const { records, notes } = await readAll(vexRepository, folderWith(contents));
    expect(keysOf(records)).toEqual([WEBHOOK, TRIVY]);
    expect(notes).toEqual([
      `${WEBHOOK}: 2 of its statements name no product that can be used`,
    ]);
  });

  it.each([['folder', folderWith], ['archive', archive]] as const)(
    'in a %s notes what its index names in vain',
    async (_what, files) => {
      const contents = repository(
        [
          ...INDEX,
          { id: 'pkg:npm/gone', location: 'pkg/npm/gone.json' },
          { id: 'pkg:npm/csaf', location: 'pkg/npm/csaf.json', format: 'csaf' },
          { id: 'pkg:npm/out', location: '../../etc/passwd' },
          { id: 'pkg:npm/root', location: '/etc/passwd' },
          { id: 'npm', location: 'x' },
          { id: 'pkg:npm/other', location: 'pkg/npm/other.json' },
          7,
        ],
        { 'pkg/npm/other.json': '{"a":' },
      );
      const { records, notes } = await readAll(vexRepository, await files(contents));
      expect(keysOf(records)).toEqual([WEBHOOK, TRIVY]);
      expect([...notes].sort()).toEqual([
        'index.json: an entry has no package with its location',
        'index.json: an entry has no package with its location',
        expect.stringMatching(/^pkg\/npm\/gone.json: the index names it, but it /),
        'pkg/npm/other.json: it is no OpenVEX document',
        'pkg:npm/csaf: documents of the format csaf are not read',
        'pkg:npm/out: its location is not in the repository',
        'pkg:npm/root: its location is not in the repository',
      ]);
    },
  );

  it.each<[string, () => Promise<FeedFiles> | FeedFiles]>([
    ['without a manifest', () => folderWith({ 'index.json': { packages: [] } })],
    ['without an index', () => folderWith({ 'vex-repository.json': MANIFEST })],
    ['with another manifest', () => folderWith(repository(INDEX, { 'vex-repository.json': {} }))],
    ['with another index', () => folderWith(repository(INDEX, { 'index.json': '[' }))],
    ['without documents', () => folderWith(repository([]))],
    ['in an archive without a manifest', () => archive({ 'index.json': { packages: [] } })],
    ['in an archive without an index', () => archive({ 'vex-repository.json': MANIFEST })],
    [
      'in an archive that is cut off',
      async () => fileWith('x', gzipSync(await tarOf(repository(INDEX))).subarray(0, -9)),
    ],
    ['in a page', () => fileWith('x', '<html></html>')],
  ])('fails %s', async (_what, files) => {
    await expect(readAll(vexRepository, await files())).rejects
      .toMatchObject({ code: 'feed_malformed' });
  });

  it('ends with records, notes or a failure, whatever the bytes are', async () => {
    const sample = await tarOf(repository(INDEX));
    let records = 0;
    for (const mutated of mutations(sample.toString('latin1'), 20260323, 150)) {
      try {
        records += (await readAll(vexRepository, fileWith('x', mutated))).records.length;
      } catch (error) {
        expect(error).toMatchObject({ code: 'feed_malformed' });
      }
    }
    expect(records).toBeGreaterThan(0);
  });
});
