import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readFileSync } from 'node:fs';
import { composeImage } from 'oci-client/compose';
import { parseAllDocuments } from 'yaml';
import { basic } from '../core/api/samples.ts';
import { PASSWORD } from '../support/core.ts';
import { type RegistryAuth, startRegistry, type TestRegistry } from '../support/registry.ts';
import {
  api,
  CORES,
  HOST,
  kubectl,
  logsOfCore,
  submit,
  TEST_REGISTRY_PORT,
  untilAnalysed,
} from './cluster.ts';
import { ENCRYPTION_KEY } from './overlay.ts';

const LOGIN = { username: 'reader-of-the-registry', password: 'secret-of-the-registry' };
const SECRETS = [
  LOGIN.username,
  LOGIN.password,
  Buffer.from(`${LOGIN.username}:${LOGIN.password}`).toString('base64'),
  ENCRYPTION_KEY,
];
const FILE = '/etc/tidewaiter/registries/.dockerconfigjson';

function image(name: string) {
  return composeImage({ layers: [[{ path: 'name', content: name }]] });
}

/** What each core answers to a submission, by its own address. */
async function answersOf(tag: string): Promise<number[]> {
  const path = 'jsonpath={.items[*].status.podIP}';
  const addresses = kubectl('get', 'pods', '-l', CORES, '-o', path).split(' ');
  return await Promise.all(addresses.map(async (address) => {
    const answer = await fetch(`http://${address}:8228/v1/images`, {
      method: 'POST',
      headers: { ...basic('admin', PASSWORD), 'content-type': 'application/json' },
      body: JSON.stringify({ tag }),
    });
    return answer.status;
  }));
}

/** Waits until both cores answer alike: each node sees a change of a Secret in its own time. */
async function untilBoth(tag: string, status: number): Promise<void> {
  await expect.poll(() => answersOf(tag), { timeout: 180_000, interval: 500 })
    .toEqual([status, status]);
}

/** Looks through the Jobs of an image and their pods. */
function expectNoSecretIn(digest: string): void {
  const task = `tidewaiter.dev/digest=${digest.slice(7, 39)}`;
  const jobs = kubectl('get', 'jobs,pods', '-l', task, '-o', 'json');
  expect(jobs).toContain('analyze-');
  for (const secret of SECRETS) expect(jobs).not.toContain(secret);
}

let registry: TestRegistry | undefined;
async function startGuarded(auth: RegistryAuth): Promise<TestRegistry> {
  await registry?.close();
  registry = await startRegistry({ address: HOST, port: TEST_REGISTRY_PORT, auth });
  return registry;
}
afterAll(async () => {
  kubectl('delete', 'secret', 'tidewaiter-registries', '--ignore-not-found');
  await registry?.close();
});

it('reads the file that the shipped settings name', () => {
  const text = readFileSync(new URL('../../manifests/base/config.yaml', import.meta.url), 'utf8');
  const shipped = parseAllDocuments(text).map((document) => JSON.stringify(document.toJS()));
  expect(shipped.join()).toContain(`registry_config_files: [${FILE}]`);
});

describe('the Secret tidewaiter-registries', () => {
  let tag: string;
  beforeAll(async () => {
    const guarded = await startGuarded({ kind: 'token', ...LOGIN });
    guarded.push('of-a-secret', '1', image('of a secret'));
    tag = `${guarded.host}/of-a-secret:1`;
  });

  it('need not be there, which is no warning', async () => {
    expect(await api('POST', '/images', { tag })).toMatchObject({
      status: 400,
      body: { code: 'registry_refused_login' },
    });
    const told = logsOfCore().split('\n').filter((line) => line.includes(FILE));
    expect(told.length).toBeGreaterThanOrEqual(2);
    for (const line of told) expect(line).toContain('"level":"debug"');
  });

  it('counts without a restart, and no longer when it is gone', async () => {
    kubectl(
      ...['create', 'secret', 'docker-registry', 'tidewaiter-registries'],
      ...[`--docker-server=${registry?.host}`, `--docker-username=${LOGIN.username}`],
      `--docker-password=${LOGIN.password}`,
    );
    const begun = performance.now();
    await untilBoth(tag, 200);
    console.log(`made to read by both cores: ${Math.round((performance.now() - begun) / 1000)} s`);
    const digest = await submit(tag);
    // Not surely at the first attempt: the core that leads may have been the last to see the Secret.
    expect(await untilAnalysed(digest)).toMatchObject({ analysis_status: 'analyzed' });
    expectNoSecretIn(digest);
    kubectl('delete', 'secret', 'tidewaiter-registries');
    await untilBoth(tag, 400);
  });
});

describe('what an account has stored', () => {
  it('counts in both cores, for a registry that knows passwords only, too', async () => {
    const guarded = await startGuarded({ kind: 'basic', ...LOGIN });
    guarded.push('stored', '1', image('stored'));
    const tag = `${guarded.host}/stored:1`;
    const added = await api('POST', '/registries', {
      registry: guarded.host,
      registry_user: LOGIN.username,
      registry_pass: LOGIN.password,
    });
    expect(added.status, JSON.stringify(added.body)).toBe(200);
    await untilBoth(tag, 200);
    const digest = await submit(tag);
    expect(await untilAnalysed(digest)).toMatchObject({ analysis_status: 'analyzed', attempt: 1 });
    expectNoSecretIn(digest);
    expect((await api('DELETE', `/registries/${guarded.host}`)).status).toBe(200);
    await untilBoth(tag, 400);
  });

  it('is in no log', () => {
    for (const secret of SECRETS) expect(logsOfCore()).not.toContain(secret);
  });
});
