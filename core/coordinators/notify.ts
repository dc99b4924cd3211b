/**
 * Sends notifications from the outbox to webhooks: at least once, and in order for each account, type
 * and key. A webhook that is away rests alone, longer each time, and the others go on.
 *
 * @module
 */
import type { NotificationType } from '../config/webhook-settings.ts';
import { isConnectionFailure } from '../database/connection.ts';
import {
  discardUnwanted,
  dropOverdue,
  dueNotifications,
  noteSent,
  noteUnsent,
  type Notification,
  takeEvents,
} from '../events/notifications.ts';
import { createWebhookClient, typesByWebhook, type WebhookName } from '../events/webhooks.ts';
import type { Coordinator } from './loop.ts';
import type { CoordinatorServices } from './services.ts';

const BATCH = 200;
const FIRST_REST_MS = 1000;
const LONGEST_REST_MS = 60_000;

interface Lane {
  readonly name: WebhookName;
  readonly types: readonly NotificationType[];
  /** Failures one after the other. */
  failures: number;
  restsUntil: number;
  /** What is under way, which no round waits for: a webhook that hangs holds up no other. */
  work: Promise<void> | undefined;
}

/** The coordinator of notifications. */
export function notifyCoordinator(
  { sql, log, config }: Pick<CoordinatorServices, 'sql' | 'log' | 'config'>,
): Coordinator {
  const settings = config.webhooks;
  const client = createWebhookClient(settings);
  const lanes = [...typesByWebhook(settings)].map(([name, types]): Lane => ({
    name,
    types,
    failures: 0,
    restsUntil: -Infinity,
    work: undefined,
  }));
  const wanted = lanes.flatMap(({ types }) => types);
  const stopping = new AbortController();

  async function deliver(lane: Lane, one: Notification, signal: AbortSignal): Promise<void> {
    const delivery = await client.send(lane.name, one, signal);
    if (delivery.state === 'taken') {
      if (lane.failures > 0) {
        log.info('a webhook takes notifications again', { webhook: lane.name });
      }
      lane.failures = 0;
      await noteSent(sql, one.number);
      return;
    }
    const { reason, isAway } = delivery;
    await noteUnsent(sql, one, reason);
    if (isAway) {
      lane.failures += 1;
      const rest = Math.min(FIRST_REST_MS * 2 ** (lane.failures - 1), LONGEST_REST_MS);
      lane.restsUntil = performance.now() + rest;
    }
    log.warn('a webhook does not take a notification', {
      webhook: lane.name,
      notification: one.id,
      reason,
      tries: one.tries + 1,
    });
    const seconds = settings.notification_retry_timeout;
    // Whoever is refused for itself goes alone; those of a webhook that is away go together.
    const only = isAway ? undefined : one.number;
    const dropped = await dropOverdue(sql, lane.types, seconds, reason, only);
    if (dropped > 0) log.error('notifications are given up', { webhook: lane.name, dropped });
  }

  /** Sends what is due until nothing is left or the webhook is away. */
  async function work(lane: Lane, signal: AbortSignal): Promise<void> {
    for (;;) {
      const due = await dueNotifications(sql, lane.types, BATCH);
      if (due.length === 0) return;
      const isResting = () => signal.aborted || performance.now() < lane.restsUntil;
      const sender = async () => {
        for (let one = due.shift(); one !== undefined; one = due.shift()) {
          if (isResting()) return;
          await deliver(lane, one, signal);
        }
      };
      // One alone asks whether a webhook that was away is back.
      const senders = lane.failures > 0 ? 1 : settings.concurrency;
      const ends = await Promise.allSettled(Array.from({ length: senders }, sender));
      const failed = ends.find((end) => end.status === 'rejected');
      if (failed !== undefined) throw failed.reason;
      if (isResting()) return;
    }
  }

  return {
    name: 'notify',
    everyMs: settings.delivery_seconds * 1000,
    async round(signal) {
      const over = AbortSignal.any([signal, stopping.signal]);
      const more = await takeEvents(sql, {
        all: settings.event_log !== undefined,
        errors: settings.error_event !== undefined,
      });
      await discardUnwanted(sql, wanted);
      for (const lane of lanes) {
        if (lane.work !== undefined || performance.now() < lane.restsUntil) continue;
        lane.work = work(lane, over).catch((error: unknown) => {
          // What was sent and could not be marked is sent again.
          if (over.aborted) return;
          lane.restsUntil = performance.now() + FIRST_REST_MS;
          const level = isConnectionFailure(error) ? 'debug' : 'error';
          log[level]('notifications are left for later', { webhook: lane.name, error });
        }).finally(() => lane.work = undefined);
      }
      return more;
    },
    async stop() {
      stopping.abort();
      await Promise.all(lanes.map((lane) => lane.work));
      await client.close();
    },
  };
}
