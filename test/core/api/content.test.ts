import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHash } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import { type ComposedImage, composeImage } from 'oci-client/compose';
import { startTestCore, submitImage, type TestCore, untilAnalysed } from '../../support/core.ts';
import { startRegistry, type TestRegistry } from '../../support/registry.ts';
import { inline } from '../../jobs/catalogers/go/samples.ts';
import { jar, project } from '../../jobs/catalogers/java/jars.ts';
import { buildElf } from '../../jobs/formats/executables/builders.ts';
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
  'Package: python3-old',
  'Status: install ok installed',
  'Version: 2',
  '',
  'Package: gone',
  'Status: deinstall ok config-files',
  'Version: 1',
  '',
].join('\n');

/** Content type, a file that tells of a package of that type, and what is shown. */
const TEXTS: readonly (readonly [string, string, string, Record<string, string>])[] = [
  [
    'gem',
    'usr/lib/ruby/gems/3.1.0/specifications/rake-13.0.6.gemspec',
    '# -*- encoding: utf-8 -*-\n# stub: rake 13.0.6 ruby lib\n',
    { package: 'rake', version: '13.0.6', type: 'GEM' },
  ],
  [
    'composer',
    'srv/vendor/composer/installed.json',
    '[{"name":"a/b","version":"v1.2"}]',
    { package: 'a/b', version: 'v1.2', type: 'COMPOSER' },
  ],
  [
    'dotnet',
    'srv/app.deps.json',
    '{"libraries":{"A.B/1.2.3":{"type":"package"}}}',
    { package: 'A.B', version: '1.2.3', type: 'DOTNET' },
  ],
  [
    'conda',
    'opt/conda/conda-meta/a-1.json',
    '{"name":"a","version":"1"}',
    { package: 'a', version: '1', type: 'CONDA' },
  ],
  [
    'r',
    'usr/lib/R/library/boot/DESCRIPTION',
    'Package: boot\nVersion: 1.3-28\nBuilt: R 4.2\n',
    { package: 'boot', version: '1.3-28', type: 'R' },
  ],
  [
    'dart',
    'srv/pubspec.lock',
    'packages:\n  args:\n    source: hosted\n    version: "2.4.2"\n',
    { package: 'args', version: '2.4.2', type: 'DART' },
  ],
  [
    'hex',
    'srv/mix.lock',
    '%{\n  "jason": {:hex, :jason, "1.4.1", "00", [:mix], [], "hexpm", "00"},\n}\n',
    { package: 'jason', version: '1.4.1', type: 'HEX' },
  ],
  [
    'lua',
    'usr/lib/luarocks/rocks-5.4/lpeg/1.1.0-1/lpeg-1.1.0-1.rockspec',
    'package = "lpeg"\n',
    { package: 'lpeg', version: '1.1.0-1', type: 'LUA' },
  ],
  [
    'swift',
    'srv/Package.resolved',
    '{"pins":[{"identity":"nio","location":"","state":{"version":"2.0.0"}}]}',
    { package: 'nio', version: '2.0.0', type: 'SWIFT' },
  ],
  [
    'cocoapods',
    'srv/Podfile.lock',
    'PODS:\n  - AFNetworking (4.0.1)\n',
    { package: 'AFNetworking', version: '4.0.1', type: 'COCOAPODS' },
  ],
  [
    'haskell',
    'srv/cabal.project.freeze',
    'constraints: any.aeson ==2.1.2.1\n',
    { package: 'aeson', version: '2.1.2.1', type: 'HASKELL' },
  ],
  [
    'conan',
    'srv/conan.lock',
    '{"version":"0.5","requires":["zlib/1.2.13#00"]}',
    { package: 'zlib', version: '1.2.13', type: 'CONAN' },
  ],
];
const LIBRARY = jar(
  { 'Specification-Version': '1', 'Implementation-Vendor': 'Example Inc.' },
  project('org.a', 'lib', '1.0'),
);

function program(name: string, data: Buffer): Buffer {
  return buildElf([{ name, data }]);
}

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
      {
        path: 'usr/lib/python3/dist-packages/old-2.egg-info',
        content: 'Metadata-Version: 2.1\nName: old\nVersion: 2\n\n',
      },
      {
        path: 'var/lib/dpkg/info/python3-old.list',
        content: '/.\n/usr/lib/python3/dist-packages/old-2.egg-info\n',
      },
      { path: 'srv/app.war', content: jar({}, { 'WEB-INF/lib/lib-1.0.jar': LIBRARY }) },
      { path: 'opt/node', content: program('.rodata', Buffer.from('\0node.js/v20.20.2\0')) },
      { path: 'opt/go', content: program('.go.buildinfo', inline('dep\texample.com/m\tv1.2.3\n')) },
      {
        path: 'opt/rust',
        content: program(
          '.dep-v0',
          deflateSync('{"packages":[{"name":"adler","version":"1.0.2","source":"crates.io"}]}'),
        ),
      },
      ...TEXTS.map(([, path, content]) => ({ path, content })),
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

