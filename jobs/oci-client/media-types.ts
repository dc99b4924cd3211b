/**
 * The media types of image content (OCI image specification 1.1, "Media Types"; Docker image
 * manifest version 2, schema 2).
 *
 * @module
 */

export const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
export const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
export const OCI_CONFIG = 'application/vnd.oci.image.config.v1+json';
/** A layer's plain tar archive; `+gzip` and `+zstd` are those of compressed ones. */
export const OCI_LAYER = 'application/vnd.oci.image.layer.v1.tar';
export const DOCKER_LIST = 'application/vnd.docker.distribution.manifest.list.v2+json';
export const DOCKER_MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';
export const DOCKER_CONFIG = 'application/vnd.docker.container.image.v1+json';

const INDEXES: ReadonlySet<string> = new Set([OCI_INDEX, DOCKER_LIST]);
const MANIFESTS: ReadonlySet<string> = new Set([OCI_MANIFEST, DOCKER_MANIFEST]);
const CONFIGS: ReadonlySet<string> = new Set([OCI_CONFIG, DOCKER_CONFIG]);

/** What a registry is asked for: all that can be read. */
export const ACCEPTED_MANIFESTS = [OCI_INDEX, OCI_MANIFEST, DOCKER_LIST, DOCKER_MANIFEST].join(
  ', ',
);

/** How a layer's tar archive is compressed. */
export type LayerCompression = 'gzip' | 'zstd' | 'none';

const LAYERS: ReadonlyMap<string, LayerCompression> = new Map([
  ['application/vnd.oci.image.layer.v1.tar', 'none'],
  ['application/vnd.oci.image.layer.v1.tar+gzip', 'gzip'],
  ['application/vnd.oci.image.layer.v1.tar+zstd', 'zstd'],
  ['application/vnd.oci.image.layer.nondistributable.v1.tar', 'none'],
  ['application/vnd.oci.image.layer.nondistributable.v1.tar+gzip', 'gzip'],
  ['application/vnd.oci.image.layer.nondistributable.v1.tar+zstd', 'zstd'],
  ['application/vnd.docker.image.rootfs.diff.tar', 'none'],
  ['application/vnd.docker.image.rootfs.diff.tar.gzip', 'gzip'],
  ['application/vnd.docker.image.rootfs.diff.tar.zstd', 'zstd'],
  ['application/vnd.docker.image.rootfs.foreign.diff.tar', 'none'],
  ['application/vnd.docker.image.rootfs.foreign.diff.tar.gzip', 'gzip'],
  ['application/vnd.docker.image.rootfs.foreign.diff.tar.zstd', 'zstd'],
]);

/** Whether a document of this type lists images for several platforms. */
export function isIndexType(mediaType: string): boolean {
  return INDEXES.has(mediaType);
}

/** Whether a document of this type describes one image. */
export function isManifestType(mediaType: string): boolean {
  return MANIFESTS.has(mediaType);
}

/** Whether a manifest with a config of this type describes something that can be run. */
export function isConfigType(mediaType: string): boolean {
  return CONFIGS.has(mediaType);
}

/** The compression that a layer's media type names; undefined for types that are no layer's. */
export function layerCompression(mediaType: string): LayerCompression | undefined {
  return LAYERS.get(mediaType);
}

/** A media type without its parameters and in lower case (RFC 9110, 8.3.1). */
export function essence(contentType: string): string {
  const [type = ''] = contentType.split(';', 1);
  return type.trim().toLowerCase();
}
