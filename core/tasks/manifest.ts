/**
 * The manifest of a task's image, which says what its Job may ask for.
 *
 * @module
 */
import { type Manifest, parseManifest } from 'oci-client';
import { findManifest } from '../catalog/images.ts';
import type { Sql } from '../database/connection.ts';

/** The parsed manifest of an image; undefined where it is not stored, or no image's. */
export async function imageManifest(sql: Sql, image: string): Promise<Manifest | undefined> {
  const stored = await findManifest(sql, image);
  if (stored === undefined) return undefined;
  const parsed = parseManifest(stored.document, stored.mediaType);
  return parsed.kind === 'manifest' ? parsed : undefined;
}
