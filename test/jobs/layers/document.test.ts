import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { packTar, type TarEntry } from 'oci-client/compose';
import { interestOf } from '../../../jobs/catalogers/reading.ts';
import { Finding } from '../../../jobs/catalogers/finding.ts';
import { FileMatch, SecretSearchSettings } from '../../../jobs/contract/index.ts';
import { inspectorOf } from '../../../jobs/inspectors/inspections.ts';
import {
  Budget,
  decodeLayer,
  type DigestChoice,
  encodeLayer,
  FURTHER_ALGORITHMS,
  type LayerContent,
  LayerDocumentError,
  LayerError,
  readLayer,
} from '../../../jobs/layers/index.ts';
import { seeded } from '../../support/kills.ts';
import { LIMITS, NO_INSPECTIONS } from '../support.ts';

const { search } = inspectorOf({ ...NO_INSPECTIONS, secrets: SecretSearchSettings.parse({}) });

type Layer = LayerContent<readonly Finding[], FileMatch>;

/** Digests of one kind, both, or none, as names say. */
const CHOICE: DigestChoice = (path) =>
  FURTHER_ALGORITHMS.filter((name) => path.includes(name) || path.includes('every'));

async function read(
  entries: readonly TarEntry[],
  limits = LIMITS,
  digests: (() => DigestChoice) | undefined = undefined,
): Promise<Layer> {
  const blob = (async function* () {
    yield packTar(entries);
  })();
  const budget = new Budget(limits);
  return await readLayer(blob, { interest: interestOf, search, hashFiles: true, digests, budget });
}

function decode(bytes: Buffer, limits = LIMITS): Layer {
  return decodeLayer(bytes, new Budget(limits), { found: Finding.array(), match: FileMatch });
}

const STATUS = `Package: a\nStatus: install ok installed\nVersion: 1\nArchitecture: all\n\n`;
const ENTRIES: readonly TarEntry[] = [
  { path: 'var/', type: 'directory', mode: 0o1777, uid: 5, gid: 7 },
  { path: 'var/lib/dpkg/status', content: STATUS },
  {
    path: 'app/node_modules/left-pad/package.json',
    content: '{"name":"left-pad","version":"1.0.0"}',
  },
  { path: 'app/node_modules/broken/package.json', content: '{' },
  { path: 'app/copy.json', type: 'hardlink', link: 'app/node_modules/left-pad/package.json' },
  { path: 'bin', type: 'symlink', link: 'usr/bin' },
  { path: 'dev/null', type: 'character' },
  { path: 'dev/sda', type: 'block' },
  { path: 'run/fifo', type: 'fifo' },
  { path: 'empty', content: '' },
  { path: 'name with ü', content: 'x' },
  { path: 'root/key', content: 'a\n-----BEGIN RSA PRIVATE KEY-----\nb\n' },
  { path: 'gone/.wh.file', content: '' },
  { path: 'gone/.wh..wh..opq', content: '' },
  { path: 'nothing/.wh.', content: '' },
  { path: 'app/node_modules/large/package.json', content: 'x'.repeat(LIMITS.fileBytes + 1) },
];

