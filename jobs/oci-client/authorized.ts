/**
 * Requests to a registry with what its login asks for.
 *
 * @module
 */

import type { Authority } from './auth.ts';
import type { Response } from './response.ts';
import type { FetchOptions, Transport } from './transport.ts';

/** A registry as one that is logged in to. */
export interface AuthorizedOrigin {
  readonly transport: Transport;
  readonly authority: Authority;
  /** The only origin whose refusals are answered by logging in. */
  readonly origin: string;
}

/**
 * Sends a request, and once more after logging in when the registry itself refuses it.
 *
 * @throws {OciError}
 */
export async function fetchAuthorized(
  { transport, authority, origin }: AuthorizedOrigin,
  url: URL,
  options: FetchOptions,
): Promise<Response> {
  const send = (authorization: string | undefined) =>
    transport.fetch(url, {
      ...options,
      headers: authorization === undefined
        ? options.headers
        : { ...options.headers, authorization },
    });
  const sent = await authority.authorization(options.signal);
  const response = await send(sent);
  if (response.status !== 401 || response.url.origin !== origin) return response;
  const challenge = response.header('www-authenticate') ?? '';
  response.discard();
  return await send(await authority.renew(challenge, sent, options.signal));
}