async function contentOf(type: string, query = ''): Promise<Record<string, unknown>[]> {
  const answer = await core.api('GET', `/images/${digest}/content/${type}${query}`);
  expect(answer.status).toBe(200);
  expect(answer.body).toMatchObject({ imageDigest: digest, content_type: type });
  return (answer.body as Content).content;
}

describe('GET /images/{digest}/content', () => {
  it('names the types, each of which can be read', async () => {
    const { body } = await core.api('GET', `/images/${digest}/content`);
    const first = ['os', 'files', 'npm', 'gem', 'python', 'java', 'binary', 'go', 'malware'];
    expect((body as string[]).slice(0, first.length)).toEqual(first);
    expect(new Set(body as string[])).toEqual(
      new Set([...first, 'rust', ...TEXTS.map(([type]) => type)]),
    );
    for (const type of body as string[]) {
      const { length } = await contentOf(type);
      // Nothing looks for malware.
      if (type === 'malware') expect(length).toBe(0);
      else expect(length, type).toBeGreaterThan(0);
    }
  });

  it('lists installed packages of the distribution', async () => {
    const [libc, ...others] = await contentOf('os');
    expect(others).toMatchObject([{ package: 'python3-old', version: '2', size: 'Unknown' }]);
    expect([libc]).toEqual([{
      package: 'libc6',
      version: '2.36-9+deb12u8',
      type: 'dpkg',
      size: '12288000',
      origin: 'GNU Libc Maintainers <libc@example.org>',
      sourcepkg: 'glibc',
      license: expect.any(String) as string,
      licenses: expect.any(Array) as string[],
      cpes: expect.arrayContaining(['cpe:2.3:a:gnu:glibc:2.36:*:*:*:*:*:*:*']) as string[],
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

  it.each(TEXTS)('lists packages of the type %s', async (type, path, _content, item) => {
    expect(await contentOf(type)).toMatchObject([{ ...item, location: `/${path}` }]);
  });

  it('lists Java archives with all their versions', async () => {
    expect(await contentOf('java')).toEqual([{
      package: 'lib',
      version: '1.0',
      type: 'JAVA-JAR',
      location: '/srv/app.war:WEB-INF/lib/lib-1.0.jar',
      'specification-version': '1',
      'implementation-version': 'N/A',
      'maven-version': '1.0',
      origin: 'org.a',
      license: 'Unknown',
      licenses: ['Unknown'],
      cpes: ['cpe:2.3:a:a:lib:1.0:*:*:*:*:*:*:*', 'cpe:2.3:a:a:lib:1.0:*:*:*:*:java:*:*'],
      purl: 'pkg:maven/org.a/lib@1.0',
    }]);
  });

  it('lists programs, and what they were built from', async () => {
    expect(await contentOf('binary')).toEqual([{
      package: 'node',
      version: '20.20.2',
      type: 'BINARY',
      location: '/opt/node',
      origin: 'Unknown',
      license: 'Unknown',
      licenses: ['Unknown'],
      cpes: expect.arrayContaining(['cpe:2.3:a:nodejs:node.js:20.20.2:*:*:*:*:*:*:*']) as string[],
      purl: 'pkg:generic/node@20.20.2',
    }]);
    expect(await contentOf('go')).toMatchObject([
      { package: 'example.com/m', version: 'v1.2.3', type: 'GO', location: '/opt/go' },
      { package: 'stdlib', version: '1.22.3', type: 'GO', location: '/opt/go' },
    ]);
    expect(await contentOf('rust')).toMatchObject([
      { package: 'adler', version: '1.0.2', type: 'RUST', location: '/opt/rust' },
    ]);
  });

  it.each([
    ['', ['six']],
    ['?owned=false', ['six']],
    ['?owned=true', ['old', 'six']],
    ['?owned=True', ['old', 'six']],
  ])('lists what the distribution brought where asked to: %j', async (query, names) => {
    const found = await contentOf('python', query);
    expect(found.map((item) => item['package'])).toEqual(names);
    expect(found.map((item) => item['owner']).filter(Boolean))
      .toEqual(names.includes('old') ? ['python3-old'] : []);
    expect(await contentOf('os', query)).toHaveLength(2);
  });

  it('describes how to ask for those', async () => {
    const { body } = await core.api('GET', '/openapi.json');
    expect(body).toMatchObject({
      paths: {
        '/images/{digest}/content/{type}': {
          get: {
            parameters: expect.arrayContaining([
              expect.objectContaining({
                name: 'owned',
                in: 'query',
                schema: expect.objectContaining({ type: 'boolean' }) as object,
              }),
              expect.objectContaining({ name: 'type', in: 'path' }),
            ]) as object[],
          },
        },
      },
    });
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

  it.each(['constructor', '__proto__', 'OS'])(
    'does not know the type %s',
    async (type) => {
      const error = errorOf(await core.api('GET', `/images/${digest}/content/${type}`));
      expect(error).toMatchObject({ httpcode: 404, code: 'unknown_content_type' });
      expect(error.message).toContain('os, files, npm, gem, python, java');
    },
  );

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
