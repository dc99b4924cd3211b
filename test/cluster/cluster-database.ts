/**
 * The database of the cluster's core, for what no route tells: reached through its pod's kubelet.
 *
 * @module
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { inject } from 'vitest';
import { openDatabase, type Sql } from '../../core/database/connection.ts';
import { kubectl, NAMESPACE } from './cluster.ts';

const NAME = 'anchore-db-postgresql';

export interface ClusterDatabase {
  readonly sql: Sql;
  close(): Promise<void>;
}

function password(): string {
  const path = 'jsonpath={.data.postgres-password}';
  return Buffer.from(kubectl('get', 'secret', NAME, '-o', path), 'base64').toString();
}

/** Opens a way to the database and a connection on it. */
export async function openClusterDatabase(): Promise<ClusterDatabase> {
  const { kubectl: binary, kubeconfig } = inject('cluster');
  const child = spawn(binary, [
    `--kubeconfig=${kubeconfig}`,
    ...['-n', NAMESPACE, 'port-forward', `deployment/${NAME}`, ':5432'],
  ], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  const port = await new Promise<string>((done, fail) => {
    child.stderr.on('data', (chunk: Buffer) => said += chunk.toString());
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      const found = /127\.0\.0\.1:(\d+) ->/.exec(said)?.[1];
      if (found !== undefined) done(found);
    });
    child.once('close', () => fail(new Error(`The database cannot be reached: ${said}`)));
  });
  const login = `postgres:${encodeURIComponent(password())}`;
  const sql = openDatabase(`postgres://${login}@127.0.0.1:${port}/postgres`, { max: 1 });
  return {
    sql,
    async close() {
      await sql.end({ timeout: 5 });
      const closed = once(child, 'close');
      if (child.pid !== undefined) process.kill(child.pid, 'SIGTERM');
      await closed;
    },
  };
}
