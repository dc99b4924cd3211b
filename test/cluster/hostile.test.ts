import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { once } from 'node:events';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { PASSWORD } from '../support/core.ts';
import { startRegistry, type TestRegistry } from '../support/registry.ts';
import {
  ANALYZERS,
  api,
  CORES,
  coreUrl,
  HOST,
  kubectl,
  kubectlWith,
  list,
  submit,
  TEST_REGISTRY_PORT,
} from './cluster.ts';
import { expectWhole, noiseImage } from './outcomes.ts';

const PROBE = readFileSync(new URL('probe.js', import.meta.url), 'utf8');
const LOGIN = { username: 'robot', password: 'not-for-the-job' };
const UNUSED_PORT = TEST_REGISTRY_PORT + 7;
/** Neither allowed nor told apart from what is not there. */
const CUT_OFF = 'TimeoutError';

const Found = z.looseObject({
  token: z.string(),
  ownTask: z.unknown(),
  otherTasks: z.record(z.string(), z.unknown()),
  repositories: z.unknown(),
  addresses: z.record(z.string(), z.string()),
  files: z.record(z.string(), z.unknown()),
  status: z.unknown(),
  environment: z.unknown(),
  command: z.unknown(),
  library: z.unknown(),
});
type Found = z.infer<typeof Found>;

let registry: TestRegistry;
let bystander: Server;
let template: string;
let turn = 0;

beforeAll(async () => {
  const auth = { kind: 'token', ...LOGIN } as const;
  registry = await startRegistry({ address: HOST, port: TEST_REGISTRY_PORT, auth });
  const stored = await api('POST', '/registries', {
    registry: registry.host,
    registry_user: LOGIN.username,
    registry_pass: LOGIN.password,
  });
  expect(stored.status).toBe(200);
  bystander = createServer((socket) => socket.end()).listen(UNUSED_PORT, HOST);
  await once(bystander, 'listening');
  template = kubectl('get', 'podtemplate', 'tidewaiter-analyzer', '-o', 'json');
});

beforeEach(() => {
  turn += 1;
});

afterAll(async () => {
  await restore();
  await api('DELETE', `/registries/${registry.host}`);
  bystander.close();
  await registry.close();
});

async function restore(): Promise<void> {
  await kubectlWith(template, 'replace', '--force', '-f', '-');
}

/** What the probe tries to reach. */
function addresses(): Record<string, { hostname: string; port: number }> {
  const service = (name: string, namespace = 'tidewaiter') =>
    kubectl('get', 'service', name, '-n', namespace, '-o', 'jsonpath={.spec.clusterIP}');
  const [core] = list('pods', CORES);
  const podIp = z.string().parse(core?.status['podIP']);
  const nodeIp = kubectl('get', 'node', 'node-1', '-o', 'jsonpath={.status.addresses[0].address}');
  const apiServer = new URL(
    kubectl('config', 'view', '-o', 'jsonpath={.clusters[0].cluster.server}'),
  );
  return {
    core: { hostname: new URL(coreUrl()).hostname, port: 8228 },
    registry: { hostname: HOST, port: TEST_REGISTRY_PORT },
    door: { hostname: podIp, port: 8443 },
    database: { hostname: service('anchore-db-postgresql'), port: 5432 },
    'API server': { hostname: apiServer.hostname, port: Number(apiServer.port) },
    'API service': { hostname: service('kubernetes', 'default'), port: 443 },
    kubelet: { hostname: nodeIp, port: 10_250 },
    bystander: { hostname: HOST, port: UNUSED_PORT },
    metadata: { hostname: '169.254.169.254', port: 80 },
  };
}

/** Puts the probe in the analyzer's place and analyses two images; what both found. */
async function probe(how: 'with all permissions' | 'confined'): Promise<Found[]> {
  const names = ['a', 'b'].map((name) => `hostile-${turn}-${name}`);
  const images = names.map((name) => noiseImage(name, 20_000));
  const digests = images.map(({ manifest }) => manifest.descriptor.digest);
  for (const [index, image] of images.entries()) registry.push(names[index] ?? '', '1', image);
  const targets = {
    tasks: digests.map((digest) => `${digest.slice(7, 39)}-1`),
    addresses: addresses(),
    others: names,
  };
  // Confined it may read no file of ours, so the targets stand in the program itself.
  const data = { 'probe.js': `globalThis.targets = ${JSON.stringify(targets)};\n${PROBE}` };
  const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'probe' }, data };
  await kubectlWith(JSON.stringify(map), 'apply', '-f', '-');
  const changed = z.looseObject({
    template: z.looseObject({
      spec: z.looseObject({ containers: z.tuple([z.looseObject({})]) }),
    }),
  }).parse(JSON.parse(template));
  const [container] = changed.template.spec.containers;
  changed.template.spec['volumes'] = [{ name: 'probe', configMap: { name: 'probe' } }];
  container['volumeMounts'] = how === 'confined'
    ? [{ name: 'probe', mountPath: '/app/analyzer.js', subPath: 'probe.js' }]
    : [{ name: 'probe', mountPath: '/probe' }];
  if (how !== 'confined') container['command'] = ['/bin/deno', 'run', '-A', '/probe/probe.js'];
  await kubectlWith(JSON.stringify(changed), 'replace', '--force', '-f', '-');
  for (const name of names) await submit(`${registry.host}/${name}:1`);
  const found: Found[] = [];
  for (const task of targets.tasks) {
    const logs = () => {
      try {
        return kubectl('logs', '-l', `tidewaiter.dev/task=${task}`, '--tail=-1');
      } catch {
        return '';
      }
    };
    await expect.poll(logs, { timeout: 60_000, interval: 500 }).toMatch(/^\{.*\}$/m);
    found.push(Found.parse(JSON.parse(/^\{.*\}$/m.exec(logs())?.[0] ?? '')));
  }
  expectNoSecrets(digests);
  await restore();
  for (const name of names) await submit(`${registry.host}/${name}:1`);
  for (const digest of digests) await expectWhole(digest, expect.any(Number));
  return found;
}

