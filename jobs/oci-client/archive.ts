/**
 * A tar archive of an OCI layout as a source of images, as skopeo, podman and BuildKit write it.
 *
 * @module
 */

import { ArchiveFile } from './archive-file.ts';
import { quoted } from './errors.ts';
import { Layout } from './layout.ts';
import { type FileUse, type LayoutFiles, missingFile } from './layout-files.ts';
import type { ImageSource } from './types.ts';

/**
 * Opens an archive of an OCI layout. Its methods fail with `archive_invalid` where a layout's fail
 * with `layout_invalid`, and for a file that is not such an archive. The empty reference means its
 * only image.
 */
export function openOciArchive(path: string): ImageSource {
  return new Layout(archiveFiles(new ArchiveFile(path, 'an archive of an OCI layout')));
}

function archiveFiles(archive: ArchiveFile): LayoutFiles {
  const title = `The OCI archive ${quoted(archive.path)}`;

  async function* read(
    path: string,
    use: FileUse,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const file = await archive.find(path, signal);
    if (file !== undefined) return yield* archive.read(file, signal);
    if (use !== 'layout') throw missingFile(title, path, use);
    const isDocker = await archive.find('manifest.json', signal) !== undefined;
    const next = isDocker ? `name it as docker-archive:${archive.path}` : undefined;
    throw archive.invalid(`it has no file ${quoted(path)}`, { next });
  }

  return {
    title,
    read,
    invalid: (problem, cause) => archive.invalid(problem, { cause }),
  };
}
