import { randomBytes } from 'node:crypto';
import { composeImage } from 'oci-client/compose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startRegistry, type TestRegistry } from '../support/registry.ts';
import { admissionFlags, restartApiServer } from './api-server.ts';
import {
  ANALYZERS,
  CLUSTER_REGISTRY,
  HOST,
  kubectl,
  kubectlWith,
  list,
  pause,
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

const MIB = 1024 * 1024;

let registry: TestRegistry;
beforeAll(async () => {
  registry = await startRegistry({ address: HOST, port: TEST_REGISTRY_PORT });
  const folder = filesFolder();
  const done = runCluster('setup', '--out', folder, '--node-dir', folder);
  expect(done.output).toContain('admission.yaml');
  expect(done.status).toBe(0);
  await restartApiServer(admissionFlags(folder));
  await untilAllLookAgain(registry);
});
afterAll(async () => {
  await restartApiServer();
  await registry.close();
});

describe('the way from the API server', () => {
  it('is proven by the doctor', () => {
    const { output, status } = runCluster('doctor');
    expect(output).toMatch(/ok {6}door +the API server asks through imagepolicy \(mode audit\)/);
    expect(status, output).toBe(0);
  });

  it('is told to be broken where it is', () => {
    expect(runCluster('doctor', '--cluster', 'other').output)
      .toMatch(/broken {2}door +the API server asks in the name of local, not of other/);
  });
});

describe('kubectl run', () => {
  it('of an unknown good image is held and then admitted', async () => {
    const namespace = makeNamespace('good');
    const { said, seconds } = await run(namespace, 'good', pushNew(registry, 'good'));
    expect(said, said).toBe('pod/good created\n');
    expect(seconds).toBeGreaterThan(0.5);
  });

  it('of a bad one is refused with a reason that a person can act on', async () => {
    const namespace = makeNamespace('bad');
    const image = pushNew(registry, 'bad', ['22/tcp']);
    const { said } = await run(namespace, 'bad', image);
    expect(said).toContain('image policy webhook backend denied one or more images');
    expect(said).toContain(`image ${image} is refused by rule dockerfile/exposed_ports`);
    expect(said).toMatch(/Fix the image, or ask for an exception .* \(decision [0-9a-f]{16}\)/);
  });

  it('of an unknown image of 200 MB: the time to admission', async () => {
    const namespace = makeNamespace('large');
    const times: number[] = [];
    for (const turn of [1, 2, 3]) {
      const layers = Array.from(
        { length: 4 },
        (_, layer) =>
          Array.from({ length: 50 }, (_, file) => ({
            path: `data/${turn}/${layer}/${file}`,
            content: randomBytes(MIB).toString('base64'),
          })),
      );
      registry.push('large', String(turn), composeImage({ layers }));
      const { said, seconds } = await run(
        namespace,
        `large-${turn}`,
        `${registry.host}/large:${turn}`,
      );
      expect(said).toContain('created');
      times.push(seconds);
    }
    const p50 = times.toSorted((a, b) => a - b)[1] ?? Number.NaN;
    console.log(
      `from kubectl run of an unknown image of 200 MB to admitted: p50 ${p50.toFixed(1)} s`,
    );
    expect(p50).toBeLessThan(30);
  });
});

it.each([
  ['an internal address', '169.254.169.254/latest/meta-data:1'],
  ['the loopback', 'localhost:10250/pods:1'],
  ['200 kB', `${'a'.repeat(200_000)}:1`],
  ['control characters', 'a\u0007b\u001b[31m:1'],
  ['bidi marks', 'registry.example/a\u202ecod.exe:1'],
  ['a newline', 'registry.example/a\nb:1'],
])(
  'a reference with %s is refused with a clear reason, and nothing is fetched',
  async (_, image) => {
    const before = registry.requests.length;
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { generateName: 'hostile-', namespace: 'door-hostile' },
      spec: { containers: [{ name: 'c', image }] },
    };
    try {
      kubectl('get', 'namespace', 'door-hostile');
    } catch {
      makeNamespace('hostile');
    }
    const said = await kubectlWith(JSON.stringify(pod), 'create', '-n', 'door-hostile', '-f', '-')
      .catch((error: Error) => error.message);
    expect(said).toMatch(
      /denied one or more images: image .* (is no valid reference|cannot be read|waits)/,
    );
    // deno-lint-ignore no-control-regex
    expect(said.trim()).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
    expect(said.length).toBeLessThan(1500);
    expect(registry.requests).toHaveLength(before);
  },
);

