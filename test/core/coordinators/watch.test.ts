/**
 * Followed tags and watched repositories, beside a real registry; rounds are made by the test.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parseName } from '../../../core/catalog/names.ts';
import {
  ensureSubscriptions,
  insertSubscription,
  listSubscriptions,
  type SubscriptionType,
  targetOf,
  updateSubscription,
} from '../../../core/catalog/subscriptions.ts';
import { recordImage } from '../../../core/catalog/images.ts';
import { loadConfig } from '../../../core/config/load.ts';
import type { Coordinator } from '../../../core/coordinators/loop.ts';
import { watchRepositoriesCoordinator } from '../../../core/coordinators/watch-repositories.ts';
import { watchTagsCoordinator } from '../../../core/coordinators/watch-tags.ts';
import type { Sql } from '../../../core/database/connection.ts';
import { createRegistries, type Registries } from '../../../core/registries/registries.ts';
import { quiet, testDatabase } from '../../support/postgres.ts';
import { startRegistry, type TestRegistry } from '../../support/registry.ts';
import { image } from '../api/samples.ts';

const { config } = loadConfig({});
const signal = new AbortController().signal;

let sql: Sql;
let registry: TestRegistry;
let registries: Registries;
beforeAll(async () => {
  ({ sql } = await testDatabase());
  registry = await startRegistry();
  registries = createRegistries({ config, sql, log: quiet, isLocal: true });
});
afterAll(async () => {
  await registries.close();
  await registry.close();
});
beforeEach(async () => {
  await sql`truncate subscriptions, notifications, requests, events, registry_pauses`;
  registry.faults.reset();
});

/** One round by a coordinator that has just started, when everything is due. */
async function round(
  make: (services: Parameters<typeof watchTagsCoordinator>[0]) => Coordinator,
): Promise<void> {
  await sql`update subscriptions set checked_at = null`;
  await make({ config, sql, log: quiet, registries }).round(signal);
}

async function subscribe(key: string, type: SubscriptionType): Promise<void> {
  const target = targetOf(key, type);
  await insertSubscription(sql, {
    account: 'admin',
    type,
    key,
    ...target,
    value: null,
    active: true,
  });
}

/** What the resolver does with a request. */
async function resolve(reference: string): Promise<string> {
  const name = parseName(reference);
  const { resolved } = await registries.resolve('admin', name, signal);
  await recordImage(sql, { account: 'admin', name, resolved });
  return resolved.digest;
}

const requests = async () =>
  (await sql<{ reference: string }[]>`
    select reference from requests where state = 'pending' and lane = 2 order by reference`)
    .map(({ reference }) => reference);
const told = () => sql`select type, key, payload from notifications order by number`;
const failures = () => sql`select from events where type = 'system.repository.list_tags_fail'`;

/** Has a statement of the database fail for as long as `during` lasts, as if core died there. */
async function withoutWriting(table: string, event: string, during: () => Promise<void>) {
  await sql.unsafe(`
    create or replace function die() returns trigger language plpgsql as
      $$ begin raise exception 'died'; end $$;
    create trigger die before ${event} on ${table} for each row execute function die()`);
  try {
    await expect(during()).rejects.toThrow('died');
  } finally {
    await sql.unsafe(`drop trigger die on ${table}`);
  }
}

describe('the coordinator of followed tags', () => {
  it('asks for the image of a tag that moved, and tells of it once it is known', async () => {
    const first = registry.push('moving', '1', image('moving 1'));
    const key = `${registry.host}/moving:1`;
    await resolve(key);
    await ensureSubscriptions(sql, 'admin', parseName(key), { autosubscribe: true, digest: first });
    await round(watchTagsCoordinator);
    expect(await requests()).toEqual([]);
    const second = registry.push('moving', '1', image('moving 2'));
    await round(watchTagsCoordinator);
    expect(await requests()).toEqual([key]);
    expect(await told()).toEqual([]);
    await resolve(key);
    await round(watchTagsCoordinator);
    await round(watchTagsCoordinator);
    expect(await told()).toEqual([{
      type: 'tag_update',
      key,
      payload: { curr_eval: [second], last_eval: [first], annotations: {} },
    }]);
    expect(await sql`select resource from events where type = 'user.image.tag.updated'`)
      .toEqual([{ resource: key }]);
  });

  it('takes what it sees first for no move', async () => {
    registry.push('first', '1', image('first'));
    const key = `${registry.host}/first:1`;
    await subscribe(key, 'tag_update');
    await round(watchTagsCoordinator);
    expect(await requests()).toEqual([key]);
    await resolve(key);
    await round(watchTagsCoordinator);
    expect(await told()).toEqual([]);
  });

  it('neither loses nor doubles a move when it dies between two steps', async () => {
    registry.push('dying', '1', image('dying 1'));
    const key = `${registry.host}/dying:1`;
    await resolve(key);
    await subscribe(key, 'tag_update');
    await round(watchTagsCoordinator);
    registry.push('dying', '1', image('dying 2'));
    // The request is left, and nobody knows that the registry was asked.
    const start = () => watchTagsCoordinator({ config, sql, log: quiet, registries }).round(signal);
    await sql`update subscriptions set checked_at = null`;
    await withoutWriting('subscriptions', 'update', async () => void await start());
    await start();
    expect(await requests()).toEqual([key]);
    await resolve(key);
    await withoutWriting('notifications', 'insert', async () => void await start());
    expect(await told()).toEqual([]);
    await start();
    await start();
    expect(await told()).toHaveLength(1);
  });

  it('leaves what is switched off alone, and asks again after a failure that passes', async () => {
    registry.push('away', '1', image('away 1'));
    const key = `${registry.host}/away:1`;
    await resolve(key);
    await subscribe(key, 'tag_update');
    await round(watchTagsCoordinator);
    registry.push('away', '1', image('away 2'));
    registry.faults.failNext(3, 500);
    await round(watchTagsCoordinator);
    expect(await requests()).toEqual([]);
    const start = () => watchTagsCoordinator({ config, sql, log: quiet, registries }).round(signal);
    await start();
    expect(await requests()).toEqual([]);
    await sql`update subscriptions set checked_at = checked_at - interval '1 minute'`;
    await start();
    expect(await requests()).toEqual([key]);
    await sql`update subscriptions set active = false`;
    registry.requests.length = 0;
    await round(watchTagsCoordinator);
    expect(registry.requests).toEqual([]);
  });
});

