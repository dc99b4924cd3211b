/**
 * Core's only way to registries: from a reference to a digest, and what a Job gets to read an image
 * with (addresses that were checked, a token for one repository, no password).
 *
 * @module
 */
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import {
  createTransport,
  type Digest,
  type ImageSource,
  OciError,
  openLayout,
  openRegistry,
  parseManifest,
  type Platform,
  registryOrigin,
  type RegistrySource,
  type ResolvedImage,
  resolveImage,
} from 'oci-client';
import { z } from 'zod';
import type { TaskSource } from '../../jobs/contract/index.ts';
import { findManifest } from '../catalog/images.ts';
import type { ImageName } from '../catalog/names.ts';
import type { Config } from '../config/load.ts';
import type { Sql } from '../database/connection.ts';
import { keepBlobHost, knownBlobHosts } from './blob-hosts.ts';
import type { LayoutReference } from './layouts.ts';
import { registryPolicy } from './policy.ts';
import type { Access, AnalysisSource } from './types.ts';

/** What a Job may reach, as it is kept while the Job runs. */
export const StoredAccess = z.object({
  /** Whether the registry knows passwords only: then core reads it for the Job. */
  viaCore: z.boolean(),
  /** Each host with the addresses that were found and allowed. */
  hosts: z.record(z.string(), z.array(z.string())),
});
export type StoredAccess = z.infer<typeof StoredAccess>;

export interface Registries {
  /** Asks the registry, or reads the folder. @throws OciError */
  resolve(
    from: ImageName | LayoutReference,
    signal?: AbortSignal,
  ): Promise<{ resolved: ResolvedImage; source: AnalysisSource }>;
  /** Finds out what a Job needs before it is launched. @throws OciError */
  access(attempt: Attempt): Promise<{ stored: StoredAccess; access: Access }>;
  /** What a Job reads the image with, as of now. @throws OciError */
  taskSource(task: TaskRead): Promise<TaskSource>;
  /** A source that reads for a Job with the credentials it does not get. */
  open(source: AnalysisSource): ImageSource;
  close(): Promise<void>;
}

/** The parts of an attempt that decide what it needs. */
export interface Attempt {
  readonly digest: string;
  readonly source: AnalysisSource;
  /** Attempts before it that failed. */
  readonly failures: number;
}

/** The parts of a task that decide how its image is read. */
export interface TaskRead {
  readonly task: string;
  readonly digest: string;
  readonly source: AnalysisSource;
  readonly access: StoredAccess;
  readonly coreUrl: string;
}

interface RegistriesOptions {
  readonly config: Config;
  readonly sql: Sql;
  /** Whether core listens on loopback alone. */
  readonly isLocal: boolean;
}

/** Repositories kept open, with their connections and tokens. */
const KEPT_OPEN = 200;

function platformOf(config: Config): Platform {
  const [os = 'linux', architecture = 'amd64', variant] = config.platform.split('/');
  return { os, architecture, ...(variant === undefined ? {} : { variant }) };
}

/** `address:port`, IPv6 in brackets. */
function endpoint(address: string, port: string): string {
  return isIP(address) === 6 ? `[${address}]:${port}` : `${address}:${port}`;
}

function portOf(url: URL): string {
  return url.port || (url.protocol === 'https:' ? '443' : '80');
}

function bareHost(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, '$1');
}

async function lookupAll(host: string): Promise<string[]> {
  if (isIP(host) !== 0) return [host];
  return (await lookup(host, { all: true })).map(({ address }) => address);
}