function expectNoSecrets(digests: readonly string[]): void {
  // Of these pods alone: those of other suites may be on hosts that keep no logs.
  const own = `tidewaiter.dev/digest in (${digests.map((one) => one.slice(7, 39)).join(',')})`;
  const seen = kubectl('get', 'jobs,pods', '-o', 'json') +
    kubectl('logs', '-l', CORES, '--tail=-1') +
    kubectl('logs', '-l', `${ANALYZERS},${own}`, '--tail=-1');
  expect(seen).toContain('analyze-');
  const login = Buffer.from(`${LOGIN.username}:${LOGIN.password}`).toString('base64');
  for (const secret of [PASSWORD, LOGIN.password, login]) expect(seen).not.toContain(secret);
  expect(seen).not.toMatch(/Bearer [\w-]{20}/);
}

describe('an analyzer that was subverted', () => {
  it('gets at nothing but its own task, whatever program it runs', async () => {
    for (const found of await probe('with all permissions')) {
      expect(found).toMatchObject({ token: 'read', ownTask: 200 });
      expect(Object.keys(found.otherTasks)).toHaveLength(5);
      for (const status of Object.values(found.otherTasks)) expect([401, 410]).toContain(status);
      const repositories = Object.entries(found.repositories as Record<string, unknown>);
      expect(repositories).toHaveLength(2);
      for (const [name, status] of repositories) expect(status).toBe(name === 'own' ? 200 : 401);
      const { core, registry: reached, ...others } = found.addresses;
      expect({ core, registry: reached }).toEqual({ core: 'connected', registry: 'connected' });
      for (const [name, came] of Object.entries(others)) {
        expect([name, came]).toEqual([name, CUT_OFF]);
      }
      expect(found.files).toMatchObject({
        serviceAccount: 'NotFound',
        writeRoot: expect.stringMatching(/ReadOnly|PermissionDenied|Error/),
        writeScratch: 'written',
      });
      expect(found.status).toMatchObject({
        Uid: expect.stringMatching(/^65532\t/),
        NoNewPrivs: '1',
        CapEff: '0000000000000000',
        Seccomp: '2',
      });
      expect(JSON.stringify(found.environment)).not.toMatch(/PASSWORD|SECRET|TOKEN|KEY/i);
    }
  });

  it('shows the API server a token that is good for nothing there', async () => {
    const account = 'system:serviceaccount:tidewaiter:tidewaiter-analyzer';
    const rights = kubectl('auth', 'can-i', '--list', `--as=${account}`);
    expect(rights).not.toMatch(/pods|secrets|jobs|configmaps/);
    const token = kubectl('create', 'token', 'tidewaiter-analyzer', '--audience=tidewaiter-core');
    const server = kubectl('config', 'view', '-o', 'jsonpath={.clusters[0].cluster.server}');
    const login = ['--server', server, '--token', token.trim(), '--insecure-skip-tls-verify'];
    const empty = ['--kubeconfig=/dev/null', ...login, 'get', 'pods'];
    expect(() => kubectl(...empty)).toThrow(/Unauthorized|must be logged in/);
  });

  it('is refused every other host, file and program by the runtime itself', async () => {
    for (const found of await probe('confined')) {
      expect(found).toMatchObject({ token: 'read', ownTask: 200 });
      const { core, registry: reached, ...others } = found.addresses;
      expect({ core, registry: reached }).toEqual({ core: 'connected', registry: 'connected' });
      expect(Object.keys(others).length).toBeGreaterThan(5);
      for (const [name, came] of Object.entries(others)) {
        expect([name, came]).toEqual([name, 'NotCapable']);
      }
      expect(found.files).toMatchObject({
        passwd: 'NotCapable',
        writeRoot: 'NotCapable',
        writeTmp: 'NotCapable',
        writeScratch: 'written',
      });
      expect(found).toMatchObject({ command: 'NotCapable', library: 'NotCapable' });
      expect(['NotCapable', '{}']).toContain(
        typeof found.environment === 'string'
          ? found.environment
          : JSON.stringify(found.environment),
      );
    }
  });
});
