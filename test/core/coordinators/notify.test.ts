/**
 * Notifications on their way to real receivers that are down, hang, refuse and come back.
 *
 * @module
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadConfig } from '../../../core/config/load.ts';
import { WebhookSettings } from '../../../core/config/webhook-settings.ts';
import { notifyCoordinator } from '../../../core/coordinators/notify.ts';
import { openDatabase, type Sql } from '../../../core/database/connection.ts';
import {
  enqueueNotification,
  forgetNotifications,
  type NotificationType,
} from '../../../core/events/notifications.ts';
import { recordEvent } from '../../../core/events/record.ts';
import { createLog } from '../../../core/log.ts';
import { startTestCore } from '../../support/core.ts';
import { testDatabase } from '../../support/postgres.ts';
import { startReceiver, type WebhookReceiver } from '../../support/webhook-receiver.ts';

let sql: Sql;
let receiver: WebhookReceiver;
let other: WebhookReceiver;
let log: string;
let stop: (() => Promise<void>) | undefined;
beforeEach(async () => {
  ({ sql } = await testDatabase());
  [receiver, other] = await Promise.all([startReceiver(), startReceiver()]);
  log = '';
  stop = undefined;
});
afterEach(async () => {
  await stop?.();
  await Promise.all([receiver.close(), other.close()]);
});

/** Runs the coordinator, round after round, as its loop does but faster. */
function run(webhooks: Record<string, unknown>): void {
  const coordinator = notifyCoordinator({
    sql,
    log: createLog({ level: 'debug', format: 'text', write: (line) => void (log += line) }),
    config: { ...loadConfig({}).config, webhooks: WebhookSettings.parse(webhooks) },
  });
  const over = new AbortController();
  const rounds = (async () => {
    while (!over.signal.aborted) {
      if (!await coordinator.round(over.signal)) await sleep(20);
      // Pauses of single notifications last for seconds.
      await sql`update notifications set run_after = now() where state = 'pending'`;
    }
  })();
  stop = async () => {
    stop = undefined;
    over.abort();
    await rounds;
    await coordinator.stop?.();
  };
}

async function add(
  key: string,
  n: number,
  type: NotificationType = 'tag_update',
  account = 'admin',
) {
  await enqueueNotification(sql, { account, type, subscriptionKey: key, payload: { n } });
}

async function until(what: () => boolean | Promise<boolean>, ms = 15_000): Promise<void> {
  const deadline = Date.now() + ms;
  while (!await what()) {
    if (Date.now() > deadline) throw new Error(`not in time; the log: ${log.slice(-1000)}`);
    await sleep(20);
  }
}

const countOf = async (state: string) =>
  (await sql`select from notifications where state = ${state}`).length;
const numbersOf = ({ received }: WebhookReceiver, key: string) =>
  received.map(({ body }) => body.data.notification_payload)
    .filter((payload) => payload['subscription_key'] === key).map((payload) => payload['n']);

describe('a notification', () => {
  it('arrives as the original sends it, with the login and the names in the URL', async () => {
    const account = 'a/b&c';
    await sql`insert into accounts (name, type, email) values (${account}, 'user', 'a@b.example')`;
    await add('docker.io/a:1', 1, 'policy_eval', account);
    run({
      webhook_user: 'outer',
      webhook_pass: 'outer-password',
      general: {
        url: `${receiver.url}/<notification_type>/<userId>?u=<userId>`,
        webhook_user: 'me',
        webhook_pass: 'hidden',
      },
    });
    await until(async () => await countOf('sent') === 1);
    const [one] = receiver.received;
    expect(one?.path).toBe('/policy_eval/a%2Fb%26c?u=a%2Fb%26c');
    expect(one?.headers.authorization).toBe(`Basic ${btoa('me:hidden')}`);
    const id = expect.stringMatching(/^[0-9a-f-]{36}$/) as string;
    expect(one?.body).toEqual({
      queueId: id,
      userId: account,
      dataId: id,
      created_at: expect.any(Number) as number,
      last_updated: expect.any(Number) as number,
      record_state_key: 'active',
      record_state_val: null,
      tries: 0,
      max_tries: 86_400,
      data: {
        notification_user: account,
        notification_user_email: 'a@b.example',
        notification_type: 'policy_eval',
        notification_payload: {
          userId: account,
          subscription_key: 'docker.io/a:1',
          subscription_type: 'policy_eval',
          notificationId: one?.body.queueId,
          annotations: {},
          n: 1,
        },
      },
    });
  });

  it('goes to the webhook of its type, else to the general one, else nowhere', async () => {
    await add('k', 1, 'tag_update');
    await add('k', 2, 'repo_update');
    run({ general: { url: receiver.url }, repo_update: { url: other.url } });
    await until(async () => await countOf('sent') === 2);
    expect(numbersOf(receiver, 'k')).toEqual([1]);
    expect(numbersOf(other, 'k')).toEqual([2]);
    await stop?.();
    await add('k', 3, 'tag_update');
    run({ repo_update: { url: other.url } });
    await until(async () => await countOf('pending') === 0);
    expect(await countOf('sent')).toBe(2);
  });
});

