import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Hono } from 'hono';
import { z } from 'zod';
import type { ApiEnv } from '../../core/api/context.ts';
import { listen } from '../../core/server/listen.ts';
import { startRegistry, type TestRegistry } from '../support/registry.ts';
import { admissionFlags, restartApiServer } from './api-server.ts';
import {
  api,
  HOST,
  kubectl,
  kubectlWith,
  submit,
  TEST_REGISTRY_PORT,
  untilAnalysed,
} from './cluster.ts';
import { filesFolder, makeNamespace, pushNew, runCluster } from './door-samples.ts';

const PODS = 100;
const TRIVIAL_PORT = TEST_REGISTRY_PORT + 3;
const Client = z.object({
  authority: z.string(),
  relay: z.object({ certificate: z.string(), key: z.string() }),
});

let registry: TestRegistry;
beforeAll(async () => {
  registry = await startRegistry({ address: HOST, port: TEST_REGISTRY_PORT });
});
afterAll(async () => {
  await restartApiServer();
  await registry.close();
});

const OF_PLUGIN = 'apiserver_admission_controller_admission_duration_seconds';

/** Seconds that the API server spent in the plug-in so far, and how often. */
function spent(): { sum: number; count: number } {
  const text = kubectl('get', '--raw', '/metrics');
  const value = (what: string) => {
    const line = text.split('\n').find((each) =>
      each.startsWith(`${OF_PLUGIN}_${what}{`) && each.includes('name="ImagePolicyWebhook"') &&
      each.includes('operation="CREATE"')
    );
    return Number(line?.split(' ').at(-1) ?? 0);
  };
  return { sum: value('sum'), count: value('count') };
}

/** Milliseconds, the mean, that the plug-in adds to pods the API server has not asked about before. */
async function added(namespace: string, image: string, name: string): Promise<number> {
  const create = async (from: number, count: number) => {
    const items = Array.from({ length: count }, (_, index) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      // Each is another question to the API server's own memory.
      metadata: {
        generateName: 'latency-',
        namespace,
        annotations: { 'test.image-policy.k8s.io/turn': `${name}-${from + index}` },
      },
      spec: { containers: [{ name: 'c', image }] },
    }));
    const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
    await kubectlWith(list, 'create', '--dry-run=server', '-n', namespace, '-f', '-');
  };
  // The first ones open connections.
  await create(0, 20);
  const before = spent();
  await create(20, PODS);
  const after = spent();
  expect(after.count - before.count).toBeGreaterThanOrEqual(PODS);
  return ((after.sum - before.sum) / (after.count - before.count)) * 1000;
}

it('tells what the door adds to the creation of a pod, beside a webhook that only says yes', async () => {
  const namespace = makeNamespace('latency');
  const image = pushNew(registry, 'latency');
  await untilAnalysed(await submit(image));

  const folder = filesFolder();
  expect(runCluster('setup', '--out', folder, '--node-dir', folder).status).toBe(0);
  await restartApiServer(admissionFlags(folder));
  const door = await added(namespace, image, 'door');

  const made = await api('POST', '/door/clients', {
    cluster: 'local',
    server: `https://${HOST}:${TRIVIAL_PORT}`,
    relay_names: [HOST],
  });
  const { authority, relay } = Client.parse(made.body);
  const answer = JSON.stringify({
    apiVersion: 'imagepolicy.k8s.io/v1alpha1',
    kind: 'ImageReview',
    status: { allowed: true },
  });
  const app = new Hono<ApiEnv>();
  app.post('/imagepolicy', (c) => c.body(answer, 200, { 'content-type': 'application/json' }));
  const where = { host: HOST, port: TRIVIAL_PORT, setting: 'the port' };
  const trivial = await listen(app, where, { ...relay, authority });
  try {
    const file = join(folder, 'kubeconfig');
    const text = readFileSync(file, 'utf8').replace(
      /server: .*/,
      `server: https://${HOST}:${TRIVIAL_PORT}/imagepolicy`,
    );
    writeFileSync(file, text);
    await restartApiServer(admissionFlags(folder));
    const yes = await added(namespace, image, 'yes');
    const ms = (value: number) => `${value.toFixed(1)} ms`;
    console.log(
      `to the creation of a pod the door adds ${ms(door)}, a webhook that only says yes ${ms(yes)}`,
    );
    expect(door).toBeLessThan(250);
  } finally {
    await trivial.close(0);
  }
});
