import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { composeImage, composeIndex } from 'oci-client/compose';
import { openDatabase, type Sql } from '../../../core/database/connection.ts';
import { startTestCore, submitImage, type TestCore, untilAnalysed } from '../../support/core.ts';
import { startRegistry, type TestRegistry } from '../../support/registry.ts';
import { admit, image, podOf, settle, statusOf } from './samples.ts';

const RULES = [
  { namespaces: ['pinned'], require_digest: true },
  { namespaces: ['glass'], break_glass: true },
  { namespaces: ['burning'], mode: 'breakglass' },
  { namespaces: ['watched'], mode: 'warn' },
  { namespaces: ['greedy'], unknown_images: 2 },
  { namespaces: ['both'], platforms: ['linux/amd64', 'linux/arm64'] },
  { namespaces: ['s390x'], platforms: ['linux/s390x'] },
];

interface Admission {
  readonly id: string;
  readonly decision: string;
  readonly allowed: boolean;
  readonly count: number;
  readonly images: readonly { readonly image: string; readonly digests: readonly string[] }[];
}

let core: TestCore;
let registry: TestRegistry;
let sql: Sql;
beforeAll(async () => {
  registry = await startRegistry();
  core = await startTestCore({
    environment: {
      TIDEWAITER_DOOR_RULES: JSON.stringify(RULES),
      TIDEWAITER_PLATFORM: 'linux/amd64',
    },
  });
  sql = openDatabase(core.databaseUrl ?? '', { max: 2 });
});
afterAll(async () => {
  await sql.end();
  await core.stop();
  await registry.close();
});

function push(name: string, ports: readonly string[] = []): string {
  registry.push(name, '1', image(name, ports));
  return `${registry.host}/${name}:1`;
}

/** Pushes, submits and waits; the reference. */
async function known(name: string, ports: readonly string[] = []): Promise<string> {
  const reference = push(name, ports);
  await untilAnalysed(core, (await submitImage(core, reference)).imageDigest);
  return reference;
}

async function admissions(query: string): Promise<Admission[]> {
  return (await core.api('GET', `/admissions?${query}`)).body as Admission[];
}

describe('POST /admission', () => {
  it('lets a person wait with the connection open, and then in', async () => {
    const response = await admit(core, [push('fresh')]);
    expect(response).toMatchObject({ uid: 'uid-1', allowed: true });
  });

  it('refuses a bad image that was unknown, with its rule and the decision', async () => {
    const { allowed, status, auditAnnotations } = await admit(core, [push('bad', ['22/tcp'])]);
    expect(allowed).toBe(false);
    expect(status?.code).toBe(403);
    expect(status?.message).toMatch(/bad:1 is refused by rule dockerfile\/exposed_ports/);
    expect(status?.message).toContain(auditAnnotations['decision-id']);
  });

  it('refuses with 200 before the API server stops to wait', async () => {
    registry.faults.latencyMs = 10_000;
    try {
      const start = performance.now();
      const { allowed, status } = await admit(core, [push('late')], {}, '4s');
      expect(performance.now() - start).toBeLessThan(3500);
      expect(allowed).toBe(false);
      expect(status?.message).toMatch(/late:1 waits for its analysis|is being analysed/);
    } finally {
      registry.faults.latencyMs = 0;
    }
  });

  it('does not let controllers wait', async () => {
    registry.faults.latencyMs = 3000;
    try {
      const start = performance.now();
      const userInfo = { username: 'system:serviceaccount:kube-system:job-controller' };
      expect(await admit(core, [push('controlled')], { userInfo })).toMatchObject({
        allowed: false,
      });
      expect(performance.now() - start).toBeLessThan(1500);
    } finally {
      registry.faults.latencyMs = 0;
    }
  });

  it('looks at image volumes, which the other door never sees', async () => {
    const bad = await known('bad-volume', ['22/tcp']);
    const good = await known('good');
    const object = {
      ...podOf([good]),
      spec: { containers: [{ image: good }], volumes: [{ image: { reference: bad } }] },
    };
    const { allowed, status } = await admit(core, [], { object });
    expect(allowed).toBe(false);
    expect(status?.message).toContain('bad-volume:1');
  });

  it('warns about a workload and lets it in', async () => {
    const bad = await known('bad-template', ['22/tcp']);
    const response = await admit(core, [], {
      kind: { group: 'apps', version: 'v1', kind: 'Deployment' },
      resource: { group: 'apps', version: 'v1', resource: 'deployments' },
      object: { metadata: { name: 'd' }, spec: { template: podOf([bad]) } },
    });
    expect(response.allowed).toBe(true);
    expect(response.warnings?.[0]).toMatch(/bad-template:1 is refused/);
  });

  it('answers what it cannot read with a denial', async () => {
    for (const body of ['', 'null', '{"apiVersion":"admission.k8s.io/v1beta1"}', '{"request":7}']) {
      const answer = await fetch(`${core.url}/admission`, { method: 'POST', body });
      expect(answer.status).toBe(200);
      const { response } = await answer.json() as {
        response: { allowed: boolean; status: object };
      };
      expect(response.allowed).toBe(false);
      expect(response.status).toHaveProperty('message', expect.stringMatching(/cannot read/));
    }
  });
});

