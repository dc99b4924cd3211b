/**
 * The pull half of the OCI distribution specification 1.1, as the registry answers it, and the way
 * to the push half.
 *
 * @module
 */

import { Buffer } from 'node:buffer';
import type { IncomingMessage, ServerResponse } from 'node:http';

import type { Digest } from '../../../jobs/oci-client/types.ts';
import type { Guard } from './auth.ts';
import { type BlobCounters, sendBlob } from './blobs.ts';
import type { Faults } from './faults.ts';
import type { Store } from './store.ts';
import type { Uploads } from './uploads.ts';

/** Everything the servers of one registry share. */
export interface Context {
  readonly store: Store;
  readonly uploads: Uploads;
  readonly guard: Guard;
  readonly faults: Faults;
  readonly counters: BlobCounters;
  /** The secret in the address of a redirected blob, as object stores sign theirs. */
  readonly signature: string;
  /** Address of the token realm. */
  readonly realm: string;
  /** Where blobs are redirected to, if they are. */
  readonly blobOrigin: string | undefined;
}

/** One request with its parsed address. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
}

interface Route {
  readonly repository: string;
  readonly kind: 'manifests' | 'blobs' | 'tags' | 'uploads';
  readonly reference: string;
}

/** Answers everything below `/v2/`. */
export async function answerRegistry(context: Context, exchange: Exchange): Promise<void> {
  const { request, response, url } = exchange;
  response.setHeader('Docker-Distribution-API-Version', 'registry/2.0');
  const { method } = request;
  const route = parseRoute(url.pathname);
  const pushes = method === 'POST' || method === 'PUT';
  const isUnknown = method !== 'GET' && method !== 'HEAD' && (!pushes || route === undefined);
  if (isUnknown) return sendError(exchange, 405, 'UNSUPPORTED');
  if (route === undefined && url.pathname !== '/v2/') {
    return sendError(exchange, 404, 'UNSUPPORTED');
  }
  const { authorization } = request.headers;
  const { guard, realm } = context;
  const action = pushes ? 'push' : 'pull';
  const refusal = guard.refuse(authorization, route?.repository, realm, action);
  if (refusal !== undefined) {
    response.setHeader('WWW-Authenticate', refusal.wwwAuthenticate);
    return sendError(exchange, 401, refusal.code);
  }
  if (route === undefined) return sendJson(exchange, 200, {});
  if (pushes) return await answerUpload(context, exchange, { ...route, method });
  if (context.store.get(route.repository) === undefined) {
    return sendError(exchange, 404, 'NAME_UNKNOWN');
  }
  switch (route.kind) {
    case 'manifests':
      return answerManifest(context, exchange, route);
    case 'blobs':
      return await answerBlob(context, exchange, route);
    case 'tags':
      return answerTags(context, exchange, route);
    case 'uploads':
      return sendError(exchange, 405, 'UNSUPPORTED');
  }
}

async function answerUpload(
  context: Context,
  exchange: Exchange,
  { method, repository, kind, reference }: Route & { readonly method: 'POST' | 'PUT' },
): Promise<void> {
  if (kind === 'blobs' || kind === 'tags') return sendError(exchange, 405, 'UNSUPPORTED');
  const { request, response, url } = exchange;
  const query = url.searchParams;
  const upload = { method, repository, kind, reference, query, request };
  const { status, code, headers } = await context.uploads.answer(upload);
  if (code !== undefined) return sendError(exchange, status, code);
  response.writeHead(status, { ...headers, 'Content-Length': 0 }).end();
}

/** Answers the server that blobs are redirected to; it takes no credentials, like object stores. */
export async function answerBlobServer(context: Context, exchange: Exchange): Promise<void> {
  const { request, url } = exchange;
  if (request.headers.authorization !== undefined) {
    return sendError(exchange, 400, 'UNSUPPORTED');
  }
  if (url.searchParams.get('signature') !== context.signature) {
    return sendError(exchange, 403, 'DENIED');
  }
  const route = parseRoute(url.pathname);
  if (route?.kind !== 'blobs') return sendError(exchange, 404, 'UNSUPPORTED');
  await sendStoredBlob(context, exchange, route);
}

