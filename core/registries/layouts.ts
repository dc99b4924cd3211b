/**
 * `oci:DIR[:TAG]`: an OCI layout folder on core's machine as a reference.
 *
 * @module
 */
import { basename, isAbsolute } from 'node:path';
import type { ImageName } from '../catalog/names.ts';
import { TidewaiterError } from '../errors.ts';

/** A folder and the name its image is recorded under. */
export interface LayoutReference {
  readonly path: string;
  readonly tag: string;
  readonly name: ImageName;
}

/** Host part of recorded layouts: `.invalid` is never resolved (RFC 2606). */
const HOST = 'layout.invalid';

/** Whether a reference means a folder. */
export function isLayout(reference: string): boolean {
  return reference.startsWith('oci:');
}

/**
 * Reads `oci:DIR[:TAG]`; the tag is `latest` unless given.
 *
 * @throws TidewaiterError `invalid_reference`
 */
export function parseLayout(reference: string): LayoutReference {
  const text = reference.slice('oci:'.length);
  const [, path = text, given] = /^(.+):([\w][\w.-]{0,127})$/.exec(text) ?? [];
  if (!isAbsolute(path) || path.includes('\0')) {
    throw new TidewaiterError(
      'invalid_reference',
      400,
      'A layout is given as "oci:" and the absolute path of its folder, for instance oci:/tmp/image.',
    );
  }
  const tag = given ?? 'latest';
  const repository = basename(path).toLowerCase().replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '') || 'image';
  const fulltag = `${HOST}/${repository}:${tag}`;
  return {
    path,
    tag,
    name: { registry: HOST, repository, tag, digest: undefined, canonical: fulltag, fulltag },
  };
}