describe('rules', () => {
  it('want a digest where the operator does', async () => {
    const good = await known('pinned');
    const { digest } = (await sql<{ digest: string }[]>`
      select digest from tags where repository = 'pinned'`)[0] ?? { digest: '' };
    const status = statusOf(await core.review([good], 'pinned'));
    expect(status.allowed).toBe(false);
    expect(status.reason).toMatch(/named without a digest/);
    expect(statusOf(await core.review([`${registry.host}/pinned@${digest}`], 'pinned')).allowed)
      .toBe(true);
  });

  it('admit with a warning in warn mode', async () => {
    const bad = await known('bad-warned', ['22/tcp']);
    const object = podOf([bad]);
    const response = await admit(core, [], { object, namespace: 'watched' });
    expect(response.allowed).toBe(true);
    expect(response.warnings?.[0]).toMatch(/is refused by rule/);
    expect(response.auditAnnotations['decision']).toMatch(/^would-deny/);
  });

  it('let the glass be broken with ticket and expiry, and tell of it in an event', async () => {
    const bad = await known('bad-urgent', ['22/tcp']);
    const annotations = {
      'tidewaiter.image-policy.k8s.io/break-glass-ticket': 'INC-7',
      'tidewaiter.image-policy.k8s.io/break-glass-until': new Date(Date.now() + 60_000)
        .toISOString(),
    };
    const object = podOf([bad], { annotations });
    expect(await admit(core, [], { object, namespace: 'glass' })).toMatchObject({ allowed: true });
    const elsewhere = await admit(core, [], { object, namespace: 'default' });
    expect(elsewhere.allowed).toBe(false);
    expect(elsewhere.status?.message).toMatch(/breaking the glass is not allowed/);
    await expect.poll(() =>
      sql`
      select message from events where type = 'system.admission.break_glass'`, { timeout: 5000 })
      .toEqual([{ message: expect.stringMatching(/ticket INC-7/) }]);
  });

  it('do not look at anything in breakglass mode, and write it down', async () => {
    const status = statusOf(await core.review(['not valid!'], 'burning'));
    expect(status).toMatchObject({ allowed: true, auditAnnotations: { decision: 'break-glass' } });
  });

  it('bound how many unknown images a namespace may ask for', async () => {
    const names = ['greedy-1', 'greedy-2', 'greedy-3'].map((name) => push(name));
    const answers = [];
    for (const name of names) answers.push(await core.review([name], 'greedy'));
    const last = statusOf(answers[2] ?? expect.fail());
    expect(last.allowed).toBe(false);
    expect(last.reason).toMatch(/asked for 2 unknown images within an hour/);
    expect(await sql`select from requests where reference like ${'%greedy-3%'}`).toHaveLength(0);
    // What is known already is no unknown image.
    const good = await known('greedy-known');
    expect(statusOf(await core.review([good], 'greedy')).allowed).toBe(true);
  });
});

