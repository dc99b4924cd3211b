import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { newApi } from '../../../core/api/context.ts';
import { webhookRoutes } from '../../../core/api/webhooks.ts';
import { loadConfig } from '../../../core/config/load.ts';
import { WebhookSettings } from '../../../core/config/webhook-settings.ts';
import type { Sql } from '../../../core/database/connection.ts';
import { createRegistries, type Registries } from '../../../core/registries/registries.ts';
import { quiet, testDatabase } from '../../support/postgres.ts';
import { startReceiver, type WebhookReceiver } from '../../support/webhook-receiver.ts';

let sql: Sql;
let receiver: WebhookReceiver;
let registries: Registries;
beforeAll(async () => {
  ({ sql } = await testDatabase());
  receiver = await startReceiver();
  registries = createRegistries({ config: loadConfig({}).config, sql, log: quiet, isLocal: true });
});
afterAll(async () => {
  await receiver.close();
  await registries.close();
});

async function test(path: string, webhooks: Record<string, unknown>) {
  const config = { ...loadConfig({}).config, webhooks: WebhookSettings.parse(webhooks) };
  const app = newApi();
  app.use('*', async (c, next) => {
    c.set('account', 'admin');
    await next();
  });
  app.route('/', webhookRoutes({ sql, config, log: quiet, registries }));
  const answer = await app.request(`/system/webhooks/${path}`, { method: 'POST' });
  return { status: answer.status, body: await answer.json() as unknown };
}

describe('testing a webhook', () => {
  it.each([
    ['general/test', 'general', 'tag_update'],
    ['general/test?notification_type=policy_eval', 'general', 'policy_eval'],
    ['repo_update/test', 'repo_update', 'repo_update'],
  ])('by %s sends a sample at once', async (path, webhook, type) => {
    receiver.behave(() => 204);
    receiver.received.length = 0;
    const url = `${receiver.url}/<notification_type>`;
    expect(await test(path, { general: { url }, repo_update: { url } })).toEqual({
      status: 200,
      body: {
        webhook_type: webhook,
        notification_type: type,
        delivered: true,
        status: 204,
        message: 'The receiver has taken the notification (204).',
      },
    });
    expect(receiver.received.map(({ path: at }) => at)).toEqual([`/${type}`]);
    expect(await sql`select from notifications`).toHaveLength(0);
  });

  it('says what a receiver said that has not taken it', async () => {
    receiver.behave(() => 418);
    expect(await test('general/test', { general: { url: receiver.url } })).toMatchObject({
      status: 502,
      body: {
        code: 'webhook_failed',
        message: 'The webhook general has not taken the notification: it answered 418.',
        detail: { status: 418 },
      },
    });
  });

  it('says that nobody answers, and nothing of the login', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    server.close();
    await once(server, 'close');
    const general = {
      url: `http://127.0.0.1:${port}/secret-path`,
      webhook_user: 'me',
      webhook_pass: 'hidden',
    };
    const { status, body } = await test('general/test', { general });
    expect(status).toBe(502);
    expect(body).toMatchObject({ code: 'webhook_failed', detail: { status: null } });
    expect(JSON.stringify(body)).toMatch(/cannot be reached \(ECONNREFUSED\)/);
    expect(JSON.stringify(body)).not.toMatch(/secret-path|hidden/);
  });

  it.each([
    ['policy_eval/test', 'webhook_not_configured'],
    ['nothing/test', 'webhook_unknown'],
    ['constructor/test', 'webhook_unknown'],
    ['general/test?notification_type=nothing', 'invalid_request'],
  ])('refuses %s', async (path, code) => {
    expect(await test(path, { general: { url: receiver.url } }))
      .toMatchObject({ status: 400, body: { code } });
  });
});
