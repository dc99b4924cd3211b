/**
 * `/system/webhooks`: does a webhook take notifications.
 *
 * @module
 */
import { createRoute, z } from '@hono/zod-openapi';
import { randomUUID } from 'node:crypto';
import { accountOf } from '../accounts/accounts.ts';
import { NOTIFICATION_TYPES, type NotificationType } from '../config/webhook-settings.ts';
import type { Notification } from '../events/notifications.ts';
import { createWebhookClient, type WebhookName } from '../events/webhooks.ts';
import { TidewaiterError } from '../errors.ts';
import { type Api, newApi, type Services } from './context.ts';
import { ErrorBody } from './schemas.ts';

const NAMES: readonly WebhookName[] = ['general', ...NOTIFICATION_TYPES];

const Tested = z.object({
  webhook_type: z.string(),
  notification_type: z.string(),
  delivered: z.literal(true),
  /** HTTP status of the receiver. */
  status: z.number(),
  message: z.string(),
}).openapi('WebhookTest');

const errors = {
  400: {
    description: 'Not configured, or no such type',
    content: { 'application/json': { schema: ErrorBody } },
  },
  502: {
    description: 'The receiver has not taken it; says why',
    content: { 'application/json': { schema: ErrorBody } },
  },
};

function sample(
  type: NotificationType,
  account: string,
  email: string | null,
): Notification {
  const now = new Date();
  return {
    number: 0,
    id: randomUUID(),
    account,
    type,
    subscriptionKey: 'registry.example/test:latest',
    payload: { test: true },
    tries: 0,
    email,
    createdAt: now,
    updatedAt: now,
  };
}

/** Routes below `/system/webhooks`. */
export function webhookRoutes({ sql, config }: Services): Api {
  return newApi().openapi(
    createRoute({
      method: 'post',
      path: '/system/webhooks/{webhook_type}/test',
      summary: 'Send a sample notification to a webhook now',
      request: {
        params: z.object({
          webhook_type: z.string().openapi({ enum: [...NAMES] }),
        }),
        query: z.object({ notification_type: z.enum(NOTIFICATION_TYPES).optional() }),
      },
      responses: {
        200: {
          description: 'What the receiver said',
          content: { 'application/json': { schema: Tested } },
        },
        ...errors,
      },
    }),
    async (c) => {
      const asked = c.req.valid('param').webhook_type;
      const name = NAMES.find((one) => one === asked);
      if (name === undefined) {
        throw new TidewaiterError(
          'webhook_unknown',
          400,
          `There is no such type of webhook: use one of ${NAMES.join(', ')}.`,
        );
      }
      if (config.webhooks[name] === undefined) {
        throw new TidewaiterError(
          'webhook_not_configured',
          400,
          `The webhook ${name} is not configured: give its url in the setting webhooks.${name}.`,
        );
      }
      const own = name === 'general' ? 'tag_update' : name;
      const type = c.req.valid('query').notification_type ?? own;
      const { email } = await accountOf(sql, c.get('account'));
      const client = createWebhookClient(config.webhooks);
      try {
        const delivery = await client.send(name, sample(type, c.get('account'), email));
        if (delivery.state === 'refused') {
          const { reason, status } = delivery;
          // Clients take any other answer for a success.
          throw new TidewaiterError(
            'webhook_failed',
            502,
            `The webhook ${name} has not taken the notification: ${reason}.`,
            { detail: { status: status ?? null } },
          );
        }
        return c.json({
          webhook_type: name,
          notification_type: type,
          delivered: true as const,
          status: delivery.status,
          message: `The receiver has taken the notification (${delivery.status}).`,
        }, 200);
      } finally {
        await client.close();
      }
    },
  );
}
