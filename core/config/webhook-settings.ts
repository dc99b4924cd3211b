/**
 * Settings of webhooks: where notifications are sent, in the original's shape.
 *
 * @module
 */
import { z } from 'zod';

/** What people are told of, as subscriptions name it; the last two are events themselves. */
export const NOTIFICATION_TYPES = [
  'policy_eval',
  'tag_update',
  'vuln_update',
  'analysis_update',
  'repo_update',
  'event_log',
  'error_event',
] as const;
export type NotificationType = (typeof NOTIFICATION_TYPES)[number];

const text = z.string().min(1);

/** `<notification_type>` and `<userId>` are filled in before it is used. */
const url = z.string().refine((value) => {
  const parsed = URL.parse(value.replaceAll(/<(?:notification_type|userId)>/g, 'x'));
  return parsed !== null && /^https?:$/.test(parsed.protocol) && parsed.username === '' &&
    parsed.password === '';
}, 'must be an http or https URL without a login; give that as webhook_user and webhook_pass');

const Login = {
  webhook_user: text.nullish(),
  webhook_pass: text.nullish(),
  /** Whether the certificate of the receiver is checked. */
  ssl_verify: z.boolean().nullish(),
};

const Webhook = z.strictObject({ url, ...Login });

export const WebhookSettings = z.strictObject({
  ...Login,
  /** Files with the PEM of authorities that are trusted beside the public ones. */
  ca_files: z.array(text).default([]),
  /** Seconds from a notification's making in which it is tried again; then it is given up. */
  notification_retry_timeout: z.number().min(1).max(2_592_000).default(86_400),
  /** Seconds after which notifications are looked for, unless something wakes it before. */
  delivery_seconds: z.number().positive().max(3600).default(30),
  /** Seconds that a receiver has for its answer. */
  answer_seconds: z.number().positive().max(300).default(10),
  /** Requests at once to one webhook. */
  concurrency: z.int().min(1).max(64).default(4),
  /** For all types without one of their own, but for events. */
  general: Webhook.optional(),
  policy_eval: Webhook.optional(),
  tag_update: Webhook.optional(),
  vuln_update: Webhook.optional(),
  analysis_update: Webhook.optional(),
  repo_update: Webhook.optional(),
  /** Every event. */
  event_log: Webhook.optional(),
  /** Events of the level `error`. */
  error_event: Webhook.optional(),
});
export type WebhookSettings = z.infer<typeof WebhookSettings>;
