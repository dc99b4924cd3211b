/**
 * Where an embedded database lies, how it is reached, and the settings it runs with.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** A Unix socket's path ends at 107 bytes; PostgreSQL adds `/.s.PGSQL.5432` to the folder. */
const LONGEST_SOCKET_DIR = 90;

/** Where an embedded database keeps its things. */
export interface Paths {
  readonly data: string;
  readonly socket: string;
  readonly log: string;
}

/** The places below a data folder. */
export function pathsOf(dataDir: string): Paths {
  const root = resolve(dataDir);
  const near = join(root, 'run');
  const hash = createHash('sha256').update(root).digest('hex').slice(0, 16);
  return {
    data: join(root, 'postgres'),
    socket: Buffer.byteLength(near) <= LONGEST_SOCKET_DIR
      ? near
      : join(tmpdir(), `tidewaiter-${hash}`),
    log: join(root, 'postgres.log'),
  };
}

/** Address of the database, for `openDatabase`. */
export function urlOf(paths: Paths): string {
  return `postgres://tidewaiter@localhost/postgres?host=${encodeURIComponent(paths.socket)}`;
}

/** Command line of the server: it listens on its socket alone. */
export function serverArgs(paths: Paths): string[] {
  const settings = {
    listen_addresses: '',
    // A list of names: quoted, so that a comma is a letter of its name.
    unix_socket_directories: `"${paths.socket.replaceAll('"', '""')}"`,
    max_connections: '100',
    shared_buffers: '64MB',
    wal_level: 'minimal',
    max_wal_senders: '0',
    max_wal_size: '512MB',
    jit: 'off',
    log_min_messages: 'warning',
  };
  return [
    '-D',
    paths.data,
    ...Object.entries(settings).flatMap(([key, value]) => [
      '-c',
      `${key}=${value}`,
    ]),
  ];
}
