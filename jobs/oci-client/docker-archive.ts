/**
 * A `docker save` archive as a source of images: `manifest.json` beside configurations and layers
 * (Docker image specification 1.2, "Combined Image JSON + Filesystem Changeset Format"). It holds
 * no manifests of images, so each is made here from what it would describe: the same files give the
 * same digest.
 *
 * @module
 */

import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { z } from 'zod';

import { ArchiveFile, type StoredFile } from './archive-file.ts';
import { MAX_CONFIG_BYTES } from './config.ts';
import { collect, digestOf, isDigest, tooLarge, verified } from './digest.ts';
import { OciError, printable, quoted } from './errors.ts';
import { firstIssue, JsonError, parseJson, struct } from './json.ts';
import { MAX_MANIFEST_BYTES, parseManifest } from './manifest.ts';
import { OCI_CONFIG, OCI_LAYER, OCI_MANIFEST } from './media-types.ts';
import { formatReference, parseReference } from './reference.ts';
import type { BlobOptions, Descriptor, Digest, Fetched, ImageSource } from './types.ts';

const LIST = 'manifest.json';
const MAX_IMAGES = 4096;

const savedImages = z.array(struct({
  Config: z.string(),
  RepoTags: z.array(z.string()).nullish().transform((tags) => tags ?? []),
  Layers: z.array(z.string()).nullish().transform((layers) => layers ?? []),
})).max(MAX_IMAGES);

type SavedImage = z.infer<typeof savedImages>[number];

/**
 * Opens a `docker save` archive. A reference is a name of an image as Docker shows it, `@` and the
 * place of an image in the list counted from 0, the digest of a manifest, or empty for the only
 * image. The methods fail with `archive_invalid` for a file that is not such an archive.
 */
export function openDockerArchive(path: string): ImageSource {
  return new DockerArchive(path);
}

class DockerArchive implements ImageSource {
  readonly #archive: ArchiveFile;
  /** What was hashed already, by its place in the archive: images share layers. */
  readonly #described = new Map<number, Descriptor>();
  readonly #files = new Map<Digest, StoredFile>();

  constructor(path: string) {
    this.#archive = new ArchiveFile(path, 'a docker archive');
  }

  async head(reference: string, signal?: AbortSignal): Promise<Descriptor> {
    return (await this.manifest(reference, signal)).descriptor;
  }

  async manifest(reference: string, signal?: AbortSignal): Promise<Fetched> {
    const images = await this.#images(signal);
    if (!isDigest(reference)) return await this.#make(this.#named(reference, images), signal);
    const found = await this.#search(images, ({ digest }) => digest === reference, signal);
    if (found !== undefined) return found;
    throw new OciError('image_not_found', `${this.#title} has no image ${reference}; ask by name.`);
  }

  async *blob(descriptor: Descriptor, { signal }: BlobOptions = {}): AsyncGenerator<Uint8Array> {
    const { digest } = descriptor;
    if (!this.#files.has(digest)) {
      await this.#search(await this.#images(signal), () => this.#files.has(digest), signal);
    }
    const file = this.#files.get(digest);
    if (file !== undefined) return yield* verified(this.#archive.read(file, signal), descriptor);
    throw new OciError(
      'blob_not_found',
      `${this.#title} has no content ${digest}; write it again with all its images.`,
    );
  }

  async close(): Promise<void> {}

  get #title(): string {
    return `The docker archive ${quoted(this.#archive.path)}`;
  }

  async #images(signal: AbortSignal | undefined): Promise<readonly SavedImage[]> {
    const file = await this.#archive.find(LIST, signal);
    if (file === undefined) {
      const isLayout = await this.#archive.find('oci-layout', signal) !== undefined;
      const next = isLayout ? `name it as oci-archive:${this.#archive.path}` : undefined;
      throw this.#archive.invalid(`it has no file "${LIST}"`, { next });
    }
    const what = `The file "${LIST}" of ${this.#title}`;
    const bytes = await collect(this.#archive.read(file, signal), MAX_MANIFEST_BYTES, what);
    const parsed = savedImages.safeParse(this.#json(bytes));
    if (parsed.success) return parsed.data;
    const issue = printable(firstIssue(parsed.error));
    throw this.#archive.invalid(`its file "${LIST}" is not a list of images (${issue})`);
  }

  #json(bytes: Uint8Array): unknown {
    try {
      return parseJson(bytes);
    } catch (error) {
      if (!(error instanceof JsonError)) throw error;
      const problem = `its file "${LIST}": ${printable(error.message)}`;
      throw this.#archive.invalid(problem, { cause: error });
    }
  }

