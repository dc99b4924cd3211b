/**
 * `/events`: what happened in an account, and why something failed.
 *
 * @module
 */
import { createRoute, z } from '@hono/zod-openapi';
import {
  deleteEvent,
  deleteEvents,
  type EventRecord,
  findEvent,
  listEvents,
} from '../events/read.ts';
import { EVENT_TYPES } from '../events/declared.ts';
import { partsOf, sourceOf } from '../events/types.ts';
import { TidewaiterError } from '../errors.ts';
import { type Api, newApi, type Services } from './context.ts';
import { ErrorBody, queryInteger, timestamp } from './schemas.ts';

const MOST = 1000;
/** Events that a page may pass over: each is counted. */
const MOST_OFFSET = 1_000_000;
const MOST_DELETED = 1_000_000;
/** All services of the original are one here. */
const HOST = 'tidewaiter';

const Event = z.object({
  generated_uuid: z.string(),
  created_at: z.string(),
  event: z.object({
    source: z.object({
      servicename: z.string(),
      hostid: z.string(),
      base_url: z.string(),
      request_id: z.string(),
    }),
    resource: z.object({ user_id: z.string(), id: z.string(), type: z.string() }),
    type: z.string(),
    category: z.string(),
    level: z.string(),
    message: z.string(),
    details: z.record(z.string(), z.unknown()),
    timestamp: z.string(),
  }),
}).openapi('Event');

const EventCategory = z.object({
  category: z.string(),
  description: z.string(),
  subcategories: z.array(z.object({
    name: z.string(),
    description: z.string(),
    events: z.array(z.object({
      name: z.string(),
      type: z.string(),
      message: z.string(),
      resource_type: z.string(),
    })),
  })),
}).openapi('EventCategory');

const CATEGORIES: Readonly<Record<string, string>> = {
  user: 'What users did, and what became of what they asked for',
  system: 'What happened inside Tidewaiter, and what it could not reach',
};

function eventBody(record: EventRecord): z.infer<typeof Event> {
  const at = timestamp(record.createdAt);
  return {
    generated_uuid: record.id,
    created_at: at,
    event: {
      source: { servicename: sourceOf(record.type), hostid: HOST, base_url: '', request_id: '' },
      resource: { user_id: record.account, id: record.resource, type: record.resourceType },
      type: record.type,
      category: partsOf(record.type).category,
      level: record.level,
      message: record.message,
      details: record.details,
      timestamp: at,
    },
  };
}

function typesBody(): z.infer<typeof EventCategory>[] {
  const declared = EVENT_TYPES.map((one) => ({ ...one, ...partsOf(one.type) }));
  return [...Map.groupBy(declared, ({ category }) => category)].map(([category, all]) => ({
    category,
    description: CATEGORIES[category] ?? '',
    subcategories: [...Map.groupBy(all, ({ subcategory }) => subcategory)].map((
      [name, events],
    ) => ({
      name,
      description: `Events of ${category}.${name}`,
      events: events.map(({ event, type, message, resourceType }) => ({
        name: event,
        type,
        message,
        resource_type: resourceType,
      })),
    })),
  }));
}

/** A time in ISO 8601; UTC unless it says otherwise. */
const moment = z.union([
  z.iso.datetime({ offset: true, local: true }),
  z.iso.date(),
]).transform((text) => {
  const zoned = /(?:Z|[+-]\d{2}:\d{2})$/.test(text) || !text.includes('T') ? text : `${text}Z`;
  return new Date(zoned);
}).openapi({ type: 'string', format: 'date-time' });

const LEVELS = ['info', 'error'] as const;
const level = z.string().toLowerCase().pipe(z.enum(LEVELS))
  .openapi({ type: 'string', enum: [...LEVELS] });
const Period = { since: moment.optional(), before: moment.optional(), level: level.optional() };

