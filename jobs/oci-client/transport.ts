/**
 * HTTP for registries: checked addresses, redirects followed by hand, credentials kept at their
 * origin, and one kind of error.
 *
 * @module
 */

import { rootCertificates } from 'node:tls';
import type { Dispatcher } from 'undici';

import { abortError, OciError, printable, redactUrl } from './errors.ts';
import { Agent, askWith } from './http.ts';
import { type AddressPolicy, checkedLookup, checkHost } from './lookup.ts';
import { networkError } from './network-errors.ts';
import { type Response, toResponse } from './response.ts';

/** Limits in milliseconds. */
export interface Timeouts {
  /** Resolving a name, connecting and TLS together. */
  readonly connect: number;
  /** From a request to the headers of its answer. */
  readonly headers: number;
  /** Between two pieces of a body. */
  readonly body: number;
}

/** How a transport reaches hosts. */
export interface TransportOptions extends AddressPolicy {
  /** PEM certificates trusted beside the public CAs, by every host this transport asks. */
  readonly ca?: string | undefined;
  /** Origins (`http://host:port`) that HTTPS may redirect to; all others only by HTTPS. */
  readonly plainHttpOrigins?: readonly string[] | undefined;
  readonly timeouts?: Partial<Timeouts> | undefined;
  /** Redirects followed for one request; 5 unless given. */
  readonly maxRedirections?: number | undefined;
  readonly userAgent?: string | undefined;
  /** Told of each redirect before it is followed. */
  readonly onRedirect?: ((from: URL, to: URL) => void) | undefined;
}

/** One request. */
export interface FetchOptions {
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | undefined;
  /** By lower-case name. `authorization` stays at the origin of the URL that is asked first. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: string | Uint8Array | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Bytes of the body beyond which reading it fails with `body_too_large`. */
  readonly maxBytes?: number | undefined;
}

/** A way to reach registries. */
export interface Transport {
  /**
   * Asks for a URL. GET and HEAD follow redirects; answers of any other status are returned.
   *
   * @throws {OciError}
   */
  fetch(url: URL, options?: FetchOptions): Promise<Response>;
  /** Ends all connections, those in use too. */
  close(): Promise<void>;
}

const DEFAULT_TIMEOUTS: Timeouts = { connect: 10_000, headers: 30_000, body: 60_000 };
const MAX_REDIRECTIONS = 5;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Makes a transport with connections of its own. */
export function createTransport(options: TransportOptions): Transport {
  const agent = createAgent(options);
  return {
    fetch: (url, fetchOptions = {}) => follow(agent, options, url, fetchOptions),
    close: () => agent.destroy(),
  };
}

function createAgent({ allowAddress, pins, ca, timeouts }: TransportOptions): Agent {
  const { connect, headers, body } = { ...DEFAULT_TIMEOUTS, ...timeouts };
  return new Agent({
    connect: {
      timeout: connect,
      lookup: checkedLookup({ allowAddress, pins }),
      ...(ca === undefined ? {} : { ca: [...rootCertificates, ca] }),
    },
    headersTimeout: headers,
    bodyTimeout: body,
    // One blob per connection: streams of HTTP/2 would share one window of flow control.
    allowH2: false,
  });
}

async function follow(
  agent: Agent,
  options: TransportOptions,
  start: URL,
  fetchOptions: FetchOptions,
): Promise<Response> {
  const { authorization, ...otherHeaders } = fetchOptions.headers ?? {};
  const limit = options.maxRedirections ?? MAX_REDIRECTIONS;
  const mayFollow = fetchOptions.method !== 'POST' && fetchOptions.method !== 'PUT';
  const plain = {
    'user-agent': options.userAgent ?? 'oci-client',
    // Digests are of content as it is stored, not as a proxy may compress it.
    'accept-encoding': 'identity',
    ...otherHeaders,
  };
  let headers = authorization === undefined ? plain : { ...plain, authorization };
  let url = withoutUserinfo(start);
  for (let redirections = 0; redirections <= limit; redirections += 1) {
    const response = await ask(agent, options, url, { ...fetchOptions, headers });
    const location = response.header('location');
    const moved = mayFollow && REDIRECTS.has(response.status) && location !== undefined;
    if (!moved) return response;
    response.discard();
    const next = redirectTarget(url, location, options);
    options.onRedirect?.(url, next);
    // Not even a redirect back to the first origin gets it again: others chose that request.
    if (next.origin !== url.origin) headers = plain;
    url = next;
  }
  throw new OciError(
    'too_many_redirects',
    `${redactUrl(start)} redirects more than ${limit} times; check the registry's configuration.`,
  );
}

async function ask(
  agent: Agent,
  options: TransportOptions,
  url: URL,
  { method = 'GET', headers = {}, body, signal, maxBytes }: FetchOptions,
): Promise<Response> {
  checkHost(url, options);
  if (signal?.aborted === true) throw abortError(signal, `asking ${redactUrl(url)}`);
  let answer: Dispatcher.ResponseData;
  try {
    answer = await askWith(agent, url, {
      method,
      headers,
      body: body ?? null,
      signal: signal ?? null,
    });
  } catch (error) {
    throw networkError(error, url, signal);
  }
  return toResponse(answer, url, { signal, maxBytes });
}

function redirectTarget(from: URL, location: string, options: TransportOptions): URL {
  if (!URL.canParse(location, from.href)) {
    throw new OciError(
      'registry_error',
      `${redactUrl(from)} redirects to ${
        printable(location.split('?', 1)[0] ?? '', 100)
      }, which is not a URL; check the registry's configuration.`,
    );
  }
  const to = withoutUserinfo(new URL(location, from));
  if (to.protocol !== 'https:' && to.protocol !== 'http:') {
    throw new OciError(
      'forbidden_address',
      `${redactUrl(from)} redirects to the scheme ${
        printable(to.protocol, 20)
      }, which is never followed; check the registry's configuration.`,
    );
  }
  const downgrades = from.protocol === 'https:' && to.protocol === 'http:';
  if (downgrades && options.plainHttpOrigins?.includes(to.origin) !== true) {
    throw new OciError(
      'forbidden_address',
      `${
        redactUrl(from)
      } redirects from HTTPS to plain HTTP at ${to.host}, which is not allowed; have the registry redirect to HTTPS.`,
    );
  }
  return to;
}

function withoutUserinfo(url: URL): URL {
  const bare = new URL(url);
  bare.username = '';
  bare.password = '';
  bare.hash = '';
  return bare;
}
