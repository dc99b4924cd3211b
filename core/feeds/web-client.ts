/**
 * HTTP for feeds: proxies of the environment or of the settings, own authorities, redirects followed
 * by hand, a login that stays at its origin.
 *
 * @module
 */
import { readFile } from 'node:fs/promises';
import process from 'node:process';
import type { Readable } from 'node:stream';
import { getCACertificates } from 'node:tls';
import { type Dispatcher, EnvHttpProxyAgent, Pool, request } from 'undici';
import { messageOf, TidewaiterError } from '../errors.ts';
import { networkFailure } from './network-failures.ts';
import type { Login } from './places.ts';
import { FetchFailure } from './unreachable.ts';

/** How a source is reached. */
export interface WebAccess {
  /**
   * URL of the proxy for all that is fetched; `none` for none. Unless given, `HTTPS_PROXY`,
   * `HTTP_PROXY` and `NO_PROXY` say.
   */
  readonly proxy?: string | undefined;
  /** Files of PEM certificates that are trusted beside the public authorities. */
  readonly caFiles?: readonly string[] | undefined;
  /** Instead of what the URL has. */
  readonly login?: Login | undefined;
}

/** What a server answered. The body must be read, or discarded. */
export interface Answer {
  readonly status: number;
  /** Where it came from: the last of the redirects. */
  readonly url: URL;
  /** By lower-case name; repeated ones are joined by commas. */
  header(name: string): string | undefined;
  readonly body: Readable;
  /** Frees the connection without the body. */
  discard(): void;
}

/** For a connection, and for a proxy to make one. */
const CONNECT_MS = 30_000;
const CONNECTIONS = 6;
const MOST_REDIRECTS = 5;
const MOST_DRAINED = 64 * 1024;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

function misconfigured(reason: string): TidewaiterError {
  return new TidewaiterError('invalid_configuration', 500, reason);
}

