import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { z } from 'zod';
import { composeImage } from 'oci-client/compose';
import { startRegistry, type TestRegistry } from '../support/registry.ts';
import {
  api,
  HOST,
  kubectl,
  pause,
  submit,
  TEST_REGISTRY_PORT,
  untilAnalysed,
  untilRolledOut,
} from './cluster.ts';
import { type Parts, writeOverlay } from './overlay.ts';

function apply(parts: Parts, change: (folder: string) => void = () => {}): void {
  const folder = writeOverlay(inject('cluster'), parts);
  change(folder);
  kubectl('apply', '-k', folder);
  untilRolledOut();
}

/** What a config map says counts from the next start. */
function restart(): void {
  kubectl('rollout', 'restart', 'deploy/tidewaiter-core');
  untilRolledOut();
}

const Check = z.tuple([
  z.record(
    z.string(),
    z.record(
      z.string(),
      z.tuple([z.looseObject({ status: z.string(), last_evaluation: z.string() })]),
    ),
  ),
]);

describe('the other ways to install', () => {
  let registry: TestRegistry;
  beforeAll(async () => {
    registry = await startRegistry({ address: HOST, port: TEST_REGISTRY_PORT });
  });
  afterAll(async () => {
    await registry.close();
    apply({ overlay: 'postgres' });
  });

  async function analyse(name: string): Promise<{ tag: string; digest: string }> {
    const layers = [[{ path: 'name', content: name }]];
    registry.push(name, '1', composeImage({ layers }));
    const tag = `${registry.host}/${name}:1`;
    const digest = await submit(tag);
    expect(await untilAnalysed(digest)).toMatchObject({ analysis_status: 'analyzed' });
    return { tag, digest };
  }

  it('with `split`: the policy engine apart computes verdicts before anybody asks', async () => {
    apply({ overlay: 'postgres', components: ['split'] });
    try {
      untilRolledOut('tidewaiter-policy-engine');
      expect(kubectl('get', 'deploy', 'tidewaiter-core', '-o', 'jsonpath={..args}'))
        .toContain('api,door,tasks,coordinators');
      const { tag, digest } = await analyse('split');
      await pause(3000);
      const asked = Math.floor(Date.now() / 1000) * 1000;
      const { body } = await api('GET', `/images/${digest}/check?tag=${tag}`);
      const [evaluation] = Check.parse(body)[0][digest]?.[tag] ?? [];
      expect(evaluation?.status).toBe('pass');
      expect(Date.parse(evaluation?.last_evaluation ?? '')).toBeLessThan(asked);
      expect(kubectl('logs', 'deploy/tidewaiter-policy-engine')).toContain('"policy"');
    } finally {
      apply({ overlay: 'postgres' });
      kubectl('delete', 'deploy,networkpolicy,serviceaccount', 'tidewaiter-policy-engine');
    }
  });

  it('with a PostgreSQL outside, by its address in one file', async () => {
    const service = ['get', 'service', 'anchore-db-postgresql'];
    const address = kubectl(...service, '-o', 'jsonpath={.spec.clusterIP}');
    apply({ overlay: 'external-postgres' }, (folder) => {
      const lines = [`ANCHORE_DB_POSTGRESQL_SERVICE_HOST=${address}`, 'ANCHORE_DB_NAME=template1'];
      const overlay = join(folder, 'manifests/overlays/external-postgres');
      writeFileSync(join(overlay, 'database.env'), lines.join('\n'));
    });
    restart();
    try {
      await analyse('outside');
      // Another database of the same server: what the former one holds is not there.
      const { body } = await api('GET', '/images');
      expect(body).toHaveLength(1);
    } finally {
      kubectl('delete', 'configmap', 'tidewaiter-database');
      restart();
    }
  });

  it('with a claim for the database: the API server takes it', () => {
    const folder = writeOverlay(inject('cluster'), {
      overlay: 'postgres',
      components: ['postgres-claim'],
    });
    const answer = kubectl('apply', '--dry-run=server', '-k', folder);
    expect(answer).toContain('persistentvolumeclaim/anchore-db-postgresql');
    expect(kubectl('kustomize', folder)).toMatch(/claimName: anchore-db-postgresql/);
  });
});
