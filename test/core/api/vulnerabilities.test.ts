import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { composeImage } from 'oci-client/compose';
import { openDatabase, type Sql } from '../../../core/database/connection.ts';
import { advisory, loadRecords, saying } from '../../support/loaded-feed.ts';
import {
  type Answer,
  startTestCore,
  submitImage,
  type TestCore,
  untilAnalysed,
} from '../../support/core.ts';
import { startRegistry, type TestRegistry } from '../../support/registry.ts';
import { errorOf } from './samples.ts';

const VECTOR = 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H';
const DPKG = ['openssl 3.0.9-1', 'zlib1g 1:1.2.13'].map((line) => {
  const [name, version] = line.split(' ');
  return `Package: ${name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: ${version}\n`;
}).join('\n');
const RELEASE = { path: 'etc/os-release', content: 'ID=debian\nVERSION_ID=12\n' };
const STATUS = { path: 'var/lib/dpkg/status', content: DPKG };

const DEBIAN = [
  advisory('CVE-2026-1', [saying('debian:12', 'openssl', '3.0.11-1')], { severity: 'high' }),
  advisory('CVE-2026-2', [saying('debian:12', 'zlib1g', undefined, { state: 'wont-fix' })]),
  advisory('CVE-2026-3', [saying('debian:12', 'zlib1g', undefined, { affected: false })]),
];
const OSV = [
  advisory('GHSA-1', [saying('npm', 'left-pad', '1.3.1')], {
    aliases: ['CVE-2026-4', 'CVE-2026-3'],
    severity: 'critical',
    urls: ['https://advisories.example/GHSA-1'],
    scores: [{ type: 'CVSS_V3', vector: VECTOR }],
    description: 'Pads too far',
  }),
];

let core: TestCore;
let registry: TestRegistry;
let sql: Sql;
let digest: string;
let other: string;

beforeAll(async () => {
  registry = await startRegistry();
  core = await startTestCore();
  sql = openDatabase(core.databaseUrl ?? '', { max: 3 });
  await loadRecords(sql, 'debian', DEBIAN, 'bookworm');
  await loadRecords(sql, 'osv', OSV, 'npm');
  await loadRecords(sql, 'kev', [{
    kind: 'exploited',
    key: 'CVE-2026-4',
    added: '2026-01-02',
    due: '2026-02-03',
    ransomware: true,
  }]);
  await loadRecords(sql, 'epss', [{
    kind: 'probability',
    key: 'CVE-2026-1',
    score: 0.25,
    percentile: 0.9,
  }]);
  const app = {
    path: 'app/node_modules/left-pad/package.json',
    content: '{"name":"left-pad","version":"1.3.0","license":"WTFPL"}',
  };
  registry.push('both', '1', composeImage({ layers: [[RELEASE, STATUS], [app]] }));
  registry.push('system', '1', composeImage({ layers: [[RELEASE, STATUS]] }));
  digest = (await submitImage(core, `${registry.host}/both:1`)).imageDigest;
  other = (await submitImage(core, `${registry.host}/system:1`)).imageDigest;
  await untilAnalysed(core, digest);
  await untilAnalysed(core, other);
});
afterAll(async () => {
  await sql?.end();
  await core.stop();
  await registry.close();
});

interface Entry {
  readonly vuln: string;
  readonly package_name: string;
}

async function vuln(kind: string, query = ''): Promise<readonly Entry[]> {
  const { body } = await core.api('GET', `/images/${digest}/vuln/${kind}${query}`);
  return (body as { vulnerabilities: readonly Entry[] }).vulnerabilities;
}

const idsOf = (entries: readonly Entry[]) => entries.map((entry) => entry.vuln).sort();

function get(path: string): Promise<Answer> {
  return core.api('GET', path);
}

