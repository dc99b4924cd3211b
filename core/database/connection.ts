/**
 * Connections to Postgres: the only store of core.
 *
 * @module
 */
import postgres from 'postgres';
import { messageOf, TidewaiterError } from '../errors.ts';

/** A pool of connections; tagged templates run statements. */
export type Sql = postgres.Sql<{ bigint: number }>;
/** Statements inside a transaction. */
export type Transaction = postgres.TransactionSql<{ bigint: number }>;
/** Where a statement may run: alone or in a transaction. */
export type Queryable = Sql | Transaction;
/** A value that is stored as JSON. */
export type Json = postgres.JSONValue;

export interface DatabaseOptions {
  /** Connections at most. */
  readonly max?: number;
  readonly connectTimeoutSeconds?: number;
  /** Keep connections open however idle or old they are: a lock lives as long as its connection. */
  readonly keep?: boolean;
  /** Called when a connection has ended. */
  readonly closed?: () => void;
}

/**
 * Opens a pool. `url` is a `postgres://` URL; `?host=/folder` in it means a Unix socket there.
 * Nothing is connected before the first statement.
 */
export function openDatabase(url: string, options: DatabaseOptions = {}): Sql {
  const socket = new URL(url).searchParams.get('host');
  return postgres(url.replace(/[?&]host=[^&]*/, ''), {
    ...(socket === null ? {} : { host: socket, port: 5432 }),
    max: options.max ?? 12,
    connect_timeout: options.connectTimeoutSeconds ?? 10,
    idle_timeout: options.keep ? 0 : 60,
    ...(options.keep ? { max_lifetime: null } : {}),
    // A database that comes back is noticed within a second, not after a minute of back-off.
    backoff: (attempt: number) => Math.min(1, 0.05 * 2 ** attempt),
    connection: {
      application_name: 'tidewaiter',
      // A core on a lost host says no goodbye: the server lets go of its locks within 20 seconds.
      tcp_keepalives_idle: 5,
      tcp_keepalives_interval: 5,
      tcp_keepalives_count: 3,
      tcp_user_timeout: 20_000,
    },
    onnotice: () => {},
    ...(options.closed === undefined ? {} : { onclose: options.closed }),
    types: {
      bigint: { to: 20, from: [20], parse: Number, serialize: String },
    },
  });
}

/** Whether a failure says that the database is away, not that a statement is wrong. */
export function isConnectionFailure(error: unknown): boolean {
  if (typeof error !== 'object' || error === null || !('code' in error)) return false;
  const code = String(error.code);
  return /^(CONNECTION_|CONNECT_TIMEOUT|ECONN|ENOENT|EPIPE|ETIMEDOUT|57P0|08|53300)/.test(code);
}

/** Whether Postgres refused the data itself (SQLSTATE classes 22 and 54): again would end the same. */
export function isUnstorable(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^(22|54)\w{3}$/.test(String(error.code));
}

/** Turns a failure of the connection into the answer clients get. */
export function asDatabaseError(error: unknown): unknown {
  if (!isConnectionFailure(error)) return error;
  return databaseUnavailable({ cause: error, detail: { reason: messageOf(error) } });
}

/** What clients are told while the database is away. */
export function databaseUnavailable(
  options?: ConstructorParameters<typeof TidewaiterError>[3],
): TidewaiterError {
  return new TidewaiterError(
    'database_unavailable',
    503,
    'The database cannot be reached at the moment: try again in a few seconds.',
    options,
  );
}
