/**
 * The original's command line on events and webhooks, unmodified.
 *
 * Needs the folder of shared test material, named by the environment variable TIDEWAITER_SHARED; the
 * command is installed where ANCHORE_CLI says, or into the user's cache.
 *
 * @module
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '../../core/database/connection.ts';
import { recordEvent } from '../../core/events/record.ts';
import { startTestCore, type TestCore } from '../support/core.ts';
import { startReceiver, type WebhookReceiver } from '../support/webhook-receiver.ts';
import { installCommand, runCommand } from './anchore-cli.ts';

const EVENTS = 120;

let core: TestCore;
let receiver: WebhookReceiver;
beforeAll(async () => {
  installCommand();
  receiver = await startReceiver();
  core = await startTestCore({
    environment: {
      TIDEWAITER_SERVICES: 'api',
      TIDEWAITER_WEBHOOKS: JSON.stringify({ general: { url: receiver.url } }),
    },
  });
  const sql = openDatabase(core.databaseUrl ?? '', { max: 1 });
  await sql`delete from events`;
  for (let n = 0; n < EVENTS; n += 1) {
    await recordEvent(sql, {
      account: 'admin',
      type: n % 2 === 0 ? 'user.image.analysis.completed' : 'user.image.analysis.failed',
      level: n % 2 === 0 ? 'info' : 'error',
      resourceType: 'image_digest',
      resource: `sha256:${n}`,
      message: `number ${n}`,
    });
  }
  await sql.end();
}, 300_000);
afterAll(async () => {
  await core.stop();
  await receiver.close();
});

const event = (args: readonly string[], expected = 0) =>
  runCommand(core, ['event', ...args], '', expected);
const ID = /^[0-9a-f-]{36}$/;

async function idsOf(args: readonly string[]): Promise<string[]> {
  return (await event(['list', ...args])).flat().filter((cell) => ID.test(cell));
}

describe('anchore-cli event', () => {
  it('lists events, filtered', async () => {
    expect(await idsOf([])).toHaveLength(100);
    expect(await idsOf(['--all'])).toHaveLength(EVENTS);
    expect(await idsOf(['--level', 'ERROR'])).toHaveLength(EVENTS / 2);
    expect(await idsOf(['--event_type', 'user.image.*.completed'])).toHaveLength(EVENTS / 2);
    expect(await idsOf(['sha256:7'])).toHaveLength(1);
    const none = await event(['list', '--before', '2001-01-01T00:00:00Z'], 1);
    expect(none.flat().join(' ')).toContain('events not found in DB');
  });

  it('gets and deletes one, then all', async () => {
    const [id = ''] = await idsOf(['sha256:7']);
    expect((await event(['get', id])).flat().join(' ')).toContain('number 7');
    expect(await event(['delete', id])).toEqual([['']]);
    expect((await event(['get', id], 1)).flat().join(' ')).toContain('not found');
    expect((await event(['delete', '--since', '2001-01-01T00:00:00Z'])).flat().join(' '))
      .toBe(`Deleted ${EVENTS - 1} events`);
    expect((await event(['delete', '--all', '--dontask'])).flat().join(' '))
      .toBe('No matching events found');
  });

  it('tests a webhook', async () => {
    const test = (expected: number) =>
      runCommand(core, ['system', 'webhook', 'test'], '', expected);
    expect(await test(0)).toEqual([['Success']]);
    receiver.behave(() => 500);
    expect((await test(1)).flat().join(' ')).toContain('it answered 500');
  });
});
