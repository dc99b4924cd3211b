import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { z } from 'zod';
import { connectKubernetes, statusOf } from '../../core/cluster/kubernetes.ts';
import { startRegistry, type TestRegistry } from '../support/registry.ts';
import { admissionFlags, restartApiServer } from './api-server.ts';
import { api, HOST, NAMESPACE, submit, TEST_REGISTRY_PORT, untilAnalysed } from './cluster.ts';
import { filesFolder, makeNamespace, pushNew, runCluster } from './door-samples.ts';

const PODS = 100;
const TRIVIAL_PORT = TEST_REGISTRY_PORT + 3;
const Client = z.object({ relay: z.object({ certificate: z.string(), key: z.string() }) });

let registry: TestRegistry;
beforeAll(async () => {
  registry = await startRegistry({ address: HOST, port: TEST_REGISTRY_PORT });
});
afterAll(async () => {
  await restartApiServer();
  await registry.close();
});

/** Milliseconds, the median, in which the API server says yes to a pod it has not been asked before. */
async function creation(namespace: string, image: string): Promise<number> {
  process.env['KUBECONFIG'] = inject('cluster').kubeconfig;
  const { core } = await connectKubernetes(NAMESPACE);
  const times: number[] = [];
  for (let turn = 0; turn < PODS + 10; turn += 1) {
    // Each is another question to the API server's own memory.
    const annotations = { 'test.image-policy.k8s.io/turn': String(turn) };
    const body = {
      metadata: { generateName: 'latency-', annotations },
      spec: { containers: [{ name: 'c', image }] },
    };
    const start = performance.now();
    await core.createNamespacedPod({ namespace, body, dryRun: 'All' }).catch((error: unknown) => {
      throw new Error(`refused with ${statusOf(error)}: ${String(error)}`);
    });
    if (turn >= 10) times.push(performance.now() - start);
  }
  return times.toSorted((a, b) => a - b)[PODS / 2] ?? Number.NaN;
}

it('tells what the door adds to the creation of a pod, beside a webhook that only says yes', async () => {
  const namespace = makeNamespace('latency');
  const image = pushNew(registry, 'latency');
  await untilAnalysed(await submit(image));
  const without = await creation(namespace, image);

  const folder = filesFolder();
  expect(runCluster('setup', '--out', folder, '--node-dir', folder).status).toBe(0);
  await restartApiServer(admissionFlags(folder));
  const door = await creation(namespace, image) - without;

  const made = await api('POST', '/door/clients', {
    cluster: 'local',
    server: `https://${HOST}:${TRIVIAL_PORT}`,
    relay_names: [HOST],
  });
  const { relay } = Client.parse(made.body);
  const answer = JSON.stringify({
    apiVersion: 'imagepolicy.k8s.io/v1alpha1',
    kind: 'ImageReview',
    status: { allowed: true },
  });
  const trivial = createServer({ cert: relay.certificate, key: relay.key }, (request, response) => {
    request.resume();
    request.on('end', () => response.end(answer));
  });
  await new Promise<void>((done) => void trivial.listen(TRIVIAL_PORT, HOST, done));
  try {
    const file = join(folder, 'kubeconfig');
    const text = readFileSync(file, 'utf8').replace(
      /server: .*/,
      `server: https://${HOST}:${TRIVIAL_PORT}/imagepolicy`,
    );
    writeFileSync(file, text);
    await restartApiServer(admissionFlags(folder));
    const yes = await creation(namespace, image) - without;
    const ms = (value: number) => `${value.toFixed(1)} ms`;
    console.log(
      `a pod is created in ${ms(without)}; the door adds ${ms(door)}, a webhook that only says ` +
        `yes adds ${ms(yes)}`,
    );
    expect(door).toBeLessThan(250);
  } finally {
    trivial.closeAllConnections();
    await new Promise((done) => trivial.close(done));
  }
});
