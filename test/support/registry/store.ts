/**
 * What the registry holds: repositories with tags, manifests and blobs.
 *
 * @module
 */

import {
  type ComposedDocument,
  type ComposedImage,
  digestOf,
} from '../../../jobs/oci-client/compose/index.ts';
import type { Digest } from '../../../jobs/oci-client/types.ts';

/** A manifest as it is served. */
export interface StoredManifest {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly bytes: Uint8Array;
}

/** An index with the images it lists. */
export interface IndexWithImages {
  readonly index: ComposedDocument;
  readonly images: readonly ComposedImage[];
}

/** One repository's content. */
export interface Repository {
  readonly tags: Map<string, Digest>;
  readonly manifests: Map<string, StoredManifest>;
  readonly blobs: Map<string, Uint8Array>;
}

/** All repositories of one registry. */
export class Store {
  readonly #repositories = new Map<string, Repository>();

  /** Finds a repository. */
  get(name: string): Repository | undefined {
    return this.#repositories.get(name);
  }

  /** Finds a manifest by tag or digest. */
  manifest(name: string, reference: string): StoredManifest | undefined {
    const repository = this.get(name);
    return repository?.manifests.get(repository.tags.get(reference) ?? reference);
  }

  /** Stores an image, or an index with its images, under a tag that may exist already. */
  push(name: string, tag: string, content: ComposedImage | IndexWithImages): Digest {
    const images = 'index' in content ? content.images : [content];
    for (const { manifest, blobs } of images) {
      for (const [digest, bytes] of blobs) this.pushBlob(name, bytes, digest);
      this.pushManifest(name, undefined, manifest.descriptor.mediaType, manifest.bytes);
    }
    const top = 'index' in content ? content.index : content.manifest;
    return this.pushManifest(name, tag, top.descriptor.mediaType, top.bytes);
  }

  /** Stores any bytes as a manifest, under a tag or only under its digest. */
  pushManifest(
    name: string,
    tag: string | undefined,
    mediaType: string,
    bytes: Uint8Array,
  ): Digest {
    const { manifests, tags } = this.#obtain(name);
    const digest = digestOf(bytes);
    manifests.set(digest, { mediaType, digest, bytes });
    if (tag !== undefined) tags.set(tag, digest);
    return digest;
  }

  /** Stores a blob under its own digest, or under any other. */
  pushBlob(name: string, bytes: Uint8Array, digest: Digest = digestOf(bytes)): Digest {
    this.#obtain(name).blobs.set(digest, bytes);
    return digest;
  }

  /** Moves a tag to a manifest that is there, or sets a new one. */
  tag(name: string, tag: string, digest: Digest): void {
    this.#obtain(name).tags.set(tag, digest);
  }

  /** Removes a tag, or the manifest or blob with this digest. */
  remove(name: string, reference: string): void {
    const repository = this.get(name);
    repository?.tags.delete(reference);
    repository?.manifests.delete(reference);
    repository?.blobs.delete(reference);
  }

  #obtain(name: string): Repository {
    const found = this.#repositories.get(name);
    if (found !== undefined) return found;
    const made: Repository = { tags: new Map(), manifests: new Map(), blobs: new Map() };
    this.#repositories.set(name, made);
    return made;
  }
}
