/**
 * Core's only way to registries: from a reference to a digest, and what a Job gets to read an image
 * with (addresses that were checked, a token for one repository, no password).
 *
 * @module
 */
import {
  bareHost,
  type Credentials,
  type ImageSource,
  isDigest,
  openLocal,
  type ResolvedImage,
  resolveImage,
} from 'oci-client';
import type { TaskSource } from '../../jobs/contract/index.ts';
import { platformOf } from '../catalog/indexes.ts';
import type { ImageName } from '../catalog/names.ts';
import type { Config } from '../config/load.ts';
import type { Sql } from '../database/connection.ts';
import type { Log } from '../log.ts';
import { configFiles } from './config-files.ts';
import { coreAddresses, registryAccess, type StoredAccess } from './job-access.ts';
import type { LocalReference } from './local.ts';
import { createLogins } from './logins.ts';
import { noteThrottled } from './pauses.ts';
import { registryPolicy } from './policy.ts';
import { createRepositories, type RepositoryRead } from './repositories.ts';
import { secretBox } from './secrets.ts';
import type { Access, AnalysisSource } from './types.ts';

/** Every account reads with its own credentials. */
export interface Registries {
  /** Asks the registry, or reads the folder or archive, for the configured platform or another. @throws OciError */
  resolve(
    account: string,
    from: ImageName | LocalReference,
    signal?: AbortSignal,
    platform?: string,
  ): Promise<{ resolved: ResolvedImage; source: AnalysisSource }>;
  /** Finds out what a Job needs before it is launched. @throws OciError */
  access(attempt: Attempt): Promise<{ stored: StoredAccess; access: Access }>;
  /** What a Job reads the image with, as of now. @throws OciError */
  taskSource(task: TaskRead): Promise<TaskSource>;
  /** A source that reads for a Job with the credentials it does not get. */
  open(account: string, source: AnalysisSource): Promise<ImageSource>;
  /**
   * Digest that a tag names now, by a request without a body; undefined while that is one of
   * `known`. @throws OciError
   */
  movedTo(
    account: string,
    name: ImageName,
    known: readonly string[],
    signal: AbortSignal,
  ): Promise<string | undefined>;
  /** All tags of a repository. @throws OciError */
  listTags(read: RepositoryRead, signal: AbortSignal): Promise<string[]>;
  /** Asks a registry whether it takes credentials. @throws OciError */
  checkLogin(registry: string, credentials: Credentials, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** The parts of an attempt that decide what it needs. */
export interface Attempt {
  readonly account: string;
  readonly digest: string;
  readonly source: AnalysisSource;
  /** Attempts before it that failed. */
  readonly failures: number;
}

/** The parts of a task that decide how its image is read. */
export interface TaskRead {
  readonly account: string;
  readonly task: string;
  readonly digest: string;
  readonly source: AnalysisSource;
  readonly access: StoredAccess;
  readonly coreUrl: string;
}

interface RegistriesOptions {
  readonly config: Config;
  readonly sql: Sql;
  readonly log: Log;
  /** Whether core listens on loopback alone. */
  readonly isLocal: boolean;
}

/** Opens the way to registries. */
export function createRegistries({ config, sql, log, isLocal }: RegistriesOptions): Registries {
  const policy = registryPolicy(config, isLocal);
  const { encryption_key: key } = config;
  const box = key === undefined ? undefined : secretBox(key);
  const files = configFiles(config.registry_config_files, log);
  // What is wrong with them is told at the start, not at the first pull.
  void files.logins();
  const logins = createLogins({ sql, policy, files, box });
  const repositories = createRepositories({ sql, policy, logins });

  /** The image through core, which has the password. */
  async function sourceViaCore(task: string, coreUrl: string): Promise<TaskSource> {
    const core = new URL(coreUrl);
    return {
      kind: 'registry',
      origin: core.origin,
      repository: `tasks/${task}`,
      viaCore: true,
      hosts: { [bareHost(core)]: await coreAddresses(config, core) },
    };
  }

  /** A registry that throttles one of us pauses for all. */
  async function asking<T>(registry: string, ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      await noteThrottled(sql, registry, error);
      throw error;
    }
  }

  async function taskSource(
    { account, task, digest, source, access, coreUrl }: TaskRead,
  ): Promise<TaskSource> {
    if (source.kind !== 'registry') return source;
    if (access.viaCore) return await sourceViaCore(task, coreUrl);
    const { registry, repository } = source;
    const { source: opened, origin } = await repositories.open({ account, registry, repository });
    // A token is known to be good for this repository once a request with it was answered.
    await asking(registry, () => opened.head(digest));
    // It may have begun to ask for passwords since the Job was launched.
    if (opened.authorizationKind === 'basic') return await sourceViaCore(task, coreUrl);
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
  }

  return {
    async resolve(account, from, signal, wantedPlatform = config.platform) {
      const platform = platformOf(wantedPlatform);
      if ('path' in from) {
        const { kind, path, wanted } = from;
        const resolved = await resolveImage(openLocal(kind, path), wanted, platform, signal);
        return { resolved, source: { kind, path } };
      }
      const { registry, repository } = from;
      const { source } = await repositories.open({ account, registry, repository });
      const wanted = from.digest ?? from.tag ?? 'latest';
      const resolved = await asking(
        registry,
        () => resolveImage(source, wanted, platform, signal),
      );
      return { resolved, source: { kind: 'registry', registry, repository } };
    },

    async access(attempt) {
      const { account, source } = attempt;
      if (source.kind === 'registry') {
        const read = { account, ...source };
        return await asking(
          source.registry,
          () => registryAccess({ sql, policy, repositories }, attempt, read),
        );
      }
      return {
        stored: { viaCore: false, hosts: {} },
        access: { endpoints: [], path: source.path },
      };
    },

    taskSource,

    open: async (account, source) =>
      source.kind === 'registry'
        ? (await repositories.open({ account, ...source })).source
        : openLocal(source.kind, source.path),

    async movedTo(account, { registry, repository, tag }, known, signal) {
      const { source } = await repositories.open({ account, registry, repository });
      return await asking(
        registry,
        () => source.movedTo(tag ?? 'latest', known.filter(isDigest), signal),
      );
    },

    async listTags(read, signal) {
      const { source } = await repositories.open(read);
      return await asking(read.registry, () => source.tags(signal));
    },

    checkLogin: repositories.checkLogin,

    close: repositories.close,
  };
}
