/**
 * One repository of a registry as a source of images (OCI distribution specification 1.1,
 * "Pull").
 *
 * @module
 */

import { refusal, type Subject } from './answers.ts';
import {
  type Authority,
  type AuthorizationKind,
  Authorizer,
  type Credentials,
  suppliedAuthority,
} from './auth.ts';
import { type AuthorizedOrigin, fetchAuthorized } from './authorized.ts';
import { algorithmOf, digestOf, isDigest, sizeMismatch, verified } from './digest.ts';
import { OciError, printable, quoted } from './errors.ts';
import { MAX_MANIFEST_BYTES, parseManifest } from './manifest.ts';
import { ACCEPTED_MANIFESTS, essence, isIndexType, isManifestType } from './media-types.ts';
import { isRepository, isTag, registryOrigin } from './reference.ts';
import type { Response } from './response.ts';
import { retrying } from './retry.ts';
import { listTags } from './tags.ts';
import type { Transport } from './transport.ts';
import type { BlobOptions, Descriptor, Digest, Fetched, ImageSource } from './types.ts';

/** Which repository is read, and how. */
export interface RegistryOptions {
  readonly registry: string;
  readonly repository: string;
  /** Where the registry's API is, if not where its name says; a mirror for instance. */
  readonly origin?: string | undefined;
  readonly plainHttp?: boolean | undefined;
  readonly credentials?: Credentials | undefined;
  /**
   * Supplies values of the `Authorization` header instead of credentials; called for the first
   * request and again after each 401.
   */
  readonly authorization?: (() => Promise<string | undefined>) | undefined;
  /** Closed together with the source. */
  readonly transport: Transport;
}

/** A source that can tell how it is logged in. */
export interface RegistrySource extends ImageSource {
  /** What the registry demanded so far; `none` before the first request. */
  readonly authorizationKind: AuthorizationKind;
  /** The value of the `Authorization` header as of now; undefined for none. */
  authorization(signal?: AbortSignal): Promise<string | undefined>;
  /**
   * Digest that a tag names now; undefined while that is one of `known`, which the registry may say
   * with a 304 (RFC 9110, 13.1.2: its entity tag of a manifest is the digest).
   */
  movedTo(tag: string, known: readonly Digest[], signal?: AbortSignal): Promise<Digest | undefined>;
  /** All tags of the repository. */
  tags(signal?: AbortSignal): Promise<string[]>;
}

/** Opens a repository. Nothing is asked before the first method is called. */
export function openRegistry(options: RegistryOptions): RegistrySource {
  if (!isRepository(options.repository)) {
    throw new OciError(
      'invalid_reference',
      `${quoted(options.repository)} cannot be the name of a repository.`,
    );
  }
  return new Registry(options);
}

/** Connections that may break while one blob is read, each after more of it has come. */
const MOST_BREAKS = 20;

interface Ask {
  readonly method: 'GET' | 'HEAD';
  readonly subject: Subject;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal | undefined;
  readonly maxBytes?: number | undefined;
}

class Registry implements RegistrySource {
  readonly #options: RegistryOptions;
  readonly #origin: string;
  readonly #authority: Authority;
  readonly #authorizer: Authorizer | undefined;

  constructor(options: RegistryOptions) {
    const { registry, repository, transport, credentials, plainHttp } = options;
    this.#options = options;
    this.#origin = options.origin === undefined
      ? registryOrigin(registry, { plainHttp })
      : new URL(options.origin).origin;
    this.#authorizer = options.authorization === undefined
      ? new Authorizer({ transport, origin: this.#origin, registry, repository, credentials })
      : undefined;
    this.#authority = this.#authorizer ?? suppliedAuthority(options.authorization ?? noSupply);
  }

  get authorizationKind(): AuthorizationKind {
    return this.#authorizer?.kind ?? 'none';
  }

  authorization(signal?: AbortSignal): Promise<string | undefined> {
    return this.#authority.authorization(signal);
  }

  async head(reference: string, signal?: AbortSignal): Promise<Descriptor> {
    const described = await retrying(() => this.#head(reference, signal, {}), signal);
    if (described !== undefined && described !== 'unchanged') return described;
    return (await this.manifest(reference, signal)).descriptor;
  }

  async movedTo(
    tag: string,
    known: readonly Digest[],
    signal?: AbortSignal,
  ): Promise<Digest | undefined> {
    const conditions = { 'if-none-match': known.map((digest) => `"${digest}"`).join(', ') };
    const described = await retrying(() => this.#head(tag, signal, conditions), signal);
    if (described === 'unchanged') return undefined;
    const { digest } = described ?? (await this.manifest(tag, signal)).descriptor;
    return known.includes(digest) ? undefined : digest;
  }

  tags(signal?: AbortSignal): Promise<string[]> {
    return listTags(this.#login, this.#options, signal);
  }

  async manifest(reference: string, signal?: AbortSignal): Promise<Fetched> {
    const subject = this.#manifestSubject(reference);
    const { bytes, response } = await retrying(async () => {
      const response = await this.#send({
        method: 'GET',
        subject,
        headers: { accept: ACCEPTED_MANIFESTS },
        signal,
        maxBytes: MAX_MANIFEST_BYTES,
      });
      if (response.status !== 200) throw await refusal(response, subject);
      return { response, bytes: await response.bytes(MAX_MANIFEST_BYTES, 'The manifest') };
    }, signal);
    const digest = this.#checkedDigest(bytes, reference, response);
    const document = parseManifest(bytes, response.header('content-type') ?? '');
    const { mediaType } = document;
    return { descriptor: { mediaType, digest, size: bytes.byteLength }, bytes, document };
  }

  blob(descriptor: Descriptor, options: BlobOptions = {}): AsyncIterable<Uint8Array> {
    return verified(this.#content(descriptor, options.signal), descriptor);
  }

  close(): Promise<void> {
    return this.#options.transport.close();
  }

  /** Undefined where only a GET can tell. */
  async #head(
    reference: string,
    signal: AbortSignal | undefined,
    conditions: Readonly<Record<string, string>>,
  ): Promise<Descriptor | 'unchanged' | undefined> {
    const subject = this.#manifestSubject(reference);
    const response = await this.#send({
      method: 'HEAD',
      subject,
      headers: { accept: ACCEPTED_MANIFESTS, ...conditions },
      signal,
    });
    if (response.status === 304 && 'if-none-match' in conditions) {
      response.discard();
      return 'unchanged';
    }
    if (response.status !== 200 && response.status !== 405) throw await refusal(response, subject);
    response.discard();
    const digest = response.header('docker-content-digest') ?? '';
    const mediaType = essence(response.header('content-type') ?? '');
    const size = response.header('content-length') ?? '';
    const isComplete = response.status === 200 && isDigest(digest) && /^[0-9]{1,9}$/.test(size) &&
      (isIndexType(mediaType) || isManifestType(mediaType));
    if (!isComplete) return undefined;
    if (isDigest(reference) && reference !== digest) {
      if (algorithmOf(reference) !== algorithmOf(digest)) return undefined;
      throw this.#mismatch(reference, digest);
    }
    return { mediaType, digest, size: Number(size) };
  }

  #checkedDigest(bytes: Uint8Array, reference: string, response: Response): Digest {
    const digest = isDigest(reference) ? digestOf(bytes, algorithmOf(reference)) : digestOf(bytes);
    if (isDigest(reference) && digest !== reference) throw this.#mismatch(reference, digest);
    const served = response.header('docker-content-digest');
    if (served === undefined || served === digest) return digest;
    const isTrue = isDigest(served) && digestOf(bytes, algorithmOf(served)) === served;
    if (!isTrue) throw this.#mismatch(served, digest);
    return digest;
  }

