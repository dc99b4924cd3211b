/**
 * A directory, or an archive of one, as a source of images (OCI image specification 1.1, "Image
 * Layout").
 *
 * @module
 */

import { z } from 'zod';

import { algorithmOf, collect, digestOf, isDigest, tooLarge, verified } from './digest.ts';
import { OciError, printable, quoted } from './errors.ts';
import { JsonError, parseJson, struct } from './json.ts';
import { folderFiles, type LayoutFiles } from './layout-files.ts';
import { MAX_MANIFEST_BYTES, parseManifest } from './manifest.ts';
import { OCI_INDEX } from './media-types.ts';
import type {
  BlobOptions,
  Descriptor,
  Digest,
  Fetched,
  ImageSource,
  Index,
  Manifest,
} from './types.ts';

const MAX_VERSION_BYTES = 1024;
const REF_NAME = 'org.opencontainers.image.ref.name';
/** What Docker and BuildKit write beside a name that is only a tag. */
const FULL_NAME = 'io.containerd.image.name';

const layoutFile = struct({ imageLayoutVersion: z.string() });

/** Opens a layout. Its files are read anew by each method, so it may be written to meanwhile. */
export function openLayout(directory: string): ImageSource {
  return new Layout(folderFiles(directory));
}

/** A layout, wherever its files lie. The empty reference means its only image. */
export class Layout implements ImageSource {
  readonly #files: LayoutFiles;

  constructor(files: LayoutFiles) {
    this.#files = files;
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
    const stream = this.#files.read(pathOf(descriptor.digest), 'blob', options.signal);
    return verified(stream, descriptor);
  }

  async close(): Promise<void> {}

  /** Where a manifest is: by its name in index.json, or any manifest in `blobs` by its digest. */
  async #find(reference: string, signal: AbortSignal | undefined): Promise<Descriptor> {
    const { manifests } = await this.#index(signal);
    if (!isDigest(reference)) return this.#named(reference, manifests);
    const listed = manifests.find(({ digest }) => digest === reference);
    if (listed !== undefined) return listed;
    const path = pathOf(reference);
    const stream = this.#files.read(path, 'image', signal);
    const bytes = await collect(stream, MAX_MANIFEST_BYTES, 'The manifest');
    if (digestOf(bytes, algorithmOf(reference)) !== reference) {
      throw new OciError(
        'digest_mismatch',
        `${this.#files.title} has a file ${
          quoted(path)
        } with other content than its name says; write the layout again.`,
      );
    }
    return { mediaType: '', digest: reference, size: bytes.byteLength };
  }

  #named(tag: string, manifests: readonly Descriptor[]): Descriptor {
    const named = manifests.find(({ annotations }) => annotations?.[REF_NAME] === tag) ??
      manifests.find(({ annotations }) => annotations?.[FULL_NAME] === tag);
    if (named !== undefined) return named;
    const [first] = manifests;
    if (first !== undefined && isMeant(tag, first, manifests)) return first;
    const names = manifests.flatMap(({ annotations }) =>
      annotations?.[FULL_NAME] ?? annotations?.[REF_NAME] ?? []
    );
    const has = names.length === 0 ? 'no names' : printable(names.join(', '), 200);
    throw new OciError(
      'image_not_found',
      `${this.#files.title} has no ${
        tag === '' ? 'single image' : `image named ${quoted(tag, 130)}`
      } but ${has}; ask for one of these or by digest.`,
    );
  }

  async #index(signal: AbortSignal | undefined): Promise<Index> {
    const version = await this.#file('oci-layout', MAX_VERSION_BYTES, signal);
    const layout = layoutFile.safeParse(this.#json('oci-layout', version));
    if (!layout.success || layout.data.imageLayoutVersion !== '1.0.0') {
      throw this.#files.invalid('its file "oci-layout" does not say version 1.0.0');
    }
    const bytes = await this.#file('index.json', MAX_MANIFEST_BYTES, signal);
    const document = this.#parseIndex(bytes);
    if (document.kind !== 'index') {
      throw this.#files.invalid('its file "index.json" is not an index');
    }
    return document;
  }

  #parseIndex(bytes: Uint8Array): Manifest | Index {
    try {
      return parseManifest(bytes, OCI_INDEX);
    } catch (error) {
      throw this.#files.invalid('its file "index.json" is not an index', error);
    }
  }

  #file(name: string, limit: number, signal: AbortSignal | undefined): Promise<Uint8Array> {
    const what = `The file ${quoted(name)} of ${this.#files.title}`;
    return collect(this.#files.read(name, 'layout', signal), limit, what);
  }

  #json(name: string, bytes: Uint8Array): unknown {
    try {
      return parseJson(bytes);
    } catch (error) {
      if (!(error instanceof JsonError)) throw error;
      throw this.#files.invalid(`its file "${name}": ${error.message}`, error);
    }
  }
}

function pathOf(digest: Digest): string {
  return `blobs/${digest.replace(':', '/')}`;
}

/** Whether a name that nothing has means the first image. */
function isMeant(tag: string, first: Descriptor, manifests: readonly Descriptor[]): boolean {
  // One image with several names is listed once for each.
  if (tag === '') return manifests.every(({ digest }) => digest === first.digest);
  return tag === 'latest' && manifests.length === 1 &&
    first.annotations?.[REF_NAME] === undefined;
}