describe('a receiver', () => {
  it('that was down and comes back has missed nothing, in order', async () => {
    const { port } = receiver;
    await receiver.close();
    run({ general: { url: receiver.url } });
    for (let n = 0; n < 30; n += 1) await add(`key-${n % 3}`, n);
    await until(() => log.includes('cannot be reached'));
    expect(await countOf('pending')).toBe(30);
    receiver = await startReceiver(port);
    await until(async () => await countOf('sent') === 30);
    for (const rest of [0, 1, 2]) {
      expect(numbersOf(receiver, `key-${rest}`))
        .toEqual(Array.from({ length: 10 }, (_, n) => 3 * n + rest));
    }
  });

  it('that answers 500 for a while gets each in order once it does not', async () => {
    let failures = 2;
    receiver.behave(() => failures-- > 0 ? 500 : 200);
    for (const n of [1, 2, 3]) await add('k', n);
    run({ general: { url: receiver.url }, concurrency: 1 });
    await until(async () => await countOf('sent') === 3);
    expect(numbersOf(receiver, 'k')).toEqual([1, 1, 1, 2, 3]);
    expect(receiver.received.slice(0, 3).map(({ body }) => body.tries)).toEqual([0, 1, 2]);
    expect(new Set(receiver.received.slice(0, 3).map(({ body }) => body.queueId)).size).toBe(1);
  });

  it('that hangs holds up no other', async () => {
    receiver.behave(() => 'hang');
    for (const n of [1, 2, 3, 4, 5, 6]) await add(`k${n}`, n);
    run({ general: { url: receiver.url }, repo_update: { url: other.url }, answer_seconds: 3 });
    await until(() => receiver.received.length > 0);
    await add('k', 7, 'repo_update');
    const began = performance.now();
    await until(() => other.received.length === 1);
    expect(performance.now() - began).toBeLessThan(2000);
    expect(receiver.received.length).toBeLessThanOrEqual(4);
    await until(() => log.includes('did not answer in time'));
    receiver.behave(() => 200);
    await until(async () => await countOf('sent') === 7);
  });

  it('that refuses one notification gets the others', async () => {
    receiver.behave(({ body }) => body.data.notification_payload['n'] === 1 ? 400 : 200);
    for (const n of [1, 2]) await add(`k${n}`, n);
    run({ general: { url: receiver.url } });
    await until(() => numbersOf(receiver, 'k2').length === 1);
    await until(() => numbersOf(receiver, 'k1').length > 1);
    expect(await countOf('pending')).toBe(1);
  });

  it('that redirects is not followed', async () => {
    receiver.behave(() => 302);
    await add('k', 1);
    run({ general: { url: `${receiver.url}/here` } });
    await until(() => log.includes('which is not followed'));
    expect(new Set(receiver.received.map(({ path }) => path))).toEqual(new Set(['/here']));
  });

  it('that fails for too long is given up with one event, and the password shows nowhere', async () => {
    receiver.behave(() => 503);
    for (const n of [1, 2, 3]) await add(`k${n}`, n);
    await sql`update notifications set created_at = now() - interval '2 hours' where key <> 'k3'`;
    run({
      general: { url: `${receiver.url}/path-of-the-hook` },
      error_event: { url: `${receiver.url}/path-of-the-hook` },
      webhook_user: 'me',
      webhook_pass: 'a-password-here',
      notification_retry_timeout: 3600,
    });
    await until(async () => await countOf('dropped') === 2);
    await stop?.();
    expect(await countOf('pending')).toBe(1);
    const events = await sql`select * from events`;
    expect(events).toMatchObject([{
      account: 'admin',
      type: 'system.notification.dropped',
      level: 'error',
      resource: 'tag_update',
      details: { count: 2, type: 'tag_update' },
    }]);
    const told = log + JSON.stringify(events) +
      JSON.stringify(await sql`select * from notifications`);
    expect(log).toContain('it answered 503');
    for (const secret of ['a-password-here', btoa('me:a-password-here'), 'path-of-the-hook']) {
      expect(told).not.toContain(secret);
    }
  });
});

