/**
 * Webhooks: which one a notification goes to, what it is told, and how it is asked.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { getCACertificates } from 'node:tls';
import { EnvHttpProxyAgent, request } from 'undici';
import {
  NOTIFICATION_TYPES,
  type NotificationType,
  type WebhookSettings,
} from '../config/webhook-settings.ts';
import { messageOf, TidewaiterError } from '../errors.ts';
import { escapeText } from '../log.ts';
import type { Notification } from './notifications.ts';

/** A block of the settings. */
export type WebhookName = NotificationType | 'general';

/** What became of a request. */
export type Delivery =
  | { readonly state: 'taken'; readonly status: number }
  /** `isAway`: whatever else it were asked would end the same. */
  | {
    readonly state: 'refused';
    readonly status: number | undefined;
    readonly isAway: boolean;
    readonly reason: string;
  };

/** Events are many: they go nowhere but to a webhook of their own. */
const EVENTS: ReadonlySet<NotificationType> = new Set(['event_log', 'error_event']);
const MOST_READ = 64 * 1024;

/** The webhook that a type goes to: its own, else the general one; undefined for none. */
export function webhookFor(
  settings: WebhookSettings,
  type: NotificationType,
): WebhookName | undefined {
  if (settings[type] !== undefined) return type;
  return settings.general === undefined || EVENTS.has(type) ? undefined : 'general';
}

/** Types by the webhook that they go to. */
export function typesByWebhook(
  settings: WebhookSettings,
): ReadonlyMap<WebhookName, readonly NotificationType[]> {
  const found = new Map<WebhookName, NotificationType[]>();
  for (const type of NOTIFICATION_TYPES) {
    const name = webhookFor(settings, type);
    if (name !== undefined) found.set(name, [...found.get(name) ?? [], type]);
  }
  return found;
}

/** What a receiver is sent. */
export function notificationBody(
  notification: Notification,
  mostTries: number,
): Record<string, unknown> {
  const { id, account, type, subscriptionKey, payload, tries, email } = notification;
  const seconds = (date: Date) => Math.floor(date.getTime() / 1000);
  return {
    queueId: id,
    userId: account,
    dataId: id,
    created_at: seconds(notification.createdAt),
    last_updated: seconds(notification.updatedAt),
    record_state_key: 'active',
    record_state_val: null,
    tries,
    max_tries: mostTries,
    data: {
      notification_user: account,
      notification_user_email: email,
      notification_type: type,
      notification_payload: {
        annotations: {},
        ...payload,
        userId: account,
        subscription_key: subscriptionKey,
        subscription_type: type,
        notificationId: id,
      },
    },
  };
}

/** Certificates to trust; undefined for the public ones alone. */
function authorities(files: readonly string[]): string[] | undefined {
  if (files.length === 0) return undefined;
  const own = files.map((file) => {
    try {
      return readFileSync(file, 'utf8');
    } catch (error) {
      throw new TidewaiterError(
        'invalid_configuration',
        500,
        `The CA file of the webhooks cannot be read: ${messageOf(error)}.`,
        { cause: error },
      );
    }
  });
  return [...getCACertificates('default'), ...own];
}

/** Why a request came to no answer, without anything of the URL or the login. */
function failureOf(error: unknown, isLate: boolean): string {
  if (isLate) return 'it did not answer in time';
  const codes: string[] = [];
  for (let cause = error; cause instanceof Error && codes.length < 5; cause = cause.cause) {
    if ('code' in cause && typeof cause.code === 'string') codes.push(cause.code);
  }
  return `it cannot be reached (${codes.at(-1) ?? 'the connection broke off'})`;
}

/** Asks webhooks. */
export interface WebhookClient {
  /**
   * Sends a notification to its webhook and says what became of it.
   *
   * @throws TidewaiterError `invalid_configuration` where a CA file cannot be read; the signal's reason
   */
  send(name: WebhookName, notification: Notification, signal?: AbortSignal): Promise<Delivery>;
  close(): Promise<void>;
}

/** A client for the webhooks of the settings; proxies are those of the environment. */
export function createWebhookClient(settings: WebhookSettings): WebhookClient {
  const timeout = settings.answer_seconds * 1000;
  const agents = new Map<boolean, EnvHttpProxyAgent>();

  function agentFor(isVerified: boolean): EnvHttpProxyAgent {
    const known = agents.get(isVerified);
    if (known !== undefined) return known;
    const ca = authorities(settings.ca_files);
    const tls = {
      timeout,
      allowH2: false,
      rejectUnauthorized: isVerified,
      ...(ca === undefined ? {} : { ca }),
    };
    const agent = new EnvHttpProxyAgent({ connect: tls, requestTls: tls, allowH2: false });
    agents.set(isVerified, agent);
    return agent;
  }

  return {
    async send(name, notification, signal) {
      const webhook = settings[name];
      if (webhook === undefined) throw new Error(`the webhook ${name} is not configured`);
      const user = webhook.webhook_user ?? settings.webhook_user;
      const password = webhook.webhook_pass ?? settings.webhook_pass ?? '';
      const login = Buffer.from(`${user}:${password}`, 'utf8').toString('base64');
      const url = webhook.url
        .replaceAll('<notification_type>', () => encodeURIComponent(notification.type))
        .replaceAll('<userId>', () => encodeURIComponent(notification.account));
      const dispatcher = agentFor(webhook.ssl_verify ?? settings.ssl_verify ?? true);
      const late = AbortSignal.timeout(timeout);
      try {
        const answer = await request(url, {
          method: 'POST',
          dispatcher,
          signal: signal === undefined ? late : AbortSignal.any([signal, late]),
          headers: {
            'user-agent': 'tidewaiter',
            'content-type': 'application/json',
            ...(typeof user !== 'string' ? {} : { authorization: `Basic ${login}` }),
          },
          body: JSON.stringify(
            notificationBody(notification, Math.ceil(settings.notification_retry_timeout)),
          ),
        });
        const status = answer.statusCode;
        answer.body.on('error', () => {});
        await answer.body.dump({ limit: MOST_READ }).catch(() => {});
        if (status >= 200 && status < 300) return { state: 'taken', status };
        const isRedirect = status >= 300 && status < 400;
        return {
          state: 'refused',
          status,
          isAway: status >= 500 || status === 429,
          reason: isRedirect
            ? `it redirects (${status}), which is not followed`
            : `it answered ${status}`,
        };
      } catch (error) {
        signal?.throwIfAborted();
        const reason = escapeText(failureOf(error, late.aborted));
        return { state: 'refused', status: undefined, isAway: true, reason };
      }
    },
    async close() {
      await Promise.all([...agents.values()].map((agent) => agent.destroy()));
    },
  };
}
