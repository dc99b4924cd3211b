/**
 * An OCI registry in memory for tests: real HTTP servers on loopback ports that misbehave on
 * request.
 *
 * @module
 */

import { Buffer } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import * as http from 'node:http';
import * as https from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';

import type { ComposedImage } from '../../jobs/oci-client/compose/index.ts';
import type { Digest } from '../../jobs/oci-client/types.ts';
import {
  answerBlobServer,
  answerRealm,
  answerRegistry,
  type Context,
  type Exchange,
  sendError,
} from './registry/api.ts';
import { Guard, type RegistryAuth } from './registry/auth.ts';
import { BlobCounters } from './registry/blobs.ts';
import { Faults, type ServerName } from './registry/faults.ts';
import { type IndexWithImages, Store } from './registry/store.ts';
import { Uploads } from './registry/uploads.ts';

export type { BasicAuth, RegistryAuth, TokenAuth } from './registry/auth.ts';
export type { Faults, ServerName } from './registry/faults.ts';
export type { IndexWithImages } from './registry/store.ts';

/** How a registry is set up. */
export interface RegistryOptions {
  readonly auth?: RegistryAuth | undefined;
  /** Answers blobs with 307 to a second server, which fails with 400 if it sees credentials. */
  readonly redirectBlobs?: boolean | undefined;
  /** Where to listen; loopback unless given (the bridge of the project's own test cluster, say). */
  readonly address?: string | undefined;
  /** Port of the registry itself; a free one unless given. */
  readonly port?: number | undefined;
  /** Serves HTTPS on all ports. */
  readonly tls?: { readonly key: string | Buffer; readonly cert: string | Buffer } | undefined;
}

/** One request that arrived. */
export interface LoggedRequest {
  readonly server: ServerName;
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: http.IncomingHttpHeaders;
  /** Milliseconds since 1970. */
  readonly time: number;
}

/** A running registry. */
export interface TestRegistry {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  readonly origin: string;
  /** Where blobs are redirected to; undefined without `redirectBlobs`. */
  readonly blobOrigin: string | undefined;
  /** In order of arrival, of all servers; may be cleared with `length = 0`. */
  readonly requests: LoggedRequest[];
  readonly faults: Faults;
  /** Bytes of blobs' bodies handed to connections so far. */
  readonly blobBytesSent: number;
  /** How many GET requests were answered with this blob so far. */
  blobRequests(digest: Digest): number;
  /** Stores an image, or an index with its images; a tag that exists moves. */
  push(repository: string, tag: string, content: ComposedImage | IndexWithImages): Digest;
  /** Stores any bytes as a manifest, under a tag or only under its digest. */
  pushManifest(
    repository: string,
    tag: string | undefined,
    mediaType: string,
    bytes: Uint8Array,
  ): Digest;
  /** Stores a blob under its own digest, or under any other. */
  pushBlob(repository: string, bytes: Uint8Array, digest?: Digest): Digest;
  /** Moves a tag to a manifest that is there. */
  tag(repository: string, tag: string, digest: Digest): void;
  /** Removes a tag, or the manifest or blob with this digest. */
  remove(repository: string, reference: string): void;
  /** Makes all tokens issued so far invalid. */
  expireTokens(): void;
  /** Cuts all connections and frees the ports. */
  close(): Promise<void>;
}

interface Listener {
  readonly origin: string;
  close(): Promise<void>;
}

type Answer = (exchange: Exchange) => void | Promise<void>;

/** Starts a registry on a free port. */
export async function startRegistry(options: RegistryOptions = {}): Promise<TestRegistry> {
  const store = new Store();
  const guard = new Guard(options.auth);
  const faults = new Faults();
  const counters = new BlobCounters();
  const requests: LoggedRequest[] = [];
  const addresses: { blobOrigin?: string; realm: string } = { realm: '' };
  const uploads = new Uploads(store);
  const base = { store, uploads, guard, faults, counters, signature: randomUUID() };
  const context = (): Context => ({ blobOrigin: undefined, ...base, ...addresses });
  const listeners: Listener[] = [];

  async function listen(name: ServerName, answer: Answer): Promise<string> {
    const handler = (request: http.IncomingMessage, response: http.ServerResponse) => {
      const exchange = { request, response, url: new URL(request.url ?? '/', 'http://registry') };
      const server = exchange.url.pathname === '/token' ? 'realm' : name;
      requests.push(logged(server, request));
      serve(exchange, server, faults, answer).catch(() => response.destroy());
    };
    const listener = await startServer(handler, options, name === 'registry' ? options.port : 0);
    listeners.push(listener);
    return listener.origin;
  }

  const realmElsewhere = options.auth?.kind === 'token' && options.auth.realmElsewhere === true;
  const realm = (exchange: Exchange) => answerRealm(context(), exchange);
  const origin = await listen('registry', (exchange) => {
    const isRealm = !realmElsewhere && exchange.url.pathname === '/token';
    return isRealm ? realm(exchange) : answerRegistry(context(), exchange);
  });
  addresses.realm = `${realmElsewhere ? await listen('realm', realm) : origin}/token`;
  if (options.redirectBlobs === true) {
    addresses.blobOrigin = await listen('blobs', (exchange) => {
      return answerBlobServer(context(), exchange);
    });
  }

  return {
    host: new URL(origin).host,
    origin,
    blobOrigin: addresses.blobOrigin,
    requests,
    faults,
    get blobBytesSent() {
      return counters.bytesSent;
    },
    blobRequests: (digest) => counters.requests.get(digest) ?? 0,
    push: (repository, tag, content) => store.push(repository, tag, content),
    pushManifest: (repository, tag, mediaType, bytes) =>
      store.pushManifest(repository, tag, mediaType, bytes),
    pushBlob: (repository, bytes, digest) => store.pushBlob(repository, bytes, digest),
    tag: (repository, tag, digest) => store.tag(repository, tag, digest),
    remove: (repository, reference) => store.remove(repository, reference),
    expireTokens: () => guard.expireTokens(),
    async close() {
      faults.release();
      await Promise.all(listeners.map((listener) => listener.close()));
    },
  };
}

/** Applies the faults of a whole request, then answers it. */
async function serve(
  exchange: Exchange,
  server: ServerName,
  faults: Faults,
  answer: Answer,
): Promise<void> {
  if (faults.latencyMs > 0) await sleep(faults.latencyMs);
  if (faults.dropConnections) {
    exchange.request.socket.destroy();
    return;
  }
  const failure = faults.takeFailure(server);
  if (failure === undefined) return await answer(exchange);
  for (const [name, value] of Object.entries(failure.headers)) {
    exchange.response.setHeader(name, value);
  }
  sendError(exchange, failure.status, failure.status === 429 ? 'TOOMANYREQUESTS' : 'UNKNOWN');
}

function logged(server: ServerName, request: http.IncomingMessage): LoggedRequest {
  const { method = 'GET', url = '/', headers } = request;
  return { server, method, path: url, headers, time: Date.now() };
}

async function startServer(
  handler: http.RequestListener,
  { tls, address: listenOn = '127.0.0.1' }: RegistryOptions,
  port = 0,
): Promise<Listener> {
  const server = tls === undefined ? http.createServer(handler) : https.createServer(tls, handler);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, listenOn, resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  return {
    origin: `${tls === undefined ? 'http' : 'https'}://${listenOn}:${address.port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
