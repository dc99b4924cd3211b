/**
 * Images on this machine: folders and archives.
 *
 * @module
 */

import { openOciArchive } from './archive.ts';
import { openDockerArchive } from './docker-archive.ts';
import { openLayout } from './layout.ts';
import type { ImageSource } from './types.ts';

/** How images lie there. */
export type LocalKind = 'layout' | 'oci-archive' | 'docker-archive';

const OPENERS: Readonly<Record<LocalKind, (path: string) => ImageSource>> = {
  layout: openLayout,
  'oci-archive': openOciArchive,
  'docker-archive': openDockerArchive,
};

/** Opens what lies at a path. What is wrong with it is told by the source's methods. */
export function openLocal(kind: LocalKind, path: string): ImageSource {
  return OPENERS[kind](path);
}