const ListQuery = z.object({
  ...Period,
  source_servicename: z.string().optional(),
  source_hostid: z.string().optional(),
  event_type: z.string().max(200).optional(),
  resource_type: z.string().optional(),
  resource_id: z.string().optional(),
  page: queryInteger(1).default(1),
  limit: queryInteger(1, MOST).default(100),
});

const json = <T extends z.ZodType>(schema: T, description: string) => ({
  200: { description, content: { 'application/json': { schema } } },
  400: { description: 'Wrong input', content: { 'application/json': { schema: ErrorBody } } },
  404: { description: 'Not found', content: { 'application/json': { schema: ErrorBody } } },
});

function notFound(id: string): TidewaiterError {
  return new TidewaiterError(
    'event_not_found',
    404,
    `event not found in DB: there is no event ${id} in this account.`,
  );
}

// Anything else is the id of no event: Postgres would refuse to compare it.
const isId = (id: string) => z.guid().safeParse(id).success;

/** Routes below `/events`, and `/event_types`. */
export function eventRoutes({ sql }: Services): Api {
  const one = z.object({ id: z.string() });
  return newApi()
    .openapi(
      createRoute({
        method: 'get',
        path: '/events',
        summary: 'Events, the newest first',
        request: { query: ListQuery },
        responses: json(
          z.object({
            results: z.array(Event),
            next_page: z.boolean(),
            item_count: z.number(),
            page: z.number(),
          }),
          'A page of events',
        ),
      }),
      async (c) => {
        const { page, limit, ...query } = c.req.valid('query');
        const offset = (page - 1) * limit;
        if (offset > MOST_OFFSET) {
          throw new TidewaiterError(
            'page_too_far',
            404,
            `Pages end after ${MOST_OFFSET} events: ask for those "before" the last one you have seen.`,
          );
        }
        const isElsewhere = query.source_hostid !== undefined && query.source_hostid !== HOST;
        const found = isElsewhere ? [] : await listEvents(sql, {
          account: c.get('account'),
          type: query.event_type,
          source: query.source_servicename,
          level: query.level,
          resourceType: query.resource_type,
          resource: query.resource_id,
          since: query.since,
          before: query.before,
        }, { offset, limit: limit + 1 });
        if (found.length === 0) {
          throw new TidewaiterError('events_not_found', 404, 'events not found in DB');
        }
        const results = found.slice(0, limit).map(eventBody);
        const next_page = found.length > limit;
        return c.json({ results, next_page, item_count: results.length, page }, 200);
      },
    )
    .openapi(
      createRoute({
        method: 'delete',
        path: '/events',
        summary: 'Delete the events of a period, all unless it is given',
        request: { query: z.object(Period) },
        responses: json(z.array(z.string()), 'Their ids'),
      }),
      async (c) => {
        const filter = { ...c.req.valid('query'), account: c.get('account') };
        return c.json(await deleteEvents(sql, filter, MOST_DELETED), 200);
      },
    )
    .openapi(
      createRoute({
        method: 'get',
        path: '/events/{id}',
        summary: 'One event',
        request: { params: one },
        responses: json(Event, 'The event'),
      }),
      async (c) => {
        const { id } = c.req.valid('param');
        const record = isId(id) ? await findEvent(sql, c.get('account'), id) : undefined;
        if (record === undefined) throw notFound(id);
        return c.json(eventBody(record), 200);
      },
    )
    .openapi(
      createRoute({
        method: 'delete',
        path: '/events/{id}',
        summary: 'Delete one event',
        request: { params: one },
        responses: json(z.literal(true), 'Deleted'),
      }),
      async (c) => {
        const { id } = c.req.valid('param');
        if (!isId(id) || !await deleteEvent(sql, c.get('account'), id)) throw notFound(id);
        return c.json(true as const, 200);
      },
    )
    .openapi(
      createRoute({
        method: 'get',
        path: '/event_types',
        summary: 'Types of events',
        responses: json(z.array(EventCategory), 'By category and subcategory'),
      }),
      (c) => c.json(typesBody(), 200),
    );
}
