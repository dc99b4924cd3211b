/**
 * Who comes to the door: a client certificate or a bearer token names the cluster.
 *
 * @module
 */
import type { Context } from 'hono';
import { createHash, randomBytes } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import type { Sql } from '../database/connection.ts';
import type { AskerOf } from '../door/app.ts';
import type { Memory } from '../door/memory.ts';

/** Common names of client certificates: this and the cluster's name. */
export const CLUSTER_PREFIX = 'cluster:';
const CLUSTER = new RegExp(`^${CLUSTER_PREFIX}([\\w.-]{1,50})$`);

const TOKEN_PREFIX = 'twd_';
const TOKEN = /^Bearer (twd_[\w-]{40,64})$/i;
/** A token that is taken back is believed so long. */
const BELIEVED_MS = 60_000;

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** The cluster that a client certificate of the door's authorities names. */
export function clusterOfCertificate(c: Context): string | undefined {
  const { incoming } = c.env as { incoming?: { socket: TLSSocket } };
  const socket = incoming?.socket;
  if (socket === undefined || !socket.authorized) return undefined;
  const name = socket.getPeerCertificate().subject?.CN;
  return typeof name === 'string' ? CLUSTER.exec(name)?.[1] : undefined;
}

/** Makes a token that names a cluster; it is shown once and kept as a hash. */
export async function makeDoorToken(sql: Sql, cluster: string, days: number): Promise<string> {
  const token = TOKEN_PREFIX + randomBytes(32).toString('base64url');
  await sql`
    insert into door_tokens (hash, cluster, expires_at)
    values (${hashOf(token)}, ${cluster}, now() + ${days} * interval '1 day')`;
  return token;
}

/** The cluster that a token names. @throws TidewaiterError `database_unavailable` */
async function clusterOfToken(
  sql: Sql,
  memory: Memory,
  header: string | undefined,
): Promise<string | undefined> {
  const [, token] = TOKEN.exec(header ?? '') ?? [];
  if (token === undefined) return undefined;
  const hash = hashOf(token);
  return await memory.find<string | undefined>(`token ${hash.toString('hex')}`, async () => {
    const [row] = await sql<{ cluster: string }[]>`
      select cluster from door_tokens where hash = ${hash} and expires_at > now()`;
    if (row === undefined) return undefined;
    const expiresAt = new Date(Date.now() + BELIEVED_MS);
    return { value: row.cluster, dependsOn: ['tokens'], expiresAt };
  });
}

/** Finds out who asks over TLS. */
export function askerOver(sql: Sql, memory: Memory): AskerOf {
  return async (c) => {
    const cluster = clusterOfCertificate(c) ??
      await clusterOfToken(sql, memory, c.req.header('authorization')).catch(() => undefined);
    return cluster === undefined ? undefined : { cluster, identified: true };
  };
}
