import { spawnSync } from 'node:child_process';
import { chownSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { startRegistry, type TestRegistry } from '../support/registry.ts';
import {
  HOST,
  kubectl,
  kubectlWith,
  submit,
  TEST_REGISTRY_PORT,
  untilAnalysed,
} from './cluster.ts';
import { filesFolder, pushNew, runCluster } from './door-samples.ts';

const NODE = 1;
/** User of the product's images. */
const USER = 65_532;
const WHERE = ['-n', 'kube-system'];

let registry: TestRegistry;
beforeAll(async () => {
  registry = await startRegistry({ address: HOST, port: TEST_REGISTRY_PORT });
});
afterAll(async () => {
  kubectl('delete', 'pod', 'tidewaiter-door', ...WHERE, '--ignore-not-found', '--wait=false');
  await registry.close();
});

const Pod = z.looseObject({ spec: z.looseObject({}) });
const Review = z.object({
  status: z.object({ allowed: z.boolean(), reason: z.string().default('') }),
});

/** Asks at the loopback of the node, as the API server beside the pod would. */
function ask(folder: string, namespace: string, image: string) {
  const port =
    new URL(kubectl('config', 'view', '-o', 'jsonpath={.clusters[0].cluster.server}')).port;
  const review = {
    apiVersion: 'imagepolicy.k8s.io/v1alpha1',
    kind: 'ImageReview',
    spec: { containers: [{ image }], namespace },
  };
  const file = (name: string) => join(folder, name);
  const args = [
    `--net=/run/netns/kt${port}-${NODE}`,
    ...['curl', '-sS', '--max-time', '35', '-H', 'content-type: application/json'],
    ...['--cacert', file('ca.crt'), '--cert', file('client.crt'), '--key', file('client.key')],
    ...['-d', JSON.stringify(review), 'https://127.0.0.1:9443/imagepolicy?timeout=30s'],
  ];
  const done = spawnSync('nsenter', args, { encoding: 'utf8' });
  expect(done.stderr).toBe('');
  return Review.parse(JSON.parse(done.stdout)).status;
}

it('the pod of the door runs under a kubelet as its file says, and answers beside it', async () => {
  const folder = filesFolder();
  const { status } = runCluster('setup', '--out', folder, '--node-dir', folder, '--relay');
  expect(status).toBe(0);
  for (const name of ['', ...readdirSync(folder)]) chownSync(join(folder, name), USER, USER);
  const pod = Pod.parse(parse(readFileSync(join(folder, 'tidewaiter-door.yaml'), 'utf8')));
  // In place of the folder of static pods, which the kubelets here have none of.
  const bound = { ...pod, spec: { ...pod.spec, nodeName: `node-${NODE}` } };
  await kubectlWith(JSON.stringify(bound), 'create', ...WHERE, '-f', '-');
  kubectl('wait', '--for=condition=Ready', 'pod/tidewaiter-door', ...WHERE, '--timeout=90s');
  const image = pushNew(registry, 'beside');
  await untilAnalysed(await submit(image), 240);
  expect(ask(folder, 'kube-system', 'unknown.example/any:1')).toEqual({
    allowed: true,
    reason: '',
  });
  expect(ask(folder, 'elsewhere', image)).toMatchObject({ allowed: true });
  const bad = pushNew(registry, 'beside-bad', ['22/tcp']);
  await untilAnalysed(await submit(bad), 240);
  expect(ask(folder, 'door-enforced', bad)).toMatchObject({
    allowed: false,
    reason: expect.stringContaining('is refused by rule') as string,
  });
  // It goes on: no probe has ended it.
  const restarts = 'jsonpath={.status.containerStatuses[0].restartCount}';
  expect(kubectl('get', 'pod', 'tidewaiter-door', ...WHERE, '-o', restarts)).toBe('0');
}, 300_000);
