import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHash } from 'node:crypto';
import { type ComposedImage, composeImage } from 'oci-client/compose';
import { startTestCore, submitImage, type TestCore, untilAnalysed } from '../../support/core.ts';
import { startRegistry, type TestRegistry } from '../../support/registry.ts';
import { errorOf, image, layerOf } from './samples.ts';

const DPKG = [
  'Package: libc6',
  'Status: install ok installed',
  'Installed-Size: 12000',
  'Maintainer: GNU Libc Maintainers <libc@example.org>',
  'Architecture: amd64',
  'Source: glibc (2.36-9)',
  'Version: 2.36-9+deb12u8',
  '',
  'Package: gone',
  'Status: deinstall ok config-files',
  'Version: 1',
  '',
].join('\n');

function withPackages(): ComposedImage {
  return composeImage({
    layers: [[
      { path: 'etc/os-release', content: 'ID=debian\nVERSION_ID=12\n' },
      { path: 'var/lib/dpkg/status', content: DPKG },
      {
        path: 'app/node_modules/left-pad/package.json',
        content: '{"name":"left-pad","version":"1.3.0","license":"WTFPL"}',
      },
      {
        path: 'usr/lib/python3/dist-packages/six-1.16.0.dist-info/METADATA',
        content: 'Metadata-Version: 2.1\nName: six\nVersion: 1.16.0\nLicense: MIT\n\n',
      },
      { path: 'usr/bin/tool', content: 'tool', mode: 0o4755 },
      { path: 'usr/bin/link', type: 'symlink', link: 'tool' },
    ]],
  });
}

let core: TestCore;
let registry: TestRegistry;
let digest: string;

beforeAll(async () => {
  registry = await startRegistry();
  core = await startTestCore();
  registry.push('packages', '1', withPackages());
  digest = (await submitImage(core, `${registry.host}/packages:1`)).imageDigest;
  await untilAnalysed(core, digest);
});
afterAll(async () => {
  await core.stop();
  await registry.close();
});

interface Content {
  readonly content: Record<string, unknown>[];
}

async function contentOf(type: string): Promise<Record<string, unknown>[]> {
  const answer = await core.api('GET', `/images/${digest}/content/${type}`);
  expect(answer.status).toBe(200);
  expect(answer.body).toMatchObject({ imageDigest: digest, content_type: type });
  return (answer.body as Content).content;
}

describe('GET /images/{digest}/content', () => {
  it('names the types, each of which can be read', async () => {
    const { body } = await core.api('GET', `/images/${digest}/content`);
    expect(body).toEqual(['os', 'files', 'npm', 'python']);
    for (const type of body as string[]) expect((await contentOf(type)).length).toBeGreaterThan(0);
  });

  it('lists installed packages of the distribution', async () => {
    expect(await contentOf('os')).toEqual([{
      package: 'libc6',
      version: '2.36-9+deb12u8',
      type: 'dpkg',
      size: '12288000',
      origin: 'GNU Libc Maintainers <libc@example.org>',
      sourcepkg: 'glibc',
      license: expect.any(String) as string,
      licenses: expect.any(Array) as string[],
      cpes: [],
      purl: expect.stringMatching(/^pkg:deb\/debian\/libc6@2\.36-9%2Bdeb12u8\?/) as string,
    }]);
  });

  it('lists packages of languages with their places', async () => {
    expect(await contentOf('npm')).toMatchObject([{
      package: 'left-pad',
      version: '1.3.0',
      type: 'NPM',
      location: '/app/node_modules/left-pad/package.json',
      license: 'WTFPL',
      purl: 'pkg:npm/left-pad@1.3.0',
    }]);
    expect(await contentOf('python')).toMatchObject([{
      package: 'six',
      version: '1.16.0',
      type: 'PYTHON',
      location: '/usr/lib/python3/dist-packages/six',
      licenses: ['MIT'],
    }]);
  });

  it('lists files with mode, size, hash and link', async () => {
    const files = await contentOf('files');
    const named = (filename: string) => files.find((file) => file['filename'] === filename);
    expect(named('/usr/bin/tool')).toEqual({
      filename: '/usr/bin/tool',
      type: 'file',
      mode: '00755',
      size: 4,
      uid: 0,
      gid: 0,
      linkdest: null,
      sha256: createHash('sha256').update('tool').digest('hex'),
    });
    expect(named('/usr/bin/link')).toMatchObject({ type: 'slink', linkdest: 'tool', sha256: null });
    expect(new Set(files.map((file) => file['filename'])).size).toBe(files.length);
  });

  it('lists many files whole', async () => {
    const count = 10_000;
    const entries = Array.from({ length: count }, (_, index) => ({
      path: `many/${index}`,
      content: String(index),
    }));
    registry.push('many', '1', composeImage({ layers: [entries] }));
    const { imageDigest } = await submitImage(core, `${registry.host}/many:1`);
    await untilAnalysed(core, imageDigest);
    const { body } = await core.api('GET', `/images/${imageDigest}/content/files`);
    const files = (body as Content).content.filter((file) => file['type'] === 'file');
    expect(files).toHaveLength(count);
  });

  it.each(['java', 'constructor', '__proto__', 'OS'])('does not know the type %s', async (type) => {
    const error = errorOf(await core.api('GET', `/images/${digest}/content/${type}`));
    expect(error).toMatchObject({ httpcode: 404, code: 'unknown_content_type' });
    expect(error.message).toContain('os, files, npm, python');
  });

  it('answers 404 for an unknown image, and for one that is not analysed yet', async () => {
    const unknown = `/images/sha256:${'0'.repeat(64)}/content`;
    for (const path of [unknown, `${unknown}/os`, `${unknown}/files`]) {
      expect(errorOf(await core.api('GET', path))).toMatchObject({
        httpcode: 404,
        code: 'image_not_found',
      });
    }
    const composed = image('not yet');
    registry.push('waiting', '1', composed);
    const reached = registry.faults.hangBlob(layerOf(composed));
    const { imageDigest } = await submitImage(core, `${registry.host}/waiting:1`);
    await reached;
    try {
      for (const type of ['os', 'files']) {
        const error = errorOf(await core.api('GET', `/images/${imageDigest}/content/${type}`));
        expect(error).toMatchObject({ httpcode: 404, code: 'image_not_analyzed' });
        expect(error.message).toBe('image is not analyzed - analysis_status: analyzing');
      }
    } finally {
      registry.faults.release();
    }
  });
});
