/**
 * One request to a token service (distribution project, "Token Authentication Specification" and
 * "OAuth2 Token Authentication").
 *
 * @module
 */

import { z } from 'zod';

import { OciError } from './errors.ts';
import type { Response } from './response.ts';
import type { Transport } from './transport.ts';

/** A value for `Authorization` and its end. */
export interface Token {
  readonly header: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/** What a token is asked for with. */
export interface TokenRequest {
  readonly transport: Transport;
  readonly realm: URL;
  readonly service: string | undefined;
  /** Undefined for a token that shows a login and no more. */
  readonly scope: string | undefined;
  /** An identity token, exchanged by POST. */
  readonly refreshToken: string | undefined;
  /** A value for `Authorization`, sent to the realm only. */
  readonly basic: string | undefined;
  readonly signal: AbortSignal;
}

/** A token, or the answer that refused one. */
export type TokenAnswer =
  | { readonly token: Token; readonly response?: undefined }
  | { readonly token?: undefined; readonly response: Response };

const CLIENT_ID = 'oci-client';
const MAX_BODY = 64 * 1024;
/** Seconds that the specification has clients assume. */
const DEFAULT_LIFETIME = 60;

// A token goes into a header as it is, so it must not be able to end that header.
const tokenText = z.string().regex(/^[\x21-\x7e]+$/);
const tokenBody = z.object({
  token: tokenText.nullish().catch(undefined),
  access_token: tokenText.nullish().catch(undefined),
  expires_in: z.number().positive().catch(DEFAULT_LIFETIME),
});

/**
 * Asks for a token. Refusals with an HTTP status are returned for the caller to explain.
 *
 * @throws {OciError} those of the transport, and `registry_error` for an answer without a token.
 */
export async function requestToken(request: TokenRequest): Promise<TokenAnswer> {
  const startedAt = Date.now();
  const response = await send(request);
  if (response.status !== 200) return { response };
  const body = await response.bytes(MAX_BODY, `The token of ${request.realm.host}`);
  const { token, access_token, expires_in } = parseBody(body, request.realm);
  const value = token ?? access_token;
  if (value === undefined || value === null) throw unusable(request.realm);
  return { token: { header: `Bearer ${value}`, expiresAt: startedAt + expires_in * 1000 } };
}

function send(request: TokenRequest): Promise<Response> {
  const { transport, realm, service, scope, refreshToken, basic, signal } = request;
  const params = new URLSearchParams({
    ...(service === undefined ? {} : { service }),
    ...(scope === undefined ? {} : { scope }),
  });
  if (refreshToken !== undefined) {
    params.set('grant_type', 'refresh_token');
    params.set('client_id', CLIENT_ID);
    params.set('refresh_token', refreshToken);
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    return transport.fetch(realm, { method: 'POST', headers, body: params.toString(), signal });
  }
  const url = new URL(realm);
  for (const [name, value] of params) url.searchParams.set(name, value);
  return transport.fetch(
    url,
    basic === undefined ? { signal } : {
      headers: { authorization: basic },
      signal,
    },
  );
}

function parseBody(bytes: Uint8Array, realm: URL): z.infer<typeof tokenBody> {
  try {
    return tokenBody.parse(JSON.parse(new TextDecoder().decode(bytes)));
  } catch (cause) {
    throw unusable(realm, cause);
  }
}

function unusable(realm: URL, cause?: unknown): OciError {
  return new OciError(
    'registry_error',
    `The token service at ${realm.host} answers without a usable token; check the registry's configuration.`,
    { cause },
  );
}
