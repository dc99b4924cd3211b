import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebhookSettings } from '../../../core/config/webhook-settings.ts';
import type { Notification } from '../../../core/events/notifications.ts';
import { createWebhookClient, typesByWebhook, webhookFor } from '../../../core/events/webhooks.ts';
import { createAuthority, issueServerCertificate } from '../../../core/server/certificates.ts';

const NOTIFICATION: Notification = {
  number: 1,
  id: 'an-id',
  account: 'admin',
  type: 'tag_update',
  subscriptionKey: 'k',
  payload: {},
  tries: 0,
  email: null,
  createdAt: new Date(),
  updatedAt: new Date(),
};

let folder: string;
let caFile: string;
let server: Server;
let url: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tw-webhooks-'));
  const authority = await createAuthority({ commonName: 'Test CA', days: 1 });
  const issued = await issueServerCertificate(authority, { names: ['127.0.0.1'], days: 1 });
  caFile = join(folder, 'ca.pem');
  writeFileSync(caFile, authority.certificate);
  server = createServer({ key: issued.key, cert: issued.certificate }, (request, response) => {
    request.resume().on('end', () => response.end());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `https://127.0.0.1:${(server.address() as { port: number }).port}`;
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
  rmSync(folder, { recursive: true });
});

async function send(settings: Record<string, unknown>) {
  const client = createWebhookClient(WebhookSettings.parse(settings));
  try {
    return await client.send('general', NOTIFICATION);
  } finally {
    await client.close();
  }
}

describe('a receiver with a certificate', () => {
  it('is trusted by its authority', async () => {
    expect(await send({ general: { url }, ca_files: [caFile] }))
      .toEqual({ state: 'taken', status: 200 });
  });

  it.each([
    ['in general', { ssl_verify: false }, {}],
    ['for one webhook', { ssl_verify: true }, { ssl_verify: false }],
  ])('is not checked where the settings say so %s', async (_, all, one) => {
    expect(await send({ ...all, general: { url, ...one } }))
      .toEqual({ state: 'taken', status: 200 });
  });

  it.each([
    ['by default', {}, {}],
    ['where its webhook says so', { ssl_verify: false }, { ssl_verify: true }],
  ])('of an unknown authority gets nothing %s', async (_, all, one) => {
    expect(await send({ ...all, general: { url, ...one } }))
      .toMatchObject({ state: 'refused', status: undefined, isAway: true });
  });

  it('needs authorities that can be read', async () => {
    await expect(send({ general: { url }, ca_files: [join(folder, 'none.pem')] }))
      .rejects.toMatchObject({ code: 'invalid_configuration' });
  });
});

describe('the webhook of a type', () => {
  const settings = WebhookSettings.parse({
    general: { url: 'https://hooks.example/' },
    repo_update: { url: 'https://hooks.example/' },
  });

  it.each(
    [
      ['repo_update', 'repo_update'],
      ['tag_update', 'general'],
      ['event_log', undefined],
      ['error_event', undefined],
    ] as const,
  )('%s is %s', (type, name) => {
    expect(webhookFor(settings, type)).toBe(name);
    const found = [...typesByWebhook(settings)].filter(([, types]) => types.includes(type));
    expect(found.map(([each]) => each)).toEqual(name === undefined ? [] : [name]);
  });
});
