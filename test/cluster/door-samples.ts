/**
 * What the suites of the door share: setup as a person runs it, pods as a person makes them.
 *
 * @module
 */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { expect, inject } from 'vitest';
import { composeImage } from 'oci-client/compose';
import type { TestRegistry } from '../support/registry.ts';
import { STOP_ALL } from '../support/bundles.ts';
import { PASSWORD } from '../support/core.ts';
import { api, kubectl, kubectlWith, list, submit, untilAnalysed } from './cluster.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** A folder for the API server's files. */
export function filesFolder(): string {
  return mkdtempSync(join(inject('cluster').folder, 'door-'));
}

/** Runs `npm run cluster` as a person does; what it says and its exit code. */
export function runCluster(...args: readonly string[]): { output: string; status: number | null } {
  const done = spawnSync('npm', ['run', '-s', 'cluster', '--', ...args], {
    cwd: ROOT,
    encoding: 'utf8',
    env: {
      ...process.env,
      KUBECONFIG: inject('cluster').kubeconfig,
      TIDEWAITER_ADMIN_PASSWORD: PASSWORD,
    },
  });
  return { output: done.stdout + done.stderr, status: done.status };
}

/** An image nobody has seen; the default policy refuses those that expose port 22. */
export function pushNew(
  registry: TestRegistry,
  name: string,
  ports: readonly string[] = [],
): string {
  const unique = `${name}-${randomBytes(4).toString('hex')}`;
  const made = composeImage({
    layers: [[{ path: 'content', content: unique }]],
    config: { ExposedPorts: ports },
  });
  registry.push(unique, '1', made);
  return `${registry.host}/${unique}:1`;
}

/** An analysis that takes longer found somebody who had not looked again yet. */
const AWAKE_SECONDS = 8;

/**
 * Waits until images are analysed as soon as ever, on every host at once: after the API server was
 * away, controllers and kubelets look again only a while later, each after a pause of its own.
 */
export async function untilAllLookAgain(registry: TestRegistry): Promise<void> {
  const hosts = list('nodes', 'tidewaiter.dev/analyzer=true');
  const start = performance.now();
  const seconds = (since: number) => (performance.now() - since) / 1000;
  for (let round = 1; seconds(start) < 240; round += 1) {
    const began = performance.now();
    const digests = await Promise.all(hosts.map(() => submit(pushNew(registry, 'first'))));
    await Promise.all(digests.map((digest) => untilAnalysed(digest, 240)));
    console.log(`after the API server was away, round ${round}: ${seconds(began).toFixed(1)} s`);
    if (seconds(began) < AWAKE_SECONDS) return;
  }
  expect.fail('analyses are slow minutes after the API server was away');
}

/** A namespace in which the door enforces. */
export function makeNamespace(name: string): string {
  const namespace = `door-${name}`;
  kubectl('create', 'namespace', namespace);
  // Without it no pod is admitted; after a restart of the API server it takes its time.
  kubectl('wait', '--for=create', 'serviceaccount/default', '-n', namespace, '--timeout=120s');
  return namespace;
}

/** `kubectl run`: what it says, and how many seconds it took. Never blocks this process. */
export async function run(
  namespace: string,
  name: string,
  image: string,
  ...more: readonly string[]
): Promise<{ said: string; seconds: number }> {
  const start = performance.now();
  const args = ['run', name, `--image=${image}`, '-n', namespace, '--restart=Never', ...more];
  const said = await kubectlWith('', ...args).catch((error: Error) => error.message);
  return { said, seconds: (performance.now() - start) / 1000 };
}

/** Lets a policy that stops everything count while something is done. */
export async function whileAllIsStopped(act: () => Promise<void>): Promise<void> {
  const bundles = (await api('GET', '/policies')).body as { policyId: string; active: boolean }[];
  const before = bundles.find(({ active }) => active)?.policyId ?? expect.fail('no bundle');
  const activate = async (policyId: string) => {
    const [record] = (await api('GET', `/policies/${policyId}?detail=true`)).body as object[];
    const answer = await api('PUT', `/policies/${policyId}?active=true`, {
      ...record,
      active: true,
    });
    expect(answer.status).toBe(200);
  };
  expect((await api('POST', '/policies', STOP_ALL)).status).toBe(200);
  await activate(STOP_ALL.id);
  try {
    await act();
  } finally {
    await activate(before);
  }
}
