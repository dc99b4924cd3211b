/**
 * The registry's guard: HTTP Basic (RFC 7617), or bearer tokens from a realm of its own as the
 * distribution project's "Token Authentication Specification" describes.
 *
 * @module
 */

import { Buffer } from 'node:buffer';
import { randomUUID } from 'node:crypto';

/** The registry asks for a name and a password itself. */
export interface BasicAuth {
  readonly kind: 'basic';
  readonly username: string;
  readonly password: string;
}

/** The registry sends its clients to a realm for tokens; without a name, to anyone. */
export interface TokenAuth {
  readonly kind: 'token';
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** Seconds a token is good for, 300 unless told otherwise; fractions are honoured. */
  readonly expiresIn?: number | undefined;
  /** Runs the realm on a server of its own in place of the registry's `/token`. */
  readonly realmElsewhere?: boolean | undefined;
}

/** How a registry is guarded. */
export type RegistryAuth = BasicAuth | TokenAuth;

/** An answer that refuses: headers beside the status 401. */
export interface Challenge {
  readonly code: 'UNAUTHORIZED' | 'DENIED';
  readonly wwwAuthenticate: string;
}

interface Token {
  readonly scopes: ReadonlySet<string>;
  readonly expires: number;
}

const SERVICE = 'test-registry';
const DEFAULT_EXPIRY = 300;

/** Judges requests of one registry and issues its tokens. */
export class Guard {
  readonly #auth: RegistryAuth | undefined;
  readonly #tokens = new Map<string, Token>();

  constructor(auth: RegistryAuth | undefined) {
    this.#auth = auth;
  }

  /** Forgets all tokens, as if they had expired. */
  expireTokens(): void {
    this.#tokens.clear();
  }

  /** Judges a request for a repository, or for the base path where that is undefined. */
  refuse(
    authorization: string | undefined,
    repository: string | undefined,
    realm: string,
    action: 'pull' | 'push' = 'pull',
  ): Challenge | undefined {
    if (this.#auth === undefined) return undefined;
    if (this.#auth.kind === 'basic') {
      if (authorization === basic(this.#auth.username, this.#auth.password)) return undefined;
      return { code: 'UNAUTHORIZED', wwwAuthenticate: `Basic realm="${SERVICE}"` };
    }
    const scope = repository === undefined ? undefined : `repository:${repository}:${action}`;
    const token = this.#tokenOf(authorization);
    if (token !== undefined && (scope === undefined || token.scopes.has(scope))) return undefined;
    const parameters = [`realm="${realm}"`, `service="${SERVICE}"`];
    if (scope !== undefined) parameters.push(`scope="${scope}"`);
    if (token !== undefined) parameters.push('error="insufficient_scope"');
    else if (authorization !== undefined) parameters.push('error="invalid_token"');
    return {
      code: token === undefined ? 'UNAUTHORIZED' : 'DENIED',
      wwwAuthenticate: `Bearer ${parameters.join(',')}`,
    };
  }

  /** Issues a token for the scopes of a realm request, or null where the credentials are wrong. */
  issue(authorization: string | undefined, query: URLSearchParams): object | null {
    if (this.#auth?.kind !== 'token') return null;
    const { username, password = '', expiresIn = DEFAULT_EXPIRY } = this.#auth;
    if (username !== undefined && authorization !== basic(username, password)) return null;
    if (query.get('service') !== SERVICE) return null;
    const token = randomUUID();
    const scopes = new Set(query.getAll('scope').flatMap(singleScopes));
    this.#tokens.set(token, { scopes, expires: Date.now() + expiresIn * 1000 });
    const issued_at = new Date().toISOString();
    return { token, access_token: token, expires_in: expiresIn, issued_at };
  }

  #tokenOf(authorization: string | undefined): Token | undefined {
    if (!authorization?.startsWith('Bearer ')) return undefined;
    const token = this.#tokens.get(authorization.slice('Bearer '.length));
    return token !== undefined && token.expires > Date.now() ? token : undefined;
  }
}

/** `repository:a:pull,push` becomes one entry per action that is granted. */
function singleScopes(scope: string): string[] {
  return scope.split(' ').flatMap((part) => {
    const match = /^repository:([^:]+):([a-z,*]+)$/.exec(part);
    const [, repository, actions = ''] = match ?? [];
    const granted = actions.split(',').filter((each) => ['pull', 'push'].includes(each));
    return granted.map((each) => `repository:${repository}:${each}`);
  });
}

function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}
