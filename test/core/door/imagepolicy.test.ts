import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { request } from 'node:https';
import { startTestCore, submitImage, type TestCore, untilAnalysed } from '../../support/core.ts';
import { askDoor } from '../../support/door-client.ts';
import { startRegistry, type TestRegistry } from '../../support/registry.ts';
import { ask, image, type ImageStatus, statusOf } from './samples.ts';

describe('POST /imagepolicy', () => {
  let core: TestCore;
  let registry: TestRegistry;
  beforeAll(async () => {
    registry = await startRegistry();
    core = await startTestCore();
  });
  afterAll(async () => {
    await core.stop();
    await registry.close();
  });

  it('admits a known good image and names its digest for the audit log', async () => {
    registry.push('good', '1', image('good'));
    const { imageDigest } = await submitImage(core, `${registry.host}/good:1`);
    await untilAnalysed(core, imageDigest);
    const status = statusOf(await core.review([`${registry.host}/good:1`]));
    expect(status.allowed).toBe(true);
    expect(status.auditAnnotations['digests']).toContain(imageDigest);
    expect(status.auditAnnotations['decision']).toBe('admitted');
  });

  it('admits the same image by its digest, and by tag and digest', async () => {
    const [known] = (await core.api('GET', `/images?fulltag=${registry.host}/good:1`))
      .body as { imageDigest: string }[];
    for (const reference of [`good@${known?.imageDigest}`, `good:9@${known?.imageDigest}`]) {
      const status = statusOf(await core.review([`${registry.host}/${reference}`]));
      expect(status).toMatchObject({ allowed: true });
    }
  });

  it('holds an unknown image until it is analysed, then admits it', async () => {
    registry.push('unknown', '1', image('unknown'));
    const { held, status } = await ask(core, [`${registry.host}/unknown:1`]);
    expect(held).toBeGreaterThan(0);
    expect(status).toMatchObject({ allowed: true });
  });

  it('refuses a bad image with its name, the rule and the next step', async () => {
    registry.push('bad', '1', image('bad', ['22/tcp']));
    const { status } = await ask(core, [`${registry.host}/bad:1`, `${registry.host}/good:1`]);
    expect(status.allowed).toBe(false);
    expect(status.reason).toContain(`${registry.host}/bad:1`);
    expect(status.reason).toContain('dockerfile/exposed_ports');
    expect(status.reason).toContain('Dockerfile exposes port (22/tcp)');
    expect(status.reason).toMatch(/Fix the image, or ask for an exception/);
    expect(status.reason).toContain(status.auditAnnotations['decision-id']);
    expect(status.reason).not.toContain('\n');
  });

  it('holds two questions at once and denies the third with its position', async () => {
    const names = ['one', 'two', 'three'];
    for (const name of names) registry.push(`busy-${name}`, '1', image(name));
    registry.faults.latencyMs = 1500;
    try {
      const first = await Promise.all(
        names.slice(0, 2).map((name) => core.review([`${registry.host}/busy-${name}:1`])),
      );
      expect(first.map(({ status }) => status)).toEqual([503, 503]);
      const third = statusOf(await core.review([`${registry.host}/busy-three:1`]));
      expect(third.allowed).toBe(false);
      expect(third.reason).toMatch(/busy-three:1 waits for its analysis, position 3\./);
      expect(third.reason).toMatch(/try again/);
    } finally {
      registry.faults.latencyMs = 0;
    }
    for (const name of names) {
      expect((await ask(core, [`${registry.host}/busy-${name}:1`])).status.allowed).toBe(true);
    }
  });

  it('says why an image cannot be read, and does not hold that question', async () => {
    await ask(core, [`${registry.host}/missing:1`]);
    const status = statusOf(await core.review([`${registry.host}/missing:1`]));
    expect(status.allowed).toBe(false);
    expect(status.reason).toMatch(/image_not_found/);
    expect(status.reason).toMatch(/tried again in \d+ seconds/);
  });

  it('admits everything in an exempt namespace', async () => {
    const status = statusOf(await core.review([`${registry.host}/bad:1`], 'kube-system'));
    expect(status).toMatchObject({ allowed: true, auditAnnotations: { decision: 'exempt' } });
  });

  it.each([
    ['', 'empty'],
    ['no such image', 'white space'],
    ['UPPER/Case:1', 'upper case'],
    [`${'a/'.repeat(200)}a`, 'too long'],
    ['x\u202Ey\u0007', 'control characters'],
    ['good@sha256:123', 'short digest'],
  ])('denies the malformed reference %j (%s) with a reason', async (reference) => {
    const status = statusOf(await core.review([reference]));
    expect(status.allowed).toBe(false);
    expect(status.reason).toMatch(/no valid reference/);
    // deno-lint-ignore no-control-regex
    expect(status.reason).not.toMatch(/[\u0000-\u001f\u202e]/);
  });

  it.each([
    ['no JSON', 'nonsense'],
    ['a list', '[]'],
    ['null', 'null'],
    ['no spec', '{}'],
    ['containers of another shape', '{"spec":{"containers":7}}'],
    ['another version', '{"apiVersion":"imagepolicy.k8s.io/v2","spec":{"containers":[]}}'],
    ['deep nesting', `{"spec":${'['.repeat(5000)}${']'.repeat(5000)}}`],
    [
      '10,000 containers',
      JSON.stringify({ spec: { containers: Array(10_000).fill({ image: 'a' }) } }),
    ],
    ['an empty body', ''],
  ])('answers a review with %s by a denial, never by an error', async (_, body) => {
    const answer = await fetch(`${core.url}/imagepolicy`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json' },
    });
    expect(answer.status).toBe(200);
    const { status } = await answer.json() as { status: ImageStatus };
    expect(status.allowed).toBe(false);
    expect(status.reason).toMatch(/cannot read this review/);
  });

  it('refuses a review beyond its limit', async () => {
    const body = `{"spec":{"namespace":"${'x'.repeat(4 * 1024 * 1024)}"}}`;
    const answer = await fetch(`${core.url}/imagepolicy`, { method: 'POST', body });
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ status: { allowed: false } });
  });
});

