/**
 * Which credentials an account reads a repository with: those the operator set for the registry,
 * else the account's own, else those of the operator's files.
 *
 * @module
 */
import type { Credentials } from 'oci-client';
import type { Queryable } from '../database/connection.ts';
import type { ConfigFiles } from './config-files.ts';
import { listCredentials, type SealedRecord } from './credentials.ts';
import { mostSpecific, parsePattern } from './patterns.ts';
import type { RegistryPolicy } from './policy.ts';
import { sealedOtherwise, type SecretBox } from './secrets.ts';

/** Finds credentials. */
export interface Logins {
  /** @throws TidewaiterError `registry_credentials_unreadable` */
  find(account: string, registry: string, repository: string): Promise<Credentials | undefined>;
}

interface LoginsOptions {
  readonly sql: Queryable;
  readonly policy: RegistryPolicy;
  readonly files: ConfigFiles;
  /** Undefined without an encryption key: then nothing that is stored can be read. */
  readonly box: SecretBox | undefined;
}

/** The credentials of a stored row. @throws TidewaiterError `registry_credentials_unreadable` */
export function openCredential(box: SecretBox | undefined, record: SealedRecord): Credentials {
  if (box === undefined) throw sealedOtherwise(record.registry);
  return { username: record.user, password: box.open(record, record) };
}

/** Looks for credentials anew each time, so that a change counts at once. */
export function createLogins({ sql, policy, files, box }: LoginsOptions): Logins {
  return {
    async find(account, registry, repository) {
      const { credentials } = policy.accessOf(registry);
      if (credentials !== undefined) return credentials;
      const records = await listCredentials(sql, account);
      const own = records.flatMap((record) => {
        const pattern = parsePattern(record.registry);
        return pattern === undefined ? [] : [{ pattern, record }];
      });
      const stored = mostSpecific(own, registry, repository);
      if (stored !== undefined) return openCredential(box, stored.record);
      return mostSpecific(await files.logins(), registry, repository)?.credentials;
    },
  };
}
