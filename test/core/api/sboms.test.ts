import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { composeImage } from 'oci-client/compose';
import { openDatabase } from '../../../core/database/connection.ts';
import {
  type Answer,
  startTestCore,
  submitImage,
  type TestCore,
  untilAnalysed,
} from '../../support/core.ts';
import { startRegistry, type TestRegistry } from '../../support/registry.ts';
import { cycloneDxProblems } from '../exports/schemas.ts';
import { errorOf, image, layerOf } from './samples.ts';

const FORMATS = ['cyclonedx', 'spdx', 'native'];
const DPKG = [
  'Package: libc6',
  'Status: install ok installed',
  'Architecture: amd64',
  'Source: glibc',
  'Version: 2.36-9+deb12u8',
  '',
].join('\n');

let core: TestCore;
let registry: TestRegistry;
let digest: string;

beforeAll(async () => {
  registry = await startRegistry();
  core = await startTestCore();
  registry.push(
    'packages',
    '1',
    composeImage({
      layers: [[
        { path: 'etc/os-release', content: 'ID=debian\nVERSION_ID=12\n' },
        { path: 'var/lib/dpkg/status', content: DPKG },
      ], [{
        path: 'app/node_modules/left-pad/package.json',
        content: '{"name":"left-pad","version":"1.3.0","license":"WTFPL"}',
      }]],
    }),
  );
  digest = (await submitImage(core, `${registry.host}/packages:1`)).imageDigest;
  await untilAnalysed(core, digest);
});
afterAll(async () => {
  await core.stop();
  await registry.close();
});

function sbom(format: string, of = digest, headers: Record<string, string> = {}): Promise<Answer> {
  return core.api('GET', `/images/${of}/sboms/${format}`, undefined, headers);
}

describe('GET /images/{digest}/sboms/{format}', () => {
  it.each([
    ['cyclonedx', 'application/vnd.cyclonedx+json; version=1.6', 'cdx.json'],
    ['spdx', 'application/spdx+json', 'spdx.json'],
    ['native', 'application/json', 'json'],
  ])('gives %s as a file, the same each time', async (format, contentType, ending) => {
    const { status, headers, body } = await sbom(format);
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe(contentType);
    expect(headers.get('content-disposition'))
      .toBe(`attachment; filename="packages-${digest.slice(7, 19)}.${ending}"`);
    expect((await sbom(format)).body).toEqual(body);
  });

  it('tells CycloneDX of packages, distribution and image', async () => {
    const { body } = await sbom('cyclonedx');
    expect(cycloneDxProblems(body)).toEqual([]);
    expect(body).toMatchObject({
      metadata: {
        timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) as string,
        component: {
          type: 'container',
          name: 'packages',
          version: digest,
          purl: expect.stringContaining(
            `repository_url=${registry.host}%2Fpackages&tag=1`,
          ) as string,
        },
      },
      components: [
        { type: 'operating-system', name: 'debian', version: '12' },
        { name: 'libc6', cpe: 'cpe:2.3:a:gnu:glibc:2.36:*:*:*:*:*:*:*' },
        { name: 'left-pad', licenses: [{ license: { id: 'WTFPL' } }] },
      ],
    });
  });

  it('tells SPDX of packages', async () => {
    const { body } = await sbom('spdx');
    expect(body).toMatchObject({
      spdxVersion: 'SPDX-2.3',
      name: `${registry.host}/packages:1`,
      packages: [
        { name: 'packages' },
        { name: 'debian' },
        { name: 'libc6' },
        { name: 'left-pad', licenseDeclared: 'WTFPL' },
      ],
    });
  });

  it('tells all in its own format', async () => {
    const { body } = await sbom('native');
    expect(body).toMatchObject({
      kind: 'tidewaiter-sbom',
      image: { digest, os: 'linux', references: [`${registry.host}/packages:1`] },
      distribution: { id: 'debian', version: '12' },
      layers: [{ compressedSize: expect.any(Number) as number }, {}],
      packages: [
        { name: 'libc6', source: { name: 'glibc' }, location: '/var/lib/dpkg/status' },
        { name: 'left-pad', licenses: ['WTFPL'], purl: 'pkg:npm/left-pad@1.3.0' },
      ],
    });
  });

  it.each(['cyclonedx-xml', 'constructor', '__proto__', 'SPDX'])(
    'does not know the format %s',
    async (format) => {
      const error = errorOf(await sbom(format));
      expect(error).toMatchObject({ httpcode: 404, code: 'unknown_sbom_format' });
      expect(error.message).toContain('cyclonedx, spdx, native');
    },
  );

  it("answers 404 for an unknown image and another account's", async () => {
    const sql = openDatabase(core.databaseUrl ?? '', { max: 1 });
    await sql`insert into accounts (name, type) values ('other', 'user')`;
    await sql.end({ timeout: 1 });
    for (const format of [...FORMATS, 'nonsense']) {
      for (
        const answer of [
          await sbom(format, `sha256:${'0'.repeat(64)}`),
          await sbom(format, digest, { 'x-anchore-account': 'other' }),
        ]
      ) expect(errorOf(answer)).toMatchObject({ httpcode: 404, code: 'image_not_found' });
    }
  });

  it('answers 404 for an image that is not analysed yet', async () => {
    const composed = image('not yet');
    registry.push('waiting', '1', composed);
    const reached = registry.faults.hangBlob(layerOf(composed));
    const { imageDigest } = await submitImage(core, `${registry.host}/waiting:1`);
    await reached;
    try {
      for (const format of FORMATS) {
        expect(errorOf(await sbom(format, imageDigest))).toMatchObject({
          httpcode: 404,
          code: 'image_not_analyzed',
        });
      }
    } finally {
      registry.faults.release();
    }
  });
});
