/**
 * The push half of the OCI distribution specification 1.1: uploads in one piece, and manifests.
 *
 * @module
 */

import { Buffer } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

import { digestOf } from '../../../jobs/oci-client/compose/index.ts';
import type { Store } from './store.ts';

/** An answer without a body. */
export interface UploadAnswer {
  readonly status: number;
  /** The code of an error; undefined where it went well. */
  readonly code?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** A request that pushes. */
export interface UploadRequest {
  readonly method: 'POST' | 'PUT';
  readonly repository: string;
  readonly kind: 'manifests' | 'uploads';
  /** Tag, digest or the upload's own name. */
  readonly reference: string;
  readonly query: URLSearchParams;
  readonly request: IncomingMessage;
}

/** Takes what is pushed into a store; an upload may only be ended with the state it was given. */
export class Uploads {
  readonly #store: Store;
  readonly #states = new Map<string, string>();

  constructor(store: Store) {
    this.#store = store;
  }

  async answer(upload: UploadRequest): Promise<UploadAnswer> {
    const { method, repository, kind, reference } = upload;
    const body = await bodyOf(upload.request);
    if (kind === 'manifests' && method === 'PUT') return this.#manifest(upload, body);
    if (kind === 'uploads' && method === 'PUT') return this.#finish(upload, body);
    if (kind === 'manifests' || reference !== '') return { status: 405, code: 'UNSUPPORTED' };
    const name = randomUUID();
    const state = randomUUID();
    this.#states.set(name, state);
    const location = `/v2/${repository}/blobs/uploads/${name}?_state=${state}`;
    return { status: 202, headers: { Location: location } };
  }

  #finish({ repository, reference, query }: UploadRequest, body: Buffer): UploadAnswer {
    const state = this.#states.get(reference);
    if (state === undefined || state !== query.get('_state')) {
      return { status: 404, code: 'BLOB_UPLOAD_UNKNOWN' };
    }
    this.#states.delete(reference);
    const digest = digestOf(body);
    if (query.get('digest') !== digest) return { status: 400, code: 'DIGEST_INVALID' };
    this.#store.pushBlob(repository, body, digest);
    return { status: 201 };
  }

  #manifest({ repository, reference, request }: UploadRequest, body: Buffer): UploadAnswer {
    const isDigest = reference.startsWith('sha256:');
    if (isDigest && reference !== digestOf(body)) return { status: 400, code: 'DIGEST_INVALID' };
    if (!this.#hasAll(repository, body)) return { status: 404, code: 'MANIFEST_BLOB_UNKNOWN' };
    const mediaType = request.headers['content-type'] ?? '';
    this.#store.pushManifest(repository, isDigest ? undefined : reference, mediaType, body);
    return { status: 201 };
  }

  /** Whether everything that a manifest or an index points to is there. */
  #hasAll(repository: string, body: Buffer): boolean {
    const { config, layers = [], manifests = [] }: {
      config?: { digest: string };
      layers?: { digest: string }[];
      manifests?: { digest: string }[];
    } = JSON.parse(body.toString());
    const stored = this.#store.get(repository);
    const blobs = config === undefined ? layers : [config, ...layers];
    return blobs.every(({ digest }) => stored?.blobs.has(digest)) &&
      manifests.every(({ digest }) => stored?.manifests.has(digest));
  }
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}
