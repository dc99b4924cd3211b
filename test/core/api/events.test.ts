import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newApi, type Services } from '../../../core/api/context.ts';
import { eventRoutes } from '../../../core/api/events.ts';
import { loadConfig } from '../../../core/config/load.ts';
import { recordEvent } from '../../../core/events/record.ts';
import { EVENT_TYPES } from '../../../core/events/declared.ts';
import { createRegistries } from '../../../core/registries/registries.ts';
import { quiet, testDatabase } from '../../support/postgres.ts';
import type { Sql } from '../../../core/database/connection.ts';

const DAYS = 6;

interface Listed {
  readonly generated_uuid: string;
  readonly created_at: string;
  readonly event: {
    readonly type: string;
    readonly level: string;
    readonly message: string;
    readonly resource: { readonly id: string; readonly type: string; readonly user_id: string };
    readonly source: { readonly servicename: string };
  };
}
interface Page {
  readonly results: readonly Listed[];
  readonly next_page: boolean;
  readonly item_count: number;
  readonly page: number;
}

let sql: Sql;
let services: Services;
beforeAll(async () => {
  ({ sql } = await testDatabase());
  const { config } = loadConfig({});
  const registries = createRegistries({ config, sql, log: quiet, isLocal: true });
  services = { config, sql, log: quiet, registries };
  for (const account of ['reading', 'clearing']) await fill(account);
});
afterAll(async () => {
  await services.registries.close();
});

/** An event of every kind that the filters tell apart, one on each of the first days of 2026. */
async function fill(account: string): Promise<void> {
  const kinds = [
    ['user.image.analysis.completed', 'info', 'image_digest', 'sha256:1'],
    ['user.image.analysis.failed', 'error', 'image_digest', 'sha256:2'],
    ['system.feeds.sync.started', 'info', 'feed', 'vulnerabilities'],
    ['system.feeds.sync.failed', 'error', 'feed', 'vulnerabilities'],
    ['user.policy.active.updated', 'info', 'policy_bundle', 'a-bundle'],
    ['user.registry.added', 'info', 'registry', 'registry.example'],
  ] as const;
  for (const [type, level, resourceType, resource] of kinds) {
    await recordEvent(sql, { account, type, level, resourceType, resource, message: type });
  }
  await sql`
    update events e set created_at = timestamptz '2026-01-01T12:00:00Z' + n * interval '1 day'
    from (select id, row_number() over (order by created_at) - 1 as n from events
      where account = ${account}) o where e.id = o.id`;
}

async function ask(path: string, { account = 'reading', method = 'GET' } = {}) {
  const app = newApi();
  app.use('*', async (c, next) => {
    c.set('account', account);
    await next();
  });
  app.route('/', eventRoutes(services));
  const answer = await app.request(path, { method });
  return { status: answer.status, body: await answer.json() as unknown };
}

async function listed(query: string): Promise<Page> {
  const { status, body } = await ask(`/events?${query}`);
  expect(status, JSON.stringify(body)).toBe(200);
  return body as Page;
}

