import { spawn } from 'node:child_process';
import { chownSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { startRegistry, type TestRegistry } from '../support/registry.ts';
import { admissionFlags, restartApiServer } from './api-server.ts';
import { openClusterDatabase } from './cluster-database.ts';
import {
  api,
  CORES,
  coreUrl,
  HOST,
  kubectl,
  kubectlWith,
  pause,
  submit,
  TEST_REGISTRY_PORT,
  untilAnalysed,
} from './cluster.ts';
import { writeOverlay } from './overlay.ts';
import { filesFolder, makeNamespace, pushNew, run, runCluster } from './door-samples.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MAIN = join(ROOT, 'core/main.ts');

let registry: TestRegistry;
const stops: (() => Promise<void>)[] = [];
beforeAll(async () => {
  registry = await startRegistry({ address: HOST, port: TEST_REGISTRY_PORT });
});
afterAll(async () => {
  for (const stop of stops.reverse()) await stop();
  await registry.close();
});

const coresReady = () =>
  kubectl('get', 'deploy', 'tidewaiter-core', '-o', 'jsonpath={.status.readyReplicas}');

it('two cores under rolling restart and a change of certificates fail no review', async () => {
  const good = pushNew(registry, 'steady');
  await untilAnalysed(await submit(good));
  const server = `https://${new URL(coreUrl()).hostname}:8443`;
  const made = await api('POST', '/door/clients', { cluster: 'steady', server });
  const { kubeconfig } = made.body as { kubeconfig: string };
  const file = parse(kubeconfig) as {
    clusters: [{ cluster: Record<string, string> }];
    users: [{ user: Record<string, string> }];
  };
  const text = (value = '') => Buffer.from(value, 'base64').toString();
  const { user } = file.users[0];
  const agent = new Agent({
    keepAlive: true,
    maxSockets: 20,
    ca: text(file.clusters[0].cluster['certificate-authority-data']),
    cert: text(user['client-certificate-data']),
    key: text(user['client-key-data']),
  });
  const failures: string[] = [];
  let answered = 0;
  const ask = () =>
    new Promise<void>((done) => {
      const start = performance.now();
      const fail = (why: string) => {
        failures.push(`${why} after ${Math.round(performance.now() - start)} ms`);
        done();
      };
      const call = request(`${server}/imagepolicy?timeout=30s`, {
        method: 'POST',
        agent,
        headers: { 'content-type': 'application/json' },
      }, (answer) => {
        let body = '';
        answer.on('data', (chunk) => body += chunk);
        answer.on('end', () => {
          answered += 1;
          if (answer.statusCode === 200 && body.includes('"allowed":true')) done();
          else fail(`${answer.statusCode} ${body}`);
        });
      });
      call.on('error', (error) => fail(String(error)));
      call.end(JSON.stringify({ spec: { containers: [{ image: good }], namespace: 'door-x' } }));
    });
  const asking: Promise<void>[] = [];
  const timer = setInterval(() => asking.push(ask()), 10);
  await pause(2000);
  expect((await api('POST', '/door/certificates', { authority: true })).status).toBe(200);
  await pause(3000);
  await kubectlWith('', 'rollout', 'restart', 'deploy/tidewaiter-core');
  await kubectlWith('', 'rollout', 'status', 'deploy/tidewaiter-core', '--timeout=180s');
  // The old ones go on for a while after the new ones are ready.
  await pause(12_000);
  // At least 2,000 reviews, however little time the restart took.
  while (asking.length < 2000) await pause(100);
  clearInterval(timer);
  await Promise.all(asking);
  agent.destroy();
  console.log(`${answered} reviews answered, ${failures.length} failed`);
  expect(failures).toEqual([]);
  expect(answered).toBe(asking.length);
});

it('installed into a cluster with running pods it disturbs none of them', async () => {
  const namespace = makeNamespace('baseline');
  const bad = pushNew(registry, 'before', ['22/tcp']);
  expect((await run(namespace, 'before', bad)).said).toContain('created');
  await untilAnalysed(await submit(bad));
  const { sql, close } = await openClusterDatabase();
  try {
    // As on the day it is installed.
    await sql`delete from admitted_sets where cluster = 'local'`;
    await sql`update clusters set baseline_at = null where name = 'local'`;
    await expect.poll(async () => {
      const [row] = await sql`
        select source, pods from admitted_sets where namespace = ${namespace}`;
      return row === undefined ? undefined : { ...row };
    }, { timeout: 30_000 }).toEqual({ source: 'baseline', pods: 1 });
  } finally {
    await close();
  }
  const folder = filesFolder();
  expect(runCluster('setup', '--out', folder, '--node-dir', folder).status).toBe(0);
  await restartApiServer(admissionFlags(folder));
  try {
    await kubectlWith('', 'label', 'pod', 'before', '-n', namespace, 'changed=yes');
    const elsewhere = makeNamespace('baseline-2');
    expect((await run(elsewhere, 'before', bad)).said).toContain('is refused by rule');
  } finally {
    await restartApiServer();
  }
});

it('a pod that nobody was asked about is an event', async () => {
  const namespace = makeNamespace('unasked');
  const image = pushNew(registry, 'unasked');
  expect((await run(namespace, 'unasked', image)).said).toContain('created');
  const { sql, close } = await openClusterDatabase();
  try {
    await expect.poll(async () => {
      const rows = await sql`
        select message from events where type = 'system.admission.unreviewed'
          and resource = ${image}`;
      return rows.length;
    }, { timeout: 60_000, interval: 1000 }).toBe(1);
  } finally {
    await close();
  }
});

/** The door beside the API server, as a process of this machine, which is the control plane. */
async function startRelayIn(folder: string): Promise<void> {
  const log = openSync(join(inject('cluster').folder, 'relay.log'), 'a');
  const child = spawn(process.execPath, ['run', '-A', MAIN, '--services', 'relay'], {
    cwd: ROOT,
    stdio: ['ignore', log, log],
    env: { ...process.env, TIDEWAITER_CONFIG: join(folder, 'relay.yaml') },
  });
  stops.push(async () => {
    const ended = new Promise((done) => child.once('exit', done));
    process.kill(child.pid ?? 0, 'SIGTERM');
    await ended;
  });
  await pause(3000);
}

/** Gives the database a volume that outlives its pod, from a folder of this machine. */
async function withClaim(): Promise<void> {
  const folder = join(inject('cluster').folder, 'volume');
  mkdirSync(folder);
  chownSync(folder, 65_532, 65_532);
  const volume = {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: 'database' },
    spec: {
      capacity: { storage: '20Gi' },
      accessModes: ['ReadWriteOnce'],
      hostPath: { path: folder },
      claimRef: { namespace: 'tidewaiter', name: 'anchore-db-postgresql' },
    },
  };
  await kubectlWith(JSON.stringify(volume), 'create', '-f', '-');
  const parts = { overlay: 'postgres', components: ['postgres-claim'] } as const;
  kubectl('apply', '-k', writeOverlay(inject('cluster'), parts));
  kubectl('rollout', 'status', 'deploy/anchore-db-postgresql', '--timeout=120s');
  kubectl('rollout', 'restart', 'deploy/tidewaiter-core');
  kubectl('rollout', 'status', 'deploy/tidewaiter-core', '--timeout=120s');
}