describe('the document of a layer', () => {
  it('tells all that was read', async () => {
    const layer = await read(ENTRIES);
    expect(layer.kept.size).toBeGreaterThan(2);
    expect([...layer.matches]).toEqual([
      ['root/key', [{ search: 'secrets', name: 'PRIV_KEY', lines: [1], isPartial: false }]],
    ]);
    expect(layer.unreadable).toHaveLength(1);
    expect(layer.dropped).toHaveLength(1);
    expect([...layer.whiteouts, ...layer.opaque]).toEqual(['gone/file', 'gone']);
    const again = decode(encodeLayer(layer));
    // Fields that are not there and fields that are undefined are the same.
    expect(again).toEqual(layer);
    expect([...again.kept.keys()]).toEqual([...layer.kept.keys()]);
    const names = ['app/node_modules/left-pad/package.json', 'app/copy.json'];
    const [own, linked] = names.map((name) => again.kept.get(name));
    expect(own).toBeDefined();
    expect(linked).toBe(own);
  });

  it('tells the digests that were asked for beside SHA-256', async () => {
    const entries = [
      { path: 'a', content: 'x' },
      { path: 'md5', content: 'x' },
      { path: 'directory-of-every', type: 'directory' as const },
      { path: 'every', content: '' },
      { path: 'b', content: '' },
      { path: 'sha1', content: 'x' },
    ];
    const layer = await read(entries, LIMITS, () => CHOICE);
    expect(layer.entries.map(({ digests }) => digests)).toEqual([
      undefined,
      { md5: '9dd4e461268c8034f5c8564e155c67a6' },
      undefined,
      {
        md5: 'd41d8cd98f00b204e9800998ecf8427e',
        sha1: 'da39a3ee5e6b4b0d3255bfef95601890afd80709',
      },
      undefined,
      { sha1: '11f6ad8ec52a2984abaafd7c3b516503785c2072' },
    ]);
    expect(decode(encodeLayer(layer))).toEqual(layer);
    expect(encodeLayer(layer)).toEqual(encodeLayer(await read(entries, LIMITS, () => CHOICE)));
    expect(encodeLayer(layer)).not.toEqual(encodeLayer(await read(entries)));
  });

  it('is the same bytes for the same layer', async () => {
    expect(encodeLayer(await read(ENTRIES))).toEqual(encodeLayer(await read(ENTRIES)));
    const other = ENTRIES.map((entry) =>
      entry.path === 'empty' ? { ...entry, mode: 0o600 } : entry
    );
    expect(encodeLayer(await read(other))).not.toEqual(encodeLayer(await read(ENTRIES)));
    expect(encodeLayer(decode(encodeLayer(await read(ENTRIES)))))
      .toEqual(encodeLayer(await read(ENTRIES)));
  });

  it.each([
    ['entries', { ...LIMITS, entries: 5 }],
    ['bytes', { ...LIMITS, uncompressedBytes: 1000 }],
    ['held files', { ...LIMITS, heldBytes: 20 }],
  ])('takes its %s of the budget, as the layer would', async (_, limits) => {
    const bytes = encodeLayer(await read(ENTRIES));
    expect(() => decode(bytes, limits)).toThrow(LayerError);
    expect(() => decode(bytes, limits)).toThrow(expect.objectContaining({
      code: 'image_limit_exceeded',
    }));
  });

  const Document = z.looseObject({ paths: z.array(z.string()), types: z.string() });
  it.each<[string, (document: z.infer<typeof Document>) => unknown]>([
    ['that is null', () => null],
    ['of another version', (document) => ({ ...document, version: 0 })],
    ['with a column too short', (document) => ({ ...document, types: document.types.slice(1) })],
    [
      'with a type nobody knows',
      (document) => ({ ...document, types: `x${document.types.slice(1)}` }),
    ],
    ['with a digest too few', (document) => ({ ...document, digests: 'AAAA' })],
    ['with a further digest too few', (document) => ({ ...document, furtherDigests: 'AAAA' })],
    ['with a digit too few', (document) => ({ ...document, further: '' })],
    ['with a digit that is none', (document) => ({ ...document, further: '4'.repeat(99) })],
    ['with a name of nothing', (document) => ({ ...document, kept: [['a', 99]] })],
    ['with a finding that is none', (document) => ({ ...document, held: [{ found: [{}] }] })],
    ['with a match that is none', (document) => ({ ...document, matches: [['a', [{}]]] })],
    ['with a negative size', (document) => ({ ...document, size: -1 })],
    [
      'with paths that are none',
      (document) => ({ ...document, paths: document.paths.map(() => 1) }),
    ],
  ])('%s is refused', async (_, change) => {
    const document = Document.parse(JSON.parse(encodeLayer(await read(ENTRIES)).toString()));
    expect(() => decode(Buffer.from(JSON.stringify(change(document))))).toThrow(LayerDocumentError);
  });

  it('that was damaged anywhere is refused or is a layer', async () => {
    const random = seeded(20_261_127);
    const whole = encodeLayer(await read(ENTRIES));
    let refused = 0;
    for (let turn = 0; turn < 500; turn += 1) {
      const damaged = Buffer.from(whole);
      for (let hit = 0; hit <= turn % 4; hit += 1) {
        damaged[Math.floor(random() * damaged.length)] = Math.floor(random() * 256);
      }
      const end = turn % 5 === 0 ? Math.floor(random() * damaged.length) : damaged.length;
      try {
        decode(damaged.subarray(0, end));
      } catch (error) {
        refused += 1;
        const isKnown = error instanceof LayerDocumentError || error instanceof LayerError;
        expect(isKnown, String(error)).toBe(true);
      }
    }
    expect(refused).toBeGreaterThan(100);
  });
});