describe('POST /imagepolicy over TLS', () => {
  let core: TestCore;
  beforeAll(async () => {
    core = await startTestCore();
  });
  afterAll(() => core.stop());

  /** Asks as an API server with this kubeconfig does. */
  const askWith = (kubeconfig: string, images: readonly string[]) =>
    askDoor(kubeconfig, { containers: images.map((image) => ({ image })) });

  it('lets an API server in with the kubeconfig it was given, and names its cluster', async () => {
    const made = await core.api('POST', '/door/clients', {
      cluster: 'blue',
      server: core.doorUrl,
    });
    expect(made.status).toBe(200);
    const { kubeconfig } = made.body as { kubeconfig: string };
    expect(await askWith(kubeconfig, ['not valid!'])).toMatchObject({
      status: 200,
      body: { status: { allowed: false, auditAnnotations: { cluster: 'blue' } } },
    });
  });

  it('wants a certificate', async () => {
    const status = await new Promise((done, fail) => {
      const call = request(`${core.doorUrl}/imagepolicy`, {
        method: 'POST',
        rejectUnauthorized: false,
      }, (answer) => {
        answer.resume();
        done(answer.statusCode);
      });
      call.on('error', fail);
      call.end('{}');
    });
    expect(status).toBe(401);
  });

  it('keeps its certificates over a restart', async () => {
    const made = await core.api('POST', '/door/clients', {
      cluster: 'green',
      server: core.doorUrl,
    });
    await core.kill();
    await core.start();
    const { kubeconfig } = made.body as { kubeconfig: string };
    expect(await askWith(kubeconfig, [])).toMatchObject({ status: 200 });
  });
});

describe('the modes of the door', () => {
  it('admits what it would deny in audit mode, and says so to the audit log', async () => {
    const core = await startTestCore({ environment: { TIDEWAITER_DOOR_MODE: 'audit' } });
    try {
      const status = statusOf(await core.review(['not valid!']));
      expect(status.allowed).toBe(true);
      expect(status.auditAnnotations['decision']).toMatch(/^would-deny: image not valid!/);
    } finally {
      await core.stop();
    }
  });

  it('denies when the hold is over, counted from the first ask', async () => {
    const registry = await startRegistry();
    const core = await startTestCore({ environment: { TIDEWAITER_DOOR_HOLD_SECONDS: '2' } });
    try {
      registry.push('slow', '1', image('slow'));
      registry.faults.latencyMs = 20_000;
      const start = Date.now();
      const { status } = await ask(core, [`${registry.host}/slow:1`]);
      expect(status.allowed).toBe(false);
      expect(Date.now() - start).toBeLessThan(6000);
      const again = await core.review([`${registry.host}/slow:1`]);
      expect(again.status).toBe(200);
    } finally {
      registry.faults.latencyMs = 0;
      await core.stop();
      await registry.close();
    }
  });
});
