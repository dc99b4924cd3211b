/**
 * Pushing images to one repository of a registry (OCI distribution specification 1.1, "Push").
 *
 * @module
 */

import { refusal, type Subject } from './answers.ts';
import { Authorizer, type Credentials } from './auth.ts';
import { type AuthorizedOrigin, fetchAuthorized } from './authorized.ts';
import type { ComposedDocument, ComposedImage } from './compose/image.ts';
import { OciError, quoted } from './errors.ts';
import { isRepository, isTag, registryOrigin } from './reference.ts';
import type { Response } from './response.ts';
import { retrying } from './retry.ts';
import type { FetchOptions, Transport } from './transport.ts';
import type { Digest } from './types.ts';

/** An index and the images it lists. */
export interface IndexContent {
  readonly index: ComposedDocument;
  readonly images: readonly ComposedImage[];
}

/** What is pushed, and where to. */
export interface PushOptions {
  readonly registry: string;
  readonly repository: string;
  readonly tag: string;
  /** The tag names the image, or the index. */
  readonly content: ComposedImage | IndexContent;
  /** Where the registry's API is, if not where its name says. */
  readonly origin?: string | undefined;
  readonly plainHttp?: boolean | undefined;
  readonly credentials?: Credentials | undefined;
  /** Stays open. Its time for headers should cover sending the largest blob. */
  readonly transport: Transport;
  readonly signal?: AbortSignal | undefined;
}

/** What a push did. */
export interface Pushed {
  /** Digest of what the tag names now. */
  readonly digest: Digest;
  /** Bytes of blobs that the registry did not have. */
  readonly uploadedBytes: number;
}

interface Target extends AuthorizedOrigin {
  readonly registry: string;
  readonly repository: string;
  readonly signal: AbortSignal | undefined;
}

/**
 * Pushes an image, or an index with its images: blobs that the registry lacks, then manifests by
 * digest, the tag last, so that it never names what is not there.
 *
 * @throws {OciError}
 */
export async function pushImages(options: PushOptions): Promise<Pushed> {
  const { registry, repository, tag, content } = options;
  if (!isRepository(repository)) throw invalid(repository, 'cannot be the name of a repository');
  if (!isTag(tag)) throw invalid(tag, 'cannot be a tag');
  const target = targetOf(options);
  const images = 'index' in content ? content.images : [content];
  const blobs = new Map(images.flatMap((image) => [...image.blobs]));
  let uploadedBytes = 0;
  for (const [digest, bytes] of blobs) {
    if (await retrying(() => pushBlob(target, digest, bytes), options.signal)) {
      uploadedBytes += bytes.byteLength;
    }
  }
  const top = 'index' in content ? content.index : content.manifest;
  const manifests = images.map(({ manifest }) => manifest).filter((manifest) => manifest !== top);
  for (const manifest of manifests) {
    await pushManifest(target, manifest.descriptor.digest, manifest);
  }
  await pushManifest(target, tag, top);
  return { digest: top.descriptor.digest, uploadedBytes };

  function invalid(text: string, problem: string): OciError {
    return new OciError('invalid_reference', `${quoted(text)} ${problem} at ${registry}.`);
  }
}

function targetOf(options: PushOptions): Target {
  const { registry, repository, plainHttp, credentials, transport, signal } = options;
  const origin = options.origin === undefined
    ? registryOrigin(registry, { plainHttp })
    : new URL(options.origin).origin;
  const actions = 'pull,push';
  const authority = new Authorizer({
    transport,
    origin,
    registry,
    repository,
    credentials,
    actions,
  });
  return { transport, authority, origin, registry, repository, signal };
}

/** Uploads a blob in one piece unless it is there already; whether it was uploaded. */
async function pushBlob(target: Target, digest: Digest, bytes: Uint8Array): Promise<boolean> {
  const known = await send(target, `blobs/${digest}`, { method: 'HEAD' });
  known.discard();
  if (known.status === 200) return false;
  const started = await send(target, 'blobs/uploads/', {
    method: 'POST',
    headers: { 'content-length': '0' },
  });
  if (started.status !== 202) throw await refused(target, started, digest);
  started.discard();
  const url = uploadUrl(target, started);
  // As text: a query may be signed as it is spelled.
  url.search += `${url.search === '' ? '?' : '&'}digest=${encodeURIComponent(digest)}`;
  const options = {
    method: 'PUT',
    headers: { 'content-type': 'application/octet-stream' },
    body: bytes,
    signal: target.signal,
  } as const;
  const stored = url.origin === target.origin
    ? await fetchAuthorized(target, url, options)
    // The registry's login is not for the store it uploads to.
    : await target.transport.fetch(url, options);
  if (stored.status !== 201) throw await refused(target, stored, digest);
  stored.discard();
  return true;
}

/** Where the registry wants the content: an address of its own, or of a store. */
function uploadUrl({ registry, origin }: Target, started: Response): URL {
  const location = started.header('location') ?? '';
  const url = URL.canParse(location, started.url.href) ? new URL(location, started.url) : undefined;
  const isAllowed = location !== '' &&
    (url?.protocol === 'https:' || (url?.protocol === 'http:' && origin.startsWith('http:')));
  if (isAllowed && url !== undefined) return url;
  throw new OciError(
    'registry_error',
    `Registry ${registry} wants a blob to be sent to ${
      quoted(location.split('?', 1)[0] ?? '', 100)
    }, which is no address ${
      origin.startsWith('http:') ? 'of HTTP' : 'of HTTPS'
    }; check the registry's configuration.`,
  );
}

async function pushManifest(
  target: Target,
  reference: string,
  { descriptor, bytes }: ComposedDocument,
): Promise<void> {
  await retrying(async () => {
    const response = await send(target, `manifests/${reference}`, {
      method: 'PUT',
      headers: { 'content-type': descriptor.mediaType },
      body: bytes,
    });
    if (response.status !== 201) throw await refused(target, response, reference);
    response.discard();
  }, target.signal);
}

function send(target: Target, path: string, options: FetchOptions): Promise<Response> {
  const url = new URL(`/v2/${target.repository}/${path}`, target.origin);
  return fetchAuthorized(target, url, { ...options, signal: target.signal });
}

function refused({ registry, repository }: Target, response: Response, name: string) {
  const subject: Subject = { registry, repository, kind: 'upload', name };
  return refusal(response, subject);
}