it('recovers by itself when all of core is deleted and the API server fails closed', async () => {
  await withClaim();
  const folder = filesFolder();
  const done = runCluster('setup', '--out', folder, '--node-dir', folder, '--relay');
  expect(done.output).toContain('tidewaiter-door.yaml');
  expect(done.status).toBe(0);
  expect(readFileSync(join(folder, 'admission.yaml'), 'utf8')).toContain('defaultAllow: false');
  // What a kubelet would run: the API server takes it, too.
  const pod = join(folder, 'tidewaiter-door.yaml');
  kubectl('apply', '--dry-run=server', '-n', 'kube-system', '-f', pod);
  await startRelayIn(folder);
  await restartApiServer(admissionFlags(folder));
  try {
    const namespace = makeNamespace('recovery');
    const image = pushNew(registry, 'recovered');
    // Core has to notice first that the API server was away.
    await expect.poll(async () => (await run(namespace, 'first', image)).said, {
      timeout: 90_000,
      interval: 2000,
    }).toContain('created');
    kubectl('delete', 'pods', '--all', '--force', '--grace-period=0', '-n', 'tidewaiter');
    await restartApiServer(admissionFlags(folder));
    // Whether core is back by now or not: nothing gets in that nobody has judged.
    expect((await run(namespace, 'lost', `${image}x`)).said)
      .toMatch(/core cannot be reached|cannot decide|waits for|is being analysed|cannot be read/);
    await expect.poll(coresReady, { timeout: 120_000, interval: 1000 }).toBe('2');
    await expect.poll(async () => (await run(namespace, 'second', image)).said, {
      timeout: 90_000,
      interval: 2000,
    }).toContain('created');
    expect(kubectl('get', 'pods', '-l', CORES, '-o', 'name').trim().split('\n')).toHaveLength(2);
  } finally {
    await restartApiServer();
  }
}, 480_000);
