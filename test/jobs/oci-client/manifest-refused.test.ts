/**
 * Manifests and indexes that are damaged, ambiguous or no images.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';

import { OciError } from '../../../jobs/oci-client/errors.ts';
import { MAX_MANIFEST_BYTES, parseManifest } from '../../../jobs/oci-client/manifest.ts';
import { OCI_CONFIG, OCI_INDEX, OCI_MANIFEST } from '../../../jobs/oci-client/media-types.ts';
import { bytesOf, failureOf, mulberry32 } from './support.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const LAYER_TYPE = 'application/vnd.oci.image.layer.v1.tar+gzip';
const CONFIG = { mediaType: OCI_CONFIG, digest: DIGEST, size: 10 };
const LAYER = { mediaType: LAYER_TYPE, digest: DIGEST, size: 20 };
const IMAGE = { schemaVersion: 2, mediaType: OCI_MANIFEST, config: CONFIG, layers: [LAYER] };
const ENTRY = { mediaType: OCI_MANIFEST, digest: DIGEST, size: 30 };
const INDEX = { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [ENTRY] };

function without(object: object, key: string): object {
  return Object.fromEntries(Object.entries(object).filter(([name]) => name !== key));
}

describe('parseManifest refuses', () => {
  it.each<[what: string, document: unknown, served: string, code: string, says: string]>([
    ['no JSON', '<html>', 'text/html', 'manifest_invalid', 'not JSON'],
    ['a byte order mark', '\ufeff{}', '', 'manifest_invalid', 'not JSON'],
    ['an array', [], '', 'manifest_invalid', 'expected object'],
    ['null', null, '', 'manifest_invalid', 'expected object'],
    ['an empty object', {}, '', 'manifest_invalid', 'schemaVersion'],
    [
      'another schema version',
      { ...IMAGE, schemaVersion: 3 },
      '',
      'manifest_invalid',
      'schemaVersion',
    ],
    [
      'an image that is a list too',
      { ...IMAGE, manifests: [ENTRY] },
      '',
      'manifest_invalid',
      'both',
    ],
    ['a list with a config', { ...INDEX, config: CONFIG }, '', 'manifest_invalid', 'both'],
    [
      'a list that claims to be an image',
      { ...INDEX, mediaType: OCI_MANIFEST },
      '',
      'manifest_invalid',
      'claims to be',
    ],
    [
      'an image that claims to be a list',
      { ...IMAGE, mediaType: OCI_INDEX },
      '',
      'manifest_invalid',
      'claims to be',
    ],
    [
      'an image served as a list',
      without(IMAGE, 'mediaType'),
      OCI_INDEX,
      'manifest_invalid',
      'claims to be',
    ],
    ['an image without config', without(IMAGE, 'config'), '', 'manifest_invalid', 'config'],
    [
      'a name given twice',
      `{"schemaVersion":2,"layers":[],"layers":[]}`,
      '',
      'manifest_invalid',
      'twice',
    ],
    [
      'a name given twice by escapes',
      `{"schemaVersion":2,"layers":[],"l\\u0061yers":[]}`,
      '',
      'manifest_invalid',
      'twice',
    ],
    ['a name given in two cases', { ...IMAGE, Layers: [] }, '', 'manifest_invalid', 'twice'],
    ['a name given with a long s', { ...IMAGE, 'layerſ': [] }, '', 'manifest_invalid', 'twice'],
    [
      'a digest with two spellings of its name',
      { ...IMAGE, layers: [{ ...LAYER, Digest: DIGEST }] },
      '',
      'manifest_invalid',
      'twice',
    ],
    [
      'a negative size',
      { ...IMAGE, layers: [{ ...LAYER, size: -1 }] },
      '',
      'manifest_invalid',
      'layers.0.size',
    ],
    [
      'a broken size',
      { ...IMAGE, layers: [{ ...LAYER, size: 1.5 }] },
      '',
      'manifest_invalid',
      'layers.0.size',
    ],
    [
      'an unsafe size',
      { ...IMAGE, config: { ...CONFIG, size: 2 ** 53 } },
      '',
      'manifest_invalid',
      'config.size',
    ],
    [
      'a size as text',
      { ...IMAGE, config: { ...CONFIG, size: '10' } },
      '',
      'manifest_invalid',
      'config.size',
    ],
    [
      'an upper-case digest',
      { ...IMAGE, config: { ...CONFIG, digest: DIGEST.toUpperCase() } },
      '',
      'manifest_invalid',
      'config.digest',
    ],
    [
      'a path as digest',
      { ...IMAGE, layers: [{ ...LAYER, digest: 'sha256:../../x' }] },
      '',
      'manifest_invalid',
      'layers.0.digest',
    ],
    [
      'an unknown algorithm',
      { ...IMAGE, layers: [{ ...LAYER, digest: 'md5:00' }] },
      '',
      'manifest_invalid',
      'layers.0.digest',
    ],
    [
      'a layer without type',
      { ...IMAGE, layers: [without(LAYER, 'mediaType')] },
      '',
      'manifest_invalid',
      'no mediaType',
    ],
    ['layers that are no array', { ...IMAGE, layers: {} }, '', 'manifest_invalid', 'layers'],
    [
      'too many layers',
      { ...IMAGE, layers: Array(1025).fill(LAYER) },
      '',
      'manifest_invalid',
      'layers',
    ],
    [
      'too many manifests',
      { ...INDEX, manifests: Array(4097).fill(ENTRY) },
      '',
      'manifest_invalid',
      '4096',
    ],
    [
      'annotations that are no texts',
      { ...INDEX, manifests: [{ ...ENTRY, annotations: { a: 1 } }] },
      '',
      'manifest_invalid',
      'annotations',
    ],
    [
      'schema 1',
      { schemaVersion: 1, fsLayers: [], history: [] },
      '',
      'manifest_unsupported',
      'schema 1',
    ],
    [
      'schema 1 by its type',
      {},
      'application/vnd.docker.distribution.manifest.v1+prettyjws',
      'manifest_unsupported',
      'schema 1',
    ],
    [
      'an artifact manifest',
      { mediaType: 'application/vnd.oci.artifact.manifest.v1+json' },
      '',
      'manifest_unsupported',
      'artifact',
    ],
    [
      'a Helm chart',
      { ...IMAGE, config: { ...CONFIG, mediaType: 'application/vnd.cncf.helm.config.v1+json' } },
      '',
      'manifest_unsupported',
      'helm',
    ],
    [
      'an empty config',
      { ...IMAGE, config: { ...CONFIG, mediaType: 'application/vnd.oci.empty.v1+json' } },
      '',
      'manifest_unsupported',
      'artifact',
    ],
  ])('%s', (_what, document, served, code, says) => {
    const error = failureOf(() => parseManifest(bytesOf(document), served));
    expect(error.code).toBe(code);
    expect(error.message).toContain(says);
  });

  it('more than 4 MiB', () => {
    const bytes = new Uint8Array(MAX_MANIFEST_BYTES + 1);
    expect(failureOf(() => parseManifest(bytes, '')).code).toBe('body_too_large');
  });

  it('4 MiB of brackets without running out of stack', () => {
    const bytes = bytesOf('['.repeat(MAX_MANIFEST_BYTES / 2) + ']'.repeat(MAX_MANIFEST_BYTES / 2));
    expect(failureOf(() => parseManifest(bytes, '')).code).toBe('manifest_invalid');
  });
});

it('fails with nothing but an OciError on damaged documents', () => {
  const random = mulberry32(4);
  const samples = [JSON.stringify(IMAGE), JSON.stringify(INDEX)];
  const pieces = [
    'null',
    '{}',
    '[]',
    '"',
    '\\',
    ',',
    '2',
    '-1',
    '{"a":',
    ']',
    '}',
    'sha256:',
    '\u0000',
  ];
  for (let round = 0; round < 1000; round++) {
    const sample = samples[round % 2] ?? '';
    const at = Math.floor(random() * sample.length);
    const cut = Math.floor(random() * 20);
    const piece = pieces[Math.floor(random() * pieces.length)] ?? '';
    const text = sample.slice(0, at) + piece + sample.slice(at + cut);
    try {
      expect(parseManifest(bytesOf(text), '').kind).toMatch(/^(manifest|index)$/);
    } catch (error) {
      expect(error, text).toBeInstanceOf(OciError);
    }
  }
});