describe('an index of several platforms', () => {
  const of = (architecture: string, ports: readonly string[]) =>
    composeImage({
      layers: [[{ path: 'content', content: architecture }]],
      config: { ExposedPorts: ports },
      platform: { os: 'linux', architecture },
    });

  it('is judged for all that the nodes have: the worst counts', async () => {
    const images = [of('amd64', []), of('arm64', ['22/tcp'])];
    registry.push('mixed', '1', { index: composeIndex(images), images });
    const reference = `${registry.host}/mixed:1`;
    expect((await settle(core, [reference])).allowed).toBe(true);
    const status = await settle(core, [reference], 'both');
    expect(status.allowed).toBe(false);
    expect(status.reason).toMatch(/mixed:1 is refused by rule dockerfile/);
    const digests = status.auditAnnotations['digests'] ?? '';
    for (const { manifest } of images) expect(digests).toContain(manifest.descriptor.digest);
    // Who asks for one image by its tag still gets that of the configured platform.
    const listed = (await core.api('GET', `/images?fulltag=${reference}`)).body;
    expect(listed).toMatchObject([{ imageDigest: images[0]?.manifest.descriptor.digest }]);
  });

  it('without a platform of the nodes is refused', async () => {
    const images = [of('amd64', [])];
    registry.push('single', '1', { index: composeIndex(images), images });
    await settle(core, [`${registry.host}/single:1`]);
    const status = await settle(core, [`${registry.host}/single:1`], 's390x');
    expect(status.reason).toMatch(/built for none of the platforms/);
  });
});

describe('/admissions', () => {
  it('explains a decision by the id that a person was shown', async () => {
    const bad = await known('bad-explained', ['22/tcp']);
    const { auditAnnotations } = statusOf(await core.review([bad, bad], 'explained'));
    const id = auditAnnotations['decision-id'];
    await expect.poll(async () => (await core.api('GET', `/admissions/${id}`)).status).toBe(200);
    const { body } = await core.api('GET', `/admissions/${id}`);
    expect(body).toMatchObject({
      id,
      door: 'imagepolicy',
      cluster: 'local',
      identified: true,
      namespace: 'explained',
      decision: 'refused',
      allowed: false,
      count: 1,
      images: [{
        image: bad,
        kind: 'refused',
        text: expect.stringContaining('exposed_ports'),
        digests: [expect.stringMatching(/^sha256:/)],
        bundle: expect.any(String),
        bundle_sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
        evaluated_at: expect.any(String),
      }],
    });
  });

  it('counts what is the same under one id', async () => {
    const good = await known('counted');
    const ids = new Set<string | undefined>();
    for (let turn = 0; turn < 20; turn += 1) {
      ids.add(statusOf(await core.review([good], 'counted')).auditAnnotations['decision-id']);
    }
    expect(ids.size).toBe(1);
    await expect.poll(async () => (await admissions('namespace=counted'))[0]?.count).toBe(20);
  });

  it('lists by namespace, decision, answer and image', async () => {
    const good = await known('listed');
    const bad = await known('bad-listed', ['22/tcp']);
    await core.review([good], 'listed');
    await core.review([bad], 'listed');
    await expect.poll(() => admissions('namespace=listed')).toHaveLength(2);
    expect(await admissions('namespace=listed&allowed=true')).toMatchObject([{ allowed: true }]);
    expect(await admissions('namespace=listed&decision=refused')).toMatchObject([{
      allowed: false,
    }]);
    expect(await admissions('image=/bad-listed')).toHaveLength(1);
    expect(await admissions('namespace=listed&limit=1')).toHaveLength(1);
    expect((await core.api('GET', '/admissions?limit=0')).status).toBe(400);
  });

  it('says that a decision is not there', async () => {
    expect(await core.api('GET', '/admissions/none')).toMatchObject({
      status: 404,
      body: { code: 'admission_not_found' },
    });
  });
});
