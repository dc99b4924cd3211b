import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { composeImage, type TarEntry } from 'oci-client/compose';
import { MIXED, npmFile } from './samples.ts';
import { layerDigests, LIMITS, reportOfImage } from './support.ts';

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

describe('the analysis of an image', () => {
  it('tells layers, history, distribution and Dockerfile in the head', async () => {
    const { head } = await reportOfImage(MIXED);
    const [first, second] = layerDigests(MIXED);
    const [size = 0, size2 = 0] = head.layers.map((layer) => layer.size);
    expect(head).toMatchObject({
      version: 1,
      digest: MIXED.manifest.descriptor.digest,
      analyzers: { apk: 2, dpkg: 2, npm: 1, python: 1 },
      architecture: 'amd64',
      os: 'linux',
      distribution: { id: 'debian', version: '12', like: ['a', 'b'] },
      size: size + size2,
      layers: [{ digest: first }, { digest: second }],
      dockerfile: 'FROM scratch\nADD file:1 in /\nENV A=1\nRUN npm ci\nUSER app\n' +
        'EXPOSE 8080/tcp\nCMD ["node"]\n',
    });
    expect(head.layers.map(({ diffId }) => diffId)).toEqual(
      JSON.parse(Buffer.from(MIXED.config).toString()).rootfs.diff_ids,
    );
    expect(head.layers.map(({ compressedSize }) => compressedSize)).toEqual(
      layerDigests(MIXED).map((digest) => MIXED.blobs.get(digest)?.length),
    );
    expect(head.history).toEqual([
      {
        created: '2024-01-01T00:00:00Z',
        createdBy: '/bin/sh -c #(nop) ADD file:1 in / ',
        comment: undefined,
        layer: first,
        size,
      },
      {
        created: undefined,
        createdBy: '/bin/sh -c #(nop)  ENV A=1',
        comment: 'nothing',
        layer: null,
        size: 0,
      },
      { createdBy: 'RUN /bin/sh -c npm ci # buildkit', layer: second, size: size2 },
      { createdBy: 'USER app', layer: null, size: 0 },
    ]);
  });

  it('finds the packages of every type, each with place and layer', async () => {
    const { packages, end } = await reportOfImage(MIXED);
    const [bottom, top] = layerDigests(MIXED);
    expect(packages.map(({ type, name, version, location, layer, purl }) => ({
      type,
      name,
      version,
      location,
      layer,
      purl,
    }))).toEqual([
      {
        type: 'apk',
        name: 'musl',
        version: '1.2.5-r0',
        location: '/lib/apk/db/installed',
        layer: bottom,
        purl: 'pkg:apk/debian/musl@1.2.5-r0?arch=x86_64&distro=debian-12',
      },
      {
        type: 'deb',
        name: 'libc6',
        version: '2.36-9+deb12u9',
        location: '/var/lib/dpkg/status',
        layer: bottom,
        purl:
          'pkg:deb/debian/libc6@2.36-9%2Bdeb12u9?arch=amd64&distro=debian-12&upstream=glibc%402.36-9%2Bdeb12u9',
      },
      {
        type: 'npm',
        name: 'left-pad',
        version: '1.0.0',
        location: '/app/node_modules/left-pad/package.json',
        layer: top,
        purl: 'pkg:npm/left-pad@1.0.0',
      },
      {
        type: 'pypi',
        name: 'requests',
        version: '2.31.0',
        location: '/usr/lib/python3/dist-packages/requests-2.31.0.dist-info/METADATA',
        layer: top,
        purl: 'pkg:pypi/requests@2.31.0',
      },
    ]);
    expect(end.packages).toBe(4);
  });

  it('lists every path once with its attributes, directories without an entry too', async () => {
    const { files, end } = await reportOfImage(MIXED);
    const byPath = new Map(files.map((file) => [file.path, file]));
    expect(end.files).toBe(files.length);
    expect(byPath.size).toBe(files.length);
    expect(byPath.get('/usr/bin/sudo')).toEqual({
      kind: 'file',
      path: '/usr/bin/sudo',
      type: 'file',
      mode: 0o4755,
      uid: 7,
      gid: 8,
      size: 1,
      sha256: sha256('x'),
    });
    expect(byPath.get('/bin')).toMatchObject({ type: 'symlink', link: 'usr/bin', size: 0 });
    expect(byPath.get('/usr/lib/python3')).toEqual({
      kind: 'file',
      path: '/usr/lib/python3',
      type: 'directory',
      mode: 0o755,
      uid: 0,
      gid: 0,
      size: 0,
    });
  });

  it('says nothing of packages whose file was replaced or taken away', async () => {
    const { packages, files } = await reportOfImage(composeImage({
      layers: [
        [npmFile('replaced'), npmFile('removed'), npmFile('hidden'), npmFile('kept')],
        [npmFile('replaced', { version: '2.0.0' })],
        [
          { path: 'app/node_modules/removed/.wh.package.json' },
          { path: 'app/node_modules/hidden/.wh..wh..opq' },
        ],
      ],
    }));
    expect(packages.map(({ name, version }) => `${name} ${version}`)).toEqual([
      'kept 1.0.0',
      'replaced 2.0.0',
    ]);
    expect(files.some(({ path }) => path.includes('.wh.'))).toBe(false);
  });

  it('says nothing of packages in a directory that became a file', async () => {
    const { packages } = await reportOfImage(composeImage({
      layers: [[npmFile('gone')], [{ path: 'app', content: 'a file' }]],
    }));
    expect(packages).toEqual([]);
  });

  it('reads hard links, within a layer and over layers, as what they link to', async () => {
    const path = 'app/node_modules/copy/package.json';
    const link = 'app/node_modules/left-pad/package.json';
    for (
      const layers of [
        [[npmFile('left-pad'), { path, type: 'hardlink', link }]],
        [[npmFile('left-pad')], [{ path, type: 'hardlink', link }]],
      ] satisfies TarEntry[][][]
    ) {
      const image = composeImage({ layers });
      const { packages, files } = await reportOfImage(image);
      expect(packages.map(({ name, location, layer }) => [name, location, layer])).toEqual([
        ['left-pad', `/${path}`, layerDigests(image).at(-1)],
        ['left-pad', `/${link}`, layerDigests(image).at(0)],
      ]);
      expect(files.find((file) => file.path === `/${path}`)).toMatchObject({ type: 'file' });
    }
  });

  it.each<[string, readonly TarEntry[]]>([
    ['a hard link', [
      { path: 'store/1f', content: '{"name":"lost","version":"1.0.0"}' },
      { path: 'app/node_modules/lost/package.json', type: 'hardlink', link: 'store/1f' },
    ]],
    ['a folder behind a link', [
      { path: 'app/node_modules', type: 'directory' },
      { path: 'app/modules', type: 'symlink', link: 'node_modules' },
      { path: 'app/modules/lost/package.json', content: '{"name":"lost","version":"1.0.0"}' },
    ]],
  ])('names a package file that %s hid from the reading', async (_, entries) => {
    const { packages, unreadable } = await reportOfImage(composeImage({ layers: [entries] }));
    expect(packages).toEqual([]);
    expect(unreadable).toEqual([{
      kind: 'unreadable',
      path: '/app/node_modules/lost/package.json',
      analyzer: 'npm',
      reason: 'its layer has it under another name, which was not read',
    }]);
  });

  it('names a broken package file and goes on', async () => {
    const { packages, unreadable, files } = await reportOfImage(composeImage({
      layers: [[
        { path: 'app/node_modules/broken/package.json', content: '{"name": "broken"' },
        npmFile('whole'),
      ]],
    }));
    expect(unreadable).toEqual([{
      kind: 'unreadable',
      path: '/app/node_modules/broken/package.json',
      analyzer: 'npm',
      reason: 'not valid JSON',
    }]);
    expect(packages.map(({ name }) => name)).toEqual(['whole']);
    expect(files.some(({ path }) => path.endsWith('/broken/package.json'))).toBe(true);
  });

  it('names a package file that is too large once, unless a higher layer replaced it', async () => {
    const large = npmFile('large', { filler: 'x'.repeat(3000) });
    const other = npmFile('other', { filler: 'x'.repeat(3000) });
    const { packages, unreadable } = await reportOfImage(
      composeImage({ layers: [[large, other], [npmFile('other')]] }),
      { ...LIMITS, fileBytes: 2000 },
    );
    expect(packages.map(({ name }) => name)).toEqual(['other']);
    expect(unreadable).toEqual([{
      kind: 'unreadable',
      path: `/${large.path}`,
      analyzer: 'layers',
      reason: expect.stringMatching(/more than the 2000/),
    }]);
  });

  it('analyses an image without layers', async () => {
    const { head, lines } = await reportOfImage(composeImage({ layers: [] }));
    expect(head).toMatchObject({ size: 0, layers: [], history: [], distribution: null });
    expect(lines.slice(1)).toEqual([{ kind: 'end', packages: 0, files: 0, readBy: [] }]);
  });

  it('gives a history that names more layers than there are no layer beyond them', async () => {
    const { head } = await reportOfImage(composeImage({
      layers: [[{ path: 'a' }]],
      history: [{ created_by: 'one' }, { created_by: 'two' }],
    }));
    expect(head.history.map(({ layer }) => layer !== null)).toEqual([true, false]);
  });
});
