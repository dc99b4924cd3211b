import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../../core/config/load.ts';
import { WebhookSettings } from '../../../core/config/webhook-settings.ts';

const url = 'https://hooks.example/<notification_type>/<userId>';

describe('the settings of webhooks', () => {
  it('are none by default', () => {
    expect(WebhookSettings.parse({})).toEqual({
      ca_files: [],
      notification_retry_timeout: 86_400,
      delivery_seconds: 30,
      answer_seconds: 10,
      concurrency: 4,
    });
  });

  it('have the shape of the original', () => {
    const block = {
      webhook_user: 'user',
      webhook_pass: 'pass',
      ssl_verify: true,
      notification_retry_timeout: 30,
      general: { url },
      policy_eval: { url, webhook_user: 'own', webhook_pass: 'own', ssl_verify: false },
      error_event: { url, webhook_user: null, webhook_pass: null },
    };
    const environment = { TIDEWAITER_WEBHOOKS: JSON.stringify(block) };
    expect(loadConfig(environment).config.webhooks).toMatchObject(block);
  });

  it.each([
    [{ general: { url: 'ftp://hooks.example' } }],
    [{ general: { url: 'hooks.example' } }],
    [{ general: { url: 'https://user:pass@hooks.example' } }],
    [{ general: {} }],
    [{ general: { url, other: 1 } }],
    [{ unheard_of: { url } }],
    [{ notification_retry_timeout: 0 }],
    [{ concurrency: 0 }],
  ])('refuse %j', (settings) => {
    expect(WebhookSettings.safeParse(settings).success).toBe(false);
  });

  it('do not repeat a password that is wrongly placed', () => {
    const webhooks = JSON.stringify({ general: { url: 'https://user:hidden@hooks.example' } });
    expect(() => loadConfig({ TIDEWAITER_WEBHOOKS: webhooks }))
      .toThrow(/"webhooks\.general\.url" .*without a login/);
    expect(() => loadConfig({ TIDEWAITER_WEBHOOKS: webhooks })).not.toThrow(/hidden/);
  });
});
