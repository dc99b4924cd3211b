/**
 * Which registries may be asked, and how: what the operator configured, and public ones.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { bareHost, type Credentials, isForbiddenAddress, registryOrigin } from 'oci-client';
import type { Config } from '../config/load.ts';
import { messageOf, TidewaiterError } from '../errors.ts';

/** How one registry is reached. */
export interface RegistryAccess {
  readonly registry: string;
  readonly plainHttp: boolean;
  readonly credentials: Credentials | undefined;
  /** PEM of its own certificate authority. */
  readonly ca: string | undefined;
}

export interface RegistryPolicy {
  accessOf(registry: string): RegistryAccess;
  /** Whether a host may be asked at an address. */
  allowAddress(host: string, ip: string): boolean;
  /** Origins that are asked over plain http. */
  readonly plainHttpOrigins: readonly string[];
}

const LOOPBACK_HOST = /^(localhost|127(\.\d{1,3}){3}|::1|\[::1\])$/;

function hostOf(registry: string): string {
  return bareHost(new URL(registryOrigin(registry)));
}

function readCa(registry: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new TidewaiterError(
      'invalid_configuration',
      500,
      `The certificate authority of the registry ${registry} cannot be read: ${messageOf(error)}`,
      { cause: error },
    );
  }
}

/**
 * The policy that the settings describe. Addresses inside are refused unless a registry there is
 * configured; a core that listens on loopback alone serves nobody else, so it may also ask
 * registries on loopback.
 */
export function registryPolicy(config: Config, isLocal: boolean): RegistryPolicy {
  const configured = new Map<string, RegistryAccess>();
  for (const setting of config.registries) {
    const { registry, username, password } = setting;
    configured.set(registry, {
      registry,
      plainHttp: setting.plain_http ?? LOOPBACK_HOST.test(hostOf(registry)),
      credentials: username === undefined ? undefined : { username, password: password ?? '' },
      ca: setting.ca_file === undefined ? undefined : readCa(registry, setting.ca_file),
    });
  }
  const hosts = new Set([...configured.keys()].map(hostOf));
  const accessOf = (registry: string): RegistryAccess =>
    configured.get(registry) ?? {
      registry,
      plainHttp: isLocal && LOOPBACK_HOST.test(hostOf(registry)),
      credentials: undefined,
      ca: undefined,
    };
  return {
    accessOf,
    allowAddress: (host, ip) =>
      hosts.has(host) || !isForbiddenAddress(ip) || (isLocal && LOOPBACK_HOST.test(ip)),
    plainHttpOrigins: [...configured.values()].filter(({ plainHttp }) => plainHttp)
      .map(({ registry }) => registryOrigin(registry, { plainHttp: true })),
  };
}
