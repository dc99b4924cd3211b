/**
 * Writes images as an OCI image layout (OCI image specification 1.1, "Image Layout").
 *
 * @module
 */

import { Buffer } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Digest } from '../types.ts';
import { ComposeError } from './errors.ts';
import type { ComposedDocument, ComposedImage } from './image.ts';

/** One image under its name. */
export interface LayoutImage {
  /** The tag: `org.opencontainers.image.ref.name`. */
  readonly name: string;
  readonly image: ComposedImage;
}

/** An index with the images it lists, under its name. */
export interface LayoutIndex {
  /** The tag: `org.opencontainers.image.ref.name`. */
  readonly name: string;
  readonly index: ComposedDocument;
  readonly images: readonly ComposedImage[];
}

interface IndexFile {
  readonly manifests: readonly unknown[];
  readonly [key: string]: unknown;
}

const REF_NAME = 'org.opencontainers.image.ref.name';
const EMPTY_INDEX: IndexFile = {
  schemaVersion: 2,
  mediaType: 'application/vnd.oci.image.index.v1+json',
  manifests: [],
};

/**
 * Adds images to the layout in a directory, which is made where it is missing. A name that is
 * there already moves to the new image; other names stay. Writing the same again changes nothing.
 * One writer at a time: concurrent calls may lose each other's names.
 *
 * @throws {ComposeError} `layout_invalid` when the directory holds an index.json of another kind.
 */
export async function writeLayout(
  directory: string,
  references: readonly (LayoutImage | LayoutIndex)[],
): Promise<void> {
  const indexPath = join(directory, 'index.json');
  const existing = await readIndex(indexPath);
  await mkdir(join(directory, 'blobs', 'sha256'), { recursive: true });
  await store(join(directory, 'oci-layout'), encode({ imageLayoutVersion: '1.0.0' }));
  const manifests = [...existing.manifests];
  for (const reference of references) {
    for (const [digest, bytes] of blobsOf(reference)) {
      await store(join(directory, 'blobs', ...digest.split(':')), bytes);
    }
    const { descriptor } = documentOf(reference);
    const named = { ...descriptor, annotations: { [REF_NAME]: reference.name } };
    const at = manifests.findIndex((manifest) => nameOf(manifest) === reference.name);
    if (at < 0) manifests.push(named);
    else manifests[at] = named;
  }
  // Last, so that it never names a blob that is not there yet.
  await store(indexPath, encode({ ...existing, manifests }));
}

function documentOf(reference: LayoutImage | LayoutIndex): ComposedDocument {
  return 'index' in reference ? reference.index : reference.image.manifest;
}

function blobsOf(reference: LayoutImage | LayoutIndex): Map<Digest, Uint8Array> {
  const blobs = new Map<Digest, Uint8Array>();
  const images = 'index' in reference ? reference.images : [reference.image];
  for (const image of images) {
    for (const [digest, bytes] of image.blobs) blobs.set(digest, bytes);
    blobs.set(image.manifest.descriptor.digest, image.manifest.bytes);
  }
  const { descriptor, bytes } = documentOf(reference);
  return blobs.set(descriptor.digest, bytes);
}

async function readIndex(path: string): Promise<IndexFile> {
  const bytes = await readIfThere(path);
  if (bytes === null) return EMPTY_INDEX;
  let document: unknown;
  try {
    document = JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw notALayout(path, cause);
  }
  if (!isIndexFile(document)) throw notALayout(path);
  return document;
}

function notALayout(path: string, cause?: unknown): ComposeError {
  return new ComposeError(
    'layout_invalid',
    `"${path}" is not the index of an OCI layout; remove it or write to another directory.`,
    { cause },
  );
}

function isIndexFile(document: unknown): document is IndexFile {
  return isObject(document) && Array.isArray(document['manifests']);
}

function nameOf(manifest: unknown): unknown {
  if (!isObject(manifest)) return undefined;
  const annotations = manifest['annotations'];
  return isObject(annotations) ? annotations[REF_NAME] : undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Puts a file in place at once, or leaves it alone where it holds these bytes already. */
async function store(path: string, bytes: Uint8Array): Promise<void> {
  const existing = await readIfThere(path);
  if (existing?.equals(bytes)) return;
  const temporary = `${path}.${randomUUID()}`;
  try {
    await writeFile(temporary, bytes);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

async function readIfThere(path: string): Promise<Buffer | null> {
  try {
    return await readFile(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

function encode(document: object): Uint8Array {
  return Buffer.from(JSON.stringify(document));
}