describe('GET /images/{digest}/vuln', () => {
  it('names the kinds', async () => {
    expect((await get(`/images/${digest}/vuln`)).body).toEqual(['os', 'non-os', 'all']);
  });

  it('tells all of a finding, and by what it is known', async () => {
    const { body } = await get(`/images/${digest}/vuln/non-os`);
    expect(body).toEqual({
      imageDigest: digest,
      vulnerability_type: 'non-os',
      vulnerabilities: [{
        vuln: 'GHSA-1',
        severity: 'Critical',
        url: 'https://advisories.example/GHSA-1',
        fix: '1.3.1',
        package: 'left-pad-1.3.0',
        package_name: 'left-pad',
        package_version: '1.3.0',
        package_type: 'npm',
        package_cpe: expect.stringMatching(/^cpe:2\.3:a:.*left-pad/),
        package_cpe23: expect.stringMatching(/^cpe:2\.3:a:.*left-pad/),
        package_path: '/app/node_modules/left-pad/package.json',
        feed: 'osv',
        feed_group: 'npm',
        will_not_fix: false,
        nvd_data: [expect.objectContaining({ id: 'CVE-2026-3' })],
        vendor_data: [{
          id: 'GHSA-1',
          cvss_v2: { base_score: -1, exploitability_score: -1, impact_score: -1 },
          cvss_v3: { base_score: 9.8, exploitability_score: 3.9, impact_score: 5.9 },
        }],
        aliases: ['CVE-2026-3', 'CVE-2026-4'],
        purl: 'pkg:npm/left-pad@1.3.0',
        fix_state: 'fixed',
        detected_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
        fix_seen_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
        why: 'GHSA-1: 1.3.0 in <1.3.1 (semver)',
        notes: [],
        exploited: { added: '2026-01-02', due: '2026-02-03', ransomware: true },
        epss: null,
      }],
      feeds: [{ feed: 'osv', group: 'npm', generation: 1, loaded_at: expect.any(String) }],
    });
  });

  it('writes None for what there is not, and leaves out what is not to be fixed', async () => {
    const entries = await vuln('os');
    expect(entries).toMatchObject([{
      vuln: 'CVE-2026-1',
      package_type: 'dpkg',
      package_cpe: 'None',
      fix: '3.0.11-1',
      epss: { score: 0.25, percentile: 0.9 },
    }]);
    expect(await vuln('os', '?vendor_only=false')).toMatchObject([{ vuln: 'CVE-2026-1' }, {
      vuln: 'CVE-2026-2',
      fix: 'None',
      will_not_fix: true,
    }]);
  });

  it('has all of both, and nothing of another image', async () => {
    expect(idsOf(await vuln('all'))).toEqual(['CVE-2026-1', 'GHSA-1']);
    const { body } = await get(`/images/${other}/vuln/all`);
    expect(body).toMatchObject({ vulnerabilities: [{ vuln: 'CVE-2026-1' }] });
  });

  it('shows what is suppressed on request, with the reason', async () => {
    await loadRecords(sql, 'openvex', [{
      kind: 'assessment',
      key: 'a',
      document: 'https://vex.example/1',
      author: 'The makers',
      time: '2026-01-01T00:00:00Z',
      id: 'CVE-2026-1',
      aliases: [],
      status: 'not_affected',
      justification: 'component_not_present',
      products: ['pkg:deb/debian/openssl'],
      subcomponents: [],
    }]);
    expect(idsOf(await vuln('os'))).toEqual([]);
    expect(await vuln('os', '?suppressed=true')).toMatchObject([{
      vuln: 'CVE-2026-1',
      suppressed: {
        reason: 'assessment',
        text: 'not affected by The makers: component_not_present',
      },
    }]);
    await loadRecords(sql, 'openvex', []);
    expect(idsOf(await vuln('os'))).toEqual(['CVE-2026-1']);
  });

  it('refuses another kind, and an image that is not there', async () => {
    const kind = await get(`/images/${digest}/vuln/some`);
    expect(errorOf(kind)).toMatchObject({ httpcode: 404, code: 'unknown_vulnerability_type' });
    const unknown = await get(`/images/sha256:${'0'.repeat(64)}/vuln/all`);
    expect(errorOf(unknown)).toMatchObject({ httpcode: 404, code: 'image_not_found' });
  });
});

