/**
 * Logging in to a repository (distribution project, "Token Authentication Specification" and
 * "OAuth2 Token Authentication"; RFC 7617 for Basic).
 *
 * @module
 */

import { Buffer } from 'node:buffer';

import { refusal } from './answers.ts';
import { type Challenge, parseChallenge } from './challenge.ts';
import { abortError, OciError, printable } from './errors.ts';
import { requestToken, type Token } from './token.ts';
import type { Transport } from './transport.ts';

/** Who asks. With the user name `<token>` the password is an identity token. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** How a registry wants its requests to be authorized. */
export type AuthorizationKind = 'none' | 'bearer' | 'basic';

/** Where values of the `Authorization` header come from. */
export interface Authority {
  /** The value for the next request; undefined for none. */
  authorization(signal?: AbortSignal): Promise<string | undefined>;
  /**
   * The value after the registry refused a request with 401.
   *
   * @param challenge the `WWW-Authenticate` header of the refusal.
   * @param refused the value that the refused request carried.
   */
  renew(challenge: string, refused: string | undefined, signal?: AbortSignal): Promise<
    string | undefined
  >;
}

/** What an `Authorizer` logs in to. */
export interface AuthorizerOptions {
  readonly transport: Transport;
  /** Origin of the registry's API. */
  readonly origin: string;
  /** Name of the registry, for messages. */
  readonly registry: string;
  /** Undefined to log in to the registry as such. */
  readonly repository: string | undefined;
  readonly credentials?: Credentials | undefined;
  /** What shall be allowed, as token scopes have it; `pull` unless given. */
  readonly actions?: string | undefined;
}

const IDENTITY_TOKEN_USER = '<token>';
/** Seconds before its end from which a token is not used for new requests. */
const MARGIN = 10;
const TOKEN_TIMEOUT = 60_000;

/**
 * Logs in to one repository as its registry demands on the first request. Tokens are kept until
 * shortly before they expire; concurrent callers share one request for a new one.
 */
export class Authorizer implements Authority {
  readonly #options: AuthorizerOptions;
  #bearer: Challenge | undefined;
  #basic: string | undefined;
  #token: Token | undefined;
  #pending: Promise<Token> | undefined;

  constructor(options: AuthorizerOptions) {
    this.#options = options;
  }

  /** What the registry has demanded so far. */
  get kind(): AuthorizationKind {
    if (this.#bearer !== undefined) return 'bearer';
    return this.#basic === undefined ? 'none' : 'basic';
  }

  async authorization(signal?: AbortSignal): Promise<string | undefined> {
    if (this.#bearer === undefined) return this.#basic;
    const token = this.#token;
    const isFresh = token !== undefined && token.expiresAt - MARGIN * 1000 > Date.now();
    const { header } = isFresh ? token : await this.#newToken(this.#bearer, signal);
    return header;
  }

  async renew(
    challenge: string,
    refused: string | undefined,
    signal?: AbortSignal,
  ): Promise<string | undefined> {
    const current = this.#bearer === undefined ? this.#basic : this.#token?.header;
    if (current !== undefined && current !== refused) return current;
    const challenges = parseChallenge(challenge);
    const bearer = challenges.find(({ scheme, params }) =>
      scheme === 'bearer' && params.has('realm')
    );
    if (bearer !== undefined) {
      this.#bearer = bearer;
      this.#token = undefined;
      return await this.authorization(signal);
    }
    if (!challenges.some(({ scheme }) => scheme === 'basic')) throw this.#unknownChallenge();
    this.#bearer = undefined;
    this.#basic = this.#basicHeader();
    return this.#basic;
  }

  #newToken(challenge: Challenge, signal: AbortSignal | undefined): Promise<Token> {
    this.#pending ??= this.#request(challenge).finally(() => {
      this.#pending = undefined;
    });
    return untilAborted(this.#pending, signal);
  }

  async #request(challenge: Challenge): Promise<Token> {
    const { transport, origin, registry, repository, credentials, actions } = this.#options;
    const isIdentityToken = credentials?.username === IDENTITY_TOKEN_USER;
    const answer = await requestToken({
      transport,
      realm: this.#realm(challenge, origin),
      service: challenge.params.get('service'),
      scope: repository === undefined ? undefined : `repository:${repository}:${actions ?? 'pull'}`,
      refreshToken: isIdentityToken ? credentials.password : undefined,
      basic: isIdentityToken || credentials === undefined ? undefined : encodeBasic(credentials),
      // Shared by callers, so none of their signals may end it.
      signal: AbortSignal.timeout(TOKEN_TIMEOUT),
    });
    if (answer.token === undefined) {
      throw await refusal(answer.response, { registry, repository, kind: 'token', name: '' });
    }
    this.#token = answer.token;
    return answer.token;
  }

  #realm(challenge: Challenge, origin: string): URL {
    const text = challenge.params.get('realm') ?? '';
    const realm = URL.canParse(text) ? new URL(text) : undefined;
    const isAllowed = realm?.protocol === 'https:' ||
      (realm?.protocol === 'http:' && origin.startsWith('http:'));
    if (realm !== undefined && isAllowed) return realm;
    throw new OciError(
      'registry_error',
      `Registry ${this.#options.registry} names ${
        printable(text.split('?', 1)[0]?.replace(/\/\/[^/@]*@/, '//') ?? '', 100)
      } as its token service, which is not an HTTPS URL; check the registry's configuration.`,
    );
  }

  #basicHeader(): string {
    const { credentials } = this.#options;
    const isUsable = credentials !== undefined && credentials.username !== IDENTITY_TOKEN_USER;
    if (isUsable && this.#basic === undefined) return encodeBasic(credentials);
    const problem = isUsable
      ? 'refuses the credentials it was given; check them'
      : 'demands a user name and a password; add credentials for it';
    throw new OciError(
      'registry_refused_login',
      `${this.#place()} ${problem}.`,
      { status: 401 },
    );
  }

  #place(): string {
    const { registry, repository } = this.#options;
    return `Registry ${registry}${repository === undefined ? '' : `, repository ${repository},`}`;
  }

  #unknownChallenge(): OciError {
    return new OciError(
      'registry_refused_login',
      `${this.#place()} demands a login but offers neither Bearer nor Basic; check its address and configuration.`,
      { status: 401 },
    );
  }
}

/** An `Authority` over values that someone else obtains; asked anew after a refusal. */
export function suppliedAuthority(supply: () => Promise<string | undefined>): Authority {
  let current: Promise<string | undefined> | undefined;
  function ask(): Promise<string | undefined> {
    const asked = supply().catch((cause: unknown) => {
      current = undefined;
      throw cause instanceof OciError ? cause : notSupplied(cause);
    });
    return current = asked;
  }
  return {
    authorization: () => current ?? ask(),
    renew: async (_challenge, refused) => {
      const before = current;
      const isRefused = await before === refused;
      // Of concurrent callers whose value was refused only the first one asks.
      return await (isRefused && current === before ? ask() : current ?? ask());
    },
  };
}

function notSupplied(cause: unknown): OciError {
  return new OciError(
    'registry_refused_login',
    'The authorization for the registry could not be obtained; try again later.',
    { temporary: true, cause },
  );
}

function encodeBasic({ username, password }: Credentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

function untilAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const stop = () => reject(abortError(signal, 'logging in'));
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
