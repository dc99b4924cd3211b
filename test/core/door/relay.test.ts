import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { apiServerFiles, DoorClient } from '../../../core/cli/cluster/files.ts';
import { freePort } from '../../../core/cli/local-core.ts';
import { loadConfig } from '../../../core/config/load.ts';
import { startRelay } from '../../../core/server/relay.ts';
import { startTestCore, submitImage, type TestCore, untilAnalysed } from '../../support/core.ts';
import { askDoor } from '../../support/door-client.ts';
import { quiet } from '../../support/postgres.ts';
import { startRegistry, type TestRegistry } from '../../support/registry.ts';
import { image } from './samples.ts';

let core: TestCore;
let registry: TestRegistry;
let relay: Awaited<ReturnType<typeof startRelay>>;
let folder: string;
let kubeconfig: string;
beforeAll(async () => {
  registry = await startRegistry();
  core = await startTestCore();
  folder = mkdtempSync(join(tmpdir(), 'tw-relay-'));
  const relayUrl = `https://127.0.0.1:${await freePort()}`;
  const made = await core.api('POST', '/door/clients', {
    cluster: 'blue',
    server: core.doorUrl,
    relay_names: ['127.0.0.1'],
  });
  const files = apiServerFiles(DoorClient.parse(made.body), {
    nodeDir: folder,
    defaultAllow: false,
    namespace: 'tidewaiter',
    server: core.doorUrl,
    exempt: ['kube-system', 'tidewaiter'],
    relayUrl,
  });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  kubeconfig = files['kubeconfig'] ?? '';
  const { config } = loadConfig({ TIDEWAITER_CONFIG: join(folder, 'relay.yaml') }, {
    services: ['relay'],
  });
  relay = await startRelay(config, quiet);
});
afterAll(async () => {
  await relay.stop();
  await core.stop();
  await registry.close();
  rmSync(folder, { recursive: true, force: true });
});

const ask = (reference: string, namespace: string) =>
  askDoor(kubeconfig, { containers: [{ image: reference }], namespace });

const answered = (allowed: boolean, decision: unknown) => ({
  status: 200,
  body: { kind: 'ImageReview', status: { allowed, auditAnnotations: { decision } } },
});

describe('the door beside an API server', () => {
  it('asks core in the name of its cluster', async () => {
    registry.push('good', '1', image('good'));
    const reference = `${registry.host}/good:1`;
    await untilAnalysed(core, (await submitImage(core, reference)).imageDigest);
    expect(await ask(reference, 'default')).toMatchObject({
      status: 200,
      body: { status: { allowed: true, auditAnnotations: { cluster: 'blue' } } },
    });
    registry.push('held', '1', image('held'));
    registry.faults.latencyMs = 2000;
    expect(await ask(`${registry.host}/held:1`, 'default')).toMatchObject({ status: 503 });
    registry.faults.latencyMs = 0;
  });

  it('admits the namespaces of its file, as it stands now, and asks nobody', async () => {
    expect(await ask('not valid!', 'tidewaiter')).toMatchObject(answered(true, 'exempt'));
    expect(await ask('not valid!', 'rescue-1')).toMatchObject(answered(false, 'failed'));
    writeFileSync(join(folder, 'exempt'), 'tidewaiter\nrescue-* # for now\n');
    expect(await ask('not valid!', 'rescue-1')).toMatchObject(answered(true, 'exempt'));
    expect(await ask('not valid!', 'kube-system')).toMatchObject(answered(true, 'exempt'));
  });

  it('wants a certificate', async () => {
    const bare = kubeconfig.replace(/client-certificate-data: .*/, 'token: twd_none')
      .replace(/client-key-data: .*/, '');
    expect(await askDoor(bare, { containers: [], namespace: 'tidewaiter' }))
      .toMatchObject({ status: 401 });
  });

  it('says so when core is away, and still admits its own namespaces', async () => {
    await core.kill();
    try {
      expect(await ask('alpine', 'default')).toMatchObject({
        status: 200,
        body: {
          status: { allowed: false, reason: expect.stringMatching(/core cannot be reached/) },
        },
      });
      expect(await ask('alpine', 'tidewaiter')).toMatchObject(answered(true, 'exempt'));
    } finally {
      await core.start();
    }
  });
});
