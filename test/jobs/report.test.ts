import { describe, expect, it } from 'vitest';
import type { ImageConfig } from 'oci-client';
import { composeImage, packTar, type TarEntry } from 'oci-client/compose';
import type { ReportLine } from '../../jobs/contract/index.ts';
import { type LayerContent, squash } from '../../jobs/layers/index.ts';
import { inspectorOf } from '../../jobs/inspectors/inspections.ts';
import { type AnalysedImage, reportLines } from '../../jobs/report.ts';
import { readReport } from '../../core/tasks/report.ts';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import {
  asCoreReads,
  LIMITS,
  NO_INSPECTIONS,
  reportOfImage,
  sorted,
  type SortedReport,
} from './support.ts';
import { seeded } from './catalogers/support.ts';

const TEXT_BOUND = 65_536;

function packageFile(fields: Record<string, unknown>, name = 'p'): TarEntry {
  const content = JSON.stringify({ name, version: '1.0.0', ...fields });
  return { path: `app/node_modules/${name}/package.json`, content };
}

/** A name whose bytes are no UTF-8: the archive carries them as they are. */
function rawName(tarName: string, bytes: readonly number[]): Uint8Array {
  const tar = packTar([{ path: tarName, content: '' }]);
  const header = tar.subarray(0, 512);
  header.set(bytes, 0);
  header.fill(0x20, 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.set(Buffer.from(`${sum.toString(8).padStart(6, '0')}\0 `), 148);
  return tar;
}

/** Every line is what the schema wants, and core takes the report as a whole. */
async function expectAccepted(report: SortedReport): Promise<readonly ReportLine[]> {
  const bytes = gzipSync(report.lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  const taken = await readReport(Readable.toWeb(Readable.from([bytes])) as ReadableStream);
  expect(taken.packages).toHaveLength(report.packages.length);
  return report.lines.map(asCoreReads);
}

/** An image without layers that only the report has ever seen. */
function analysed(config: Partial<ImageConfig>, contents: readonly LayerContent<never>[] = []) {
  const digest = `sha256:${'0'.repeat(64)}` as const;
  const mediaType = 'application/octet-stream';
  const layers = contents.map(() => ({ mediaType, digest, size: 1 }));
  return {
    image: {
      digest,
      manifest: { kind: 'manifest', mediaType, config: { mediaType, digest, size: 1 }, layers },
      manifestBytes: new Uint8Array(),
      configBytes: new Uint8Array(),
      config: { architecture: '', os: '', diffIds: [], history: [], config: {}, ...config },
    },
    inspector: inspectorOf(NO_INSPECTIONS),
    contents,
    tree: squash(contents),
  } satisfies AnalysedImage;
}

describe('a report of odd content', () => {
  it.each<[string, readonly TarEntry[]]>([
    ['paths that are UTF-8', [{ path: 'a/\u00fc\u4e2d\u{1f600}' }]],
    ['paths with control characters', [{ path: 'a\n\t\u001b[2J\u202e\u2028' }]],
    ['a very long path', [{ path: `${'d'.repeat(250)}/`.repeat(16).slice(0, 4096) }]],
    ['a long link target', [{ path: 'l', type: 'symlink', link: 'x'.repeat(4096) }]],
    ['an empty link target below', [{ path: 'l', type: 'symlink', link: '/' }, { path: 'l/x' }]],
    ['devices and pipes', [
      { path: 'c', type: 'character', devmajor: 1, devminor: 3 },
      { path: 'b', type: 'block' },
      { path: 'f', type: 'fifo', mode: 0o7777 },
    ]],
    ['huge owners', [{ path: 'o', uid: 2 ** 40, gid: Number.MAX_SAFE_INTEGER }]],
    ['NUL in a package', [packageFile({ license: 'A\0B', author: '\0' })]],
    ['lone surrogates in a package', [packageFile({ license: '\ud800', author: 'x\udc00' })]],
    ['a licence of a megabyte', [packageFile({ license: 'L'.repeat(900_000) })]],
    ['an author of a megabyte', [packageFile({ author: '\u4e2d'.repeat(300_000) })]],
    ['5000 licences', [
      packageFile({ licenses: Array.from({ length: 5000 }, (_, n) => `licence ${n}`) }),
    ]],
    ['a name that is too long to be real', [packageFile({}, 'n'.repeat(1500))]],
    ['a description of a megabyte', [{
      path: 'usr/lib/python3/site-packages/p-1.dist-info/METADATA',
      content: `Name: p\nVersion: 1\nSummary: ${'s'.repeat(900_000)}\n`,
    }]],
    ['an odd os-release', [{
      path: 'etc/os-release',
      content: `ID="${'i'.repeat(70_000)}"\nVERSION_ID="\0\ud800"\nID_LIKE="${'a '.repeat(500)}"\n`,
    }]],
  ])('with %s is accepted by core', async (_, entries) => {
    const image = composeImage({
      layers: [
        entries.map((entry) =>
          entry.path.includes('n'.repeat(1500))
            ? { ...entry, path: 'node_modules/n/package.json' }
            : entry
        ),
      ],
    });
    await expectAccepted(await reportOfImage(image));
  });

  it("tells the repositories of Red Hat's packages", async () => {
    const files = (id: string) => [
      { path: 'etc/os-release', content: `ID="${id}"\nVERSION_ID="9.4"\n` },
      { path: 'etc/yum.repos.d/ubi.repo', content: '[ubi-9-baseos-rpms]\nenabled=1\n' },
    ];
    const manifest = {
      path: 'root/buildinfo/content_manifests/a.json',
      content: '{"content_sets":["rhel-9-for-x86_64-baseos-rpms"]}',
    };
    const headOf = async (id: string) => {
      const report = await reportOfImage(composeImage({ layers: [files(id), [manifest]] }));
      return (await expectAccepted(report)).find(({ kind }) => kind === 'head');
    };
    expect(await headOf('rhel')).toMatchObject({
      distribution: { repositories: ['rhel-9-for-x86_64-baseos-rpms', 'ubi-9-baseos-rpms'] },
    });
    expect(await headOf('rocky')).toEqual(expect.objectContaining({
      distribution: { id: 'rocky', version: '9.4', like: [] },
    }));
  });

  it('tells a path that is no UTF-8 as Latin-1', async () => {
    const image = composeImage({ layers: [{ tar: rawName('caf_', [0x63, 0xe9, 0x66]) }] });
    const report = await reportOfImage(image);
    await expectAccepted(report);
    expect(report.files.map(({ path }) => path)).toEqual(['/c\u00e9f_']);
  });

  it('replaces what the database does not store', async () => {
    const image = composeImage({ layers: [[packageFile({ license: 'A\0B\ud800' })]] });
    const lines = await expectAccepted(await reportOfImage(image));
    expect(lines.find((line) => line.kind === 'package')).toMatchObject({
      licenses: ['A\ufffdB\ufffd'],
    });
  });

  it('keeps all licences of a package within one line that core reads', async () => {
    const licenses = Array.from({ length: 200 }, (_, n) => `${n}`.padEnd(60_000, 'x'));
    const image = composeImage({ layers: [[packageFile({ licenses })]] });
    const report = await reportOfImage(image, {
      ...LIMITS,
      fileBytes: 128 * 1024 * 1024,
      heldBytes: 128 * 1024 * 1024,
      uncompressedBytes: 256 * 1024 * 1024,
    });
    const [found] = report.packages;
    expect(found?.licenses[0]).toHaveLength(60_000);
    expect(found?.licenses.length).toBeLessThan(200);
    await expectAccepted(report);
  });

  it('cuts texts of the configuration to what the contract allows', async () => {
    const long = 'x'.repeat(70_000);
    const report = sorted([
      ...reportLines(analysed({
        architecture: long,
        os: long,
        history: [{ created: long, created_by: long, comment: long, empty_layer: true }],
      })),
    ]);
    await expectAccepted(report);
    const { architecture, os, history: [entry] } = report.head;
    for (const text of [architecture, os, entry?.created, entry?.createdBy, entry?.comment]) {
      expect(text).toHaveLength(TEXT_BOUND);
    }
  });

  it('cuts a link target of 70,000 characters, and half a character at the cut', async () => {
    const link = 'x'.repeat(TEXT_BOUND - 1) +
      Buffer.from('\u{1f600}'.repeat(2000)).toString('latin1');
    const content: LayerContent<never> = {
      entries: [{
        path: 'l',
        type: 'symlink',
        mode: 0o777,
        uid: 0,
        gid: 0,
        size: 0,
        sha256: undefined,
        link,
      }],
      whiteouts: new Set(),
      opaque: new Set(),
      kept: new Map(),
      matches: new Map(),
      unreadable: [],
      dropped: [],
      diffId: `sha256:${'1'.repeat(64)}`,
      size: 1024,
    };
    const report = sorted([...reportLines(analysed({}, [content]))]);
    expect(report.files[0]?.link).toHaveLength(TEXT_BOUND);
    const lines = await expectAccepted(report);
    expect(lines[1]).toMatchObject({ link: `${'x'.repeat(TEXT_BOUND - 1)}\ufffd` });
  });

  it('leaves absent texts of the history out', async () => {
    const { head } = sorted([...reportLines(analysed({ history: [{ empty_layer: true }] }))]);
    expect(JSON.parse(JSON.stringify(head.history))).toEqual([{ layer: null, size: 0 }]);
  });

  it('names hard links to nothing and entries nobody can unpack, and goes on', async () => {
    const { unreadable, files } = await reportOfImage(composeImage({
      layers: [[
        { path: 'h', type: 'hardlink', link: 'nothing' },
        { path: 'd/.wh...' },
        { path: 'ok' },
      ]],
    }));
    expect(files.map(({ path }) => path)).toEqual(['/ok']);
    expect(unreadable.map(({ path, analyzer, reason }) => [path, analyzer, reason])).toEqual([
      ['/d/.wh...', 'layers', 'it is a whiteout of nothing'],
      ['/h', 'layers', 'it is a hard link to a file that is not there'],
    ]);
  });

  it('is the same for the same image', async () => {
    const image = composeImage({
      layers: [
        [packageFile({ license: 'MIT' }, 'b'), packageFile({}, 'a'), { path: 'z/y/x' }],
        [{ path: 'z/.wh.y' }, { path: 'z/b' }, { path: 'z/a' }],
      ],
    });
    const twice = await Promise.all([reportOfImage(image), reportOfImage(image)]);
    const [first, second] = twice.map(({ lines }) => lines.map((line) => JSON.stringify(line)));
    expect(first).toEqual(second);
    expect(first?.length).toBeGreaterThan(8);
  });

  it('can be made again from the same analysis, as a connection may break', () => {
    const image = analysed({ history: [{ created_by: 'RUN a', empty_layer: true }] });
    expect([...reportLines(image)]).toEqual([...reportLines(image)]);
  });
});

describe('a report of random trees (seed 7)', () => {
  const random = seeded(7);
  const pick = <T>(choices: readonly T[]): T => choices[Math.floor(random() * choices.length)] as T;
  const NAMES = ['a', 'b', '.wh.a', '.wh..wh..opq', 'node_modules', 'package.json', '\u00e9\ufffd'];
  const CONTENTS = [
    '',
    '{}',
    '{"name":"x","version":"1"}',
    '[]',
    '\0',
    '{"name":"\\ud800","version":"\\u0000"}',
  ];

  function randomPath(): string {
    if (random() < 0.4) return `node_modules/${pick(NAMES)}/package.json`;
    return Array.from({ length: 1 + Math.floor(random() * 4) }, () => pick(NAMES)).join('/');
  }

  function randomEntry(): TarEntry {
    const path = randomPath();
    const type = pick(
      ['file', 'file', 'file', 'directory', 'symlink', 'hardlink', 'fifo'] as const,
    );
    if (type === 'file') return { path, content: pick(CONTENTS) };
    if (type === 'symlink' || type === 'hardlink') {
      return { path, type, link: pick(['a', '../b', '/', 'a/b', 'node_modules/a/package.json']) };
    }
    return { path, type };
  }

  it('is accepted by core, whatever the layers hold', async () => {
    let packages = 0;
    for (let round = 0; round < 60; round += 1) {
      const layers = Array.from(
        { length: 1 + Math.floor(random() * 3) },
        () => Array.from({ length: Math.floor(random() * 12) }, randomEntry),
      );
      const report = await reportOfImage(composeImage({ layers }));
      await expectAccepted(report);
      packages += report.packages.length;
    }
    expect(packages).toBeGreaterThan(3);
  });
});