it('20 unknown Deployments and 20 unknown Jobs keep no innocent one waiting', async () => {
  const namespace = makeNamespace('crowd');
  const innocent = pushNew(registry, 'innocent');
  await untilAnalysed(await submit(innocent));
  const template = (image: string) => ({
    metadata: { labels: { app: 'x' } },
    spec: { restartPolicy: 'Always', containers: [{ name: 'c', image }] },
  });
  const deployment = (name: string, image: string) => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace },
    spec: { selector: { matchLabels: { app: 'x' } }, template: template(image) },
  });
  const job = (name: string, image: string) => ({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, namespace },
    spec: {
      template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image }] } },
    },
  });
  const numbers = Array.from({ length: 20 }, (_, index) => index);
  // Slow enough that many wait for long.
  registry.faults.latencyMs = 500;
  try {
    const items = numbers.flatMap((n) => [
      deployment(`unknown-${n}`, pushNew(registry, `deployed-${n}`)),
      job(`unknown-${n}`, pushNew(registry, `worked-${n}`)),
    ]);
    const crowd = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
    const begun = Math.floor(Date.now() / 1000) * 1000;
    const start = performance.now();
    await kubectlWith(crowd, 'create', '-n', namespace, '-f', '-');
    await kubectlWith(
      JSON.stringify(deployment('innocent', innocent)),
      'create',
      '-n',
      namespace,
      '-f',
      '-',
    );
    const created = performance.now();
    const hasPod = () =>
      kubectl('get', 'pods', '-n', namespace, '-o', 'jsonpath={..image}').includes(innocent);
    await expect.poll(hasPod, { timeout: 30_000, interval: 100 }).toBe(true);
    const seconds = (performance.now() - created) / 1000;
    console.log(
      `among 40 unknown ones, made in ${((created - start) / 1000).toFixed(1)} s, an innocent ` +
        `Deployment has its pod after ${seconds.toFixed(1)} s`,
    );
    expect(seconds).toBeLessThan(5);
    await pause(2000);
    const pods = list('pods', ANALYZERS);
    const own = list('jobs', ANALYZERS).filter(({ metadata }) =>
      Date.parse(metadata.creationTimestamp) >= begun
    );
    const waits = own.flatMap(({ metadata }) => {
      const pod = pods.find(({ metadata: { labels } }) =>
        labels['batch.kubernetes.io/job-name'] === metadata.name
      );
      return pod === undefined
        ? []
        : [Date.parse(pod.metadata.creationTimestamp) - Date.parse(metadata.creationTimestamp)];
    });
    expect(waits.length).toBeGreaterThan(0);
    expect(Math.max(...waits)).toBeLessThan(5000);
  } finally {
    registry.faults.latencyMs = 0;
    kubectl('delete', 'namespace', namespace, '--wait=false');
  }
});

it('what was admitted goes on when the policy turns against it, until its last pod is gone', async () => {
  const namespace = makeNamespace('turned');
  const image = `${CLUSTER_REGISTRY}/tidewaiter/analyzer:test`;
  // Behind all those of the test before.
  await untilAnalysed(await submit(image), 240);
  const overrides = JSON.stringify({
    metadata: { finalizers: ['tidewaiter.dev/test'] },
    spec: { terminationGracePeriodSeconds: 0 },
  });
  const command = ['--command', '--', '/bin/deno', 'eval', 'setTimeout(() => {}, 3600000)'];
  const { said } = await run(namespace, 'app', image, `--overrides=${overrides}`, ...command);
  expect(said).toContain('created');
  const work = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'work', namespace },
    spec: {
      template: {
        spec: {
          restartPolicy: 'Never',
          containers: [{
            name: 'c',
            image,
            command: ['/bin/deno', 'eval', 'setTimeout(() => {}, 15000)'],
          }],
        },
      },
    },
  };
  await kubectlWith(JSON.stringify(work), 'create', '-n', namespace, '-f', '-');
  const phase = (selector: string[]) =>
    kubectl('get', 'pods', '-n', namespace, ...selector, '-o', 'jsonpath={.items[*].status.phase}');
  await expect.poll(() => phase([]), { timeout: 60_000 }).toBe('Running Running');
  await whileAllIsStopped(async () => {
    // Longer than the API server remembers its yes.
    await pause(31_000);
    await kubectlWith('', 'label', 'pod', 'app', '-n', namespace, 'changed=yes');
    await expect.poll(
      () => kubectl('get', 'job', 'work', '-n', namespace, '-o', 'jsonpath={.status.succeeded}'),
      { timeout: 60_000 },
    ).toBe('1');
    await kubectlWith('', 'delete', 'job', 'work', '-n', namespace);
    await kubectlWith('', 'delete', 'pod', 'app', '-n', namespace, '--wait=false');
    const patch = '{"metadata":{"finalizers":null}}';
    await kubectlWith('', 'patch', 'pod', 'app', '-n', namespace, '--type=merge', '-p', patch);
    await expect.poll(() => phase([]), { timeout: 60_000 }).toBe('');
    const gone = performance.now();
    await expect.poll(async () => (await run(namespace, 'again', image, '--dry-run=server')).said, {
      timeout: 45_000,
      interval: 1000,
    }).toMatch(/always\/always/);
    console.log(
      `a new pod is refused ${
        ((performance.now() - gone) / 1000).toFixed(0)
      } s after the last one ` +
        'with its images is gone',
    );
  });
});