describe('the coordinator of repositories', () => {
  it('has a registry that is away asked one question, and keep no other waiting', async () => {
    registry.push('present', '1', image('present'));
    const gone = await startRegistry();
    await gone.close();
    for (let number = 0; number < 60; number += 1) {
      await subscribe(`${gone.host}/gone-${number}`, 'repo_update');
    }
    await subscribe(`${registry.host}/present`, 'repo_update');
    const start = () =>
      watchRepositoriesCoordinator({ config, sql, log: quiet, registries }).round(signal);
    await start();
    await start();
    expect(await requests()).toEqual([`${registry.host}/present:1`]);
    expect(await failures()).toHaveLength(1);
  });

  it('adds the tags there are without a word, and tells of those that come', async () => {
    registry.push('growing', '1', image('growing 1'));
    const key = `${registry.host}/growing`;
    await subscribe(key, 'repo_update');
    await round(watchRepositoriesCoordinator);
    expect(await requests()).toEqual([`${key}:1`]);
    expect(await told()).toEqual([]);
    registry.push('growing', '2', image('growing 2'));
    await round(watchRepositoriesCoordinator);
    await round(watchRepositoriesCoordinator);
    expect(await requests()).toEqual([`${key}:1`, `${key}:2`]);
    expect(await told()).toEqual([{
      type: 'repo_update',
      key,
      payload: {
        curr_eval: { tagcount: 2, added: ['2'], added_count: 1 },
        last_eval: { tagcount: 1 },
        annotations: {},
      },
    }]);
  });

  it('adds what came while it was switched off, and nothing twice', async () => {
    registry.push('paused', '1', image('paused 1'));
    const key = `${registry.host}/paused`;
    await subscribe(key, 'repo_update');
    await round(watchRepositoriesCoordinator);
    const [own] = await listSubscriptions(sql, 'admin', { key });
    const change = async (active: boolean) =>
      await updateSubscription(sql, 'admin', own?.id ?? '', { active, value: undefined });
    await change(false);
    await sql`truncate requests`;
    registry.push('paused', '2', image('paused 2'));
    await round(watchRepositoriesCoordinator);
    expect(await requests()).toEqual([]);
    await change(true);
    await round(watchRepositoriesCoordinator);
    expect(await requests()).toEqual([`${key}:2`]);
  });

  it('adds the tags of a large repository round by round', async () => {
    const digest = registry.push('large', '0', image('large'));
    for (let tag = 1; tag < 230; tag += 1) registry.tag('large', String(tag), digest);
    await subscribe(`${registry.host}/large`, 'repo_update');
    const counts: number[] = [];
    for (let rounds = 0; rounds < 4; rounds += 1) {
      await round(watchRepositoriesCoordinator);
      counts.push((await requests()).length);
    }
    expect(counts).toEqual([100, 200, 230, 230]);
    expect(await told()).toEqual([]);
  });

  it('says once that a registry fails, and again when it has come back between', async () => {
    registry.push('failing', '1', image('failing 1'));
    const key = `${registry.host}/failing`;
    await subscribe(key, 'repo_update');
    for (const expected of [1, 2]) {
      registry.faults.dropConnections = true;
      await round(watchRepositoriesCoordinator);
      await round(watchRepositoriesCoordinator);
      expect(await failures()).toHaveLength(expected);
      registry.faults.dropConnections = false;
      await round(watchRepositoriesCoordinator);
      expect(await failures()).toHaveLength(expected);
    }
    expect(await requests()).toEqual([`${key}:1`]);
  });

  it('leaves a registry alone that asks for it', async () => {
    registry.push('throttled', '1', image('throttled'));
    await subscribe(`${registry.host}/throttled`, 'repo_update');
    registry.faults.failNext(4, 429, { 'retry-after': '2' });
    await round(watchRepositoriesCoordinator);
    expect(registry.requests.length).toBeGreaterThan(1);
    registry.requests.length = 0;
    await round(watchRepositoriesCoordinator);
    expect(registry.requests).toEqual([]);
    expect(await failures()).toEqual([]);
  }, 30_000);

  it('neither loses nor doubles a tag when it dies between two steps', async () => {
    registry.push('killed', '1', image('killed 1'));
    const key = `${registry.host}/killed`;
    await subscribe(key, 'repo_update');
    await round(watchRepositoriesCoordinator);
    registry.push('killed', '2', image('killed 2'));
    for (const table of ['requests', 'notifications', 'events']) {
      await withoutWriting(table, 'insert', () => round(watchRepositoriesCoordinator));
      expect(await requests()).toEqual([`${key}:1`]);
      expect(await told()).toEqual([]);
    }
    await round(watchRepositoriesCoordinator);
    await round(watchRepositoriesCoordinator);
    expect(await requests()).toEqual([`${key}:1`, `${key}:2`]);
    expect(await told()).toHaveLength(1);
  });
});
