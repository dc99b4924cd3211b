/**
 * `oci:DIR[:TAG]`, `oci-archive:FILE[:TAG]` and `docker-archive:FILE[:REF]`: images on core's
 * machine as references.
 *
 * @module
 */
import { basename, isAbsolute } from 'node:path';
import type { LocalKind } from 'oci-client';
import type { ImageName } from '../catalog/names.ts';
import { TidewaiterError } from '../errors.ts';

/** A folder or an archive, and the name its image is recorded under. */
export interface LocalReference {
  readonly kind: LocalKind;
  readonly path: string;
  /** What the image is called in there; the empty text means its only image. */
  readonly wanted: string;
  readonly name: ImageName;
}

interface Parts {
  readonly path: string;
  readonly wanted: string;
}

/** Host part of recorded layouts and archives: `.invalid` is never resolved (RFC 2606). */
const HOST = 'layout.invalid';

const SCHEME = /^(oci|oci-archive|docker-archive):/;
const KINDS: ReadonlyMap<string, LocalKind> = new Map([
  ['oci', 'layout'],
  ['oci-archive', 'oci-archive'],
  ['docker-archive', 'docker-archive'],
]);

const MAX_WANTED = 255;
const MAX_REPOSITORY = 255;
const TAG = /^\w[\w.-]{0,127}$/;

/** Whether a reference means a folder or an archive. */
export function isLocal(reference: string): boolean {
  return SCHEME.test(reference);
}

/**
 * Reads a reference to a folder or an archive.
 *
 * @throws TidewaiterError `invalid_reference`
 */
export function parseLocal(reference: string): LocalReference {
  const [prefix = '', scheme = ''] = SCHEME.exec(reference) ?? [];
  const kind = KINDS.get(scheme) ?? 'layout';
  const text = reference.slice(prefix.length);
  const { path, wanted } = kind === 'layout' ? folderParts(text) : archiveParts(text, scheme);
  if (!isAbsolute(path) || path.includes('\0')) {
    throw invalid(
      kind === 'layout'
        ? 'A layout is given as "oci:" and the absolute path of its folder, for instance oci:/tmp/image.'
        : `An archive is given as "${scheme}:" and its absolute path, for instance ${scheme}:/tmp/image.tar.`,
    );
  }
  const { within, tag } = recorded(kind, wanted);
  const parts = [slug(basename(path).replace(/\.tar$/, '')) || 'image', ...within];
  const repository = parts.join('/').slice(0, MAX_REPOSITORY).replace(/[-/]$/, '');
  const fulltag = `${HOST}/${repository}:${tag}`;
  return {
    kind,
    path,
    wanted,
    name: { registry: HOST, repository, tag, digest: undefined, canonical: fulltag, fulltag },
  };
}

/** The tag is `latest` unless given; a folder may have colons in its name. */
function folderParts(text: string): Parts {
  const [, path = text, wanted = 'latest'] = /^(.+):([\w][\w.-]{0,127})$/.exec(text) ?? [];
  return { path, wanted };
}

/** Names of images in archives have colons of their own, so the path ends at the first one. */
function archiveParts(text: string, scheme: string): Parts {
  const colon = text.indexOf(':');
  if (colon < 0) return { path: text, wanted: '' };
  const wanted = text.slice(colon + 1);
  if (wanted.length <= MAX_WANTED && /^[!-~]+$/.test(wanted)) {
    return { path: text.slice(0, colon), wanted };
  }
  throw invalid(
    `After the path of an archive and a colon comes the name of an image in it, for instance ${scheme}:/tmp/image.tar:app:1.`,
  );
}

/** What is recorded of an image's name in its archive: what tells it from others there. */
function recorded(kind: LocalKind, wanted: string): { within: readonly string[]; tag: string } {
  if (wanted === '') return { within: [], tag: 'latest' };
  // Docker takes a name without a colon for a repository.
  if (kind !== 'docker-archive' && TAG.test(wanted)) return { within: [], tag: wanted };
  const colon = wanted.lastIndexOf(':');
  const isTagged = colon >= 0 && TAG.test(wanted.slice(colon + 1));
  const repository = isTagged ? wanted.slice(0, colon) : wanted;
  return {
    within: repository.split('/').map(slug).filter((part) => part !== ''),
    tag: isTagged ? wanted.slice(colon + 1) : 'latest',
  };
}

function slug(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '');
}

function invalid(message: string): TidewaiterError {
  return new TidewaiterError('invalid_reference', 400, message);
}
