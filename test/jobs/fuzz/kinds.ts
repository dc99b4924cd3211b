/**
 * The kinds of hostile images: each makes one from the choices of a seed.
 *
 * @module
 */
import { Buffer } from 'node:buffer';
import {
  type ComposedImage,
  composeImage,
  composeLayer,
  digestOf,
  type TarEntry,
  type TarEntryType,
} from 'oci-client/compose';
import { MIXED } from '../samples.ts';
import { hostileStream, hostileTar } from './archives.ts';
import { hostileArchives, hostileDatabases, hostileExecutables } from './binaries.ts';
import { mutatedBytes, mutatedJson, mutatedText, TOKENS } from './mutators.ts';
import type { Random } from './random.ts';
import { type Files, hostileDocuments, hostileTexts } from './texts.ts';

/** A layer that is only read where everything below it went well. */
const LAST = composeLayer([{ path: 'etc/alpine-release', content: '3.20.1\n' }]);

function imageOf(files: Files): ComposedImage {
  const entries = files.map(([path, content]) => ({ path, content }));
  return composeImage({ layers: [{ entries, compression: 'none' }, LAST] });
}

const NAMES = [
  'a',
  'b',
  'c',
  'bin',
  'usr',
  '..',
  '.',
  '',
  '.wh..wh..opq',
  '.wh..wh.x',
  '.wh.',
] as const;

const TYPES = ['file', 'file', 'directory', 'symlink', 'hardlink', 'fifo'] as const;

function strangePath(random: Random): string {
  const name = () => (random.chance(0.2) ? '.wh.' : '') + random.pick(NAMES);
  return random.several(1, 5, name).join('/') || 'a';
}

/** Layers of few names with links, whiteouts and opaque directories wherever they fit or do not. */
function whiteouts(random: Random): ComposedImage {
  const entry = (): TarEntry => {
    const type = random.pick<TarEntryType>(TYPES);
    const path = strangePath(random);
    if (type === 'file') return { path, content: random.chance(0.2) ? 'x' : '' };
    if (type !== 'symlink' && type !== 'hardlink') return { path, type };
    const odd = `/${random.pick(TOKENS)}x`.replaceAll('\0', '');
    const link = random.pick(['', '/', '../../', '/../']) + strangePath(random);
    return { path, type, link: random.chance(0.05) ? odd : link };
  };
  const layers = random.several(1, 4, () => random.several(1, 12, entry));
  return composeImage({ layers: layers.map((entries) => ({ entries, compression: 'none' })) });
}

interface Documents {
  readonly manifest: Record<string, unknown>;
  readonly config: Record<string, unknown>;
}

const DOCUMENTS: Documents = {
  manifest: JSON.parse(Buffer.from(MIXED.manifest.bytes).toString('utf8')),
  config: JSON.parse(Buffer.from(MIXED.config).toString('utf8')),
};

/** A manifest and a configuration that were changed, with the digests that fit them. */
function documents(random: Random): ComposedImage {
  const config = random.chance(0.7) ? mutatedConfig(random) : Buffer.from(MIXED.config);
  const { manifest } = DOCUMENTS;
  const pointer = { mediaType: 'application/vnd.oci.image.config.v1+json' };
  const fitting = {
    ...manifest,
    config: { ...pointer, digest: digestOf(config), size: config.length },
  };
  const bytes = random.chance(0.4)
    ? mutatedJson(fitting, random)
    : Buffer.from(JSON.stringify(fitting));
  return {
    ...MIXED,
    config,
    blobs: new Map(MIXED.blobs).set(digestOf(config), config),
    manifest: {
      bytes,
      descriptor: { ...MIXED.manifest.descriptor, digest: digestOf(bytes), size: bytes.length },
    },
  };
}

/** Mostly what people write, which need not fit the layers. */
function mutatedConfig(random: Random): Buffer {
  if (random.chance(0.3)) return mutatedJson(DOCUMENTS.config, random);
  const history = random.several(0, 6, () => ({
    created: random.pick(['2024-01-01T00:00:00Z', ...TOKENS]),
    created_by: mutatedText(random.pick(COMMANDS), random).toString('utf8'),
    empty_layer: random.chance(0.5),
  }));
  const text = () => random.pick(TOKENS);
  const config = {
    Env: random.several(0, 3, text),
    Cmd: random.several(0, 3, text),
    Labels: { [text()]: text() },
    Volumes: { [text()]: {} },
    ExposedPorts: { [text()]: {} },
    User: text(),
  };
  return Buffer.from(JSON.stringify({ ...DOCUMENTS.config, history, config, variant: text() }));
}

const COMMANDS = [
  '/bin/sh -c #(nop)  HEALTHCHECK &{["CMD-SHELL" "curl x"] "30s" "0s" "0s" \'\\x00\'}',
  '/bin/sh -c #(nop)  EXPOSE map[8080/tcp:{} 80/tcp:{}]',
  '/bin/sh -c #(nop)  CMD ["node" "a\\"b"]',
  '|2 A=1 B=2 /bin/sh -c make && \\\n  make install # buildkit',
  'VOLUME [/data /tmp]',
  'COPY a b # buildkit',
] as const;

/** Files of every kind in one image, in layers that hide and link each other's. */
function mixed(random: Random): ComposedImage {
  const files = () =>
    random.pick([hostileTexts, hostileDocuments, hostileDatabases, hostileExecutables])(random);
  const layer = () => ({
    entries: random.several(1, 3, files).flat().map(([path, content]) => ({ path, content })),
    compression: 'none' as const,
  });
  const links: TarEntry[] = random.several(0, 3, () => ({
    path: random.pick(['etc', 'var/lib/rpm', 'usr/lib', 'etc/os-release']),
    type: 'symlink',
    link: random.pick(['..', '/', 'usr/lib', '../usr/lib/os-release', 'var/lib/rpm']),
  }));
  return composeImage({ layers: [layer(), links, layer()] });
}

/** Bytes that are no archive at all. */
function noise(random: Random): ComposedImage {
  const tar = mutatedBytes(Buffer.from(random.several(0, 2000, () => random.below(256))), random);
  return composeImage({ layers: [{ tar, compression: random.pick(['none', 'gzip', 'zstd']) }] });
}

export const KINDS: Readonly<Record<string, (random: Random) => ComposedImage>> = {
  archives: (random) =>
    composeImage({ layers: [{ tar: hostileTar(random), compression: 'none' }, LAST] }),
  streams: (random) => composeImage({ layers: [hostileStream(random), LAST] }),
  whiteouts,
  jars: (random) => imageOf(hostileArchives(random)),
  databases: (random) => imageOf(hostileDatabases(random)),
  texts: (random) => imageOf(hostileTexts(random)),
  json: (random) => imageOf(hostileDocuments(random)),
  executables: (random) => imageOf(hostileExecutables(random)),
  documents,
  mixed,
  noise,
};
