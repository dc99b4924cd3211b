/**
 * `/registries`: an account's credentials for registries. A password goes in and never comes out.
 *
 * @module
 */
import { createRoute, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { OciError } from 'oci-client';
import { asTidewaiterError } from '../answers.ts';
import type { Queryable } from '../database/connection.ts';
import { TidewaiterError } from '../errors.ts';
import { recordEvent } from '../events/record.ts';
import { escapeText } from '../log.ts';
import {
  type CredentialRecord,
  deleteCredential,
  insertCredential,
  listCredentials,
  type NewCredential,
  type SealedRecord,
  updateCredential,
} from '../registries/credentials.ts';
import { openCredential } from '../registries/logins.ts';
import { type SecretBox, secretBox } from '../registries/secrets.ts';
import { type Api, type ApiEnv, newApi, type Services } from './context.ts';
import { Addition, Change, checkSupported, hostOf } from './registry-input.ts';
import { ErrorBody, queryBoolean, RegistryRecord, timestamp } from './schemas.ts';

/** A registry that takes longer has not taken the credentials. */
const CHECK_MS = 30_000;

/** Characters of a name from a path in a message. */
const SHOWN = 200;

const errorContent = { 'application/json': { schema: ErrorBody } };
const errors = {
  400: { description: 'Wrong input', content: errorContent },
  404: { description: 'Not found', content: errorContent },
  406: { description: 'The registry does not take the credentials', content: errorContent },
  409: { description: 'Conflict', content: errorContent },
};
const recordsAnswer = {
  200: {
    description: 'Registries',
    content: { 'application/json': { schema: z.array(RegistryRecord) } },
  },
  ...errors,
};
const params = z.object({ registry: z.string() });
const validateQuery = z.object({ validate: queryBoolean(true) });

function registryBody(record: CredentialRecord): z.infer<typeof RegistryRecord> {
  return {
    registry: record.registry,
    registry_user: record.user,
    registry_type: record.type,
    registry_name: record.name,
    registry_verify: record.verify,
    userId: record.account,
    created_at: timestamp(record.createdAt),
    last_updated: timestamp(record.updatedAt),
  };
}

function notFound(registry: string): TidewaiterError {
  return new TidewaiterError(
    'registry_not_found',
    404,
    `There are no credentials for the registry ${escapeText(registry.slice(0, SHOWN))}.`,
  );
}

function exists(registry: string): TidewaiterError {
  return new TidewaiterError(
    'registry_exists',
    409,
    `There are credentials for the registry ${registry} already: update them, or delete them first.`,
  );
}

function needKey(box: SecretBox | undefined): SecretBox {
  if (box !== undefined) return box;
  throw new TidewaiterError(
    'encryption_key_missing',
    409,
    'Credentials are only stored encrypted: set TIDEWAITER_ENCRYPTION_KEY (in a cluster the "key" of the Secret tidewaiter-encryption) and start core again.',
  );
}

/** Routes below `/registries`. */
export function registryRoutes({ sql, config, registries }: Services): Api {
  const { encryption_key: key } = config;
  const box = key === undefined ? undefined : secretBox(key);

  async function recordOf(account: string, registry: string): Promise<SealedRecord> {
    const [record] = await listCredentials(sql, account, registry);
    if (record === undefined) throw notFound(registry);
    return record;
  }

  /** Nothing is stored that the registry does not take. */
  async function check(host: string, username: string, password: string): Promise<void> {
    try {
      const signal = AbortSignal.timeout(CHECK_MS);
      await registries.checkLogin(host, { username, password }, signal);
    } catch (error) {
      if (!(error instanceof OciError)) throw error;
      const { code, message, detail } = asTidewaiterError(error);
      const why = message.replace(/\.$/, '');
      throw new TidewaiterError(
        code,
        406,
        `${why}; nothing was stored, with validate=false the registry is not asked.`,
        { cause: error, detail },
      );
    }
  }

  /** An event of a change, in its transaction. */
  async function record(
    tx: Queryable,
    c: Context<ApiEnv>,
    change: 'added' | 'updated' | 'deleted',
    registry: string,
  ): Promise<void> {
    await recordEvent(tx, {
      account: c.get('account'),
      type: `user.registry.${change}`,
      level: 'info',
      resourceType: 'registry',
      resource: registry,
      message: `Credentials for the registry ${registry} were ${change}.`,
      details: { user: c.get('identity').user },
    });
  }

  return newApi()
    .openapi(
      createRoute({
        method: 'get',
        path: '/registries',
        summary: 'List registries with credentials',
        responses: recordsAnswer,
      }),
      async (c) => c.json((await listCredentials(sql, c.get('account'))).map(registryBody), 200),
    )
    .openapi(
      createRoute({
        method: 'post',
        path: '/registries',
        summary: 'Add credentials for a registry',
        request: {
          query: validateQuery,
          body: { required: true, content: { 'application/json': { schema: Addition } } },
        },
        responses: recordsAnswer,
      }),
      async (c) => {
        const account = c.get('account');
        const body = c.req.valid('json');
        const { registry, registry_user: user, registry_pass: password } = body;
        const host = hostOf(registry);
        checkSupported(body);
        const sealed = needKey(box).seal({ account, registry }, password);
        const [known] = await listCredentials(sql, account, registry);
        if (known !== undefined) throw exists(registry);
        if (c.req.valid('query').validate) await check(host, user, password);
        const name = body.registry_name ?? registry;
        await sql.begin(async (tx) => {
          const added = {
            account,
            registry,
            user,
            ...sealed,
            type: 'docker_v2',
            name,
            verify: true,
          };
          if (!(await insertCredential(tx, added))) throw exists(registry);
          await record(tx, c, 'added', registry);
        });
        return c.json([registryBody(await recordOf(account, registry))], 200);
      },
    )
    .openapi(
      createRoute({
        method: 'get',
        path: '/registries/{registry}',
        summary: 'Read a registry',
        request: { params },
        responses: recordsAnswer,
      }),
      async (c) => {
        const found = await recordOf(c.get('account'), c.req.valid('param').registry);
        return c.json([registryBody(found)], 200);
      },
    )
    .openapi(
      createRoute({
        method: 'put',
        path: '/registries/{registry}',
        summary: 'Change the credentials for a registry',
        request: {
          params,
          query: validateQuery,
          body: { required: false, content: { 'application/json': { schema: Change } } },
        },
        responses: recordsAnswer,
      }),
      async (c) => {
        const account = c.get('account');
        const { registry } = c.req.valid('param');
        const body = c.req.valid('json');
        if ((body.registry ?? registry) !== registry) {
          throw new TidewaiterError(
            'registry_mismatch',
            400,
            'The body names another registry than the path: a registry is renamed by adding it anew.',
          );
        }
        checkSupported(body);
        const before = await recordOf(account, registry);
        // What the body leaves out stays as it is.
        const user = body.registry_user ?? before.user;
        const password = body.registry_pass ?? openCredential(box, before).password;
        const changed: NewCredential = {
          ...before,
          ...needKey(box).seal({ account, registry }, password),
          user,
          name: body.registry_name ?? before.name,
        };
        if (c.req.valid('query').validate) await check(hostOf(registry), user, password);
        await sql.begin(async (tx) => {
          if (!(await updateCredential(tx, changed))) throw notFound(registry);
          await record(tx, c, 'updated', registry);
        });
        return c.json([registryBody(await recordOf(account, registry))], 200);
      },
    )
    .openapi(
      createRoute({
        method: 'delete',
        path: '/registries/{registry}',
        summary: 'Delete the credentials for a registry',
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
        const { registry } = c.req.valid('param');
        await sql.begin(async (tx) => {
          if (!(await deleteCredential(tx, c.get('account'), registry))) throw notFound(registry);
          await record(tx, c, 'deleted', registry);
        });
        return c.json('deleted' as const, 200);
      },
    );
}