/** Certificates to trust; undefined for the public ones alone. */
async function authorities(files: readonly string[]): Promise<string[] | undefined> {
  if (files.length === 0) return undefined;
  const texts = files.map(async (file) => {
    const text = await readFile(file, 'utf8').catch((error: unknown) => {
      throw misconfigured(`The CA file of the feed cannot be read: ${messageOf(error)}.`);
    });
    if (text.includes('-----BEGIN CERTIFICATE-----')) return text;
    throw misconfigured(`The CA file of the feed, ${file}, has no certificate as PEM in it.`);
  });
  return [...getCACertificates('default'), ...await Promise.all(texts)];
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

/**
 * The URL of a proxy as people write it, `proxy:3128` too; the empty text for none.
 *
 * @throws TidewaiterError `invalid_configuration`
 */
export function proxyUrl(text: string | undefined, where: string): string {
  if (text === undefined || text === '' || text === 'none') return '';
  const url = URL.parse(text.includes('://') ? text : `http://${text}`);
  const isWeb = url?.protocol === 'http:' || url?.protocol === 'https:';
  if (isWeb && isDecodable(url.username) && isDecodable(url.password)) return url.href;
  // Not repeated: it may hold a password.
  throw misconfigured(`The proxy in ${where} is no http or https URL: correct it.`);
}

function proxies(setting: string | undefined) {
  if (setting !== undefined) {
    const url = proxyUrl(setting, 'the settings');
    return { httpProxy: url, httpsProxy: url, noProxy: '' };
  }
  const { env } = process;
  return {
    httpProxy: proxyUrl(env['http_proxy'] ?? env['HTTP_PROXY'], 'HTTP_PROXY'),
    httpsProxy: proxyUrl(env['https_proxy'] ?? env['HTTPS_PROXY'], 'HTTPS_PROXY'),
    noProxy: env['no_proxy'] ?? env['NO_PROXY'] ?? '',
  };
}

/** What was asked for, or the abort: undici would wait for a connection first. */
function orAborted<T>(asked: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    asked.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/** Connections of one source. */
export class WebClient {
  readonly #agent: Dispatcher;
  readonly #origin: string;
  readonly #authorization: string | undefined;

  private constructor(agent: Dispatcher, origin: string, login: Login | undefined) {
    this.#agent = agent;
    this.#origin = origin;
    this.#authorization = login === undefined
      ? undefined
      : `Basic ${Buffer.from(`${login.username}:${login.password}`, 'utf8').toString('base64')}`;
  }

  /**
   * `origin` is the source's: nobody else gets the login.
   *
   * @throws TidewaiterError `invalid_configuration`
   */
  static async open(origin: string, { proxy, caFiles = [], login }: WebAccess): Promise<WebClient> {
    const ca = await authorities(caFiles);
    // The runtime's HTTP/2 does not outlast a server that ends.
    const tls = { timeout: CONNECT_MS, allowH2: false, ...(ca === undefined ? {} : { ca }) };
    const agent = new EnvHttpProxyAgent({
      ...proxies(proxy),
      connect: tls,
      requestTls: tls,
      proxyTls: tls,
      clientFactory: (proxy, opts) => new Pool(proxy, { ...opts, headersTimeout: CONNECT_MS }),
      allowH2: false,
      connections: CONNECTIONS,
    });
    return new WebClient(agent, origin, login);
  }

  /**
   * Asks for a URL and follows redirects, from https to https only. The signal ends the body, too.
   *
   * @throws FetchFailure
   */
  async ask(
    start: URL,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<Answer> {
    let url = start;
    let mayLogIn = true;
    for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects += 1) {
      mayLogIn &&= url.origin === this.#origin;
      const answer = await this.#askOnce(url, headers, mayLogIn, signal);
      const location = answer.header('location');
      if (!REDIRECTS.has(answer.status) || location === undefined) return answer;
      answer.discard();
      url = redirectTarget(url, location);
    }
    throw new FetchFailure(
      start.host,
      `it redirects more than ${MOST_REDIRECTS} times; check the URL of the source`,
    );
  }

  async #askOnce(
    url: URL,
    headers: Readonly<Record<string, string>>,
    mayLogIn: boolean,
    signal: AbortSignal,
  ): Promise<Answer> {
    const authorization = mayLogIn ? this.#authorization : undefined;
    try {
      const asked = request(url, {
        dispatcher: this.#agent,
        signal,
        headers: {
          'user-agent': 'tidewaiter',
          // Lengths, ranges and hashes are of files as they are stored.
          'accept-encoding': 'identity',
          ...headers,
          ...(authorization === undefined ? {} : { authorization }),
        },
        // Who asks ends what stands still.
        headersTimeout: 0,
        bodyTimeout: 0,
      });
      const { statusCode, headers: answered, body } = await orAborted(asked, signal);
      // A body that breaks before anyone reads it would otherwise end the process.
      body.on('error', () => {});
      return {
        status: statusCode,
        url,
        header: (name) => {
          const value = answered[name];
          return Array.isArray(value) ? value.join(', ') : value;
        },
        body,
        discard: () => {
          if (!body.destroyed) body.dump({ limit: MOST_DRAINED }).catch(() => body.destroy());
        },
      };
    } catch (error) {
      throw networkFailure(error, url.host);
    }
  }

  /** Ends all connections, those in use too. */
  async close(): Promise<void> {
    await this.#agent.destroy();
  }
}

function redirectTarget(from: URL, location: string): URL {
  const to = URL.parse(location, from.href);
  if (to === null || (to.protocol !== 'https:' && to.protocol !== 'http:')) {
    throw new FetchFailure(
      from.host,
      'it redirects to what is no http or https URL; check the URL of the source',
    );
  }
  if (from.protocol === 'https:' && to.protocol === 'http:') {
    throw new FetchFailure(
      from.host,
      `it redirects from https to plain http at ${to.host}, which is not followed; use a source that stays with https`,
    );
  }
  to.username = '';
  to.password = '';
  to.hash = '';
  return to;
}