/** Opens the way to registries. */
export function createRegistries({ config, sql, isLocal }: RegistriesOptions): Registries {
  const policy = registryPolicy(config, isLocal);
  const opened = new Map<string, { source: RegistrySource; origin: string }>();

  const transportOptions = (ca: string | undefined) => ({
    allowAddress: policy.allowAddress,
    plainHttpOrigins: policy.plainHttpOrigins,
    ca,
    userAgent: 'tidewaiter',
  });

  function openRepository(registry: string, repository: string) {
    const key = `${registry}/${repository}`;
    const known = opened.get(key);
    if (known !== undefined) return known;
    if (opened.size >= KEPT_OPEN) {
      // Not closed: an answer may still be under way. Idle connections end by themselves.
      const [oldest] = opened.keys();
      if (oldest !== undefined) opened.delete(oldest);
    }
    const { plainHttp, credentials, ca } = policy.accessOf(registry);
    const transport = createTransport({
      ...transportOptions(ca),
      onRedirect: (_from, to) => void keepBlobHost(sql, registry, to.origin).catch(() => {}),
    });
    const source = openRegistry({ registry, repository, plainHttp, credentials, transport });
    const origin = registryOrigin(registry, { plainHttp });
    const entry = { source, origin };
    opened.set(key, entry);
    return entry;
  }

  /** Sees where the registry redirects a blob to; its content is not read. */
  async function probeBlob(registry: string, repository: string, digest: string): Promise<void> {
    const { source, origin } = openRepository(registry, repository);
    const authorization = await source.authorization();
    const url = new URL(`/v2/${repository}/blobs/${digest}`, origin);
    let moved: Promise<void> = Promise.resolve();
    const headers = authorization === undefined ? {} : { authorization };
    const probe = createTransport({
      ...transportOptions(policy.accessOf(registry).ca),
      onRedirect: (_from, to) => {
        moved = moved.then(() => keepBlobHost(sql, registry, to.origin));
      },
    });
    try {
      const answer = await probe.fetch(url, { method: 'HEAD', headers });
      answer.discard();
    } finally {
      await probe.close();
    }
    await moved;
  }

  /**
   * Core's own addresses, whatever they are: the Job is connected to it. Other names are not looked
   * up for a Job: what it asks for so would reach outside.
   */
  async function coreAddresses(core: URL): Promise<string[]> {
    const host = bareHost(core);
    const own = config.public_url === undefined
      ? 'localhost'
      : bareHost(new URL(config.public_url));
    if (isIP(host) === 0 && host !== own) return [];
    return await lookupAll(host).catch(() => []);
  }

  async function addressesOf(origin: URL): Promise<string[]> {
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

  async function registryAccess(
    attempt: Attempt,
    { registry, repository }: { registry: string; repository: string },
  ): Promise<{ stored: StoredAccess; access: Access }> {
    const { source, origin } = openRepository(registry, repository);
    await source.head(attempt.digest);
    if (source.authorizationKind === 'basic') {
      return { stored: { viaCore: true, hosts: {} }, access: { endpoints: [] } };
    }
    // The first attempt asks about one layer; after a failure each may lead elsewhere.
    const manifest = await findManifest(sql, attempt.digest);
    const layers = manifest === undefined ? [] : layersOf(manifest);
    const asked = attempt.failures === 0 ? layers.slice(0, 1) : layers;
    await Promise.all(asked.map((digest) => probeBlob(registry, repository, digest)));
    const hosts: Record<string, string[]> = {};
    const endpoints: string[] = [];
    for (const text of [origin, ...await knownBlobHosts(sql, registry)]) {
      const url = new URL(text);
      const addresses = await addressesOf(url).catch((error: unknown) => {
        if (text === origin) throw error;
        return [];
      });
      if (addresses.length === 0) continue;
      hosts[bareHost(url)] = addresses;
      endpoints.push(...addresses.map((address) => endpoint(address, portOf(url))));
    }
    return { stored: { viaCore: false, hosts }, access: { endpoints } };
  }

  return {
    async resolve(from, signal) {
      const platform = platformOf(config);
      if ('path' in from) {
        const layout = openLayout(from.path);
        const resolved = await resolveImage(layout, from.tag, platform, signal);
        return { resolved, source: { kind: 'layout', path: from.path } };
      }
      const { registry, repository } = from;
      const { source } = openRepository(registry, repository);
      const wanted = from.digest ?? from.tag ?? 'latest';
      const resolved = await resolveImage(source, wanted, platform, signal);
      return { resolved, source: { kind: 'registry', registry, repository } };
    },

    async access(attempt) {
      if (attempt.source.kind === 'registry') return await registryAccess(attempt, attempt.source);
      const { path } = attempt.source;
      return {
        stored: { viaCore: false, hosts: {} },
        access: { endpoints: [], folder: path },
      };
    },

    async taskSource({ task, digest, source, access, coreUrl }) {
      if (source.kind === 'layout') return { kind: 'layout', path: source.path };
      if (access.viaCore) {
        const core = new URL(coreUrl);
        return {
          kind: 'registry',
          origin: core.origin,
          repository: `tasks/${task}`,
          viaCore: true,
          hosts: { [bareHost(core)]: await coreAddresses(core) },
        };
      }
      const { registry, repository } = source;
      const { source: opened, origin } = openRepository(registry, repository);
      // A token is known to be good for this repository once a request with it was answered.
      await opened.head(digest);
      const authorization = await opened.authorization();
      const { ca } = policy.accessOf(registry);
      return {
        kind: 'registry',
        origin,
        repository,
        viaCore: false,
        hosts: access.hosts,
        ...(authorization === undefined ? {} : { authorization }),
        ...(ca === undefined ? {} : { ca }),
      };
    },

    open: (source) =>
      source.kind === 'layout'
        ? openLayout(source.path)
        : openRepository(source.registry, source.repository).source,

    async close() {
      await Promise.all([...opened.values()].map(({ source }) => source.close()));
    },
  };
}

function layersOf(manifest: { document: Buffer; mediaType: string }): Digest[] {
  const document = parseManifest(manifest.document, manifest.mediaType);
  return document.kind === 'manifest' ? document.layers.map(({ digest }) => digest) : [];
}
