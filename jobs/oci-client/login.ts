/**
 * Whether a registry takes credentials, asked at the base of its API (OCI distribution
 * specification 1.1, "Determining Support").
 *
 * @module
 */

import { refusal } from './answers.ts';
import { Authorizer, type Credentials } from './auth.ts';
import { fetchAuthorized } from './authorized.ts';
import { registryOrigin } from './reference.ts';
import type { Transport } from './transport.ts';

/** Which registry is logged in to, and how. */
export interface LoginOptions {
  readonly registry: string;
  readonly plainHttp?: boolean | undefined;
  readonly credentials: Credentials;
  readonly transport: Transport;
}

/**
 * Logs in to a registry. One that asks nobody for a login takes all credentials.
 *
 * @throws {OciError} `registry_refused_login` for wrong credentials, others where it cannot be asked
 */
export async function checkLogin(options: LoginOptions, signal?: AbortSignal): Promise<void> {
  const { registry, plainHttp, credentials, transport } = options;
  const origin = registryOrigin(registry, { plainHttp });
  const authority = new Authorizer({
    transport,
    origin,
    registry,
    repository: undefined,
    credentials,
  });
  const login = { transport, authority, origin };
  const response = await fetchAuthorized(login, new URL('/v2/', origin), { signal });
  if (response.status !== 200) {
    throw await refusal(response, { registry, repository: undefined, kind: 'base', name: '' });
  }
  response.discard();
}
