/**
 * `/subscriptions`: what an account wants to be told of its tags and repositories.
 *
 * @module
 */
import { createRoute, z } from '@hono/zod-openapi';
import { readRepositoryValue, shownRepositoryValue } from '../catalog/repository-values.ts';
import {
  deleteSubscription,
  insertSubscription,
  listSubscriptions,
  SUBSCRIPTION_TYPES,
  type SubscriptionRecord,
  targetOf,
  updateSubscription,
} from '../catalog/subscriptions.ts';
import type { Queryable } from '../database/connection.ts';
import { TidewaiterError } from '../errors.ts';
import { escapeText } from '../log.ts';
import { type Api, newApi, type Services } from './context.ts';
import { ErrorBody } from './schemas.ts';

export const Subscription = z.object({
  subscription_key: z.string(),
  subscription_type: z.string(),
  subscription_value: z.string().nullable(),
  userId: z.string(),
  active: z.boolean(),
  subscription_id: z.string(),
}).openapi('Subscription');

/** Characters of a key in a message. */
const SHOWN = 200;

const Type = z.enum(SUBSCRIPTION_TYPES);
const Value = z.string().max(4 * 1024 * 1024);
const Addition = z.looseObject({
  subscription_key: z.string().min(1).max(1024),
  subscription_type: Type,
  subscription_value: Value.nullish(),
  active: z.boolean().nullish(),
}).openapi('SubscriptionRequest');
const Change = z.looseObject({
  subscription_value: Value.nullish(),
  active: z.boolean().nullish(),
}).openapi('SubscriptionUpdate');

const errorContent = { 'application/json': { schema: ErrorBody } };
/** Answers with subscriptions, and why there are none. */
export const subscriptionAnswers = {
  200: {
    description: 'Subscriptions',
    content: { 'application/json': { schema: z.array(Subscription) } },
  },
  400: { description: 'Wrong input', content: errorContent },
  404: { description: 'Not found', content: errorContent },
  409: { description: 'Conflict', content: errorContent },
};
const params = z.object({ subscription_id: z.string() });

/** A subscription as the API shows it. */
export function subscriptionBody(
  { key, type, value, account, active, id, tags }: SubscriptionRecord,
): z.infer<typeof Subscription> {
  return {
    subscription_key: key,
    subscription_type: type,
    subscription_value: type === 'repo_update'
      ? shownRepositoryValue(readRepositoryValue(value), tags)
      : value,
    userId: account,
    active,
    subscription_id: id,
  };
}

/** What is kept of a value that was given. */
function keptValue(type: SubscriptionRecord['type'], value: string | null | undefined) {
  return type === 'repo_update'
    ? JSON.stringify(readRepositoryValue(value ?? null))
    : value ?? null;
}

async function recordOf(
  sql: Queryable,
  account: string,
  id: string,
): Promise<SubscriptionRecord> {
  const [record] = await listSubscriptions(sql, account, { id });
  if (record !== undefined) return record;
  throw new TidewaiterError(
    'subscription_not_found',
    404,
    `There is no subscription ${escapeText(id.slice(0, SHOWN))}: list them for the ids there are.`,
  );
}

/** Routes below `/subscriptions`. */
export function subscriptionRoutes({ sql }: Services): Api {
  return newApi()
    .openapi(
      createRoute({
        method: 'get',
        path: '/subscriptions',
        summary: 'List subscriptions',
        request: {
          query: z.object({
            subscription_key: z.string().optional(),
            subscription_type: Type.optional(),
          }),
        },
        responses: subscriptionAnswers,
      }),
      async (c) => {
        const { subscription_key: key, subscription_type: type } = c.req.valid('query');
        const found = await listSubscriptions(sql, c.get('account'), { key, type });
        return c.json(found.map(subscriptionBody), 200);
      },
    )
    .openapi(
      createRoute({
        method: 'post',
        path: '/subscriptions',
        summary: 'Subscribe to a tag or a repository',
        request: {
          body: { required: true, content: { 'application/json': { schema: Addition } } },
        },
        responses: subscriptionAnswers,
      }),
      async (c) => {
        const account = c.get('account');
        const { subscription_key: key, subscription_type: type, ...body } = c.req.valid('json');
        const isAdded = await insertSubscription(sql, {
          account,
          type,
          key,
          ...targetOf(key, type),
          value: keptValue(type, body.subscription_value),
          active: body.active ?? false,
        });
        const [record] = await listSubscriptions(sql, account, { key, type });
        if (isAdded && record !== undefined) return c.json([subscriptionBody(record)], 200);
        throw new TidewaiterError(
          'subscription_exists',
          409,
          `There is a subscription of the type ${type} to ${
            escapeText(key.slice(0, SHOWN))
          } already: change that one.`,
          record === undefined ? {} : { detail: { subscription_id: record.id } },
        );
      },
    )
    .openapi(
      createRoute({
        method: 'get',
        path: '/subscriptions/{subscription_id}',
        summary: 'Read a subscription',
        request: { params },
        responses: subscriptionAnswers,
      }),
      async (c) => {
        const { subscription_id: id } = c.req.valid('param');
        return c.json([subscriptionBody(await recordOf(sql, c.get('account'), id))], 200);
      },
    )
    .openapi(
      createRoute({
        method: 'put',
        path: '/subscriptions/{subscription_id}',
        summary: 'Change a subscription, or switch it on or off',
        request: {
          params,
          body: { required: false, content: { 'application/json': { schema: Change } } },
        },
        responses: subscriptionAnswers,
      }),
      async (c) => {
        const { subscription_id: id } = c.req.valid('param');
        const account = c.get('account');
        const { active, subscription_value: value } = c.req.valid('json');
        const { type } = await recordOf(sql, account, id);
        await updateSubscription(sql, account, id, {
          active: active ?? undefined,
          value: value === undefined || value === null
            ? undefined
            : keptValue(type, value) ?? undefined,
        });
        return c.json([subscriptionBody(await recordOf(sql, account, id))], 200);
      },
    )
    .openapi(
      createRoute({
        method: 'delete',
        path: '/subscriptions/{subscription_id}',
        summary: 'Delete a subscription',
        request: { params },
        responses: {
          ...subscriptionAnswers,
          200: {
            description: 'Deleted',
            content: { 'application/json': { schema: z.literal('deleted') } },
          },
        },
      }),
      async (c) => {
        const { subscription_id: id } = c.req.valid('param');
        const { account } = await recordOf(sql, c.get('account'), id);
        await deleteSubscription(sql, account, id);
        return c.json('deleted' as const, 200);
      },
    );
}
