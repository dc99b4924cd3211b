/**
 * The cluster and the core in it, as the suites use them.
 *
 * @module
 */
import { spawn, spawnSync } from 'node:child_process';
import { inject } from 'vitest';
import { z } from 'zod';
import { PASSWORD } from '../support/core.ts';

const { kubeconfig, kubectl: binary } = inject('cluster');
export const {
  host: HOST,
  registry: CLUSTER_REGISTRY,
  testRegistryPort: TEST_REGISTRY_PORT,
  state: STATE,
} = inject('cluster');
export const NAMESPACE = 'tidewaiter';

/** Runs kubectl in the product's namespace; throws what it says when it fails. */
export function kubectl(...args: readonly string[]): string {
  const all = [`--kubeconfig=${kubeconfig}`, '-n', NAMESPACE, ...args];
  const done = spawnSync(binary, all, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  if (done.status === 0) return done.stdout;
  throw new Error(`kubectl ${args.join(' ')}: ${done.stderr}`);
}

/** Runs kubectl with standard input. */
export function kubectlWith(input: string, ...args: readonly string[]): Promise<string> {
  return new Promise((done, fail) => {
    const child = spawn(binary, [`--kubeconfig=${kubeconfig}`, '-n', NAMESPACE, ...args]);
    let output = '';
    child.stdout.on('data', (chunk) => output += chunk);
    child.stderr.on('data', (chunk) => output += chunk);
    child.on('close', (code) => code === 0 ? done(output) : fail(new Error(output)));
    child.stdin.end(input);
  });
}

const Objects = z.object({
  items: z.array(z.looseObject({
    metadata: z.looseObject({
      name: z.string(),
      labels: z.record(z.string(), z.string()).default({}),
      annotations: z.record(z.string(), z.string()).default({}),
      creationTimestamp: z.string(),
    }),
    spec: z.looseObject({ nodeName: z.string().optional() }),
    status: z.looseObject({
      phase: z.string().optional(),
      startTime: z.string().optional(),
      conditions: z.array(z.looseObject({ type: z.string(), status: z.string() })).default([]),
    }),
  })),
});
export type KubernetesItem = z.infer<typeof Objects>['items'][number];

/** Objects of a kind with a label. */
export function list(kind: string, selector: string): KubernetesItem[] {
  return Objects.parse(JSON.parse(kubectl('get', kind, '-l', selector, '-o', 'json'))).items;
}

export const ANALYZERS = 'app.kubernetes.io/name=tidewaiter-analyzer';
export const CORES = 'app.kubernetes.io/name=tidewaiter-core';

/** Waits until a Deployment is rolled out and its former pods, which go on for a while, are gone. */
export function untilRolledOut(deployment = 'tidewaiter-core'): void {
  kubectl('rollout', 'status', `deploy/${deployment}`, '--timeout=120s');
  const going = list('pods', `app.kubernetes.io/name=${deployment}`)
    .filter(({ metadata }) => metadata['deletionTimestamp'] !== undefined);
  for (const { metadata: { name } } of going) {
    kubectl('wait', '--for=delete', `pod/${name}`, '--timeout=60s');
  }
}

/** What the cores have logged, each line with its pod. */
export function logsOfCore(): string {
  return kubectl('logs', '-l', CORES, '--tail=-1', '--prefix');
}

/** Lines of their logs that are more than information. */
export function warningsOfCore(): string[] {
  return logsOfCore().split('\n').filter((line) => /"level":"(?:warn|error)"/.test(line));
}

let address: string | undefined;

/** Address of core's Service: this machine reaches it, even while the API server is away. */
export function coreUrl(): string {
  address ??= kubectl('get', 'service', 'tidewaiter-core', '-o', 'jsonpath={.spec.clusterIP}');
  return `http://${address}:8228`;
}

/** Asks core's API as admin. */
export async function api(
  method: string,
  path: string,
  body?: unknown,
  url = coreUrl(),
): Promise<{ status: number; body: unknown }> {
  const answer = await fetch(`${url}/v1${path}`, {
    method,
    headers: {
      authorization: `Basic ${Buffer.from(`admin:${PASSWORD}`).toString('base64')}`,
      'content-type': 'application/json',
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(20_000),
  });
  const text = await answer.text();
  return { status: answer.status, body: text === '' ? undefined : JSON.parse(text) as unknown };
}

const Submitted = z.tuple([z.looseObject({ imageDigest: z.string() })]);
const Progress = z.looseObject({
  analysis_status: z.string(),
  attempt: z.number(),
  analysis_error: z.unknown(),
});

/** Submits an image, again and again while core is away; its digest. */
export async function submit(tag: string): Promise<string> {
  return await persistently(async () => {
    const answer = await api('POST', '/images', { tag });
    if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
    return Submitted.parse(answer.body)[0].imageDigest;
  });
}

/** Waits until an image's analysis has ended. */
export async function untilAnalysed(
  digest: string,
  seconds = 120,
): Promise<z.infer<typeof Progress>> {
  const deadline = Date.now() + seconds * 1000;
  while (Date.now() < deadline) {
    const progress = await persistently(async () => {
      const answer = await api('GET', `/images/${digest}/progress`);
      return Progress.parse(answer.body);
    });
    if (['analyzed', 'analysis_failed'].includes(progress.analysis_status)) return progress;
    await pause(200);
  }
  throw new Error(`${digest} was not analysed in ${seconds} seconds`);
}

/** Tries for two minutes: core may be away, and what it needs for one. */
async function persistently<T>(act: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + 120_000;
  for (;;) {
    try {
      return await act();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await pause(500);
    }
  }
}

/** Waits. */
export function pause(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}