  #named(reference: string, images: readonly SavedImage[]): SavedImage {
    const found = choose(reference, images);
    if (found !== undefined) return found;
    const names = images.flatMap(({ RepoTags }) => RepoTags);
    const has = names.length === 0
      ? `${images.length} without names; ask for one by its place, from @0 on`
      : `${printable(names.join(', '), 200)}; ask for one of these`;
    throw new OciError(
      'image_not_found',
      `${this.#title} has no ${
        reference === '' ? 'single image' : `image named ${quoted(reference, 130)}`
      } but ${has}.`,
    );
  }

  /** Makes manifests until one fits. An image that is damaged does not hide those after it. */
  async #search(
    images: readonly SavedImage[],
    fits: (descriptor: Descriptor) => boolean,
    signal: AbortSignal | undefined,
  ): Promise<Fetched | undefined> {
    const failures: unknown[] = [];
    for (const image of images) {
      try {
        const made = await this.#make(image, signal);
        if (fits(made.descriptor)) return made;
      } catch (error) {
        if (signal?.aborted === true) throw error;
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
    return undefined;
  }

  async #make(image: SavedImage, signal: AbortSignal | undefined): Promise<Fetched> {
    const config = await this.#describe(image.Config, true, signal);
    const layers: Descriptor[] = [];
    for (const layer of image.Layers) layers.push(await this.#describe(layer, false, signal));
    const bytes = Buffer.from(
      JSON.stringify({ schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers }),
    );
    const document = parseManifest(bytes, OCI_MANIFEST);
    const digest = digestOf(bytes);
    return {
      descriptor: { mediaType: OCI_MANIFEST, digest, size: bytes.byteLength },
      bytes,
      document,
    };
  }

  /** Hashes a file where it lies; its name is not trusted, though it may hold a digest. */
  async #describe(
    path: string,
    isConfig: boolean,
    signal: AbortSignal | undefined,
  ): Promise<Descriptor> {
    const file = await this.#archive.find(path, signal);
    if (file === undefined) throw this.#archive.invalid(`it has no file ${quoted(path, 120)}`);
    if (isConfig && file.size > MAX_CONFIG_BYTES) {
      throw tooLarge("The image's configuration", MAX_CONFIG_BYTES);
    }
    const known = this.#described.get(file.offset);
    const content = known ?? await this.#hash(file, signal);
    this.#described.set(file.offset, content);
    this.#files.set(content.digest, file);
    const { mediaType, digest, size } = content;
    return { mediaType: isConfig ? OCI_CONFIG : mediaType, digest, size };
  }

  async #hash({ offset, size }: StoredFile, signal: AbortSignal | undefined): Promise<Descriptor> {
    const hash = createHash('sha256');
    let mediaType: string = OCI_LAYER;
    let read = 0;
    for await (const chunk of this.#archive.read({ offset, size }, signal)) {
      if (read === 0) mediaType = layerType(chunk);
      read += chunk.byteLength;
      hash.update(chunk);
    }
    return { mediaType, digest: `sha256:${hash.digest('hex')}`, size };
  }
}

/** Layers are plain archives in old archives, and compressed as they were pulled in new ones. */
function layerType([a, b, c, d]: Uint8Array): string {
  if (a === 0x1f && b === 0x8b) return `${OCI_LAYER}+gzip`;
  const isZstd = a === 0x28 && b === 0xb5 && c === 0x2f && d === 0xfd;
  return isZstd ? `${OCI_LAYER}+zstd` : OCI_LAYER;
}

/** The image that a name means: of two with one name the last, which Docker would keep. */
function choose(reference: string, images: readonly SavedImage[]): SavedImage | undefined {
  if (reference === '') return images.length === 1 ? images[0] : undefined;
  const [, place] = /^@(\d{1,4})$/.exec(reference) ?? [];
  if (place !== undefined) return images[Number(place)];
  const exact = images.findLast(({ RepoTags }) => RepoTags.includes(reference));
  if (exact !== undefined) return exact;
  const whole = wholeName(reference);
  if (whole === undefined) return undefined;
  return images.findLast(({ RepoTags }) => RepoTags.some((name) => wholeName(name) === whole));
}

/** A name with Docker's defaults; undefined for what is none. */
function wholeName(name: string): string | undefined {
  try {
    return formatReference(parseReference(name));
  } catch (error) {
    if (error instanceof OciError) return undefined;
    throw error;
  }
}
