/**
 * The door's certificates: made at the first start, kept in the database, renewed at two thirds of
 * their life. Client certificates of the same authority name the cluster that asks.
 *
 * @module
 */
import type { Context } from 'hono';
import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import type { TLSSocket } from 'node:tls';
import type { Config } from '../config/load.ts';
import type { Sql, Transaction } from '../database/connection.ts';
import {
  type CertificateWithKey as Authority,
  createAuthority,
  issueServerCertificate,
  renewalDue,
} from './certificates.ts';
import type { TlsOptions } from './listen.ts';

const AUTHORITY = 'door-authority';
const SERVER = 'door-server';
const AUTHORITY_DAYS = 3650;
const SERVER_DAYS = 365;
/** Common names of client certificates: this and the cluster's name. */
export const CLUSTER_PREFIX = 'cluster:';
const CLUSTER = new RegExp(`^${CLUSTER_PREFIX}([\\w.-]{1,50})$`);

async function find(sql: Transaction, name: string): Promise<Authority | undefined> {
  const [row] = await sql<
    Authority[]
  >`select certificate, key from certificates where name = ${name}`;
  return row;
}

async function keep(sql: Transaction, name: string, made: Authority): Promise<Authority> {
  await sql`
    insert into certificates (name, certificate, key)
    values (${name}, ${made.certificate}, ${made.key})
    on conflict (name) do update set certificate = excluded.certificate, key = excluded.key,
      created_at = now()`;
  return made;
}

async function lockedAuthority(tx: Transaction): Promise<Authority> {
  await tx`select pg_advisory_xact_lock(hashtextextended('door certificates', 0))`;
  return await find(tx, AUTHORITY) ??
    await keep(
      tx,
      AUTHORITY,
      await createAuthority({ commonName: 'Tidewaiter door', days: AUTHORITY_DAYS }),
    );
}

/** The authority of the door's certificates; made now if there is none. */
export async function doorAuthority(sql: Sql): Promise<Authority> {
  return await sql.begin(lockedAuthority);
}

/** Names under which API servers may come to the door. */
function namesOf(config: Config, service: ServicePlace | undefined): string[] {
  const local = ['localhost', '127.0.0.1', '::1'];
  if (service === undefined) return [...new Set([...local, hostname(), ...config.door_names])];
  const { address, namespace } = service;
  const name = `tidewaiter-core.${namespace}`;
  // An API server asks by the address: names of the cluster do not resolve for it.
  const inside = [
    'tidewaiter-core',
    name,
    `${name}.svc`,
    ...(address === undefined ? [] : [address]),
  ];
  return [...new Set([...local, ...inside, ...config.door_names])];
}

/** Where core's Service is in a cluster. */
export interface ServicePlace {
  readonly namespace: string;
  readonly address: string | undefined;
}

/**
 * What the door's listener shows; made now if there is none for these names, or it is due.
 * `service` is undefined outside a cluster.
 */
export async function doorCertificates(
  sql: Sql,
  config: Config,
  service?: ServicePlace,
): Promise<TlsOptions> {
  const names = namesOf(config, service);
  const row = `${SERVER}-${
    createHash('sha256').update(names.join(' ')).digest('hex').slice(0, 16)
  }`;
  return await sql.begin(async (tx) => {
    const authority = await lockedAuthority(tx);
    const known = await find(tx, row);
    const server = known !== undefined && !renewalDue(known.certificate, new Date())
      ? known
      : await keep(
        tx,
        row,
        await issueServerCertificate(authority, { names, days: SERVER_DAYS }),
      );
    return { certificate: server.certificate, key: server.key, authority: authority.certificate };
  });
}

/** The cluster that a client certificate of the door's authority names. */
export function clusterOfCertificate(c: Context): string | undefined {
  const { incoming } = c.env as { incoming?: { socket: TLSSocket } };
  const socket = incoming?.socket;
  if (socket === undefined || !socket.authorized) return undefined;
  const name = socket.getPeerCertificate().subject?.CN;
  return typeof name === 'string' ? CLUSTER.exec(name)?.[1] : undefined;
}
