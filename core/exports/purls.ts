/**
 * Package URLs (ECMA-427) of images, and of packages as tools that match vulnerabilities read them.
 *
 * @module
 */
import type { Package } from '../../jobs/contract/index.ts';
import type { ExportedImage } from './types.ts';

/** Namespace and name of a package URL, decoded. */
export interface PurlName {
  /** Without slashes at its ends; empty where there is none. */
  readonly namespace: string;
  readonly name: string;
}

/** Reads what stands between a package URL's type and its version. */
export function purlName(purl: string): PurlName {
  const path = purl.split(/[?#]/, 1)[0] ?? '';
  const version = path.lastIndexOf('@');
  const end = version > path.lastIndexOf('/') ? version : path.length;
  const [, ...segments] = path.slice('pkg:'.length, end).split('/').filter(Boolean).map(decoded);
  return { namespace: segments.slice(0, -1).join('/'), name: segments.at(-1) ?? '' };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The colon is the only other sign that the canonical form leaves bare. */
function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replaceAll('%3A', ':')
    .replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

/**
 * The package URL with the source of an rpm named as its file is (`upstream=bash-5.1.8-6.el9.src.rpm`,
 * without an epoch): Syft writes it so, and Grype reads nothing else.
 */
export function exportedPurl({ type, source, purl }: Package): string {
  if (type !== 'rpm' || source === undefined) return purl;
  const version = source.version.replace(/^\d+:/, '');
  return purl.replace(
    /([?&]upstream=)[^&#]*/,
    (_, start: string) => start + encoded(`${source.name}-${version}.src.rpm`),
  );
}

interface Reference {
  /** Registry and path: `docker.io/library/alpine`. */
  readonly repository: string;
  readonly tag: string | undefined;
}

/** Parts a name at its digest or tag. */
export function referenceOf(reference: string): Reference {
  const named = reference.split('@', 1)[0] ?? '';
  const colon = named.lastIndexOf(':');
  return colon > named.lastIndexOf('/')
    ? { repository: named.slice(0, colon), tag: named.slice(colon + 1) }
    : { repository: named, tag: undefined };
}

/** The last part of an image's name: `alpine`; its digest's beginning where it has no name. */
export function imageName({ digest, references }: ExportedImage): string {
  const name = referenceOf(references[0] ?? '').repository.split('/').at(-1) ?? '';
  return name === '' ? digest.slice(0, 'sha256:'.length + 12).replace(':', '-') : name;
}

/** `pkg:oci/NAME@DIGEST`, with architecture, repository and tag as qualifiers. */
export function imagePurl(image: ExportedImage): string {
  const { repository, tag } = referenceOf(image.references[0] ?? '');
  const qualifiers = Object.entries({
    arch: image.architecture,
    repository_url: repository,
    tag: tag ?? '',
  }).filter(([, value]) => value !== '').map(([key, value]) => `${key}=${encoded(value)}`);
  const base = `pkg:oci/${encoded(imageName(image).toLowerCase())}@${encoded(image.digest)}`;
  return qualifiers.length === 0 ? base : `${base}?${qualifiers.join('&')}`;
}