describe('events', () => {
  const record = (level: 'info' | 'error') =>
    recordEvent(sql, {
      account: 'admin',
      type: 'user.image.analysis.failed',
      level,
      resourceType: 'image_digest',
      resource: 'sha256:1',
      message: `of the level ${level}`,
    });

  it('are sent where that is configured, and nowhere else', async () => {
    await record('info');
    await record('error');
    run({
      general: { url: `${receiver.url}/general` },
      event_log: { url: `${receiver.url}/log` },
      error_event: { url: `${receiver.url}/errors` },
    });
    await until(async () => await countOf('sent') === 3);
    const seen = receiver.received.map(({ path, body }) => {
      const { event } = body.data.notification_payload as { event: { message: string } };
      return `${path} ${event.message}`;
    });
    expect(seen.sort())
      .toEqual(['/errors of the level error', '/log of the level error', '/log of the level info']);
  });

  it('of before a webhook was configured are not sent', async () => {
    await record('error');
    run({});
    await until(async () => (await sql`select from events where not told`).length === 0);
    await stop?.();
    run({ event_log: { url: receiver.url } });
    await record('info');
    await until(async () => await countOf('sent') === 1);
    expect(receiver.received).toHaveLength(1);
  });
});

describe('the outbox', () => {
  it('holds nothing of a transaction that failed', async () => {
    await sql.begin(async (tx) => {
      await enqueueNotification(tx, {
        account: 'admin',
        type: 'tag_update',
        subscriptionKey: 'k',
        payload: {},
      });
      throw new Error('undone');
    }).catch(() => {});
    expect(await countOf('pending')).toBe(0);
  });

  it('forgets what is over, after some days', async () => {
    for (const n of [1, 2, 3]) await add('k', n);
    await sql`
      update notifications set updated_at = now() - interval '8 days', state = 'sent'
      where payload->>'n' = '1'`;
    await sql`
      update notifications set updated_at = now() - interval '8 days' where payload->>'n' = '2'`;
    await sql`update notifications set state = 'sent' where payload->>'n' = '3'`;
    expect(await forgetNotifications(sql, 7)).toBe(1);
    expect([await countOf('pending'), await countOf('sent')]).toEqual([1, 1]);
  });
});

describe('a core', () => {
  it('that is killed between sending and marking sends it again', async () => {
    const core = await startTestCore({
      environment: {
        TIDEWAITER_WEBHOOKS: JSON.stringify({
          general: { url: receiver.url },
          delivery_seconds: 0.2,
        }),
      },
    });
    const database = openDatabase(core.databaseUrl ?? '', { max: 1 });
    try {
      let isFirst = true;
      receiver.behave(async () => {
        if (!isFirst) return 200;
        isFirst = false;
        // The receiver has it now; core never hears of that.
        await core.kill();
        return 200;
      });
      await enqueueNotification(database, {
        account: 'admin',
        type: 'tag_update',
        subscriptionKey: 'k',
        payload: { n: 1 },
      });
      await until(() => receiver.received.length === 1 && !isFirst, 30_000);
      await sleep(200);
      expect(await database`select state from notifications`).toEqual([{ state: 'pending' }]);
      await core.start();
      await until(
        async () => (await database`select from notifications where state = 'sent'`).length === 1,
        40_000,
      );
      const ids = receiver.received.map(({ body }) => body.queueId);
      expect(ids.length).toBeGreaterThan(1);
      expect(new Set(ids).size).toBe(1);
    } finally {
      await database.end({ timeout: 1 });
      await core.stop();
    }
  }, 120_000);
});