describe('the list of events', () => {
  it('has the shape that clients parse, the newest first', async () => {
    const page = await listed('');
    expect(page).toMatchObject({ next_page: false, item_count: DAYS, page: 1 });
    expect(page.results[0]).toEqual({
      generated_uuid: expect.stringMatching(/^[0-9a-f-]{36}$/),
      created_at: '2026-01-06T12:00:00Z',
      event: {
        source: { servicename: 'apiext', hostid: 'tidewaiter', base_url: '', request_id: '' },
        resource: { user_id: 'reading', id: 'registry.example', type: 'registry' },
        type: 'user.registry.added',
        category: 'user',
        level: 'info',
        message: 'user.registry.added',
        details: {},
        timestamp: '2026-01-06T12:00:00Z',
      },
    });
    expect(page.results.map(({ created_at }) => created_at))
      .toEqual(page.results.map(({ created_at }) => created_at).sort().reverse());
  });

  it.each([
    ['event_type=user.image.*', ['user.image.analysis.failed', 'user.image.analysis.completed']],
    ['event_type=*.failed', ['system.feeds.sync.failed', 'user.image.analysis.failed']],
    ['event_type=user.registry.added', ['user.registry.added']],
    ['level=error', ['system.feeds.sync.failed', 'user.image.analysis.failed']],
    ['level=ERROR&event_type=system.*', ['system.feeds.sync.failed']],
    ['resource_type=feed', ['system.feeds.sync.failed', 'system.feeds.sync.started']],
    ['resource_id=sha256:2', ['user.image.analysis.failed']],
    ['source_servicename=policy_engine', ['system.feeds.sync.failed', 'system.feeds.sync.started']],
    ['source_hostid=tidewaiter&resource_id=a-bundle', ['user.policy.active.updated']],
    ['since=2026-01-06T12:00:00Z', ['user.registry.added']],
    ['since=2026-01-06T12:00:00.000000', ['user.registry.added']],
    ['since=2026-01-06', ['user.registry.added']],
    ['since=2026-01-06T14:00:00%2B02:00', ['user.registry.added']],
    ['before=2026-01-01T12:00:01Z', ['user.image.analysis.completed']],
  ])('shows for %s what fits', async (query, types) => {
    expect((await listed(query)).results.map(({ event }) => event.type)).toEqual(types);
  });

  it('comes in pages that miss and repeat nothing', async () => {
    const pages = await Promise.all([1, 2].map((page) => listed(`limit=4&page=${page}`)));
    expect(pages.map(({ next_page }) => next_page)).toEqual([true, false]);
    expect(pages.map(({ item_count }) => item_count)).toEqual([4, 2]);
    const ids = pages.flatMap(({ results }) => results.map((one) => one.generated_uuid));
    expect(new Set(ids).size).toBe(DAYS);
  });

  it.each([
    'event_type=system.none',
    'source_hostid=other',
    'page=2',
    'since=2027-01-01',
    'event_type=%25',
  ])(
    'is a 404 for %s, which nothing fits',
    async (query) => {
      expect(await ask(`/events?${query}`)).toMatchObject({
        status: 404,
        body: { code: 'events_not_found', message: 'events not found in DB' },
      });
    },
  );

  it.each(['limit=0', 'limit=1001', 'page=0', 'page=1e3', 'level=warn', 'since=yesterday'])(
    'refuses %s',
    async (query) => {
      expect((await ask(`/events?${query}`)).status).toBe(400);
    },
  );

  it('finds no page that lies too far', async () => {
    expect(await ask('/events?page=9999999'))
      .toMatchObject({ status: 404, body: { code: 'page_too_far' } });
  });

  it('reads pages from an index', async () => {
    await sql`
      insert into events (account, type, level, resource_type, resource, message)
      select 'full', 'user.image.analysis.completed', 'info', 'image_digest', n::text, 'm'
      from generate_series(1, 20000) n`;
    await sql`analyze events`;
    const plan = await sql`
      explain select id from events where account = 'full'
      order by created_at desc, id desc offset 100 limit 101`;
    expect(JSON.stringify(plan)).toContain('events_pages');
  });
});

describe('one event', () => {
  it('is shown to its account and deleted by it alone', async () => {
    const [first] = (await listed('event_type=user.registry.added')).results;
    const path = `/events/${first?.generated_uuid}`;
    expect(await ask(path)).toEqual({ status: 200, body: first });
    for (const method of ['GET', 'DELETE']) {
      const other = await ask(path, { account: 'clearing', method });
      expect(other).toMatchObject({ status: 404, body: { code: 'event_not_found' } });
    }
    expect(await ask(path, { method: 'DELETE' })).toEqual({ status: 200, body: true });
    expect((await ask(path)).status).toBe(404);
  });

  it.each(['none', '00000000-0000-0000-0000-000000000000', "'"])('%s is a 404', async (id) => {
    expect((await ask(`/events/${encodeURIComponent(id)}`)).status).toBe(404);
  });

  it('has no foreign control characters, and an end', async () => {
    await recordEvent(sql, {
      account: 'hostile',
      type: 'user.image.analysis.failed',
      level: 'error',
      resourceType: 'image_digest',
      resource: `\u001b[2J\u0000${'r'.repeat(10_000)}`,
      message: `\u202e\u0000\ud800${'m'.repeat(10_000)}`,
    });
    const { body } = await ask('/events', { account: 'hostile' });
    const { event } = (body as Page).results[0] ?? expect.fail();
    expect(event.resource.id).toMatch(/^\\u001b\[2J\\u0000r{1000,2000}…?$/);
    expect(event.message.length).toBeLessThan(2100);
    expect(event.message).toMatch(/^\\u202e\\u0000\ufffdm+…?$/);
  });
});

describe('deleting events', () => {
  it('takes those of the period and says which', async () => {
    const clear = async (query: string) =>
      (await ask(`/events?${query}`, { account: 'clearing', method: 'DELETE' })).body as string[];
    expect(await clear('before=2026-01-03&level=error')).toHaveLength(1);
    expect(await clear('since=2026-01-06')).toHaveLength(1);
    const rest = await clear('');
    expect(rest).toHaveLength(DAYS - 2);
    expect(rest[0]).toMatch(/^[0-9a-f-]{36}$/);
    expect(await clear('')).toEqual([]);
    expect((await listed('')).item_count).toBeGreaterThan(0);
  });
});

describe('the types of events', () => {
  it('are all listed by category and subcategory', async () => {
    const { body } = await ask('/event_types');
    const categories = body as {
      category: string;
      subcategories: { name: string; events: { name: string; type: string }[] }[];
    }[];
    const types = categories.flatMap(({ category, subcategories }) =>
      subcategories.flatMap(({ name, events }) =>
        events.map((event) => {
          expect(event.type).toBe(`${category}.${name}.${event.name}`);
          return event.type;
        })
      )
    );
    expect(types.sort()).toEqual(EVENT_TYPES.map(({ type }) => type).sort());
    expect(categories.map(({ category }) => category).sort()).toEqual(['system', 'user']);
  });
});
