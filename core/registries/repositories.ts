/**
 * Repositories kept open, with their connections and tokens: one for each login, so that what one
 * account may read no other one reads through it.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import {
  checkLogin,
  createTransport,
  type Credentials,
  openRegistry,
  registryOrigin,
  type RegistrySource,
  type Transport,
} from 'oci-client';
import type { Sql } from '../database/connection.ts';
import { keepBlobHost } from './blob-hosts.ts';
import type { Logins } from './logins.ts';
import type { RegistryPolicy } from './policy.ts';

/** A repository that can be asked. */
export interface OpenRepository {
  readonly source: RegistrySource;
  readonly origin: string;
}

/** Which repository, and who asks. */
export interface RepositoryRead {
  readonly account: string;
  readonly registry: string;
  readonly repository: string;
}

export interface Repositories {
  /** Opens a repository with the credentials that count now. */
  open(read: RepositoryRead): Promise<OpenRepository>;
  /** Sees where the registry redirects a blob to; its content is not read. @throws OciError */
  probeBlob(read: RepositoryRead, digest: string): Promise<void>;
  /** Asks a registry whether it takes credentials. @throws OciError */
  checkLogin(registry: string, credentials: Credentials, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

interface RepositoriesOptions {
  readonly sql: Sql;
  readonly policy: RegistryPolicy;
  readonly logins: Logins;
}

/** How many are kept. */
const KEPT_OPEN = 200;

/** Tells logins apart in memory. */
function fingerprint(credentials: Credentials | undefined): string {
  if (credentials === undefined) return 'anonymous';
  const { username, password } = credentials;
  return createHash('sha256').update(JSON.stringify([username, password])).digest('hex');
}

/** Opens repositories as the policy has it. */
export function createRepositories({ sql, policy, logins }: RepositoriesOptions): Repositories {
  const opened = new Map<string, OpenRepository>();

  const transportTo = (registry: string, onRedirect?: (from: URL, to: URL) => void): Transport =>
    createTransport({
      allowAddress: policy.allowAddress,
      plainHttpOrigins: policy.plainHttpOrigins,
      ca: policy.accessOf(registry).ca,
      userAgent: 'tidewaiter',
      onRedirect,
    });

  async function open({ account, registry, repository }: RepositoryRead): Promise<OpenRepository> {
    const credentials = await logins.find(account, registry, repository);
    const key = `${registry}/${repository} ${fingerprint(credentials)}`;
    const known = opened.get(key);
    if (known !== undefined) return known;
    if (opened.size >= KEPT_OPEN) {
      // Not closed: an answer may still be under way. Idle connections end by themselves.
      const [oldest] = opened.keys();
      if (oldest !== undefined) opened.delete(oldest);
    }
    const { plainHttp } = policy.accessOf(registry);
    const transport = transportTo(
      registry,
      (_from, to) => void keepBlobHost(sql, registry, to.origin).catch(() => {}),
    );
    const source = openRegistry({ registry, repository, plainHttp, credentials, transport });
    const entry = { source, origin: registryOrigin(registry, { plainHttp }) };
    opened.set(key, entry);
    return entry;
  }

  return {
    open,

    async probeBlob(read, digest) {
      const { registry, repository } = read;
      const { source, origin } = await open(read);
      const authorization = await source.authorization();
      const url = new URL(`/v2/${repository}/blobs/${digest}`, origin);
      let moved: Promise<void> = Promise.resolve();
      const headers = authorization === undefined ? {} : { authorization };
      const probe = transportTo(registry, (_from, to) => {
        moved = moved.then(() => keepBlobHost(sql, registry, to.origin));
      });
      try {
        const answer = await probe.fetch(url, { method: 'HEAD', headers });
        answer.discard();
      } finally {
        await probe.close();
      }
      await moved;
    },

    async checkLogin(registry, credentials, signal) {
      const { plainHttp } = policy.accessOf(registry);
      const transport = transportTo(registry);
      try {
        await checkLogin({ registry, plainHttp, credentials, transport }, signal);
      } finally {
        await transport.close();
      }
    },

    async close() {
      await Promise.all([...opened.values()].map(({ source }) => source.close()));
    },
  };
}
