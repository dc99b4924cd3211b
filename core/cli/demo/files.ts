/**
 * What the demo's images have in common: directories around files, and history entries in the
 * words of Docker's classic builder.
 *
 * @module
 */

import { createHash } from 'node:crypto';
import type { ComposeOptions, TarEntry } from 'oci-client/compose';

/** One step of an image's history, of the same shape as the composer takes. */
type HistoryEntry = NonNullable<ComposeOptions['history']>[number];

/** When both images claim to have been built. */
export const CREATED = '2026-01-12T09:30:00Z';
const MTIME = Date.parse(CREATED) / 1000;

/** Lists a layer's entries: the given ones in order, each after the directories it lies in. */
export function layerOf(entries: readonly TarEntry[]): TarEntry[] {
  const seen = new Set<string>();
  const layer: TarEntry[] = [];
  for (const entry of entries) {
    for (const path of parentsOf(entry.path)) {
      if (seen.has(path)) continue;
      seen.add(path);
      layer.push({ path, type: 'directory', mtime: MTIME });
    }
    layer.push({ mtime: MTIME, ...entry });
  }
  return layer;
}

/** A step that wrote a layer. */
export function ran(command: string): HistoryEntry {
  return { created: CREATED, created_by: `/bin/sh -c ${command}` };
}

/** A step that copied files in, under the checksum of their source. */
export function copied(
  kind: 'ADD file' | 'COPY dir',
  source: string,
  target: string,
): HistoryEntry {
  const checksum = createHash('sha256').update(source).digest('hex');
  return { created: CREATED, created_by: `/bin/sh -c #(nop) ${kind}:${checksum} in ${target} ` };
}

/** A step that changed the configuration only. */
export function declared(instruction: string): HistoryEntry {
  return { created: CREATED, created_by: `/bin/sh -c #(nop)  ${instruction}`, empty_layer: true };
}

function parentsOf(path: string): string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, index) => `${parts.slice(0, index + 1).join('/')}/`);
}
