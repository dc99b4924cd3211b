import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { setTimeout as sleep } from 'node:timers/promises';
import { startRegistry, type TestRegistry } from '../support/registry.ts';
import {
  CLUSTER_REGISTRY,
  HOST,
  kubectl,
  kubectlWith,
  submit,
  TEST_REGISTRY_PORT,
  untilAnalysed,
} from './cluster.ts';
import {
  filesFolder,
  makeNamespace,
  pushNew,
  run,
  runCluster,
  untilAllLookAgain,
  whileAllIsStopped,
} from './door-samples.ts';

let registry: TestRegistry;
beforeAll(async () => {
  registry = await startRegistry({ address: HOST, port: TEST_REGISTRY_PORT });
  const done = runCluster('setup', '--out', filesFolder(), '--webhook');
  expect(done.output).toContain('made the webhook tidewaiter');
  // Admission configurations of webhooks count within a moment.
  await sleep(2000);
  await untilAllLookAgain(registry);
});
afterAll(async () => {
  kubectl('delete', 'validatingwebhookconfiguration', 'tidewaiter', '--ignore-not-found');
  await registry.close();
});

it('is proven by the doctor, who says that the cluster has not shown its name', () => {
  const { output, status } = runCluster('doctor');
  expect(output).toMatch(/through admission \(mode audit, without having shown who it is\)/);
  expect(output).toMatch(/the validating webhook is there, failurePolicy Ignore/);
  expect(status, output).toBe(0);
});

describe('kubectl run through the validating webhook', () => {
  it('of an unknown good image waits with its connection open and is admitted', async () => {
    const namespace = makeNamespace('hook-good');
    const { said, seconds } = await run(namespace, 'good', pushNew(registry, 'good'));
    expect(said, said).toBe('pod/good created\n');
    expect(seconds).toBeGreaterThan(0.5);
  });

  it('of a bad one is refused with a reason that a person can act on', async () => {
    const namespace = makeNamespace('hook-bad');
    const image = pushNew(registry, 'bad', ['22/tcp']);
    const { said } = await run(namespace, 'bad', image);
    expect(said).toContain('admission webhook "pods.tidewaiter.dev" denied the request');
    expect(said).toContain(`image ${image} is refused by rule dockerfile/exposed_ports`);
  });

  it('of a bad one that outlasts the hold is refused although the failurePolicy is Ignore', async () => {
    const namespace = makeNamespace('hook-slow');
    registry.faults.latencyMs = 60_000;
    try {
      const { said, seconds } = await run(namespace, 'slow', pushNew(registry, 'slow', ['22/tcp']));
      expect(said).toMatch(
        /denied the request: image .* (waits for its analysis|is being analysed)/,
      );
      expect(seconds).toBeGreaterThan(20);
      expect(seconds).toBeLessThan(30);
    } finally {
      registry.faults.latencyMs = 0;
    }
    expect(kubectl('get', 'pods', '-n', namespace)).not.toContain('slow');
  });
});

it('a workload with a bad image is made with a warning', async () => {
  const namespace = makeNamespace('hook-work');
  const image = pushNew(registry, 'work', ['22/tcp']);
  await untilAnalysed(await submit(image));
  const said = await kubectlWith(
    '',
    'create',
    'deployment',
    'd',
    `--image=${image}`,
    '-n',
    namespace,
  );
  expect(said).toMatch(/^Warning: image .* is refused by rule dockerfile\/exposed_ports/m);
  expect(said).toContain('deployment.apps/d created');
});

it('an ephemeral container with a bad image is refused', async () => {
  const namespace = makeNamespace('hook-debug');
  const good = pushNew(registry, 'target');
  const bad = pushNew(registry, 'debug', ['22/tcp']);
  for (const image of [good, bad]) await untilAnalysed(await submit(image));
  expect((await run(namespace, 'target', good)).said).toContain('created');
  const said = await kubectlWith('', 'debug', 'target', `--image=${bad}`, '-n', namespace)
    .catch((error: Error) => error.message);
  expect(said).toMatch(/denied the request: image .*debug-.* is refused/);
});

it('pods that run go on when the policy turns against them; new ones are refused at once', async () => {
  const namespace = makeNamespace('hook-turned');
  const image = `${CLUSTER_REGISTRY}/tidewaiter/analyzer:test`;
  await untilAnalysed(await submit(image));
  const pod = (name: string, seconds: number) => ({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, namespace },
    spec: {
      template: {
        spec: {
          restartPolicy: 'Never',
          terminationGracePeriodSeconds: 0,
          containers: [{
            name: 'c',
            image,
            command: ['/bin/deno', 'eval', `setTimeout(() => {}, ${seconds * 1000})`],
          }],
        },
      },
    },
  });
  for (const [name, seconds] of [['short', 10], ['long', 3600]] as const) {
    await kubectlWith(JSON.stringify(pod(name, seconds)), 'create', '-n', namespace, '-f', '-');
  }
  const phases = () =>
    kubectl('get', 'pods', '-n', namespace, '-o', 'jsonpath={.items[*].status.phase}');
  await expect.poll(phases, { timeout: 60_000 }).toBe('Running Running');
  await whileAllIsStopped(async () => {
    expect((await run(namespace, 'new', image)).said).toMatch(
      /denied the request: .*always\/always/,
    );
    await kubectlWith('', 'label', 'pods', '--all', '-n', namespace, 'changed=yes');
    await expect.poll(
      () => kubectl('get', 'job', 'short', '-n', namespace, '-o', 'jsonpath={.status.succeeded}'),
      { timeout: 60_000 },
    ).toBe('1');
    // Each pod of a Job has a finalizer, which an update takes away.
    await kubectlWith('', 'delete', 'jobs', '--all', '-n', namespace);
    await expect.poll(phases, { timeout: 60_000 }).toBe('');
  });
});