  #mismatch(wanted: string, found: Digest): OciError {
    const { registry, repository } = this.#options;
    return new OciError(
      'digest_mismatch',
      `Registry ${registry}, repository ${repository}, serves the manifest ${
        printable(wanted, 140)
      } with content of digest ${found}; it was damaged or tampered with, push the image again.`,
    );
  }

  #manifestSubject(reference: string): Subject {
    const { registry, repository } = this.#options;
    if (!isDigest(reference) && !isTag(reference)) {
      throw new OciError(
        'invalid_reference',
        `${quoted(reference)} is neither a tag nor a digest of repository ${repository}.`,
      );
    }
    return { registry, repository, kind: 'manifest', name: reference };
  }

  /** The content, asked for again from where a connection broke. */
  async *#content(
    descriptor: Descriptor,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    let read = 0;
    for (let breaks = 0;; breaks += 1) {
      const from = read;
      const { first, rest } = await retrying(() => this.#start(descriptor, from, signal), signal);
      try {
        for (let next = first; next.done !== true; next = await rest.next()) {
          read += next.value.byteLength;
          yield next.value;
        }
        return;
      } catch (error) {
        // Whether that is all of it its digest tells.
        if (read === descriptor.size) return;
        const mayGoOn = error instanceof OciError && error.temporary && error.code !== 'timeout' &&
          read > from && breaks < MOST_BREAKS;
        if (!mayGoOn) throw error;
      } finally {
        await rest.return?.();
      }
    }
  }

  async #start(descriptor: Descriptor, from: number, signal: AbortSignal | undefined) {
    const { registry, repository } = this.#options;
    const { digest, size } = descriptor;
    const subject: Subject = { registry, repository, kind: 'blob', name: digest };
    const headers = { accept: '*/*', ...(from > 0 ? { range: `bytes=${from}-` } : {}) };
    const response = await this.#send({ method: 'GET', subject, headers, signal });
    const isRest = response.status === 206 && from > 0 && startOf(response) === from;
    if (response.status !== 200 && !isRest) throw await refusal(response, subject);
    const length = response.header('content-length');
    if (length !== undefined && Number(length) !== size - (isRest ? from : 0)) {
      response.discard();
      throw sizeMismatch(digest, size, printable(length, 20));
    }
    // A registry that knows no ranges sends all of it again.
    const body = isRest ? response.body : withoutFirst(response.body, from);
    const rest = body[Symbol.asyncIterator]();
    return { first: await rest.next(), rest };
  }

  #send({ subject, ...ask }: Ask): Promise<Response> {
    const path = `/v2/${this.#options.repository}/${subject.kind}s/${subject.name}`;
    return fetchAuthorized(this.#login, new URL(path, this.#origin), ask);
  }

  get #login(): AuthorizedOrigin {
    const { transport } = this.#options;
    return { transport, authority: this.#authority, origin: this.#origin };
  }
}

/** Where the range of an answer begins (RFC 9110, 14.4); undefined where it does not say. */
function startOf(response: Response): number | undefined {
  const start = /^bytes (\d{1,15})-/.exec(response.header('content-range') ?? '')?.[1];
  return start === undefined ? undefined : Number(start);
}

/** A body without its first bytes. */
async function* withoutFirst(
  body: AsyncIterable<Uint8Array>,
  count: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  let left = count;
  for await (const chunk of body) {
    const rest = chunk.subarray(Math.min(left, chunk.byteLength));
    left -= chunk.byteLength - rest.byteLength;
    if (rest.byteLength > 0) yield rest;
  }
}

function noSupply(): Promise<undefined> {
  return Promise.resolve(undefined);
}
