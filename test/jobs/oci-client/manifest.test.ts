/**
 * Manifests and indexes as tools write them.
 *
 * @module
 */
import { describe, expect, it } from 'vitest';

import { parseManifest } from '../../../jobs/oci-client/manifest.ts';
import {
  DOCKER_CONFIG,
  DOCKER_LIST,
  DOCKER_MANIFEST,
  layerCompression,
  OCI_CONFIG,
  OCI_INDEX,
  OCI_MANIFEST,
} from '../../../jobs/oci-client/media-types.ts';
import { bytesOf } from './support.ts';

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

describe('parseManifest accepts', () => {
  it.each<[what: string, document: unknown, served: string, kind: string, mediaType: string]>([
    ['an OCI image', IMAGE, OCI_MANIFEST, 'manifest', OCI_MANIFEST],
    ['an OCI image served without a type', IMAGE, '', 'manifest', OCI_MANIFEST],
    ['an image without mediaType', without(IMAGE, 'mediaType'), '', 'manifest', OCI_MANIFEST],
    [
      'an image whose type is only in the header',
      without(IMAGE, 'mediaType'),
      `${DOCKER_MANIFEST}; charset=utf-8`,
      'manifest',
      DOCKER_MANIFEST,
    ],
    [
      'a type in the body against another one in the header',
      { ...IMAGE, mediaType: DOCKER_MANIFEST },
      OCI_MANIFEST,
      'manifest',
      DOCKER_MANIFEST,
    ],
    ['a body that contradicts the header', IMAGE, OCI_INDEX, 'manifest', OCI_MANIFEST],
    [
      'an image served as JSON',
      without(IMAGE, 'mediaType'),
      'application/json',
      'manifest',
      OCI_MANIFEST,
    ],
    [
      'a Docker image',
      {
        ...IMAGE,
        mediaType: DOCKER_MANIFEST,
        config: { ...CONFIG, mediaType: DOCKER_CONFIG },
      },
      DOCKER_MANIFEST,
      'manifest',
      DOCKER_MANIFEST,
    ],
    ['an image without layers', { ...IMAGE, layers: null }, '', 'manifest', OCI_MANIFEST],
    [
      'an image with "manifests": null',
      { ...IMAGE, manifests: null },
      '',
      'manifest',
      OCI_MANIFEST,
    ],
    [
      'names in another case',
      { ...without(IMAGE, 'layers'), Layers: [LAYER] },
      '',
      'manifest',
      OCI_MANIFEST,
    ],
    ['an OCI index', INDEX, OCI_INDEX, 'index', OCI_INDEX],
    ['an index without mediaType', without(INDEX, 'mediaType'), '', 'index', OCI_INDEX],
    ['a Docker list', { ...INDEX, mediaType: DOCKER_LIST }, DOCKER_LIST, 'index', DOCKER_LIST],
    ['an empty index', { ...INDEX, manifests: [] }, '', 'index', OCI_INDEX],
    ['an index with "manifests": null', { ...INDEX, manifests: null }, '', 'index', OCI_INDEX],
  ])('%s', (_what, document, served, kind, mediaType) => {
    expect(parseManifest(bytesOf(document), served)).toMatchObject({ kind, mediaType });
  });

  it('platforms that are null, empty or incomplete', () => {
    const platforms = [
      null,
      undefined,
      { os: '', architecture: '' },
      { os: 'linux', architecture: 'arm', variant: null },
      { os: 'linux', architecture: 'arm64', variant: 'v8', 'os.version': '1', features: null },
    ];
    const manifests = platforms.map((platform) => ({ ...ENTRY, platform, annotations: null }));
    const document = parseManifest(bytesOf({ ...INDEX, manifests }), '');
    expect(document.kind === 'index' && document.manifests.map(({ platform }) => platform)).toEqual(
      [
        undefined,
        undefined,
        undefined,
        { os: 'linux', architecture: 'arm' },
        { os: 'linux', architecture: 'arm64', variant: 'v8' },
      ],
    );
  });

  it('and keeps the order of layers and what their descriptors say', () => {
    const other = { ...LAYER, digest: `sha512:${'c'.repeat(128)}`, annotations: { a: 'b' } };
    const document = parseManifest(bytesOf({ ...IMAGE, layers: [LAYER, other] }), '');
    expect(document).toEqual({
      kind: 'manifest',
      mediaType: OCI_MANIFEST,
      config: CONFIG,
      layers: [LAYER, other],
    });
  });
});

it.each([
  ['application/vnd.oci.image.layer.v1.tar', 'none'],
  ['application/vnd.oci.image.layer.v1.tar+gzip', 'gzip'],
  ['application/vnd.oci.image.layer.v1.tar+zstd', 'zstd'],
  ['application/vnd.oci.image.layer.nondistributable.v1.tar+gzip', 'gzip'],
  ['application/vnd.docker.image.rootfs.diff.tar.gzip', 'gzip'],
  ['application/vnd.docker.image.rootfs.foreign.diff.tar.gzip', 'gzip'],
  ['application/vnd.oci.image.layer.v1.tar+gzip+encrypted', undefined],
  ['application/octet-stream', undefined],
])('layerCompression of %s is %s', (mediaType, compression) => {
  expect(layerCompression(mediaType)).toBe(compression);
});
