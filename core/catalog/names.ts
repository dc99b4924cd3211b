/**
 * How a reference is spelled: once for finding (canonical), once as its users wrote it.
 *
 * The original told `docker.io/nginx` from `docker.io/library/nginx`; here both find the same
 * image, and each answers in the spelling it was added with.
 *
 * @module
 */
import { formatReference, parseReference, type Reference } from 'oci-client';

/** A reference in both spellings. */
export interface ImageName {
  readonly registry: string;
  /** Canonical, with `library/` for the official images of docker.io. */
  readonly repository: string;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
  /** Canonical text, for instance `docker.io/library/nginx:latest`. */
  readonly canonical: string;
  /** As written, with registry and tag filled in: `docker.io/nginx:latest`. */
  readonly fulltag: string;
}

const OFFICIAL = 'library/';

/** The repository as its user wrote it: `nginx`, where the canonical one is `library/nginx`. */
function writtenRepository(text: string, reference: Reference): string {
  if (reference.registry !== 'docker.io' || !reference.repository.startsWith(OFFICIAL)) {
    return reference.repository;
  }
  return text.includes(OFFICIAL)
    ? reference.repository
    : reference.repository.slice(OFFICIAL.length);
}

/**
 * Reads a reference.
 *
 * @throws OciError `invalid_reference`
 */
export function parseName(text: string): ImageName {
  const reference = parseReference(text.replace(/^dockerhub\//, 'docker.io/'));
  const { registry, repository, digest } = reference;
  const tag = reference.tag ?? (digest === undefined ? 'latest' : undefined);
  const written = `${registry}/${writtenRepository(text, reference)}`;
  return {
    registry,
    repository,
    tag,
    digest,
    canonical: formatReference(reference),
    fulltag: tag === undefined ? `${written}@${digest}` : `${written}:${tag}`,
  };
}
