/**
 * `/policies`: the bundles of an account.
 *
 * @module
 */
import { createRoute, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { createHash } from 'node:crypto';
import {
  activateBundle,
  type BundleRecord,
  deleteBundle,
  findBundle,
  listBundles,
  putBundle,
  storedDocument,
} from '../catalog/bundles.ts';
import { TidewaiterError } from '../errors.ts';
import type { Queryable } from '../database/connection.ts';
import { type NewEvent, recordEvent } from '../events/record.ts';
import { policySpec } from '../policy/index.ts';
import { prepareVerdicts } from '../verdicts/prepare.ts';
import { BundleDocument, usableBundle } from './bundle-input.ts';
import { type Api, type ApiEnv, newApi, type Services } from './context.ts';
import { ErrorBody, PolicyRecord, queryBoolean, timestamp } from './schemas.ts';

const Described = {
  name: z.string(),
  description: z.string(),
  state: z.enum(['active', 'deprecated', 'eol']),
  superceded_by: z.string().nullable(),
};
const PolicySpec = z.array(
  z.object({
    ...Described,
    triggers: z.array(z.object({
      ...Described,
      parameters: z.array(z.object({
        ...Described,
        example: z.string(),
        required: z.boolean(),
        validator: z.object({
          type: z.string(),
          description: z.string(),
          criteria: z.record(z.string(), z.unknown()),
        }),
      })),
    })),
  }).openapi('GateSpec'),
);

function policyBody(record: BundleRecord, detail: boolean): z.infer<typeof PolicyRecord> {
  return {
    policyId: record.id,
    active: record.active,
    userId: record.account,
    policy_source: 'local',
    policybundle: detail ? JSON.parse(record.document) as Record<string, unknown> : {},
    policybundlemeta: {},
    created_at: timestamp(record.createdAt),
    last_updated: timestamp(record.updatedAt),
    name: record.name,
    description: record.description,
  };
}

const errors = {
  400: { description: 'Wrong input', content: { 'application/json': { schema: ErrorBody } } },
  404: { description: 'Not found', content: { 'application/json': { schema: ErrorBody } } },
  409: { description: 'Conflict', content: { 'application/json': { schema: ErrorBody } } },
};
const recordAnswer = {
  200: { description: 'The bundle', content: { 'application/json': { schema: PolicyRecord } } },
  ...errors,
};
const listAnswer = {
  200: {
    description: 'Bundles',
    content: { 'application/json': { schema: z.array(PolicyRecord) } },
  },
  ...errors,
};
const params = z.object({ policyId: z.string() });

async function recordOf(services: Services, account: string, id: string): Promise<BundleRecord> {
  const record = await findBundle(services.sql, account, id);
  if (record !== undefined) return record;
  throw new TidewaiterError('policy_not_found', 404, `There is no policy bundle ${id}.`);
}

/** Records what somebody did to a bundle, in its transaction. */
async function recordChange(
  tx: Queryable,
  c: Context<ApiEnv>,
  change: Pick<NewEvent, 'type' | 'resource' | 'message'>,
): Promise<void> {
  await recordEvent(tx, {
    ...change,
    account: c.get('account'),
    level: 'info',
    resourceType: 'policy_bundle',
    details: { by: c.get('identity').user },
  });
}

/** Stores a bundle that has no problems; an event tells of new content. */
async function store(
  services: Services,
  c: Context<ApiEnv>,
  document: Record<string, unknown> & { id: string },
): Promise<void> {
  usableBundle(document);
  const { sql } = services;
  const account = c.get('account');
  const text = (key: string) => typeof document[key] === 'string' ? document[key] : undefined;
  const { id } = document;
  const bundle = { ...document, name: text('name'), description: text('description') };
  const counts = await findBundle(sql, account, id);
  if (counts?.active === true) {
    await prepareVerdicts(services, { ...counts, ...storedDocument(bundle) });
  }
  await sql.begin(async (tx) => {
    const before = await findBundle(tx, account, id);
    await putBundle(tx, account, bundle);
    const after = await findBundle(tx, account, id);
    if (before === undefined) {
      const message = `The policy bundle ${id} was added.`;
      await recordChange(tx, c, { type: 'user.policy.bundle.added', resource: id, message });
    } else if (before.sha256 !== after?.sha256) {
      const type = before.active
        ? 'user.policy.active.content_change'
        : 'user.policy.bundle.updated';
      const message = `The policy bundle ${id} has another content now.`;
      await recordChange(tx, c, { type, resource: id, message });
    }
  });
}

/** Routes below `/policies`, and the gates that bundles can name. */
export function policyRoutes(services: Services): Api {
  const { sql } = services;
  return newApi()
    .openapi(
      createRoute({
        method: 'get',
        path: '/system/policy_spec',
        summary: 'Gates, triggers and parameters of policies',
        responses: {
          200: { description: 'Gates', content: { 'application/json': { schema: PolicySpec } } },
        },
      }),
      (c) => c.json(policySpec() as z.infer<typeof PolicySpec>, 200),
    )
    .openapi(
      createRoute({
        method: 'get',
        path: '/policies',
        summary: 'List policy bundles',
        request: { query: z.object({ detail: queryBoolean(false) }) },
        responses: listAnswer,
      }),
      async (c) => {
        const { detail } = c.req.valid('query');
        const records = await listBundles(sql, c.get('account'));
        return c.json(records.map((record) => policyBody(record, detail)), 200);
      },
    )
    .openapi(
      createRoute({
        method: 'post',
        path: '/policies',
        summary: 'Add a policy bundle',
        request: {
          body: { required: true, content: { 'application/json': { schema: BundleDocument } } },
        },
        responses: recordAnswer,
      }),
      async (c) => {
        const account = c.get('account');
        const document = c.req.valid('json');
        const name = typeof document['name'] === 'string' ? document['name'] : '';
        const id = document.id ??
          createHash('md5').update(`${account}:${name}`).digest('hex');
        await store(services, c, { ...document, id });
        return c.json(policyBody(await recordOf(services, account, id), true), 200);
      },
    )
    .openapi(
      createRoute({
        method: 'get',
        path: '/policies/{policyId}',
        summary: 'Read a policy bundle',
        request: { params, query: z.object({ detail: queryBoolean(true) }) },
        responses: listAnswer,
      }),
      async (c) => {
        const record = await recordOf(services, c.get('account'), c.req.valid('param').policyId);
        return c.json([policyBody(record, c.req.valid('query').detail)], 200);
      },
    )
    .openapi(
      createRoute({
        method: 'put',
        path: '/policies/{policyId}',
        summary: 'Change a policy bundle, or activate it',
        request: {
          params,
          query: z.object({ active: queryBoolean(false) }),
          body: {
            required: true,
            content: {
              'application/json': {
                schema: z.looseObject({
                  policyId: z.string(),
                  active: z.boolean().default(false),
                  policybundle: BundleDocument,
                }),
              },
            },
          },
        },
        responses: listAnswer,
      }),
      async (c) => {
        const { policyId } = c.req.valid('param');
        const account = c.get('account');
        const body = c.req.valid('json');
        if (body.policyId !== policyId || (body.policybundle.id ?? policyId) !== policyId) {
          throw new TidewaiterError(
            'policy_id_mismatch',
            400,
            `The record is of the bundle ${body.policyId}, the path names ${policyId}.`,
          );
        }
        const before = await recordOf(services, account, policyId);
        const activate = body.active || c.req.valid('query').active;
        if (before.active && !activate) {
          throw new TidewaiterError(
            'policy_active',
            409,
            `The policy bundle ${policyId} is active: to deactivate it activate another one.`,
          );
        }
        await store(services, c, { ...body.policybundle, id: policyId });
        if (activate && !before.active) {
          await prepareVerdicts(services, await recordOf(services, account, policyId));
          await activateBundle(sql, account, policyId);
          await recordChange(sql, c, {
            type: 'user.policy.active.updated',
            resource: policyId,
            message: `The policy bundle ${policyId} is now active.`,
          });
        }
        return c.json([policyBody(await recordOf(services, account, policyId), true)], 200);
      },
    )
    .openapi(
      createRoute({
        method: 'delete',
        path: '/policies/{policyId}',
        summary: 'Delete a policy bundle',
        request: { params },
        responses: {
          200: {
            description: 'Deleted',
            content: { 'application/json': { schema: z.literal('deleted') } },
          },
          ...errors,
        },
      }),
      async (c) => {
        const { policyId } = c.req.valid('param');
        await sql.begin(async (tx) => {
          await deleteBundle(tx, c.get('account'), policyId);
          await recordChange(tx, c, {
            type: 'user.policy.bundle.deleted',
            resource: policyId,
            message: `The policy bundle ${policyId} was deleted.`,
          });
        });
        return c.json('deleted' as const, 200);
      },
    );
}
