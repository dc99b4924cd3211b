/**
 * Reads the `auths` of a docker `config.json`, which is also the content of a Kubernetes Secret of
 * type kubernetes.io/dockerconfigjson.
 *
 * @module
 */
import type { Credentials } from 'oci-client';
import { z } from 'zod';
import { parsePattern, type RegistryPattern } from './patterns.ts';

/** Credentials and what they are for. */
export interface DockerLogin {
  readonly pattern: RegistryPattern;
  readonly credentials: Credentials;
}

/** What a file holds. */
export interface DockerConfig {
  readonly logins: readonly DockerLogin[];
  /** Entries with credentials or a host that cannot be used. */
  readonly ignored: number;
}

/** Bytes of a file: a Secret of Kubernetes has no more. */
export const LARGEST_DOCKER_CONFIG = 1024 * 1024;

const text = z.string().max(64 * 1024);
const Auth = z.object({
  auth: text.optional(),
  username: text.optional(),
  password: text.optional(),
  identitytoken: text.optional(),
});
const Document = z.object({ auths: z.record(z.string().max(1024), z.unknown()).default({}) });

/** User name with which the registry client takes the password for an identity token. */
const IDENTITY_TOKEN_USER = '<token>';

/**
 * Reads a file's text.
 *
 * @throws Error whose message says what is wrong with the whole, and holds nothing of the text
 */
export function parseDockerConfig(json: string): DockerConfig {
  const document = Document.safeParse(parseJson(json));
  if (!document.success) throw new Error('it has no object "auths" of registries');
  const entries = Object.entries(document.data.auths);
  const logins = entries.flatMap(([key, value]) => {
    const auth = Auth.safeParse(value);
    const pattern = parsePattern(hostOf(key));
    const credentials = auth.success ? credentialsOf(auth.data) : undefined;
    return pattern === undefined || credentials === undefined ? [] : [{ pattern, credentials }];
  });
  return { logins, ignored: entries.length - logins.length };
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    // The cause quotes the text.
    throw new Error('it is not JSON');
  }
}

/** Keys as references have them: `https://index.docker.io/v1/` becomes `index.docker.io`. */
function hostOf(key: string): string {
  return key.replace(/^https?:\/\//, '').replace(/\/$/, '').replace(/^([^/]*)\/v[12]$/, '$1');
}

function credentialsOf(auth: z.infer<typeof Auth>): Credentials | undefined {
  if (auth.identitytoken) {
    return { username: IDENTITY_TOKEN_USER, password: auth.identitytoken };
  }
  if (auth.username) return { username: auth.username, password: auth.password ?? '' };
  const decoded = Buffer.from(auth.auth ?? '', 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  if (colon < 1) return undefined;
  return { username: decoded.slice(0, colon), password: decoded.slice(colon + 1) };
}
