import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { X509Certificate } from 'node:crypto';
import { connect } from 'node:tls';
import { startTestCore, type TestCore } from '../../support/core.ts';
import { askDoor } from '../../support/door-client.ts';

let core: TestCore;
beforeAll(async () => {
  core = await startTestCore();
});
afterAll(() => core.stop());

interface Client {
  readonly kubeconfig: string;
  readonly authority: string;
}

async function client(more: object = {}): Promise<Client> {
  const request = { cluster: 'blue', server: core.doorUrl, ...more };
  const made = await core.api('POST', '/door/clients', request);
  expect(made.status).toBe(200);
  return made.body as Client;
}

/** Serial number of the certificate that the door shows now. */
async function shownSerial(): Promise<string> {
  const { hostname, port } = new URL(core.doorUrl);
  return await new Promise((done, fail) => {
    const socket = connect(
      { host: hostname, port: Number(port), rejectUnauthorized: false },
      () => {
        const { raw } = socket.getPeerCertificate();
        socket.destroy();
        done(new X509Certificate(raw).serialNumber);
      },
    );
    socket.on('error', fail);
  });
}

const question = { containers: [{ image: 'not valid!' }] };
const answered = { status: 200, body: { status: { auditAnnotations: { cluster: 'blue' } } } };

describe('the certificates of the door', () => {
  it('are changed without a restart, and without losing a client', async () => {
    const { kubeconfig } = await client();
    const before = await shownSerial();
    let refused = 0;
    let isOver = false;
    const asking = (async () => {
      while (!isOver) {
        const answer = await askDoor(kubeconfig, question).catch(() => undefined);
        if (answer?.status !== 200) refused += 1;
      }
    })();
    expect((await core.api('POST', '/door/certificates', {})).status).toBe(200);
    await expect.poll(shownSerial, { timeout: 10_000 }).not.toBe(before);
    isOver = true;
    await asking;
    expect(refused).toBe(0);
    expect(await askDoor(kubeconfig, question)).toMatchObject(answered);
  });

  it('run with two authorities for a while: old and new clients are let in', async () => {
    const old = await client();
    const before = await shownSerial();
    const renewed = await core.api('POST', '/door/certificates', { authority: true });
    expect(renewed.body).toMatchObject({ authorities: [{}, {}] });
    await expect.poll(shownSerial, { timeout: 10_000 }).not.toBe(before);
    const young = await client();
    expect(young.authority.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);
    for (const { kubeconfig } of [old, young]) {
      expect(await askDoor(kubeconfig, question)).toMatchObject(answered);
    }
  });

  it('may be left to a token', async () => {
    const { kubeconfig } = await client({ credential: 'token' });
    expect(kubeconfig).toMatch(/token: twd_/);
    expect(await askDoor(kubeconfig, question)).toMatchObject(answered);
    const forged = kubeconfig.replace(/twd_.{5}/, 'twd_AAAAA');
    expect(await askDoor(forged, question)).toMatchObject({ status: 401 });
  });

  it('are told to Prometheus with their end', async () => {
    const { body } = await core.api('GET', '/metrics');
    const [, end] = /^tidewaiter_door_certificate_expiry_seconds (\d+)$/m.exec(String(body)) ?? [];
    const days = (Number(end) - Date.now() / 1000) / 86_400;
    expect(days).toBeGreaterThan(360);
    expect(days).toBeLessThan(367);
  });

  it('are made for the administrator alone', async () => {
    const login = Buffer.from('nobody:nothing').toString('base64');
    const headers = { authorization: `Basic ${login}` };
    expect((await core.api('POST', '/door/certificates', {}, headers)).status).toBe(401);
  });
});
