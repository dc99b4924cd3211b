/**
 * A directory as a source of images (OCI image specification 1.1, "Image Layout").
 *
 * @module
 */

import { constants } from 'node:fs';
import { type FileHandle, lstat, open } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

import { algorithmOf, collect, digestOf, isDigest, tooLarge, verified } from './digest.ts';
import { abortError, OciError, printable, quoted } from './errors.ts';
import { JsonError, parseJson, struct } from './json.ts';
import { MAX_MANIFEST_BYTES, parseManifest } from './manifest.ts';
import { OCI_INDEX } from './media-types.ts';
import type { BlobOptions, Descriptor, Fetched, ImageSource, Index, Manifest } from './types.ts';

const MAX_VERSION_BYTES = 1024;
const CHUNK_BYTES = 256 * 1024;
const REF_NAME = 'org.opencontainers.image.ref.name';
// Absent on some systems; the check by lstat remains there.
const NO_FOLLOW = constants.O_NOFOLLOW ?? 0;

const layoutFile = struct({ imageLayoutVersion: z.string() });

/** Opens a layout. Its files are read anew by each method, so it may be written to meanwhile. */
export function openLayout(directory: string): ImageSource {
  return new Layout(directory);
}

class Layout implements ImageSource {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  async head(reference: string, signal?: AbortSignal): Promise<Descriptor> {
    return (await this.manifest(reference, signal)).descriptor;
  }

  async manifest(reference: string, signal?: AbortSignal): Promise<Fetched> {
    const listed = await this.#find(reference, signal);
    if (listed.size > MAX_MANIFEST_BYTES) throw tooLarge('The manifest', MAX_MANIFEST_BYTES);
    const stream = this.blob(listed, { signal });
    const bytes = await collect(stream, MAX_MANIFEST_BYTES, 'The manifest');
    const document = parseManifest(bytes, listed.mediaType);
    const { digest, size } = listed;
    return { descriptor: { mediaType: document.mediaType, digest, size }, bytes, document };
  }

  blob(descriptor: Descriptor, options: BlobOptions = {}): AsyncIterable<Uint8Array> {
    return verified(this.#read(this.#path(descriptor), options.signal, 'blob'), descriptor);
  }

  async close(): Promise<void> {}

  #path({ digest }: Pick<Descriptor, 'digest'>): string {
    const algorithm = algorithmOf(digest);
    return join(this.#directory, 'blobs', algorithm, digest.slice(algorithm.length + 1));
  }

  /** Where a manifest is: by its name in index.json, or any manifest in `blobs` by its digest. */
  async #find(reference: string, signal: AbortSignal | undefined): Promise<Descriptor> {
    const { manifests } = await this.#index(signal);
    if (!isDigest(reference)) return this.#named(reference, manifests);
    const listed = manifests.find(({ digest }) => digest === reference);
    if (listed !== undefined) return listed;
    const path = this.#path({ digest: reference });
    const bytes = await collect(
      this.#read(path, signal, 'image'),
      MAX_MANIFEST_BYTES,
      'The manifest',
    );
    if (digestOf(bytes, algorithmOf(reference)) !== reference) {
      throw new OciError(
        'digest_mismatch',
        `The file ${quoted(path)} has other content than its name says; write the layout again.`,
      );
    }
    return { mediaType: '', digest: reference, size: bytes.byteLength };
  }

  #named(tag: string, manifests: readonly Descriptor[]): Descriptor {
    const named = manifests.find(({ annotations }) => annotations?.[REF_NAME] === tag);
    if (named !== undefined) return named;
    const [only] = manifests;
    const isUnnamed = manifests.length === 1 && only?.annotations?.[REF_NAME] === undefined;
    if (isUnnamed && only !== undefined && tag === 'latest') return only;
    const names = manifests.flatMap(({ annotations }) => annotations?.[REF_NAME] ?? []);
    const has = names.length === 0 ? 'no names' : printable(names.join(', '), 200);
    throw new OciError(
      'image_not_found',
      `The OCI layout ${quoted(this.#directory)} has no image named ${
        quoted(tag, 130)
      } but ${has}; ask for one of these or by digest.`,
    );
  }

  async #index(signal: AbortSignal | undefined): Promise<Index> {
    const version = await this.#file('oci-layout', MAX_VERSION_BYTES, signal);
    const layout = layoutFile.safeParse(this.#json('oci-layout', version));
    if (!layout.success || layout.data.imageLayoutVersion !== '1.0.0') {
      throw this.#invalid('its file "oci-layout" does not say version 1.0.0');
    }
    const bytes = await this.#file('index.json', MAX_MANIFEST_BYTES, signal);
    const document = this.#parseIndex(bytes);
    if (document.kind !== 'index') throw this.#invalid('its file "index.json" is not an index');
    return document;
  }

  #parseIndex(bytes: Uint8Array): Manifest | Index {
    try {
      return parseManifest(bytes, OCI_INDEX);
    } catch (error) {
      throw this.#invalid('its file "index.json" is not an index', error);
    }
  }

  #file(name: string, limit: number, signal: AbortSignal | undefined): Promise<Uint8Array> {
    const path = join(this.#directory, name);
    return collect(this.#read(path, signal, 'layout'), limit, `The file ${quoted(path)}`);
  }

  #json(name: string, bytes: Uint8Array): unknown {
    try {
      return parseJson(bytes);
    } catch (error) {
      if (error instanceof JsonError) throw this.#invalid(`its file "${name}": ${error.message}`);
      throw error;
    }
  }

  #invalid(problem: string, cause?: unknown): OciError {
    return new OciError(
      'layout_invalid',
      `${quoted(this.#directory)} is not an OCI image layout: ${problem}; write it again.`,
      { cause },
    );
  }

  async *#read(
    path: string,
    signal: AbortSignal | undefined,
    kind: 'layout' | 'image' | 'blob',
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const handle = await this.#open(path, kind);
    try {
      for (;;) {
        if (signal?.aborted === true) throw abortError(signal, `reading ${quoted(path)}`);
        // A new buffer each time, because the reader may keep what it was given.
        const buffer = new Uint8Array(CHUNK_BYTES);
        const { bytesRead } = await handle.read(buffer, 0, CHUNK_BYTES, null);
        if (bytesRead === 0) return;
        yield bytesRead === CHUNK_BYTES ? buffer : buffer.subarray(0, bytesRead);
      }
    } finally {
      await handle.close();
    }
  }

  /** Regular files only: links could lead out of the layout, and pipes would never end. */
  async #open(path: string, kind: 'layout' | 'image' | 'blob'): Promise<FileHandle> {
    try {
      const entry = await lstat(path);
      if (!entry.isFile()) throw this.#invalid(`${quoted(path)} is not a regular file`);
      return await open(path, constants.O_RDONLY | NO_FOLLOW);
    } catch (error) {
      if (error instanceof OciError) throw error;
      if (isMissing(error) && kind !== 'layout') throw this.#missing(path, kind, error);
      throw this.#invalid(`${quoted(path)} cannot be read`, error);
    }
  }

  #missing(path: string, kind: 'image' | 'blob', cause: unknown): OciError {
    return new OciError(
      kind === 'image' ? 'image_not_found' : 'blob_not_found',
      `The OCI layout ${quoted(this.#directory)} has no file ${
        quoted(path)
      }; write it again with all its images.`,
      { cause },
    );
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error &&
    (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}
