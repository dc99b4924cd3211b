/**
 * What a Job may reach to read its image: addresses that were checked, and never a password.
 *
 * @module
 */
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { bareHost, type Digest, OciError, parseManifest } from 'oci-client';
import { z } from 'zod';
import { findManifest } from '../catalog/images.ts';
import type { Config } from '../config/load.ts';
import type { Sql } from '../database/connection.ts';
import { knownBlobHosts } from './blob-hosts.ts';
import type { RegistryPolicy } from './policy.ts';
import type { Repositories, RepositoryRead } from './repositories.ts';
import type { Access } from './types.ts';

/** What a Job may reach, as it is kept while the Job runs. */
export const StoredAccess = z.object({
  /** Whether the registry knows passwords only: then core reads it for the Job. */
  viaCore: z.boolean(),
  /** Each host with the addresses that were found and allowed. */
  hosts: z.record(z.string(), z.array(z.string())),
});
export type StoredAccess = z.infer<typeof StoredAccess>;

/** The parts of an attempt that decide which of its layers are asked about. */
interface AttemptAt {
  readonly digest: string;
  /** Attempts before it that failed. */
  readonly failures: number;
}

interface JobAccessOptions {
  readonly sql: Sql;
  readonly policy: RegistryPolicy;
  readonly repositories: Repositories;
}

/** `address:port`, IPv6 in brackets. */
function endpoint(address: string, port: string): string {
  return isIP(address) === 6 ? `[${address}]:${port}` : `${address}:${port}`;
}

function portOf(url: URL): string {
  return url.port || (url.protocol === 'https:' ? '443' : '80');
}

async function lookupAll(host: string): Promise<string[]> {
  if (isIP(host) !== 0) return [host];
  return (await lookup(host, { all: true })).map(({ address }) => address);
}

async function addressesOf(policy: RegistryPolicy, origin: URL): Promise<string[]> {
  const host = bareHost(origin);
  const found = await lookupAll(host);
  const allowed = found.filter((address) => policy.allowAddress(host, address));
  if (allowed.length > 0) return allowed;
  throw new OciError(
    'forbidden_address',
    `Host ${host} (${
      found.join(', ')
    }) must not be asked for images: configure the registry if it is meant to be.`,
  );
}

/**
 * Core's own addresses, whatever they are: the Job is connected to it. Other names are not looked
 * up for a Job: what it asks for so would reach outside.
 */
export async function coreAddresses(config: Config, core: URL): Promise<string[]> {
  const host = bareHost(core);
  const own = config.public_url === undefined ? 'localhost' : bareHost(new URL(config.public_url));
  if (isIP(host) === 0 && host !== own) return [];
  return await lookupAll(host).catch(() => []);
}

/** Finds out which hosts an attempt reads its image from. @throws OciError */
export async function registryAccess(
  { sql, policy, repositories }: JobAccessOptions,
  attempt: AttemptAt,
  read: RepositoryRead,
): Promise<{ stored: StoredAccess; access: Access }> {
  const { source, origin } = await repositories.open(read);
  await source.head(attempt.digest);
  if (source.authorizationKind === 'basic') {
    return { stored: { viaCore: true, hosts: {} }, access: { endpoints: [] } };
  }
  // The first attempt asks about one layer; after a failure each may lead elsewhere.
  const manifest = await findManifest(sql, attempt.digest);
  const layers = manifest === undefined ? [] : layersOf(manifest);
  const asked = attempt.failures === 0 ? layers.slice(0, 1) : layers;
  await Promise.all(asked.map((digest) => repositories.probeBlob(read, digest)));
  const hosts: Record<string, string[]> = {};
  const endpoints: string[] = [];
  for (const text of [origin, ...await knownBlobHosts(sql, read.registry)]) {
    const url = new URL(text);
    const addresses = await addressesOf(policy, url).catch((error: unknown) => {
      if (text === origin) throw error;
      return [];
    });
    if (addresses.length === 0) continue;
    hosts[bareHost(url)] = addresses;
    endpoints.push(...addresses.map((address) => endpoint(address, portOf(url))));
  }
  return { stored: { viaCore: false, hosts }, access: { endpoints } };
}

function layersOf(manifest: { document: Buffer; mediaType: string }): Digest[] {
  const document = parseManifest(manifest.document, manifest.mediaType);
  return document.kind === 'manifest' ? document.layers.map(({ digest }) => digest) : [];
}