/** Answers the token realm. */
export function answerRealm(context: Context, exchange: Exchange): void {
  const { request, response, url } = exchange;
  if (url.pathname !== '/token') return sendError(exchange, 404, 'UNSUPPORTED');
  if (request.method !== 'GET') return sendError(exchange, 405, 'UNSUPPORTED');
  const issued = context.guard.issue(request.headers.authorization, url.searchParams);
  if (issued !== null) return sendJson(exchange, 200, issued);
  response.setHeader('WWW-Authenticate', 'Basic realm="token"');
  sendError(exchange, 401, 'UNAUTHORIZED');
}

/** Sends the specification's error body, whose message is of no use to programs. */
export function sendError(exchange: Exchange, status: number, code: string): void {
  sendJson(exchange, status, { errors: [{ code, message: code.toLowerCase().replace('_', ' ') }] });
}

function answerManifest(context: Context, exchange: Exchange, route: Route): void {
  const manifest = context.store.manifest(route.repository, route.reference);
  if (manifest === undefined) return sendError(exchange, 404, 'MANIFEST_UNKNOWN');
  const etag = `"${manifest.digest}"`;
  exchange.response.setHeader('Docker-Content-Digest', manifest.digest);
  exchange.response.setHeader('ETag', etag);
  const known = exchange.request.headers['if-none-match']?.split(', ') ?? [];
  if (known.includes(etag)) return void exchange.response.writeHead(304).end();
  send(exchange, 200, manifest.mediaType, manifest.bytes);
}

async function answerBlob(context: Context, exchange: Exchange, route: Route): Promise<void> {
  const { blobOrigin, signature, store } = context;
  const known = store.get(route.repository)?.blobs.has(route.reference);
  if (blobOrigin === undefined || !known) return await sendStoredBlob(context, exchange, route);
  const location = `${blobOrigin}${exchange.url.pathname}?signature=${signature}`;
  exchange.response.writeHead(307, { Location: location, 'Content-Length': 0 }).end();
}

async function sendStoredBlob(context: Context, exchange: Exchange, route: Route): Promise<void> {
  const { store, faults, counters } = context;
  const blob = store.get(route.repository)?.blobs.get(route.reference);
  if (blob === undefined || !isDigest(route.reference)) {
    return sendError(exchange, 404, 'BLOB_UNKNOWN');
  }
  await sendBlob({ ...exchange, digest: route.reference, blob }, faults, counters);
}

/** All tags in lexical order, or the page that `n` and `last` ask for. */
function answerTags(context: Context, exchange: Exchange, { repository }: Route): void {
  const { response, url } = exchange;
  const last = url.searchParams.get('last') ?? '';
  const limit = Number(url.searchParams.get('n') ?? Infinity);
  const rest = [...context.store.get(repository)?.tags.keys() ?? []].sort().filter((t) => t > last);
  const tags = rest.slice(0, limit);
  const end = tags.at(-1);
  if (tags.length < rest.length && end !== undefined) {
    const query = new URLSearchParams({ n: String(limit), last: end });
    response.setHeader('Link', `<${url.pathname}?${query}>; rel="next"`);
  }
  sendJson(exchange, 200, { name: repository, tags });
}

function parseRoute(path: string): Route | undefined {
  const upload = /^\/v2\/(.+)\/blobs\/uploads\/([^/]*)$/.exec(path);
  const [, target, name = ''] = upload ?? [];
  if (target !== undefined) return { repository: target, kind: 'uploads', reference: name };
  const match = /^\/v2\/(.+)\/(manifests|blobs|tags)\/([^/]+)$/.exec(decodeURIComponent(path));
  const [, repository = '', kind, reference = ''] = match ?? [];
  if (kind === 'manifests' || kind === 'blobs') return { repository, kind, reference };
  return kind === 'tags' && reference === 'list' ? { repository, kind, reference } : undefined;
}

function isDigest(text: string): text is Digest {
  return /^sha(256|512):[0-9a-f]+$/.test(text);
}

function sendJson(exchange: Exchange, status: number, body: object): void {
  send(exchange, status, 'application/json', Buffer.from(JSON.stringify(body)));
}

function send({ request, response }: Exchange, status: number, type: string, body: Uint8Array) {
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': body.length });
  response.end(request.method === 'HEAD' ? undefined : body);
}