describe('GET /query/images/by_vulnerability', () => {
  const ask = (query: string) => get(`/query/images/by_vulnerability?vulnerability_id=${query}`);
  const digests = ({ body }: Answer) =>
    (body as { images: { image: { imageDigest: string } }[] }).images.map(({ image }) =>
      image.imageDigest
    );

  it('finds images by any name of a vulnerability, with the packages', async () => {
    const answer = await ask('CVE-2026-4');
    expect(answer.body).toEqual({
      images: [{
        image: {
          imageDigest: digest,
          imageId: expect.stringMatching(/^[0-9a-f]{64}$/),
          analyzed_at: expect.any(String),
          tag_history: [{
            fulltag: `${registry.host}/both:1`,
            registry: registry.host,
            repo: 'both',
            tag: '1',
            tag_detected_at: expect.any(String),
          }],
        },
        vulnerable_packages: [{
          name: 'left-pad',
          version: '1.3.0',
          type: 'npm',
          namespace: 'npm',
          severity: 'Critical',
          vulnerability: 'GHSA-1',
        }],
      }],
      page: '1',
      returned_count: 1,
      total_count: 1,
    });
  });

  it('gives pages', async () => {
    const first = await ask('CVE-2026-1&limit=1');
    expect(first.body).toMatchObject({
      page: '1',
      next_page: '2',
      returned_count: 1,
      total_count: 2,
    });
    const second = await ask('CVE-2026-1&limit=1&page=2');
    expect(second.body).toMatchObject({ page: '2', returned_count: 1, total_count: 2 });
    expect(second.body).not.toHaveProperty('next_page');
    expect([...digests(first), ...digests(second)].sort()).toEqual([digest, other].sort());
    expect((await ask('CVE-2026-1&limit=1&page=3')).body).toMatchObject({ images: [] });
  });

  it.each([
    ['of the namespace', '&namespace=debian:12,npm', 2],
    ['of another namespace', '&namespace=npm', 0],
    ['of the package', '&affected_package=openssl', 2],
    ['of another package', '&affected_package=zlib1g', 0],
    ['of the severity', '&severity=High', 2],
    ['of another severity', '&severity=low', 0],
  ])('finds those %s', async (_, query, count) => {
    expect((await ask(`CVE-2026-1${query}`)).body).toMatchObject({ total_count: count });
  });

  it('leaves out what is not to be fixed unless it is asked for', async () => {
    expect((await ask('CVE-2026-2')).body).toMatchObject({ total_count: 0 });
    expect((await ask('CVE-2026-2&vendor_only=false')).body).toMatchObject({ total_count: 2 });
  });

  it('refuses a severity that there is not', async () => {
    expect(await ask('CVE-2026-1&severity=dire')).toMatchObject({
      status: 400,
      body: { code: 'invalid_request', message: expect.stringContaining('severity') as string },
    });
  });
});

describe('GET /query/images/by_package', () => {
  it.each([
    ['name=openssl', 2],
    ['name=left-pad&version=1.3.0', 1],
    ['name=left-pad&version=1.3.1', 0],
    ['name=openssl&package_type=dpkg', 2],
    ['name=openssl&package_type=npm', 0],
    ['name=nothing', 0],
  ])('finds the images of %s', async (query, count) => {
    const { body } = await get(`/query/images/by_package?${query}`);
    expect(body).toMatchObject({ total_count: count, returned_count: count });
  });
});

describe('GET /query/vulnerabilities', () => {
  const ask = (query: string) => get(`/query/vulnerabilities?id=${query}`);

  it('tells what feeds say, by record and namespace', async () => {
    expect((await ask('CVE-2026-4,CVE-2026-2')).body).toMatchObject({
      vulnerabilities: [
        {
          id: 'CVE-2026-2',
          namespace: 'debian:12',
          severity: 'Unknown',
          link: 'https://nvd.nist.gov/vuln/detail/CVE-2026-2',
          affected_packages: [{ name: 'zlib1g', version: 'every version', will_not_fix: true }],
        },
        {
          id: 'GHSA-1',
          namespace: 'npm',
          severity: 'Critical',
          description: 'Pads too far',
          references: [{ source: 'osv', url: 'https://advisories.example/GHSA-1' }],
          affected_packages: [{ name: 'left-pad', version: '<1.3.1', type: 'npm' }],
        },
      ],
      page: '1',
      returned_count: 2,
      total_count: 2,
    });
  });

  it.each([
    ['GHSA-1&affected_package=left-pad&affected_package_version=1.3.0', 1],
    ['GHSA-1&affected_package=left-pad&affected_package_version=1.3.1', 0],
    ['GHSA-1&affected_package=right-pad', 0],
    ['GHSA-1&namespace=npm', 1],
    ['GHSA-1&namespace=pypi', 0],
  ])('finds %s', async (query, count) => {
    expect((await ask(query)).body).toMatchObject({ total_count: count });
  });

  it('refuses a version without its package', async () => {
    const answer = await ask('GHSA-1&affected_package_version=1');
    expect(errorOf(answer)).toMatchObject({ httpcode: 400, code: 'package_missing' });
  });
});

describe('POST /match', () => {
  it('answers a line for each finding, and one for what it could not read', async () => {
    const answer = await fetch(`${core.url}/v1/match`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa('admin:correct-horse')}` },
      body: 'pkg:npm/left-pad@1.3.0\nleft\npkg:npm/left-pad@1.3.1\n',
    });
    const lines = (await answer.text()).trim().split('\n').map((line): unknown => JSON.parse(line));
    expect(lines).toMatchObject([
      { unreadable: expect.any(String), reason: expect.any(String) },
      { purl: 'pkg:npm/left-pad@1.3.0', id: 'GHSA-1', fix: '1.3.1', source: 'osv' },
    ]);
  });

  it('refuses what is no bill of materials', async () => {
    const answer = await core.api('POST', '/match', { components: 1 });
    expect(errorOf(answer)).toMatchObject({ httpcode: 400, code: 'inventory_unsupported' });
  });
});
